//! What was being read when the process died is read again by a child, and quarantined if that dies too.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use seutu::daemon::inflight::{Inflight, Input, InputKind, ListRole};
use seutu::model::ids::{ItemKey, SourceId, Uid};
use seutu::model::poll::PollOutcome;
use seutu::model::source::{PlatformKind, Publishes, Source};
use seutu::platform::platform;

use crate::support::portal::{Paper, Portal, sha256};
use crate::support::program::{bare, ended};
use crate::support::workshop::{Sheet, Workshop, hours};

const KEY: &str = "2026311-1";

/// A reader program that does as the shell says.
fn reader(dir: &Path, script: &str) -> PathBuf {
    let file = dir.join("reader.sh");
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("script");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("mode");
    file
}

/// The page of [`KEY`] under check.
fn page(portal: &Portal) -> InputKind {
    InputKind::Page {
        portal: portal.url(),
        key: ItemKey::new(KEY),
        key_prefix: String::new(),
        checked: Some(Uid::new(format!("kuusijarvi/{KEY}"))),
    }
}

/// The feed of the source under poll.
fn feed(portal: &Portal) -> InputKind {
    let source = Source {
        id: SourceId::new("kuusijarvi"),
        municipality: "Kuusijärvi".to_owned(),
        platform: PlatformKind::Dynasty,
        url: portal.url(),
        interval: std::time::Duration::from_mins(20),
        enabled: true,
        key_prefix: String::new(),
        show: 30,
        publishes: Publishes::Items,
        permission: None,
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    };
    InputKind::List {
        list: platform(source.platform).front(&source),
        source: Box::new(source),
        role: ListRole::Front,
    }
}

/// Leaves bytes behind as a process does that dies while it reads them.
fn leave(archive: &Path, url: &url::Url, kind: InputKind, bytes: &[u8]) {
    fs::create_dir_all(archive).expect("folder");
    let inflight = Inflight::open(archive).expect("folder");
    let input = Input {
        source: SourceId::new("kuusijarvi"),
        platform: PlatformKind::Dynasty,
        url: url.clone(),
        content_type: None,
        sha256: sha256(bytes),
        kind,
    };
    std::mem::forget(inflight.note(&input, bytes).expect("note"));
}

fn left_over(archive: &Path) -> usize {
    fs::read_dir(archive.join("reading"))
        .expect("folder")
        .count()
}

#[tokio::test]
async fn a_page_that_kills_its_reader_is_not_parsed_again_and_its_bytes_are_kept() {
    let tools = tempfile::tempdir().expect("folder");
    let paper = Paper::agenda(KEY, "Koulukuljetukset");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    let html = paper.html();
    leave(
        &workshop.archive(),
        &portal.origin.url(&paper.target()),
        page(&portal),
        html.as_bytes(),
    );
    workshop.reader = Some(reader(tools.path(), "kill -SEGV $$"));
    let report = workshop.poll().await;
    assert_eq!(
        (report.pages_read, report.pages_failed, report.versions),
        (0, 1, 0)
    );
    assert_eq!(left_over(&workshop.archive()), 0);
    let quarantined = workshop.rows("SELECT sha256, reason FROM quarantine");
    assert_eq!(quarantined.len(), 1);
    assert!(
        quarantined[0].starts_with(&sha256(html.as_bytes())) && quarantined[0].contains("signal")
    );
    let said = workshop.value("SELECT error FROM page");
    assert!(said.contains("quarantine"), "{said}");
    let kept = workshop.value("SELECT count(*) FROM fetch WHERE item_id IS NOT NULL");
    assert_eq!(kept, "1");

    // The next start knows it without asking a child; other bytes of the page are read.
    workshop.reader = None;
    workshop.pass(hours(1));
    workshop.round().await;
    assert_eq!(workshop.value("SELECT version_no FROM item"), "0");
    portal.serves(&paper.saying("Toinen teksti."));
    workshop.pass(hours(2));
    workshop.round().await;
    assert_eq!(workshop.value("SELECT version_no FROM item"), "1");
}

#[tokio::test]
async fn a_feed_that_kills_its_reader_is_not_parsed_again() {
    let tools = tempfile::tempdir().expect("folder");
    let papers = [Paper::agenda(KEY, "Koulukuljetukset")];
    let portal = Portal::with(&papers);
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    let bytes = portal.feed_of(&papers);
    leave(
        &workshop.archive(),
        &portal.origin.url("/feed"),
        feed(&portal),
        bytes.as_bytes(),
    );
    workshop.reader = Some(reader(tools.path(), "kill -ABRT $$"));
    // The conviction is a failed poll: the feed is asked again when that has been waited for.
    let reports = workshop.round().await;
    assert!(reports.iter().all(|report| report.outcome.is_none()));
    assert_eq!(portal.feed_requests().len(), 0);
    assert_eq!(workshop.value("SELECT outcome FROM poll"), "parse_error");
    workshop.pass(hours(2));
    let report = workshop.poll().await;
    assert_eq!(report.outcome.map(PollOutcome::word), Some("parse_error"));
    assert!(
        report
            .error
            .is_some_and(|error| error.contains("quarantine"))
    );
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "0");
    assert_eq!(
        workshop.value("SELECT count(*) FROM feed_state"),
        "0",
        "no validators"
    );
}

#[tokio::test]
async fn innocent_left_overs_are_cleared_and_read_as_ever() {
    let paper = Paper::agenda(KEY, "Koulukuljetukset");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    let archive = workshop.archive();
    leave(
        &archive,
        &portal.origin.url(&paper.target()),
        page(&portal),
        paper.html().as_bytes(),
    );
    leave(
        &archive,
        &portal.origin.url("/feed"),
        feed(&portal),
        portal.feed_of(&[]).as_bytes(),
    );
    // Not a feed, not a page: reading it fails, and failing is not dying.
    leave(
        &archive,
        &portal.origin.url("/robots"),
        feed(&portal),
        b"\xff\xfe\x00",
    );
    // Cut off while they were written: bytes without a note, and a note without its end.
    fs::write(archive.join("reading/half.bin"), b"<html").expect("written");
    fs::write(archive.join("reading/cut.json"), b"{\"source\":").expect("written");
    workshop.reader = Some(env!("CARGO_BIN_EXE_seutu").into());
    let report = workshop.poll().await;
    assert_eq!((report.pages_read, report.versions), (1, 1));
    assert_eq!(workshop.value("SELECT count(*) FROM quarantine"), "0");
    let names: Vec<_> = fs::read_dir(archive.join("reading"))
        .expect("folder")
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    assert_eq!(names, [] as [&str; 0], "nothing is left over");
}

#[tokio::test]
async fn a_page_that_kills_with_other_bytes_each_time_is_asked_for_less_often() {
    let tools = tempfile::tempdir().expect("folder");
    let paper = Paper::agenda(KEY, "Koulukuljetukset");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    workshop.reader = Some(reader(tools.path(), "kill -SEGV $$"));
    for time in 1..=3 {
        let url = portal.origin.url(&paper.target());
        let bytes = format!("<p>{time}</p>");
        leave(&workshop.archive(), &url, page(&portal), bytes.as_bytes());
        crate::support::workshop::close(workshop.open().await).await;
        assert_eq!(
            workshop.value("SELECT failures FROM page"),
            time.to_string()
        );
    }
    let due = workshop.instant("SELECT next_check_at FROM page");
    assert!(due >= workshop.now() + hours(1), "{due}");
    assert!(
        workshop
            .value("SELECT error FROM page")
            .contains("killed the program")
    );
}

#[tokio::test]
async fn what_no_child_can_read_stays_for_the_next_start() {
    let portal = Portal::with(&[Paper::agenda(KEY, "Koulukuljetukset")]);
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    let archive = workshop.archive();
    let url = portal.origin.url("/feed");
    leave(&archive, &url, feed(&portal), b"<rss/>");
    workshop.reader = Some("/nowhere/seutu".into());
    let report = workshop.poll().await;
    assert_eq!(report.versions, 1);
    assert_eq!(left_over(&archive), 2, "note and bytes");
    assert_eq!(workshop.value("SELECT count(*) FROM quarantine"), "0");
}

#[test]
fn the_child_reads_a_note_as_what_it_is_and_not_as_what_it_looks_like() {
    let paper = Paper::agenda(KEY, "Koulukuljetukset");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let rss = portal.feed_of(std::slice::from_ref(&paper));
    let html = paper.html();
    for (kind, bytes, code) in [
        (feed(&portal), &rss, 0),
        (page(&portal), &html, 0),
        (feed(&portal), &html, 1),
        (page(&portal), &rss, 1),
    ] {
        let folder = tempfile::tempdir().expect("folder");
        let url = portal.origin.url(&paper.target());
        leave(folder.path(), &url, kind.clone(), bytes.as_bytes());
        let note = fs::read_dir(folder.path().join("reading"))
            .expect("folder")
            .map(|entry| entry.expect("entry").path())
            .find(|path| path.extension().is_some_and(|e| e == "json"))
            .expect("note");
        let child = ended(
            bare(&["read", "--in-flight", &note.to_string_lossy()])
                .output()
                .expect("started"),
        );
        assert_eq!(child.code, Some(code), "{kind:?}: {child:?}");
        assert_eq!(child.out, "");
    }
    let help = ended(bare(&["read", "--help"]).output().expect("started"));
    assert!(!help.out.contains("in-flight"), "{}", help.out);
}

#[tokio::test]
async fn a_round_leaves_nothing_over() {
    let portal = Portal::with(&[Paper::agenda(KEY, "Koulukuljetukset")]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    assert_eq!(left_over(&workshop.archive()), 0);
}
