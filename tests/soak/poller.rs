//! The program under test, as a process that can be killed: it polls when it is told what time it is.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use seutu::config::Config;
use seutu::daemon::clock::{Clock as _, SimulatedClock};
use seutu::daemon::cycle::Scope;
use seutu::daemon::engine::Engine;

use crate::country::START;
use crate::support::workshop::{close, turn};

/// Names the configuration to the process that polls.
pub const CONFIG: &str = "SEUTU_SOAK_CONFIG";

/// What a round came to.
pub struct Round {
    /// Sources that took part.
    pub polls: u64,
    /// Those that could not be polled.
    pub failed: u64,
    /// Resident memory afterwards, in KiB.
    pub memory: u64,
    /// Files that are open afterwards.
    pub descriptors: u64,
    /// The write-ahead logs of both files afterwards, in KiB.
    pub logs: u64,
}

/// The process, seen from outside.
pub struct Poller {
    child: Child,
    orders: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Poller {
    /// Starts it; it opens the archive at its first round.
    pub fn start(config: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .env(CONFIG, config)
            // As packaging/seutu.service sets it: many small heaps keep what threads that have ended gave back.
            .env("MALLOC_ARENA_MAX", "2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let (orders, answers) = (child.stdin.take(), child.stdout.take());
        Self {
            child,
            orders,
            answers: BufReader::new(answers.expect("a pipe")).lines(),
        }
    }

    fn tell(&mut self, now: Timestamp) {
        let mut orders = self.orders.as_ref().expect("a pipe");
        writeln!(orders, "{now}").expect("told");
    }

    /// Lets it poll what is due now.
    pub fn round(&mut self, now: Timestamp) -> Round {
        self.tell(now);
        let answer = self.answers.next().expect("it lives").expect("an answer");
        let mut numbers = answer
            .split(' ')
            .map(|word| word.parse().expect("a number"));
        let mut number = || numbers.next().expect("five numbers");
        Round {
            polls: number(),
            failed: number(),
            memory: number(),
            descriptors: number(),
            logs: number(),
        }
    }

    /// Lets it begin to poll and kills it; says whether that was before it had ended.
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever kills at a random moment waits for it"
    )]
    pub fn killed_after(mut self, now: Timestamp, wait: Duration) -> bool {
        self.tell(now);
        std::thread::sleep(wait);
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
        self.answers.next().is_none()
    }

    /// Ends it in order.
    pub fn end(mut self) {
        drop(self.orders.take());
        assert!(self.child.wait().expect("ended").success());
    }
}

/// What the process does: a round for each line it is told, until there are no more.
pub fn serve() {
    let file = std::env::var(CONFIG).expect("a configuration");
    let text = std::fs::read_to_string(&file).expect("configuration");
    let config = Config::parse(&file, &text, [].into_iter()).expect("configuration");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("runtime");
    runtime.block_on(async {
        let begins: Timestamp = START.parse().expect("instant");
        let clock = SimulatedClock::new(begins, 0);
        let mut engine = None;
        for line in std::io::stdin().lines() {
            let now: Timestamp = line.expect("a line").parse().expect("instant");
            clock.advance(now.duration_since(clock.now()));
            if engine.is_none() {
                let opened = Engine::open(config.clone(), Arc::new(clock.clone()), None).await;
                engine = Some(Arc::new(opened.expect("engine")));
            }
            let reports = turn(engine.as_ref().expect("engine"), Scope::Due).await;
            let failed = reports.iter().filter(|report| report.failed()).count();
            let mut out = std::io::stdout().lock();
            let (descriptors, logs) = (descriptors(), logs(&config.archive_dir));
            writeln!(
                out,
                "{} {failed} {} {descriptors} {logs}",
                reports.len(),
                memory()
            )
            .expect("said");
            out.flush().expect("said");
        }
        close(engine.expect("engine")).await;
    });
}

/// Open files of this process, the folder that is read for it not counted.
fn descriptors() -> u64 {
    let open = std::fs::read_dir("/proc/self/fd").map_or(1, Iterator::count);
    open.saturating_sub(1) as u64
}

/// Both write-ahead logs in KiB.
fn logs(archive: &Path) -> u64 {
    let size = |name: &str| std::fs::metadata(archive.join(name)).map_or(0, |file| file.len());
    (size("archive.db-wal") + size("originals.db-wal")) >> 10
}

/// Resident memory of this process in KiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
