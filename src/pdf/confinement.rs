//! What a process that reads PDFs may take, and how it is ended with all it has started.

use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process_group, setrlimit};

/// Address space, in bytes: less than a service of ours may take, so that nothing else falls with it.
const MEMORY: u64 = 384 << 20;
/// Processor time, in seconds: the first limit asks, the second one kills.
const SECONDS: (u64, u64) = (20, 22);

/// Confines this process and those it starts: memory, processor time, no files written, no core dumps.
/// It cannot be undone.
///
/// # Errors
/// When the system refuses a limit.
pub fn confine() -> std::io::Result<()> {
    limit(Resource::As, (MEMORY, MEMORY))?;
    limit(Resource::Cpu, SECONDS)?;
    limit(Resource::Fsize, (0, 0))?;
    limit(Resource::Core, (0, 0))
}

/// Sets a limit, or leaves it where it is lower already.
fn limit(resource: Resource, (soft, hard): (u64, u64)) -> std::io::Result<()> {
    let now = rustix::process::getrlimit(resource);
    let lower = |wanted: u64, now: Option<u64>| Some(now.map_or(wanted, |now| now.min(wanted)));
    let rlimit = Rlimit {
        current: lower(soft, now.maximum),
        maximum: lower(hard, now.maximum),
    };
    Ok(setrlimit(resource, rlimit)?)
}

/// Kills the process group of a child that was started as the leader of its own, with all it has started.
///
/// # Errors
/// When the system refuses; that nobody is left is none.
pub fn end_family(leader: u32) -> std::io::Result<()> {
    let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) else {
        return Ok(());
    };
    match kill_process_group(group, Signal::KILL) {
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
