//! Other users of the machine, as real users: the group reads while the daemon runs, after it ended and after it was
//! killed, and never stands in its way; everybody reads a snapshot.
//!
//! Only root may become somebody else. Where these tests run as another user they say so and prove nothing, unless
//! `SEUTU_TEST_UIDS` is `required`: then that is a failure.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use super::running::{ends, get, listening, terminate, until};
use super::start;
use crate::support::left_out::left_out;
use crate::support::portal::Portal;
use crate::support::program::{Ended, ended, under};
use crate::support::workshop::Workshop;

/// Of the account the service runs as, and of its group.
const SERVICE: u32 = 61_001;
/// Somebody whose group is that of the service.
const READER: u32 = 61_002;
/// Somebody else.
const STRANGER: u32 = 61_003;

/// A machine with a service, its folder and other users.
struct Machine {
    workshop: Workshop,
    _portal: Portal,
    /// The program where everybody may run it.
    program: PathBuf,
    config: PathBuf,
    address: String,
}

/// Prepares it; `None` where this user cannot become another.
fn machine() -> Option<Machine> {
    let probe = Command::new("true").uid(STRANGER).gid(STRANGER).status();
    if !probe.is_ok_and(|probe| probe.success()) {
        left_out("UIDS", "only root may become another user");
        return None;
    }
    let (portal, mut workshop) = start();
    let address = listening(&mut workshop);
    let config = workshop.config_file();
    let home = config.parent().expect("folder").to_owned();
    fs::set_permissions(&home, Permissions::from_mode(0o755)).expect("mode");
    fs::set_permissions(&config, Permissions::from_mode(0o644)).expect("mode");
    let program = home.join("seutu");
    fs::copy(env!("CARGO_BIN_EXE_seutu"), &program).expect("copied");
    // As StateDirectory= with StateDirectoryMode=0750 makes it.
    let state = workshop.archive();
    fs::create_dir(&state).expect("folder");
    fs::set_permissions(&state, Permissions::from_mode(0o750)).expect("mode");
    chown(&state, Some(SERVICE), Some(SERVICE)).expect("owner");
    Some(Machine {
        workshop,
        _portal: portal,
        program,
        config,
        address,
    })
}

impl Machine {
    /// A command of a user with UMask=0027, in a folder that everybody may be in.
    fn as_user((uid, gid): (u32, u32), words: &[&str]) -> Command {
        let mut command = under("umask 027", words);
        command.uid(uid).gid(gid).current_dir("/");
        command
    }

    fn seutu(&self, user: (u32, u32), words: &[&str]) -> Command {
        let (program, config) = (text(&self.program), text(&self.config));
        Self::as_user(user, &[&[program, "--config", config], words].concat())
    }

    fn daemon(&self) -> Child {
        let child = self
            .seutu((SERVICE, SERVICE), &["run"])
            .spawn()
            .expect("started");
        until("the server", || get(&self.address, "/healthz").is_some());
        until("the items", || {
            get(&self.address, "/feeds/all.atom").is_some_and(|feed| feed.contains("2026311-3"))
        });
        child
    }

    fn sqlite(user: (u32, u32), (file, options): (&Path, &str), sql: &str) -> Ended {
        let address = format!("file:{}?{options}", file.display());
        let output = Self::as_user(user, &["sqlite3", "-batch", &address, sql]).output();
        ended(output.expect("sqlite3 is installed"))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.workshop.archive().join(name)
    }

    /// What the group must be able to do at any time, with our program and with SQLite's.
    fn group_reads(&self, when: &str, items: &str) {
        let group = (READER, SERVICE);
        let sql = "SELECT count(*) FROM decisions";
        let counted = Self::sqlite(group, (&self.file("archive.db"), "mode=ro"), sql);
        assert_eq!(
            (counted.code, counted.out.trim()),
            (Some(0), items),
            "{when}: {counted:?}"
        );
        for words in [
            &["search", "verkosto"][..],
            &["verify"],
            &["sources"],
            &["show", "kuusijarvi/2026311-1"],
        ] {
            let done = ended(self.seutu(group, words).output().expect("started"));
            assert_eq!(done.code, Some(0), "{when}: {words:?} {done:?}");
        }
        let copy = self.config.with_file_name("copies").join("group.db");
        let made = ended(
            self.seutu(group, &["snapshot", text(&copy)])
                .output()
                .expect("started"),
        );
        assert_eq!(made.code, Some(0), "{when}: {made:?}");
        self.owned_by_the_service(when);
    }

    /// A file of a reader among those of the archive would keep the daemon from writing.
    fn owned_by_the_service(&self, when: &str) {
        for entry in fs::read_dir(self.workshop.archive())
            .expect("folder")
            .flatten()
        {
            let about = entry.metadata().expect("file");
            let owner = (about.uid(), about.gid());
            assert_eq!(
                owner,
                (SERVICE, SERVICE),
                "{when}: {}",
                entry.path().display()
            );
        }
        for name in [
            "archive.db",
            "archive.db-wal",
            "archive.db-shm",
            "originals.db",
        ] {
            let mode = fs::metadata(self.file(name))
                .expect(name)
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o640, "{when}: {name}");
        }
    }

    /// A folder in which everybody may write, as /tmp.
    fn shared(&self) -> PathBuf {
        let folder = self.config.with_file_name("copies");
        if !folder.exists() {
            fs::create_dir(&folder).expect("folder");
            fs::set_permissions(&folder, Permissions::from_mode(0o777)).expect("mode");
        }
        folder
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn the_group_reads_beside_the_daemon_after_it_and_after_its_death_and_never_stops_it() {
    let Some(machine) = machine() else { return };
    machine.shared();
    let daemon = machine.daemon();
    machine.group_reads("while it runs", "3");
    // What is committed is seen at once; the daemon still writes.
    let verdict = ["verdict", "kuusijarvi/2026311-3", "sivistys", "in"];
    let done = machine.seutu((SERVICE, SERVICE), &verdict).output();
    assert_eq!(ended(done.expect("started")).code, Some(0));
    let sql = "SELECT count(*) FROM network_decisions WHERE decided_by='human'";
    let seen = Machine::sqlite(
        (READER, SERVICE),
        (&machine.file("archive.db"), "mode=ro"),
        sql,
    );
    assert_eq!(seen.out.trim(), "1", "{seen:?}");
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
    machine.group_reads("after it ended", "3");
    let mut daemon = machine.daemon();
    daemon.kill().expect("killed");
    daemon.wait().expect("ended");
    machine.group_reads("after it was killed", "3");
    // And after all these readers it writes again.
    let daemon = machine.daemon();
    let undone = ["verdict", "kuusijarvi/2026311-3", "sivistys", "rules"];
    let done = ended(
        machine
            .seutu((SERVICE, SERVICE), &undone)
            .output()
            .expect("started"),
    );
    assert_eq!(done.code, Some(0), "{done:?}");
    machine.group_reads("after its return", "3");
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
}

#[test]
fn a_stranger_is_told_why_not_and_the_group_may_not_write() {
    let Some(machine) = machine() else { return };
    let polled = machine.seutu((SERVICE, SERVICE), &["poll"]).output();
    assert_eq!(ended(polled.expect("started")).code, Some(0));
    let stranger = (STRANGER, STRANGER);
    for who in [stranger, (READER, SERVICE)] {
        let said = machine.seutu(who, &["poll"]).output().expect("started");
        let said = ended(said);
        assert_eq!(said.code, Some(2), "{said:?}");
        let owner = format!("sudo -u '#{SERVICE}' seutu");
        assert!(said.err.contains(&owner), "{}", said.err);
    }
    for words in [
        &["search", "verkosto"][..],
        &["verify"],
        &["sources"],
        &["snapshot", "/tmp/seutu-stranger.db"],
    ] {
        let refused = ended(machine.seutu(stranger, words).output().expect("started"));
        assert_eq!(refused.code, Some(1), "{words:?} {refused:?}");
        assert!(
            refused.err.contains("ermission denied") && refused.err.contains("join the group"),
            "{words:?} {}",
            refused.err
        );
    }
    let refused = Machine::sqlite(
        stranger,
        (&machine.file("archive.db"), "mode=ro"),
        "SELECT 1 FROM meta",
    );
    assert_ne!(refused.code, Some(0));
    let group = (READER, SERVICE);
    let written = Machine::sqlite(
        group,
        (&machine.file("archive.db"), "mode=rw"),
        "DELETE FROM meta",
    );
    assert_ne!(written.code, Some(0), "{written:?}");
    let polled = ended(machine.seutu(group, &["poll"]).output().expect("started"));
    assert_ne!(polled.code, Some(0), "{polled:?}");
    machine.owned_by_the_service("after all that");
    let again = machine
        .seutu((SERVICE, SERVICE), &["poll", "--all"])
        .output();
    assert_eq!(ended(again.expect("started")).code, Some(0));
}

#[test]
fn a_snapshot_is_everybodys_and_the_published_one_the_groups() {
    let Some(machine) = machine() else { return };
    let copy = machine.shared().join("copy.db");
    let daemon = machine.daemon();
    let service = (SERVICE, SERVICE);
    for words in [&["snapshot"][..], &["snapshot", text(&copy)]] {
        let done = ended(machine.seutu(service, words).output().expect("started"));
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    let public = machine.file("public/archive.db");
    let sql = "SELECT count(*) FROM decisions";
    let read = |user, file: &Path, options| {
        let counted = Machine::sqlite(user, (file, options), sql);
        assert_eq!(
            (counted.code, counted.out.trim()),
            (Some(0), "3"),
            "{counted:?}"
        );
    };
    for options in ["mode=ro&immutable=1", "mode=ro"] {
        read((STRANGER, STRANGER), &copy, options);
        read((READER, SERVICE), &public, options);
    }
    // Whoever lets others into the folder lets them read what is public, and nothing else.
    fs::set_permissions(machine.workshop.archive(), Permissions::from_mode(0o751)).expect("mode");
    read((STRANGER, STRANGER), &public, "mode=ro&immutable=1");
    let private = Machine::sqlite(
        (STRANGER, STRANGER),
        (&machine.file("archive.db"), "mode=ro"),
        sql,
    );
    assert_ne!(private.code, Some(0), "{private:?}");
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
    read((STRANGER, STRANGER), &copy, "mode=ro&immutable=1");
    for name in ["-wal", "-shm", "-journal"] {
        assert!(!Path::new(&format!("{}{name}", copy.display())).exists());
        assert!(!Path::new(&format!("{}{name}", public.display())).exists());
    }
}
