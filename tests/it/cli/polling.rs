//! `poll`, `verify`, `rederive` and the lock: what they print and how they end.

use serde_json::Value;
use seutu::model::source::PlatformKind;

use super::{papers, start};
use crate::support::origin::Reply;
use crate::support::portal::Portal;
use crate::support::program::{run, seutu};
use crate::support::workshop::{Sheet, Workshop, close};

fn objects(out: &str) -> Vec<Value> {
    out.lines()
        .map(|line| serde_json::from_str(line).expect("an object per line"))
        .collect()
}

#[test]
fn poll_prints_a_summary_for_people_and_nothing_else() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    let ended = run(&config, &["poll"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let line = ended.out.lines().nth(1).expect("a line of the source");
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        cells,
        ["kuusijarvi", "ok", "3", "3", "3", "3", "0", "1", "0"]
    );
    let again = run(&config, &["poll"]);
    assert_eq!(again.code, Some(0));
    assert_eq!(again.out, "nothing is due; --all polls everything now\n");
}

#[test]
fn without_a_source_there_is_nothing_to_poll_and_it_says_why() {
    let mut sheet = Sheet::default();
    sheet.networks.clear();
    let workshop = Workshop::new(sheet);
    let ended = run(&workshop.config_file(), &["poll", "--all"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(
        ended.err.contains("no source is configured"),
        "{}",
        ended.err
    );
}

#[test]
fn poll_json_prints_one_object_per_source_and_a_failing_source_is_exit_3() {
    let well = Portal::with(&papers());
    let ill = Portal::start();
    ill.feed_answers(Reply::status(500));
    let sheet = Sheet::of(well.url()).with("rikki", PlatformKind::Dynasty, ill.url());
    let workshop = Workshop::new(sheet);
    let config = workshop.config_file();
    let ended = run(&config, &["poll", "--json"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let reports = objects(&ended.out);
    let said: Vec<_> = reports
        .iter()
        .map(|r| (r["source"].as_str(), r["outcome"].as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (Some("kuusijarvi"), Some("ok")),
            (Some("rikki"), Some("http_error"))
        ]
    );
    assert_eq!(reports[0]["versions"], 3);
    assert!(
        reports[1]["error"]
            .as_str()
            .is_some_and(|error| error.contains("500"))
    );
    let summary = run(&config, &["poll", "--all"]);
    assert_eq!(summary.code, Some(3));
    assert!(summary.out.contains("\nrikki failed: "), "{}", summary.out);
}

#[test]
fn poll_source_polls_that_one_alone_and_names_an_unknown_one() {
    let (one, other) = (Portal::with(&papers()), Portal::with(&papers()));
    let sheet = Sheet::of(one.url()).with("toinen", PlatformKind::Dynasty, other.url());
    let workshop = Workshop::new(sheet);
    let config = workshop.config_file();
    let ended = run(&config, &["poll", "--json", "--source", "toinen"]);
    assert_eq!((ended.code, objects(&ended.out).len()), (Some(0), 1));
    assert_eq!(one.origin.log().len(), 0);
    let unknown = run(&config, &["poll", "--source", "tonen"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.err.contains("no source \"tonen\""),
        "{}",
        unknown.err
    );
}

#[tokio::test]
async fn while_one_daemon_holds_the_archive_a_second_one_is_turned_away() {
    let (portal, workshop) = start();
    let config = workshop.config_file();
    let engine = workshop.open().await;
    for command in [
        &["poll"][..],
        &["run"],
        &[],
        &["rederive"],
        &["verdict", "a/1", "sivistys", "in"],
    ] {
        let ended = run(&config, command);
        assert_eq!(ended.code, Some(1), "{command:?}: {ended:?}");
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        assert!(
            ended.err.contains("archive.lock") || ended.err.contains("another"),
            "{}",
            ended.err
        );
    }
    assert_eq!(portal.origin.log().len(), 0);
    // Reading goes on beside it.
    for command in ["sources", "verify", "feed"] {
        assert_eq!(run(&config, &[command]).code, Some(0), "{command}");
    }
    close(engine).await;
    assert_eq!(run(&config, &["poll"]).code, Some(0));
}

#[test]
fn rederive_says_that_nothing_changed_and_verify_that_all_is_sound() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    run(&config, &["poll"]);
    let ended = run(&config, &["rederive", "--list"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert!(
        ended
            .out
            .starts_with("3 items read again from their originals, 0 of them"),
        "{}",
        ended.out
    );
    let verified = run(&config, &["verify"]);
    assert_eq!(
        (verified.code, verified.out.as_str()),
        (Some(0), "archive and originals are sound\n")
    );
}

#[test]
fn verify_names_damage_and_ends_with_1() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    run(&config, &["poll"]);
    let conn =
        rusqlite::Connection::open(workshop.archive().join("originals.db")).expect("originals");
    conn.execute("DELETE FROM raw WHERE rowid=1", [])
        .expect("damaged");
    drop(conn);
    let verified = run(&config, &["verify"]);
    assert_eq!(verified.code, Some(1));
    assert!(
        verified.out.contains("archive.db fetch"),
        "{}",
        verified.out
    );
}

#[test]
fn without_allow_private_addresses_a_local_source_is_refused() {
    let (portal, mut workshop) = start();
    workshop.sheet.fetch = String::new();
    let ended = run(&workshop.config_file(), &["poll", "--json"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(objects(&ended.out)[0]["outcome"], "blocked");
    assert_eq!(portal.origin.log().len(), 0);
}

#[test]
fn sigterm_ends_a_poll_that_hangs_within_seconds() {
    let (portal, workshop) = start();
    portal.feed_answers(Reply::never());
    let config = workshop.config_file();
    let child = seutu(&config, &["poll"]).spawn().expect("started");
    super::running::until("a request", || portal.feed_requests().len() == 1);
    super::running::terminate(&child);
    let ended = super::running::ends(child);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    assert!(
        ended.err.contains("interrupted") && ended.err.lines().count() == 1,
        "{}",
        ended.err
    );
    assert_eq!(run(&config, &["verify"]).code, Some(0));
}
