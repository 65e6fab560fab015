//! An input that kills the program that reads it: a feed that needs more memory than there is.
//!
//! No input is known that kills the program wherever it runs. Where memory is short, one that needs much of it does:
//! memory that cannot be had ends a process at once, in the midst of reading, and neither the program nor its child
//! can catch that.

use seutu::model::source::PlatformKind;

use crate::support::origin::{Origin, Reply};
use crate::support::portal::{Paper, Portal};
use crate::support::program::{Ended, bare, ended, under};
use crate::support::workshop::{Sheet, Workshop};

/// Kibibytes of address space: more than a poll of well sources takes, and less than one of the poison, of the
/// program and of its child alike.
const SHORT: u32 = 310_000;

/// A poll of everything where address space is short.
fn polled(workshop: &Workshop) -> Ended {
    let program = bare(&[]).get_program().to_owned();
    let program = program.into_string().expect("UTF-8");
    let config = workshop.config_file().display().to_string();
    let words = [program.as_str(), "--config", &config, "poll", "--all"];
    let limit = format!("ulimit -c 0; ulimit -v {SHORT}");
    let mut command = under(&limit, &words);
    // Threads take address space; a machine with many processors has no more of them here than one with two.
    command.env("MALLOC_ARENA_MAX", "2");
    command.env("TOKIO_WORKER_THREADS", "2");
    command.env_remove("RUST_BACKTRACE");
    ended(command.output().expect("started"))
}

/// As many values as a feed may have, each of which takes many times its text.
fn poison() -> Reply {
    let items = "{\"id\":1},".repeat(499_000);
    let feed = format!(r#"{{"version":"https://jsonfeed.org/version/1.1","items":[{items}{{}}]}}"#);
    Reply::ok("application/feed+json", feed)
}

#[test]
fn a_feed_that_kills_the_program_is_put_in_quarantine_and_the_others_go_on() {
    let papers = [Paper::agenda("2026311-1", "Koulukuljetukset")];
    let (portal, origin) = (Portal::with(&papers), Origin::start());
    let well = Workshop::new(Sheet::of(portal.url()));
    let done = polled(&well);
    assert_eq!(done.code, Some(0), "what is well has room enough: {done:?}");

    origin.on("/feed", poison());
    let sheet = Sheet::of(portal.url()).with("myrkky", PlatformKind::Feed, origin.url("/feed"));
    let workshop = Workshop::new(sheet);
    let killed = polled(&workshop);
    assert_eq!(killed.code, None, "{killed:?}");
    assert!(killed.err.contains("memory allocation of"), "{killed:?}");
    assert_eq!(workshop.value("SELECT count(*) FROM quarantine"), "0");

    // The next start reads it in a child, which dies of it too; then the poll goes on with all others.
    for _ in 0..2 {
        let done = polled(&workshop);
        assert_eq!(done.code, Some(3), "{done:?}");
        let reason = workshop.value("SELECT reason FROM quarantine");
        assert!(reason.contains("signal"), "{reason}");
        let polls = "SELECT s.slug, p.outcome FROM poll p JOIN source s ON s.id=p.source_id
            WHERE p.id IN (SELECT max(id) FROM poll GROUP BY source_id) ORDER BY 1";
        let polls = workshop.rows(polls);
        let well = polls[0] == "kuusijarvi | ok" || polls[0] == "kuusijarvi | not_modified";
        assert!(well && polls[1] == "myrkky | parse_error", "{polls:?}");
        assert_eq!(workshop.value("SELECT version_no FROM item"), "1");
    }

    // Another answer of the same feed is read as ever.
    let mended =
        r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"title":"Asia"}]}"#;
    origin.on("/feed", Reply::ok("application/feed+json", mended));
    let done = polled(&workshop);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "2");
}
