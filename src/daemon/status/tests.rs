//! The line that people read.

use std::time::Duration;

use super::*;
use crate::model::poll::{PollOutcome, Validators};
use crate::model::source::{PlatformKind, Publishes};

fn at(text: &str) -> Timestamp {
    text.parse().expect("instant")
}

fn source(id: &str) -> Source {
    Source {
        id: SourceId::new(id),
        municipality: id.to_owned(),
        platform: PlatformKind::Feed,
        url: "https://portal.example/".parse().expect("address"),
        interval: Duration::from_mins(20),
        enabled: true,
        key_prefix: String::new(),
        show: 30,
        publishes: Publishes::default(),
        permission: None,
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    }
}

fn state(id: &str, failures: u32, next: &str) -> SourceState {
    SourceState {
        source: SourceId::new(id),
        polled_at: None,
        next_check_at: Some(at(next)),
        failures,
        last_ok_at: None,
        validators: Validators::default(),
        body_sha256: None,
        reading_sha256: None,
        items_seen: None,
        last_full_at: None,
        moved_to: None,
        gone_since: None,
    }
}

#[test]
fn the_line_names_what_fails_and_when_it_goes_on() {
    let account = Account::default();
    let sources = [source("haavela"), source("kuusijarvi")];
    let now = at("2026-11-09T12:21:00Z");
    let states = [
        state("haavela", 2, "2026-11-09T12:40:00Z"),
        state("kuusijarvi", 0, "2026-11-09T13:00:00Z"),
    ];
    assert_eq!(
        account.line(&sources, &states, &[], now),
        "2 sources, 1 failing (haavela); next 14:40"
    );
    let failed = SourceReport {
        outcome: Some(PollOutcome::HttpError),
        error: Some("https://portal.example/rss: timeout".to_owned()),
        ..SourceReport::new(&SourceId::new("haavela"), "Haavela")
    };
    let good = SourceReport {
        items_new: 3,
        minutes_published: 1,
        ..SourceReport::new(&SourceId::new("kuusijarvi"), "Kuusijärvi")
    };
    account.ended(&[failed, good], at("2026-11-09T12:20:00Z"));
    account.ended(&[], now);
    let told = "2 sources, 1 failing (haavela: timeout); last cycle 14:20, 3 new items, 1 new decision; next 14:40";
    assert_eq!(account.line(&sources, &states, &[], now), told);
    account.refused(Some("seutu.toml:3: unknown section".to_owned()));
    let ill = ["the disk is nearly full".to_owned()];
    let line = account.line(&sources, &states, &ill, now);
    let begins = "the disk is nearly full; a new configuration was refused, the one before is in force: seutu.toml:3: unknown section; 2 sources";
    assert!(line.starts_with(begins), "{line}");
    account.refused(None);
    let tomorrow = [state("kuusijarvi", 0, "2026-11-10T06:00:00Z")];
    let line = account.line(&sources[1..], &tomorrow, &[], now);
    assert!(line.starts_with("1 source; last"), "{line}");
    assert!(line.ends_with("next 2026-11-10 08:00"), "{line}");
}

#[test]
fn of_many_failing_sources_three_are_named() {
    let ids = ["a", "b", "c", "d", "e"];
    let sources = ids.map(source);
    let states = ids.map(|id| state(id, 1, "2026-11-09T12:00:00Z"));
    let line = Account::default().line(&sources, &states, &[], at("2026-11-09T12:21:00Z"));
    assert_eq!(
        line,
        "5 sources, 5 failing (a, b, c, and 2 more); next 14:21"
    );
}
