//! Standard streams that lead nowhere: closed from the start, a pipe that nobody reads, a device that is full.

use std::path::Path;
use std::process::{Child, Command};

use seutu::archive::verify;

use super::{agendas, output, poll, program, start, undisturbed};
use crate::cli::running::{ends, get, listening, terminate, until};
use crate::support::contents::canonical;
use crate::support::program::{run, under};

/// What a shell does to its streams before the program takes its place.
const STREAMS: [&str; 3] = [
    "exec <&- >&- 2>&-",
    "exec </dev/null >/dev/full 2>/dev/full",
    "exec </dev/null",
];

/// The program behind a shell that first does something to its streams.
fn behind(first: &str, config: &Path, arguments: &[&str]) -> Command {
    let config = config.to_str().expect("UTF-8");
    let mut words = vec![program()];
    words.extend(["--config", config].map(str::to_owned));
    words.extend(arguments.iter().map(|word| (*word).to_owned()));
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let mut command = under(first, &words);
    command.current_dir(Path::new(config).parent().expect("folder"));
    command
}

/// Starts it, and reads nothing of what it says.
fn unread(mut command: Command) -> Child {
    let mut child = command.spawn().expect("started");
    drop((child.stdout.take(), child.stderr.take()));
    child
}

#[test]
fn a_daemon_goes_on_wherever_its_words_go() {
    for streams in STREAMS {
        let (portal, mut workshop) = start(3);
        let address = listening(&mut workshop);
        let config = workshop.config_file();
        let daemon = unread(behind(streams, &config, &["--verbose", "run"]));
        until("an entry", || {
            get(&address, "/feeds/all.atom")
                .is_some_and(|feed| feed.contains("kuusijarvi/2026311-3"))
        });
        for stream in 0..3 {
            let leads = std::fs::read_link(format!("/proc/{}/fd/{stream}", daemon.id()));
            let leads = leads.expect("a stream");
            assert!(
                leads.starts_with("/dev") || leads.to_string_lossy().starts_with("pipe:"),
                "{streams}: stream {stream} is {leads:?}, where the program would write its words"
            );
        }
        portal.serve_all(&agendas(9));
        portal.lists(&agendas(9));
        until("another entry", || {
            poll(&config);
            let feed = get(&address, "/feeds/all.atom");
            feed.is_some_and(|feed| feed.contains("kuusijarvi/2026311-9"))
        });
        terminate(&daemon);
        assert_eq!(ends(daemon).code, Some(0), "{streams}");
        assert_eq!(verify(&workshop.archive()), [], "{streams}");
    }
}

#[test]
fn a_command_whose_streams_are_closed_does_what_it_was_told() {
    let (portal, workshop) = start(9);
    let config = workshop.config_file();
    for command in [
        &["poll", "--all"][..],
        &["feed"],
        &["verify"],
        &["snapshot"],
    ] {
        let done = output(behind(STREAMS[0], &config, command));
        assert_eq!(done.code, Some(0), "{command:?}");
        assert_eq!((done.out.as_str(), done.err.as_str()), ("", ""));
    }
    assert_eq!(canonical(&workshop.archive()), undisturbed(&portal));
    assert_eq!(run(&config, &["verify"]).code, Some(0));
    assert!(workshop.archive().join("public/archive.db").exists());
}
