//! How many connections the process has room for: each takes a file descriptor, and the archive needs some as well.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors for everything but connections: files of the archive, polls, the log.
const OTHERS: u64 = 512;

/// As many connections as are wanted, or as there can be. Where the soft limit is too low for them it is raised as far
/// as the hard one lets it.
pub fn available(wanted: usize) -> usize {
    let needed = u64::try_from(wanted)
        .unwrap_or(u64::MAX)
        .saturating_add(OTHERS);
    let known = getrlimit(Resource::Nofile);
    let allowed = match raised(&known, needed) {
        Some(higher) if setrlimit(Resource::Nofile, higher).is_ok() => higher.current,
        _ => known.current,
    };
    fitting(wanted, allowed)
}

/// The limit to set, where the present one is too low.
fn raised(known: &Rlimit, needed: u64) -> Option<Rlimit> {
    let current = known.current?;
    let higher = known.maximum.map_or(needed, |most| most.min(needed));
    (current < higher).then_some(Rlimit {
        current: Some(higher),
        maximum: known.maximum,
    })
}

/// What fits below a limit of descriptors. A limit that leaves no room is shared by half: some must be served.
fn fitting(wanted: usize, allowed: Option<u64>) -> usize {
    let Some(allowed) = allowed else {
        return wanted;
    };
    let room = allowed.saturating_sub(OTHERS).max(allowed / 2);
    wanted.min(usize::try_from(room).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_to_the_archive() {
        for (allowed, places) in [
            (None, 2048),
            (Some(8192), 2048),
            (Some(2560), 2048),
            (Some(1024), 512),
            (Some(256), 128),
        ] {
            assert_eq!(fitting(2048, allowed), places, "{allowed:?}");
        }
    }

    #[test]
    fn a_soft_limit_is_raised_to_what_is_needed_and_may_be() {
        let limit = |current, maximum| Rlimit { current, maximum };
        for (known, set) in [
            (limit(Some(1024), Some(524_288)), Some(2560)),
            (limit(Some(1024), Some(2000)), Some(2000)),
            (limit(Some(1024), None), Some(2560)),
            (limit(Some(8192), Some(8192)), None),
            (limit(Some(1024), Some(1024)), None),
            (limit(None, None), None),
        ] {
            let raised = raised(&known, 2560).and_then(|limit| limit.current);
            assert_eq!(raised, set, "{known:?}");
        }
    }
}
