//! The file system below a running daemon: it is full for a while, turns read-only, or is frozen. The first is a `tmpfs`
//! in namespaces of its own; the others need root and a loop device, and say so where there are none, unless
//! `SEUTU_TEST_DISKS` is `required`.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{agendas, output, program, start};
use crate::cli::running::{ends, get, listening, terminate, until};
use crate::cli::supervised::until_at_last;
use crate::support::contents::rows;
use crate::support::left_out::left_out;
use crate::support::portal::{Paper, Portal};
use crate::support::program::Ended;
use crate::support::workshop::Workshop;

/// Looks often at what is due, so that a source waits for seconds and not for minutes.
const OFTEN: &str = "interval = \"1s\"\nlook_interval = \"1s\"\n";
/// The feed of everything.
const FEED: &str = "/feeds/all.atom";
/// Makes an ext4 file system in a file and mounts it; when it is in trouble it can only be read.
const EXT4: &str =
    "[ -e \"$1\" ] || { truncate -s 64M \"$1\" && mkfs.ext4 -q -F \"$1\"; } || exit 99
    mount -o loop,errors=remount-ro \"$1\" \"$2\" || exit 99";
/// A file system in memory with as much room as that.
const MEMORY: &str = "mount -t tmpfs -o \"size=$1\" none \"$2\" || exit 99";

/// A daemon whose archive stands on a file system that nobody else sees; both end with the test.
struct Enclosed {
    daemon: Option<Child>,
    process: u32,
    archive: PathBuf,
    log: PathBuf,
}

/// How the namespaces of a daemon are made, and how they are entered.
type Ways = (&'static [&'static str], &'static [&'static str]);
const AS_ANYBODY: Ways = (
    &["--map-root-user", "--mount"],
    &["--user", "--preserve-credentials", "--mount"],
);
const AS_ROOT: Ways = (&["--mount"], &["--mount"]);

impl Enclosed {
    /// Starts it on what `mount` makes of its first argument.
    fn start(workshop: &Workshop, (made, _): Ways, mount: &str, of: &str) -> Self {
        let (archive, config) = (workshop.archive(), workshop.config_file());
        fs::create_dir_all(&archive).expect("folder");
        let log = config.with_file_name("log");
        let mut command = Command::new("unshare");
        command
            .args(made)
            .args(["sh", "-c", &format!("{mount}\nshift 2; exec \"$@\""), "sh"])
            .arg(of)
            .arg(&archive)
            .args([&program(), "--config"])
            .arg(&config)
            .arg("run")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a log"));
        let daemon = command.spawn().expect("started");
        Self {
            process: daemon.id(),
            daemon: Some(daemon),
            archive,
            log,
        }
    }

    /// What a check of the archive says, made where the daemon is and beside it.
    fn verified(&self, ways: Ways) -> Ended {
        output(self.inside(ways, &self.command("verify")))
    }

    /// A command of the program, for a shell.
    fn command(&self, words: &str) -> String {
        let config = self.log.with_file_name("seutu.toml");
        format!("'{}' --config '{}' {words}", program(), config.display())
    }

    /// Does something where the daemon is; the archive's folder is the first argument.
    fn inside(&self, (_, entered): Ways, script: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["-t", &self.process.to_string()])
            .args(entered)
            .args(["sh", "-c", script, "sh"])
            .arg(&self.archive)
            .stdin(Stdio::null());
        command
    }

    /// What the daemon has said.
    fn said(&self) -> String {
        fs::read_to_string(&self.log).expect("a log")
    }

    /// Its end after SIGTERM.
    fn ends(mut self) -> Ended {
        let daemon = self.daemon.take().expect("running");
        terminate(&daemon);
        ends(daemon)
    }
}

impl Drop for Enclosed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.said());
        }
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().expect("killed");
        }
    }
}

/// Whether an answer is one, and good.
fn is_well(answer: Option<&String>) -> bool {
    answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may wait between two questions"
)]
/// Asks for these again and again while something is done; the answers that were not good, and how many were.
fn asked_meanwhile(address: &str, paths: &[&str], work: impl FnOnce()) -> (Vec<String>, usize) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let (mut bad, mut good) = (vec![], 0);
            while !done.load(Ordering::Relaxed) {
                for path in paths {
                    let answer = get(address, path);
                    if is_well(answer.as_ref()) {
                        good += 1;
                    } else {
                        bad.push(format!("{path}: {answer:?}"));
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
            (bad, good)
        });
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        done.store(true, Ordering::Relaxed);
        let asked = asking.join().expect("asked");
        if let Err(panic) = ended {
            std::panic::resume_unwind(panic);
        }
        asked
    })
}

/// Items with much text, of which no two have the same.
fn long(count: usize) -> Vec<Paper> {
    let mut chance = fastrand::Rng::with_seed(311);
    let papers = agendas(count).into_iter();
    let long = papers.map(|paper| {
        let words = (0..4000).map(|_| format!("{:x}", chance.u64(..)));
        let text = words.collect::<Vec<_>>().join(" ");
        paper.saying(&text)
    });
    long.collect()
}

fn lists(portal: &Portal, papers: &[Paper]) {
    portal.serve_all(papers);
    portal.lists(papers);
}

/// The log of events as it is served, line by line; nothing when it is not.
fn events(address: &str) -> Vec<String> {
    let answer = get(address, "/api/events?limit=1000").unwrap_or_default();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let lines = body.lines().filter(|line| line.contains("\"seq\""));
    lines.map(str::to_owned).collect()
}

/// Of how many items a text is stored.
fn texts(events: &[String]) -> usize {
    let first = events
        .iter()
        .filter(|line| line.contains("\"version_no\":1,"));
    first.count()
}

/// How often it was said that there is no room.
fn refusals(log: &str) -> usize {
    log.matches("disk is full").count() + log.matches("No space left on device").count()
}

#[test]
fn on_a_disk_that_fills_and_grows_a_daemon_serves_throughout_and_goes_on_by_itself() {
    let (portal, mut workshop) = start(3);
    workshop.sheet.poll = OFTEN.to_owned();
    let address = listening(&mut workshop);
    let daemon = Enclosed::start(&workshop, AS_ANYBODY, MEMORY, "6M");
    until("three items", || texts(&events(&address)) == 3);
    let papers = long(60);
    let mut before = vec![];
    let (bad, good) = asked_meanwhile(&address, &[FEED, "/healthz", "/"], || {
        lists(&portal, &papers);
        until("that there is no room", || refusals(&daemon.said()) > 0);
        before = events(&address);
        assert!(texts(&before) < papers.len(), "{before:#?}");
        let ready = get(&address, "/readyz").expect("an answer");
        assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
        let so_far = refusals(&daemon.said());
        until("another try", || refusals(&daemon.said()) > so_far);
        let grown = output(daemon.inside(AS_ANYBODY, "mount -o remount,size=64M \"$1\""));
        assert_eq!(grown.code, Some(0), "{grown:?}");
        // What is new is read without anybody's help; pages that were put off wait for a quarter of an hour.
        lists(&portal, &agendas(61)[60..]);
        until_at_last("what is new", || {
            let told = events(&address);
            let new = told.iter().filter(|line| line.contains("2026311-61\""));
            texts(&new.cloned().collect::<Vec<_>>()) == 1
        });
    });
    until_at_last("the others", || {
        let done = output(daemon.inside(AS_ANYBODY, &daemon.command("poll --all")));
        assert_eq!(done.code, Some(0), "{done:?}");
        texts(&events(&address)) == 61
    });
    println!(
        "{} texts before it was full, {good} answers",
        texts(&before)
    );
    assert!(bad.is_empty(), "{bad:#?}");
    assert_eq!(events(&address)[..before.len()], before);
    let verified = daemon.verified(AS_ANYBODY);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert_eq!(daemon.ends().code, Some(0));
}

/// Whether an ext4 file system cannot be made and mounted here.
fn may_be_left_out() -> bool {
    let folder = tempfile::TempDir::new().expect("folder");
    fs::create_dir(folder.path().join("at")).expect("folder");
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", EXT4, "sh"]);
    command.args([folder.path().join("disk"), folder.path().join("at")]);
    let there = command.output().is_ok_and(|made| made.status.success());
    if !there {
        left_out("DISKS", "a disk of its own needs root and loop devices");
    }
    !there
}

/// A daemon on an ext4 file system of its own, with three items; its address and the file it stands in.
fn on_ext4() -> (Portal, Workshop, Enclosed, String, String) {
    let (portal, mut workshop) = start(3);
    workshop.sheet.poll = OFTEN.to_owned();
    let address = listening(&mut workshop);
    let image = workshop
        .archive()
        .with_file_name("disk")
        .display()
        .to_string();
    let daemon = Enclosed::start(&workshop, AS_ROOT, EXT4, &image);
    until_at_last("three items", || texts(&events(&address)) == 3);
    (portal, workshop, daemon, address, image)
}

/// The name of the device that an archive stands on.
fn device(daemon: &Enclosed) -> String {
    let mounts = fs::read_to_string(format!("/proc/{}/mounts", daemon.process)).expect("mounts");
    let of = daemon.archive.display().to_string();
    let line = mounts
        .lines()
        .rfind(|line| line.split(' ').nth(1) == Some(&of));
    let device = line
        .and_then(|line| line.split(' ').next())
        .expect("a device");
    device.trim_start_matches("/dev/").to_owned()
}

#[test]
fn on_a_disk_that_turns_read_only_a_daemon_serves_says_so_and_loses_nothing() {
    const AFTERWARDS: &str = "e2fsck -fy \"$1\" >/dev/null; mount -o loop \"$1\" \"$2\" || exit 99
        \"$3\" --config \"$4\" verify && \"$3\" --config \"$4\" poll --all && cp -a \"$2\" \"$5\"";
    if may_be_left_out() {
        return;
    }
    let (portal, workshop, daemon, address, image) = on_ext4();
    let before = events(&address);
    let trouble = format!("/sys/fs/ext4/{}/trigger_fs_error", device(&daemon));
    fs::write(trouble, "1").expect("in trouble");
    let shut = output(daemon.inside(AS_ROOT, "touch \"$1/new\""));
    assert!(shut.err.contains("Read-only"), "{shut:?}");
    let paths = [FEED, "/healthz", "/", "/api/items"];
    let (bad, good) = asked_meanwhile(&address, &paths, || {
        lists(&portal, &agendas(9));
        until("a poll that finds it out", || {
            daemon.said().contains("Read-only file system")
        });
        until("that it is not ready", || {
            get(&address, "/readyz").is_some_and(|answer| answer.contains("cannot be written"))
        });
    });
    println!("{good} answers");
    assert!(bad.is_empty(), "{bad:#?}");
    assert_eq!(events(&address), before);
    let ended = daemon.ends();
    assert!(ended.code.is_some(), "{ended:?}");
    // Mended, it has what it had, and the program goes on.
    let mut command = Command::new("unshare");
    let copy = workshop.archive().with_file_name("copy");
    command.args(["--mount", "sh", "-c", AFTERWARDS, "sh", &image]);
    command.arg(workshop.archive()).arg(program());
    command.arg(workshop.config_file()).arg(&copy);
    let done = output(command);
    assert_eq!(done.code, Some(0), "{done:?}");
    let after = rows(&copy, "SELECT seq, at, kind, item_uid FROM event");
    for (line, row) in before.iter().zip(after) {
        let mut parts = row.split(" | ").filter(|part| *part != "null");
        assert!(parts.all(|part| line.contains(part)), "{line}: {row}");
    }
    assert_eq!(
        rows(&copy, "SELECT count(*) FROM item WHERE version_no=1"),
        ["9"]
    );
}

/// A frozen file system. It thaws when this is dropped, when the test ends in any way, and after a minute at the latest.
struct Frozen(Child);

impl Frozen {
    fn freeze(daemon: &Enclosed) -> Self {
        let waits = "exec bash -c 'read -r -t 60; fsfreeze -u \"$1\"' bash \"$1\"";
        let mut thaw = daemon.inside(AS_ROOT, waits);
        let frozen = Self(thaw.stdin(Stdio::piped()).spawn().expect("started"));
        let done = output(daemon.inside(AS_ROOT, "fsfreeze -f \"$1\""));
        assert_eq!(done.code, Some(0), "{done:?}");
        frozen
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        // Who waits to thaw it reads its end.
        drop(self.0.stdin.take());
        let thawed = self.0.wait().expect("ended");
        println!("thawed: {thawed}");
    }
}

#[test]
fn on_a_frozen_disk_a_daemon_serves_its_feeds_and_goes_on_when_it_thaws() {
    if may_be_left_out() {
        return;
    }
    let (portal, _workshop, daemon, address, _image) = on_ext4();
    // What is done after a round is done, and the feed is in memory.
    until_at_last("a snapshot", || {
        daemon.said().contains("a snapshot is published")
    });
    let tag = || {
        let answer = get(&address, FEED).expect("an answer");
        let tag = answer.lines().find(|line| line.starts_with("etag"));
        tag.map(str::to_owned)
    };
    let mut last = tag();
    until("a feed that stays", || {
        let before = std::mem::replace(&mut last, tag());
        last.is_some() && before == last
    });
    let frozen = Frozen::freeze(&daemon);
    lists(&portal, &agendas(9));
    let asked = portal.feed_requests().len();
    let (bad, good) = asked_meanwhile(&address, &[FEED, "/healthz"], || {
        until("the next poll", || portal.feed_requests().len() > asked);
        let began = Instant::now();
        until_at_last("half a minute", || began.elapsed().as_secs() >= 30);
    });
    println!("{good} answers");
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(good >= 20, "{good} answers");
    drop(frozen);
    until_at_last("the others", || texts(&events(&address)) == 9);
    until("their entries", || {
        get(&address, FEED).is_some_and(|feed| feed.contains("kuusijarvi/2026311-9"))
    });
    let verified = daemon.verified(AS_ROOT);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert_eq!(daemon.ends().code, Some(0));
}
