//! The machine as far as it matters: versions, memory, disk, the folder, time, the unit, helpers.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::report::Report;
use crate::archive::{ARCHIVE_FILE, ORIGINALS_FILE, Sizes, sqlite_version};
use crate::cli::opening::block_on;
use crate::config::{Config, archive_dir_fault};
use crate::daemon::control::hand_over;
use crate::daemon::order::{Order, Outcome};
use crate::daemon::report::nobody;
use crate::language::Analyser;

/// How long a daemon may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is asked of the service manager.
const PROPERTIES: &str = "LoadState,ActiveState,SubState,UnitFileState,Result,NRestarts,ActiveEnterTimestamp,StatusText,MemoryCurrent,MemoryPeak";

/// Versions, memory, time.
pub fn machine(report: &mut Report, now: Timestamp) {
    report.fact("versions", "seutu", env!("CARGO_PKG_VERSION"));
    report.fact("versions", "SQLite", sqlite_version());
    report.fact("versions", "kernel", line("/proc/sys/kernel/osrelease"));
    report.fact(
        "versions",
        "system",
        named("/etc/os-release", "PRETTY_NAME="),
    );
    report.fact("versions", "architecture", std::env::consts::ARCH);
    for (name, key) in [
        ("memory", "MemTotal:"),
        ("memory available", "MemAvailable:"),
    ] {
        report.fact("machine", name, named("/proc/meminfo", key));
    }
    report.fact("machine", "load", line("/proc/loadavg"));
    report.fact("time", "clock", now);
    let zone = TimeZone::system();
    report.fact("time", "time zone", zone.iana_name().unwrap_or("unknown"));
}

/// What the search and the reading of PDFs find on this machine.
pub fn helpers(report: &mut Report, config: &Config) {
    let language = Analyser::open(&config.voikko);
    let voikko = language
        .complaint()
        .map_or("found".to_owned(), |why| format!("not used: {why}"));
    report.fact("helpers", "Voikko", voikko);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|dir| dir.join("pdftotext").is_file());
    let pdftotext = if found {
        "found"
    } else {
        "not found: PDFs are read by the built-in reader"
    };
    report.fact("helpers", "pdftotext", pdftotext);
}

/// The folder of the archive: who may do what there, and how much room there is.
pub fn folder(report: &mut Report, config: &Config) {
    let dir = &config.archive_dir;
    for path in [
        dir.clone(),
        dir.join(ARCHIVE_FILE),
        dir.join(ORIGINALS_FILE),
    ] {
        let rights = fs::metadata(&path).map_or_else(
            |error| {
                if error.kind() == io::ErrorKind::NotFound {
                    "not there".to_owned()
                } else {
                    error.to_string()
                }
            },
            |found| {
                format!(
                    "mode {:o}, user {}, group {}",
                    found.mode() & 0o7777,
                    found.uid(),
                    found.gid()
                )
            },
        );
        report.fact("folder", &path.display().to_string(), rights);
    }
    if let Some(fault) = archive_dir_fault(config) {
        report.complain(fault.what, fault.remedy);
    }
    let sizes = Sizes::of(dir);
    for (name, bytes) in [
        ("archive.db", sizes.archive),
        ("archive.db-wal", sizes.archive_wal),
        ("originals.db", sizes.originals),
        ("originals.db-wal", sizes.originals_wal),
    ] {
        report.fact("folder", &format!("size of {name}"), mib(bytes));
    }
    let Some(free) = sizes.free else {
        return;
    };
    report.fact("folder", "free on the disk", mib(free));
    if free < config.min_free {
        report.complain(
            format!(
                "the disk is nearly full: {} are free, archive.min_free is {}",
                mib(free),
                mib(config.min_free)
            ),
            "make room on the archive's disk, or move the archive to a larger one",
        );
    }
}

/// Whether a daemon answers, and what systemd knows of it.
pub fn service(report: &mut Report, dir: &Path) {
    daemon(report, dir);
    let asked = Command::new("systemctl")
        .args([
            "show",
            "seutu.service",
            "--no-pager",
            "--property",
            PROPERTIES,
        ])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let Ok(shown) = asked else {
        report.fact("service", "unit", "no systemctl on this machine");
        return;
    };
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    for (name, value) in shown.lines().filter_map(|line| line.split_once('=')) {
        report.fact("service", name, value);
    }
    if shown.contains("ActiveState=failed") {
        report.complain(
            "the unit seutu.service has failed",
            "read why with `journalctl -u seutu -p warning`, then `systemctl restart seutu`",
        );
    }
}

/// Whether a daemon answers, and what it says is wrong with it.
fn daemon(report: &mut Report, dir: &Path) {
    let asked = block_on(async {
        let order = Order::Ailments {};
        let watcher = nobody();
        let asked = hand_over(dir, &order, &watcher);
        tokio::time::timeout(PATIENCE, asked).await?
    });
    let (told, ailments) = match asked {
        Ok(Some(Outcome::Ailments(ailments))) => ("runs".to_owned(), ailments),
        Ok(Some(_)) => ("runs".to_owned(), vec![]),
        Ok(None) => ("none answers on this archive's socket".to_owned(), vec![]),
        Err(error) => (
            format!("runs, and does not say how it is: {error:#}"),
            vec![],
        ),
    };
    report.fact("service", "daemon", told);
    for ailment in ailments {
        report.complain(
            format!("the daemon is not ready: {ailment}"),
            "do what it says; of damage `seutu verify` says more",
        );
    }
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

fn line(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.trim().to_owned()
}

fn named(path: &str, key: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix(key));
    value
        .unwrap_or("unknown")
        .trim()
        .trim_matches('"')
        .to_owned()
}
