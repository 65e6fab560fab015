//! What was being read when the process died is read again by a child, and quarantined if that dies too.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use seutu::daemon::inflight::{Inflight, Input};
use seutu::model::ids::SourceId;
use seutu::model::poll::PollOutcome;
use seutu::model::source::PlatformKind;

use crate::support::portal::{Paper, Portal, sha256};
use crate::support::workshop::{Sheet, Workshop, hours};

const KEY: &str = "2026311-1";

/// A reader program that does as the shell says.
fn reader(dir: &Path, script: &str) -> PathBuf {
    let file = dir.join("reader.sh");
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("script");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("mode");
    file
}

/// Leaves bytes behind as a process does that dies while it reads them.
fn leave(archive: &Path, url: &url::Url, bytes: &[u8]) {
    fs::create_dir_all(archive).expect("folder");
    let inflight = Inflight::open(archive).expect("folder");
    let input = Input {
        source: SourceId::new("kuusijarvi"),
        platform: PlatformKind::Dynasty,
        url: url.clone(),
        sha256: sha256(bytes),
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
    let feed = portal.feed_of(&papers);
    leave(
        &workshop.archive(),
        &portal.origin.url("/feed"),
        feed.as_bytes(),
    );
    workshop.reader = Some(reader(tools.path(), "kill -ABRT $$"));
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
        paper.html().as_bytes(),
    );
    leave(
        &archive,
        &portal.origin.url("/feed"),
        portal.feed_of(&[]).as_bytes(),
    );
    // Not a feed, not a page: reading it fails, and failing is not dying.
    leave(&archive, &portal.origin.url("/robots"), b"\xff\xfe\x00");
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
async fn a_round_leaves_nothing_over() {
    let portal = Portal::with(&[Paper::agenda(KEY, "Koulukuljetukset")]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    assert_eq!(left_over(&workshop.archive()), 0);
}
