//! A source that is well is silent; each way of bringing nothing has its sentence.

use jiff::civil::date;

use super::*;
use crate::model::health::{Awaited, FilledPage, Gap, LatestPoll, WatchedField};
use crate::model::ids::{SourceId, Uid};
use crate::model::minutes::Stage;
use crate::model::poll::{CertificateFault, MovedTo};

fn now() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().expect("instant")
}

fn polled(outcome: PollOutcome) -> LatestPoll {
    LatestPoll {
        outcome: Some(outcome),
        http_status: None,
        failures: u32::from(!outcome.is_success()),
        error: (!outcome.is_success()).then(|| "no connection".to_owned()),
        certificate: None,
    }
}

/// Lahti, well.
fn well() -> SourceFacts {
    SourceFacts {
        municipality: "Lahti".to_owned(),
        latest: Some(polled(PollOutcome::Ok)),
        first_ok_at: Some(later(now(), jiff::SignedDuration::from_hours(-9000))),
        last_ok_at: Some(now()),
        robots: "allowed".to_owned(),
        newest_meeting: Some(date(2026, 11, 19)),
        recent: (0..40).map(|n| format!("Asia {n}")).collect(),
        windows: vec![40, 38, 0, 35, 50, 41, 44],
        ..SourceFacts::default()
    }
}

fn found(facts: &SourceFacts) -> Vec<Finding> {
    assess(facts, Vocabulary::embedded(), now())
}

/// The only finding of some facts.
fn only(facts: &SourceFacts) -> (Severity, String) {
    let mut all = found(facts);
    assert_eq!(all.len(), 1, "{all:?}");
    let one = all.remove(0);
    (one.severity, one.text)
}

#[test]
fn a_source_that_is_well_is_silent() {
    assert_eq!(found(&well()), []);
    assert_eq!(worst(&found(&well())), Severity::Ok);
    assert_eq!(found(&SourceFacts::default()), [], "never polled");
}

#[test]
fn failing_polls_say_since_when() {
    let facts = SourceFacts {
        latest: Some(polled(PollOutcome::HttpError)),
        ..well()
    };
    let said = "Lahti: 1 poll failed, the last success was on 2026-11-22: no connection";
    assert_eq!(only(&facts), (Severity::Failing, said.to_owned()));
    let paused = SourceFacts {
        latest: Some(LatestPoll {
            failures: 0,
            ..polled(PollOutcome::Blocked)
        }),
        ..well()
    };
    assert_eq!(
        found(&paused),
        [],
        "a host that asked for a pause has not failed"
    );
}

#[test]
fn certificates_have_words_of_their_own() {
    let facts = SourceFacts {
        latest: Some(LatestPoll {
            certificate: Some(CertificateFault::Expired),
            ..polled(PollOutcome::HttpError)
        }),
        ..well()
    };
    let (severity, text) = only(&facts);
    assert_eq!(severity, Severity::Failing);
    assert!(
        text.starts_with("Lahti: the certificate of the site has expired"),
        "{text}"
    );
}

#[test]
fn only_procedural_titles_are_green_but_empty() {
    let formal = ["Laillisuus ja päätösvaltaisuus", "Muut asiat"];
    let facts = SourceFacts {
        recent: formal
            .iter()
            .cycle()
            .take(206)
            .map(|t| (*t).to_owned())
            .collect(),
        ..well()
    };
    let said = "Lahti: 206 items in 30 days, all of them procedural: the substance is published somewhere else";
    assert_eq!(only(&facts), (Severity::Warning, said.to_owned()));
    let mut mixed = facts;
    for title in mixed.recent.iter_mut().take(40) {
        *title = "Koulukuljetusten periaatteet".to_owned();
    }
    assert_eq!(found(&mixed), []);
}

#[test]
fn a_feed_that_ended_years_ago_is_dead() {
    let facts = SourceFacts {
        newest_meeting: Some(date(2021, 6, 14)),
        recent: vec![],
        windows: vec![],
        ..well()
    };
    let (severity, text) = only(&facts);
    assert_eq!(severity, Severity::Failing);
    assert!(
        text.contains("the newest meeting is of 2021-06-14, 66 months ago"),
        "{text}"
    );
    let summer = SourceFacts {
        newest_meeting: Some(date(2026, 8, 30)),
        ..well()
    };
    assert_eq!(found(&summer), []);
}

#[test]
fn a_quiet_month_is_worth_knowing_and_two_are_a_warning() {
    let mut facts = SourceFacts {
        recent: vec!["Asia".to_owned()],
        ..well()
    };
    let said = "Lahti: 1 item in 30 days, 40 are usual";
    assert_eq!(only(&facts), (Severity::Notice, said.to_owned()));
    facts.recent.clear();
    facts.windows[0] = 0;
    assert_eq!(only(&facts).0, Severity::Warning);
    facts.windows.truncate(3);
    assert_eq!(found(&facts), [], "no past to compare with");
}

fn pages(count: usize, body: &str, filled: &[WatchedField]) -> Vec<FilledPage> {
    let page = |n| FilledPage {
        title: format!("Asia {n}"),
        body: Some(body.to_owned()),
        stage: Stage::Minutes,
        filled: filled.to_vec(),
    };
    (0..count).map(page).collect()
}

#[test]
fn a_field_that_the_newest_pages_lack_is_named() {
    let full = [
        WatchedField::Decision,
        WatchedField::Proposal,
        WatchedField::SectionNo,
    ];
    let mut facts = well();
    facts.read = pages(8, "Lautakunta", &full[..1]);
    facts.read.extend(pages(40, "Lautakunta", &full));
    let (severity, text) = only(&facts);
    assert_eq!(severity, Severity::Warning);
    assert!(
        text.contains("proposal on 0 of 8 (minutes; 8 would be usual); section_no on 0 of 8"),
        "{text}"
    );
    facts.read = pages(20, "Lautakunta", &full[..1]);
    facts.read.extend(pages(40, "Lautakunta", &full));
    assert_eq!(only(&facts).0, Severity::Failing);
}

#[test]
fn bodies_are_held_against_their_own_past() {
    let mut facts = well();
    // A council has no presenter and never had.
    facts.read = pages(15, "Valtuusto", &[]);
    facts
        .read
        .extend(pages(40, "Hallitus", &[WatchedField::Presenter]));
    facts.read.extend(pages(10, "Valtuusto", &[]));
    assert_eq!(found(&facts), []);
}

fn gap() -> Gap {
    Gap {
        source: SourceId::new("lahti"),
        municipality: "Lahti".to_owned(),
        body: "Sivistyslautakunta".to_owned(),
        year: 2026,
        first_no: 12,
        last_no: 14,
        sections: 3,
        after_meeting: Some(date(2026, 3, 1)),
        before_meeting: date(2026, 4, 2),
        looked_for_at: None,
    }
}

#[test]
fn gaps_are_named_with_the_meetings_around_them() {
    let mut facts = SourceFacts {
        gaps: vec![gap()],
        ..well()
    };
    let said = "Lahti: 3 sections are missing: Sivistyslautakunta 2026 § 12–14, \
                between the meetings of 2026-03-01 and 2026-04-02";
    assert_eq!(only(&facts), (Severity::Notice, said.to_owned()));
    facts.gaps[0].looked_for_at = Some(now());
    assert_eq!(only(&facts).0, Severity::Warning, "looked for in vain");
    facts.gaps[0].after_meeting = None;
    assert_eq!(
        only(&facts).0,
        Severity::Notice,
        "the beginning of a year may have left the portal"
    );
}

#[test]
fn redirects_robots_late_minutes_and_drift_are_told() {
    let moved = MovedTo {
        url: "https://uusi.example/".to_owned(),
        since: now(),
        adopted: true,
    };
    let facts = SourceFacts {
        moved_to: Some(moved),
        forbidden: 2,
        drifted: vec![Uid::new("lahti/1-1")],
        awaited: Some(Awaited {
            items: 5,
            oldest: date(2026, 9, 1),
            title: "Talousarvio".to_owned(),
        }),
        failing_pages: 1,
        ..well()
    };
    let kinds: Vec<_> = found(&facts)
        .iter()
        .map(|f| (f.trouble.word(), f.severity))
        .collect();
    let expected = [
        ("robots", Severity::Warning),
        ("moved", Severity::Notice),
        ("drift", Severity::Warning),
        ("awaiting_minutes", Severity::Warning),
        ("pages_fail", Severity::Notice),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn findings_are_data_and_come_back_from_json() {
    let facts = SourceFacts {
        gaps: vec![gap()],
        gone_since: Some(now()),
        ..well()
    };
    let findings = found(&facts);
    let json = serde_json::to_value(&findings).expect("json");
    assert_eq!(json[0]["kind"], "gone");
    assert_eq!(json[1]["sections"], 3);
    assert_eq!(
        serde_json::from_value::<Vec<Finding>>(json).expect("back"),
        findings
    );
}

#[test]
fn attachments_left_alone_for_lack_of_room_are_a_notice() {
    let facts = SourceFacts {
        skipped_for_total: 3,
        ..well()
    };
    let found = found(&facts);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Notice);
    assert_eq!(
        found[0].text,
        "Lahti: 3 attachments left alone because [archive] max_attachments is reached; raise it, or leave it at that"
    );
}
