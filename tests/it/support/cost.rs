//! What a run of a program costs, measured by the kernel: time of the processor and the most memory.

use std::fs::read_to_string;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The kernel counts the processor's time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Time of the processor, of the program and of the kernel for it: a busy machine adds nothing.
    pub busy: Duration,
    /// Kibibytes that it had at most.
    pub memory: u64,
}

impl Cost {
    /// What it cost more than another run.
    pub fn over(self, base: Self) -> (Duration, u64) {
        let busy = self.busy.saturating_sub(base.busy);
        (busy, self.memory.saturating_sub(base.memory))
    }
}

/// Kibibytes that a process has had at most; nothing once it is over.
fn high_water(pid: u32) -> Option<u64> {
    let status = read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Time of the processor that this thread has had.
pub fn busy_here() -> Duration {
    state("thread-self").1
}

/// State of a process that nobody has waited for yet, or of a thread, and its time of the processor.
fn state(of: &str) -> (char, Duration) {
    let stat = read_to_string(format!("/proc/{of}/stat")).expect("a process");
    let (_, after_name) = stat.rsplit_once(") ").expect("a name");
    let fields: Vec<&str> = after_name.split(' ').collect();
    let ticks = |at: usize| fields[at].parse::<u32>().expect("a number");
    let state = fields[0].chars().next().expect("a letter");
    (state, TICK * (ticks(11) + ticks(12)))
}

/// Runs a command to its end, without its output.
#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may wait for a process"
)]
pub fn cost(mut command: Command) -> Cost {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let mut memory = 0;
    let busy = loop {
        memory = high_water(child.id()).unwrap_or_default().max(memory);
        // What has ended keeps its figures until it is waited for.
        let (state, busy) = state(&child.id().to_string());
        if state == 'Z' {
            break busy;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let code = child.wait().expect("asked").code();
    Cost { code, busy, memory }
}
