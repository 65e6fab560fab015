//! PDFs of whole meetings: found by their words, counted like attachments, without what may not stand in them.

use std::path::PathBuf;

use seutu::archive::{MeetingHit, Reader, SearchQuery, verify};
use seutu::daemon::order::{Order, carry_out};
use seutu::daemon::poll::Running;
use seutu::daemon::report::nobody;
use seutu::model::ids::Uid;
use seutu::model::takedown::{Takedown, TakedownAction, TakedownReason};

use crate::pdf::pdf_of;
use crate::support::meetings::Meeting;
use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::program::run;
use crate::support::workshop::{Sheet, Workshop, close};

const PDF: &str = "application/pdf";
const WHOLE: &str = "/kokous/2026311.PDF";
const MINUTES: &[u8] = include_bytes!("../../../fixtures/pdf/minutes.pdf");

/// A meeting of one item whose PDF was read, in an archive with these settings.
async fn with_meeting(bytes: Vec<u8>, archive: &str) -> (Portal, Workshop) {
    let papers = [Paper::agenda("2026311-1", "Koulukuljetukset")];
    let portal = Portal::with(&papers);
    let meeting = Meeting::of("2026311", &papers);
    portal.lists_meetings(std::slice::from_ref(&meeting));
    portal.serves_meeting(&meeting);
    portal.origin.on(WHOLE, Reply::ok(PDF, bytes));
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.reader = Some(PathBuf::from(env!("CARGO_BIN_EXE_seutu")));
    workshop.sheet.archive = archive.to_owned();
    workshop.sheet.networks = format!("pdf = [\"meetings\"]\n{}", workshop.sheet.networks);
    workshop.round().await;
    (portal, workshop)
}

fn meetings(workshop: &Workshop, query: &SearchQuery) -> Vec<MeetingHit> {
    let reader = Reader::open(&workshop.archive()).expect("archive");
    let items = reader.search(query).expect("search");
    reader.search_meetings(query, &items).expect("search")
}

#[tokio::test]
async fn a_meeting_is_found_by_the_words_of_its_pdf() {
    let (_portal, workshop) = with_meeting(MINUTES.to_vec(), "").await;
    let asked = SearchQuery::new("musiikkiopisto sopimus");
    let hits = meetings(&workshop, &asked);
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].page, 1);
    assert!(hits[0].url.as_ref().is_some_and(|url| url.ends_with(WHOLE)));
    assert!(hits[0].snippet.contains('\u{E000}'), "{}", hits[0].snippet);
    // What items have is told once; their fields are not those of a meeting.
    assert!(meetings(&workshop, &SearchQuery::new("koulukuljetus")).is_empty());
    let narrowed = [
        SearchQuery {
            municipality: Some("Olematon".to_owned()),
            ..asked.clone()
        },
        SearchQuery {
            stage: Some(seutu::model::minutes::Stage::Minutes),
            ..asked.clone()
        },
        SearchQuery {
            until: Some("2020-01-01".parse().expect("day")),
            ..asked.clone()
        },
    ];
    for query in narrowed {
        assert!(meetings(&workshop, &query).is_empty(), "{query:?}");
    }
    let told = run(&workshop.config_file(), &["search", "musiikkiopiston"]);
    assert!(
        told.out.contains("(PDF of the meeting, page 1)") && !told.out.contains("nothing found"),
        "{}",
        told.out
    );
    let json = run(
        &workshop.config_file(),
        &["search", "musiikkiopisto", "--json"],
    );
    let hits: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert!(hits[0]["meeting"].is_string() && hits[0]["uid"].is_null());
    assert_eq!(verify(&workshop.archive()), []);
}

#[tokio::test]
async fn its_bytes_are_counted_and_kept_only_where_there_is_room() {
    let (_portal, workshop) = with_meeting(MINUTES.to_vec(), "").await;
    let kept = |workshop: &Workshop| {
        let reader = Reader::open(&workshop.archive()).expect("archive");
        let hash = workshop.value("SELECT pdf_sha256 FROM meeting");
        let is_there = reader.original(&hash).expect("asked").is_some();
        (reader.kept_attachments().expect("counted"), is_there)
    };
    let size = u64::try_from(MINUTES.len()).expect("small");
    assert_eq!(kept(&workshop), (size, true));
    let (_portal, workshop) = with_meeting(MINUTES.to_vec(), "max_attachments = \"1KiB\"\n").await;
    assert_eq!(kept(&workshop), (0, false), "read, and not kept");
    assert_eq!(workshop.value("SELECT count(*) FROM meeting_page"), "1");
}

#[tokio::test]
async fn what_is_taken_down_is_not_found_in_it_and_codes_are_masked() {
    let text = b"BT /F1 12 Tf 72 700 Td (Seudun hakija 010190-900P, puh. 000 000 0000) Tj ET";
    let (_portal, workshop) = with_meeting(pdf_of("", text), "").await;
    let page = workshop.value("SELECT text FROM meeting_page");
    assert!(
        page.contains("[henkilötunnus poistettu]") && page.contains("[yhteystieto poistettu]"),
        "{page}"
    );
    let asked = SearchQuery::new("hakija");
    assert_eq!(meetings(&workshop, &asked).len(), 1);
    for (action, pages) in [(TakedownAction::Hide, "1"), (TakedownAction::Redact, "0")] {
        let engine = workshop.open().await;
        let order = Order::TakeDown {
            uid: Uid::new("kuusijarvi/2026311-1"),
            takedown: Takedown {
                action,
                reason: TakedownReason::PersonalData,
                note: None,
                expires_on: None,
            },
        };
        let done = carry_out(&engine, &Running::default(), order, &nobody()).await;
        done.expect("taken down");
        close(engine).await;
        assert_eq!(meetings(&workshop, &asked), [], "{action:?}");
        assert_eq!(workshop.value("SELECT count(*) FROM meeting_page"), pages);
    }
    let words = "SELECT count(*) FROM meeting_page_fts WHERE meeting_page_fts MATCH 'hakija'";
    assert_eq!(workshop.value(words), "0");
}
