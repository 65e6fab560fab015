//! Faults of the machine, met by the real program: what is lost is noticed, what is acknowledged stays, and it goes on.

mod busy;
mod crowd;
mod device;
mod disk;
mod folder;
mod loss;
mod network;
mod outage;
mod power;
mod room;
mod rot;
mod streams;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::contents::canonical;
use crate::support::portal::{Paper, Portal};
use crate::support::program::{Ended, bare, ended, run};
use crate::support::workshop::{Sheet, Workshop};

/// Agendas of a number of items.
fn agendas(count: usize) -> Vec<Paper> {
    (1..=count)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Verkoston asia {n}")))
        .collect()
}

/// A portal with so many items, and a folder with a configuration for it.
fn start(count: usize) -> (Portal, Workshop) {
    let portal = Portal::with(&agendas(count));
    let workshop = Workshop::new(Sheet::of(portal.url()));
    (portal, workshop)
}

/// Polls everything and expects that it succeeds.
fn poll(config: &Path) -> Ended {
    let done = run(config, &["poll", "--all"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    done
}

/// What another archive of a portal is that nothing disturbed.
fn undisturbed(portal: &Portal) -> String {
    let workshop = Workshop::new(Sheet::of(portal.url()));
    poll(&workshop.config_file());
    canonical(&workshop.archive())
}

/// The path of the program.
fn program() -> String {
    let program = bare(&[]).get_program().to_owned();
    program.into_string().expect("UTF-8")
}

/// The program with limits that `prlimit` sets.
fn limited(limit: &str, config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("prlimit");
    command
        .args([limit, "--", &program(), "--config"])
        .arg(config)
        .args(arguments)
        .env("TMPDIR", config.parent().expect("folder"))
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    command
}

/// Runs a command to its end.
fn output(mut command: Command) -> Ended {
    ended(command.output().expect("started"))
}

/// Processor time that a process has used so far, in itself and in the kernel.
fn processor_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("running");
    // The name, which may hold anything, ends with the last bracket; the two times are the 14th and 15th field.
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let ticks = fields.split_whitespace().skip(11).take(2);
    let hundredths = ticks.map(|field| field.parse::<u64>().expect("a number"));
    Duration::from_millis(hundredths.sum::<u64>() * 10)
}
