//! A running daemon whose clock is set while it runs, as libfaketime does it: the time of day jumps, the clock that
//! only ever goes on does not.
//!
//! Without libfaketime the test says so, and fails where `SEUTU_TEST_FAKETIME` is `required`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::{Timestamp, tz::TimeZone};
use seutu::model::source::PlatformKind;

use super::running::{ends, get, listening, terminate, until};
use crate::support::left_out::left_out;
use crate::support::program::seutu;
use crate::support::secure::{Authority, SecureOrigin};
use crate::support::workshop::{Sheet, Workshop};

const FEED: &str = "<rss version=\"2.0\"><channel><title>k</title>\
    <item><guid>urn:x:1</guid><title>Kuulutus 1</title><description>Nähtävillä.</description></item>\
    <item><guid>urn:x:2</guid><title>Kuulutus 2</title><description>Nähtävillä.</description></item>\
    </channel></rss>";

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Where the library stands on the machines that have it.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    let mut places = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let found = places.find(|place| place.exists());
    if found.is_none() {
        left_out("FAKETIME", "libfaketime is missing");
    }
    found
}

/// Now, for certificates: they are valid by the clock of the machine.
#[expect(
    clippy::disallowed_methods,
    reason = "the clock of the machine is what is set wrong here"
)]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.expect("after 1970").as_secs();
    Timestamp::from_second(i64::try_from(seconds).expect("fits")).expect("instant")
}

/// A running daemon with a clock of its own.
struct Daemon {
    child: Child,
    /// What its clock is off by, in seconds.
    clock: PathBuf,
    origin: SecureOrigin,
    workshop: Workshop,
    address: String,
}

/// Sets a clock; the library reads the file again each time.
fn set(clock: &Path, seconds: i64) {
    let fresh = clock.with_extension("new");
    fs::write(&fresh, format!("{seconds:+}\n")).expect("written");
    fs::rename(fresh, clock).expect("renamed");
}

impl Daemon {
    async fn start(library: &Path, seconds: i64) -> Self {
        let year = i32::from(now().to_zoned(TimeZone::UTC).year());
        let authority = Authority::new();
        let identity = authority.sign(&["127.0.0.1"], (year - 2, year + 3));
        let origin = SecureOrigin::start(identity, FEED).await;
        let url = origin.url("/syote");
        let mut sheet = Sheet::default().with("kuusijarvi", PlatformKind::Feed, url);
        sheet.poll = "interval = \"1s\"\nlook_interval = \"1s\"\n".to_owned();
        let mut workshop = Workshop::new(sheet);
        let address = listening(&mut workshop);
        let config = workshop.config_file();
        let roots = config.with_file_name("roots.pem");
        fs::write(&roots, &authority.pem).expect("written");
        let clock = config.with_file_name("clock");
        set(&clock, seconds);
        let mut command = seutu(&config, &["run"]);
        command
            .env("SSL_CERT_FILE", roots)
            .env_remove("SSL_CERT_DIR");
        command.env("LD_PRELOAD", library);
        command.env("FAKETIME_TIMESTAMP_FILE", &clock);
        command.env("FAKETIME_NO_CACHE", "1");
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        let child = command.spawn().expect("started");
        Self {
            child,
            clock,
            origin,
            workshop,
            address,
        }
    }

    /// How its polls ended; none before the archive is there.
    fn polls(&self) -> Vec<String> {
        let is_there = self.workshop.archive().join("archive.db").exists();
        let ready = is_there && get(&self.address, "/healthz").is_some();
        if ready {
            self.workshop.rows("SELECT outcome FROM poll")
        } else {
            vec![]
        }
    }

    /// Waits until it has asked for the feed two times more.
    fn goes_on(&self, when: &str) {
        let before = self.origin.counts().1;
        until(when, || self.origin.counts().1 >= before + 2);
    }

    /// Ids and times of the entries that it serves.
    fn published(&self) -> Vec<String> {
        let feed = get(&self.address, "/feeds/all.atom").expect("served");
        let (_, entries) = feed.split_once("<entry").expect("an entry");
        let tags = entries.split('<');
        let said = tags.filter(|tag| tag.starts_with("id>") || tag.starts_with("updated>"));
        said.map(str::to_owned).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_whose_clock_jumps_asks_at_its_interval_and_recovers_from_wrong_certificates() {
    let Some(library) = library() else { return };
    let certificate = "SELECT certificate FROM poll ORDER BY id DESC LIMIT 1";
    // A machine that does not know the time when it is switched on, and is told it soon.
    let daemon = Daemon::start(&library, -2000 * DAY).await;
    until("a poll", || !daemon.polls().is_empty());
    until("a certificate of the future", || {
        daemon.workshop.value(certificate) == "not_yet_valid"
    });
    assert_eq!(daemon.origin.counts().1, 0);
    set(&daemon.clock, 0);
    daemon.goes_on("the first polls");
    until("an entry", || {
        get(&daemon.address, "/feeds/all.atom").is_some_and(|feed| feed.contains("<entry"))
    });
    let published = daemon.published();
    let to_2038 = 2_147_483_648 - now().as_second();
    for (jump, fault) in [
        (HOUR, None),
        (-HOUR, None),
        (400 * DAY, None),
        (-400 * DAY, None),
        (2000 * DAY, Some("expired")),
        (to_2038, Some("expired")),
    ] {
        set(&daemon.clock, jump);
        match fault {
            None => daemon.goes_on(&format!("polls {jump} s off")),
            Some(fault) => until(fault, || daemon.workshop.value(certificate) == fault),
        }
        assert_eq!(daemon.published(), published, "{jump} s off");
        set(&daemon.clock, 0);
        daemon.goes_on(&format!("polls after {jump} s"));
        assert_eq!(daemon.published(), published, "after {jump} s");
    }
    assert_eq!(daemon.workshop.value("SELECT count(*) FROM item"), "2");
    assert_eq!(
        daemon.workshop.rows("SELECT version_no FROM item"),
        ["1", "1"]
    );
    terminate(&daemon.child);
    let ended = ends(daemon.child);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

/// A daemon whose clock is right, and whose archive has what its source lists.
async fn filled() -> Option<Daemon> {
    let daemon = Daemon::start(&library()?, 0).await;
    until("an entry", || {
        get(&daemon.address, "/feeds/all.atom").is_some_and(|feed| feed.contains("<entry"))
    });
    Some(daemon)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_not_what_was_stored_is_told_the_next_night() {
    let Some(daemon) = filled().await else { return };
    let ready = || get(&daemon.address, "/readyz").expect("an answer");
    let file = daemon.workshop.archive().join("archive.db");
    let altered = rusqlite::Connection::open(file)
        .expect("opened")
        .execute(
            "UPDATE item_version SET fields=replace(fields,'Nähtävillä','Nahtavilla')",
            [],
        )
        .expect("altered");
    assert_eq!(altered, 2);
    assert!(ready().starts_with("HTTP/1.1 200"), "{}", ready());
    set(&daemon.clock, DAY);
    until("that it is told", || {
        let ready = ready();
        let told = ["does not say what was stored", "seutu rederive"];
        ready.starts_with("HTTP/1.1 503") && told.iter().all(|part| ready.contains(part))
    });
    terminate(&daemon.child);
    let ended = ends(daemon.child);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_not_the_one_that_was_sealed_is_told_the_next_night() {
    let Some(daemon) = filled().await else { return };
    let ready = || get(&daemon.address, "/readyz").expect("an answer");
    let file = daemon.workshop.archive().join("archive.db");
    rusqlite::Connection::open(file)
        .expect("opened")
        .execute(
            "INSERT INTO seal(table_name,key,digest) VALUES('event','1','0123456789abcdef')
             ON CONFLICT DO UPDATE SET digest=excluded.digest",
            [],
        )
        .expect("the seal of another row");
    assert!(ready().starts_with("HTTP/1.1 200"), "{}", ready());
    set(&daemon.clock, DAY);
    until("that it is told", || {
        let ready = ready();
        ready.starts_with("HTTP/1.1 503") && ready.contains("row 1 of event is not the one")
    });
    terminate(&daemon.child);
    let ended = ends(daemon.child);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
