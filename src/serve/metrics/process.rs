//! What this process uses, as the kernel tells it: memory, open files, processor time.

use std::fs;

/// Ticks a second in which the kernel tells processor time, on every machine that Linux is built for here.
const TICKS: f64 = 100.0;

/// What it uses; `None` where there is no `/proc`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Bytes in memory.
    pub resident: Option<u64>,
    /// Open files and sockets.
    pub files: Option<u64>,
    /// Seconds of processor time, its own and the kernel's for it.
    pub processor: Option<f64>,
}

impl Usage {
    /// Asks the kernel.
    pub fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let files = fs::read_dir("/proc/self/fd").ok();
        Self {
            resident: resident(&status),
            // One of them is the folder that is being read.
            files: files.map(|files| (files.count() as u64).saturating_sub(1)),
            processor: processor(&stat),
        }
    }
}

fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Fields 14 and 15, counted after the name, which may hold blanks and brackets.
fn processor(stat: &str) -> Option<f64> {
    let (_name, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_read() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t   2048 kB\n"), Some(2 << 20));
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1 0 9 0";
        assert_eq!(processor(stat), Some(2.0));
        assert_eq!((resident(""), processor("")), (None, None));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_known() {
        let usage = Usage::now();
        assert!(usage.resident.is_some_and(|bytes| bytes > 1 << 20));
        assert!(usage.files.is_some_and(|files| files > 2));
        assert!(usage.processor.is_some());
    }
}
