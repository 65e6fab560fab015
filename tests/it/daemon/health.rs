//! Pages whose markup changes, gaps between sections, and what is said of it.

use seutu::daemon::cycle::Scope;

use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, hours};

const KEY: &str = "2026311-1";
const TEXT: &str = "Koulukuljetuksia on valmisteltu kuntien kesken koko syksyn ajan, ja periaatteet ovat samat kaikille.";
const FIELDS: &str = "SELECT stage, section_no, proposal, background, decision FROM item";
const PROBLEMS: &str = "SELECT kind FROM problem WHERE item_id IS NOT NULL";

fn minutes(decision: &str) -> Paper {
    Paper::agenda(KEY, "Koulukuljetusten periaatteet")
        .saying(TEXT)
        .minutes(decision)
}

/// Serves the page with other markup from now on.
fn serve_changed(portal: &Portal, paper: &Paper, changes: &[(&str, &str)]) {
    let html = changes.iter().fold(paper.html(), |html, (old, new)| {
        assert!(html.contains(old), "{old}");
        html.replace(old, new)
    });
    portal.page_answers(&paper.key, Reply::ok("text/html; charset=utf-8", html));
}

async fn read_once() -> (Portal, Workshop, Vec<String>) {
    let portal = Portal::with(&[minutes("Hyväksyttiin.")]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.pass_days(7);
    workshop.round().await;
    let before = workshop.rows(FIELDS);
    assert!(
        before[0].contains("Lautakunta hyväksyy asian."),
        "{before:?}"
    );
    assert_eq!(workshop.rows(PROBLEMS), [""; 0]);
    (portal, workshop, before)
}

#[tokio::test]
async fn another_label_costs_no_field_and_is_told() {
    let (portal, workshop, before) = read_once().await;
    let amended = minutes("Hyväksyttiin yksimielisesti.");
    serve_changed(
        &portal,
        &amended,
        &[("<span>Päätösehdotus</span>", "<span>Ratkaisuaihio</span>")],
    );
    workshop.pass_days(2);
    let reports = workshop.round_of(Scope::All).await;
    let expected = before[0].replace("Hyväksyttiin.", "Hyväksyttiin yksimielisesti.");
    assert_eq!(
        workshop.rows(FIELDS),
        [expected],
        "what could be read is new"
    );
    assert_eq!(workshop.rows(PROBLEMS), ["drift"]);
    let finding = workshop.value("SELECT severity || ' ' || text FROM finding WHERE kind='drift'");
    assert!(
        finding.starts_with("warning Kuusijärvi: 1 page lost fields"),
        "{finding}"
    );
    assert_eq!(
        workshop.value("SELECT health FROM source_status"),
        "warning"
    );
    assert!(
        reports[0]
            .findings
            .iter()
            .any(|found| found.trouble.word() == "drift")
    );
    // The site mends it: the problem goes, and so does the finding.
    portal.serves(&amended);
    workshop.pass_days(2);
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.rows(PROBLEMS), [""; 0]);
    assert_eq!(workshop.rows("SELECT kind FROM finding"), [""; 0]);
}

#[tokio::test]
async fn another_class_name_costs_no_field() {
    let classes = [
        ("class='page-header'", "class='otsikko'"),
        ("class='data-part meetingitem'", "class='osa kokousasia'"),
        ("class='data-part-block-htm'", "class='teksti'"),
    ];
    let (portal, workshop, before) = read_once().await;
    serve_changed(&portal, &minutes("Hyväksyttiin."), &classes);
    workshop.pass_days(2);
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.rows(FIELDS), before);
    assert_eq!(workshop.value("SELECT version_no FROM item"), "1");
}

#[tokio::test]
async fn a_header_in_another_shape_costs_no_field_and_is_told() {
    let (portal, workshop, before) = read_once().await;
    let header = (
        "Pöytäkirja 12.11.2026/Pykälä 44",
        "Kokous 12.11.2026 nro 44",
    );
    serve_changed(&portal, &minutes("Hyväksyttiin."), &[header]);
    workshop.pass_days(2);
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.rows(FIELDS), before);
    assert_eq!(workshop.value("SELECT version_no FROM item"), "1");
    assert!(workshop.rows(PROBLEMS).contains(&"drift".to_owned()));
}

#[tokio::test]
async fn what_was_taken_off_the_page_is_taken_off_the_archive() {
    let (portal, workshop, _) = read_once().await;
    serve_changed(&portal, &minutes("Hyväksyttiin."), &[(TEXT, "")]);
    workshop.pass_days(2);
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.value("SELECT background FROM item"), "null");
    assert_eq!(workshop.rows(PROBLEMS), [""; 0]);
}

#[tokio::test]
async fn deriving_again_keeps_what_the_page_still_said() {
    let (portal, workshop, before) = read_once().await;
    serve_changed(
        &portal,
        &minutes("Hyväksyttiin."),
        &[("<span>Päätösehdotus</span>", "<span>Ratkaisuaihio</span>")],
    );
    workshop.pass_days(2);
    workshop.round_of(Scope::All).await;
    let engine = workshop.open().await;
    let done = seutu::daemon::rederive::rederive(
        &engine,
        &seutu::daemon::rederive::Request::default(),
        |_, _| (),
    )
    .await
    .expect("derived");
    crate::support::workshop::close(engine).await;
    assert_eq!(done.changed, []);
    assert_eq!(workshop.rows(FIELDS), before);
    assert_eq!(workshop.rows(PROBLEMS), ["drift"]);
}

fn paper(key: &str, section: u32) -> Paper {
    Paper {
        decided: Some((section, "Hyväksyttiin.".to_owned())),
        ..Paper::agenda(key, &format!("Asia {key}"))
    }
}

/// Two sections of a meeting that was a week ago, and none between them.
async fn with_a_gap() -> (Portal, Workshop) {
    let portal = Portal::with(&[paper("2026311-1", 41), paper("2026311-2", 43)]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.pass_days(7);
    workshop.round().await;
    (portal, workshop)
}

#[tokio::test]
async fn a_missing_section_is_named_after_the_poll() {
    let (portal, workshop) = with_a_gap().await;
    let text = workshop.value("SELECT text FROM finding WHERE kind='missing'");
    let said = "Kuusijärvi: 1 section is missing: Kasvatus- ja opetuslautakunta 2026 § 42, in the meeting of 2026-11-12";
    assert_eq!(text, said);
    assert_eq!(
        workshop.value("SELECT missing_sections FROM source_status"),
        "1"
    );
    let papers = [
        paper("2026311-1", 41),
        paper("2026311-2", 43),
        paper("2026311-3", 42),
    ];
    portal.lists(&papers);
    portal.serve_all(&papers);
    workshop.pass_days(1);
    workshop.round().await;
    assert_eq!(
        workshop.rows("SELECT text FROM finding WHERE kind='missing'"),
        [""; 0]
    );
}

#[tokio::test]
async fn while_nothing_can_be_reached_nobody_is_blamed() {
    let portal = Portal::with(&[minutes("Hyväksyttiin.")]);
    let closed = || Portal::start().url();
    let workshop = Workshop::new(Sheet::of(closed()).with(
        "toinen",
        seutu::model::source::PlatformKind::Dynasty,
        closed(),
    ));
    workshop.round().await;
    assert_eq!(workshop.rows("SELECT kind FROM finding"), [""; 0]);
    let workshop = Workshop::new(Sheet::of(portal.url()).with(
        "toinen",
        seutu::model::source::PlatformKind::Dynasty,
        closed(),
    ));
    workshop.round().await;
    let found = workshop
        .rows("SELECT s.slug, f.kind, f.severity FROM finding f JOIN source s ON s.id=f.source_id");
    assert_eq!(
        found,
        ["toinen | poll_fails | failing"],
        "one alone is to blame"
    );
}

#[tokio::test]
async fn what_was_found_is_said_again_when_nothing_changed() {
    let (_portal, workshop) = with_a_gap().await;
    // The lists around the gap are asked for, in vain; then a round asks for no list beside the feed.
    let (mut reports, mut stored) = (vec![], vec![]);
    for _ in 0..6 {
        workshop.pass(hours(1) / 2);
        stored = workshop.rows("SELECT kind, severity, text, since FROM finding");
        reports = workshop.round().await;
        if reports[0].uneventful {
            break;
        }
    }
    assert!(reports[0].uneventful, "{:#?}", reports[0]);
    assert_eq!(stored.len(), 1, "{stored:?}");
    let said: Vec<_> = reports[0]
        .findings
        .iter()
        .map(|found| found.trouble.word())
        .collect();
    assert_eq!(said, ["missing"]);
    assert_eq!(
        workshop.rows("SELECT kind, severity, text, since FROM finding"),
        stored
    );
    // On another day it is judged anew: what is found may depend on the day.
    workshop.pass_days(1);
    let reports = workshop.round().await;
    assert!(!reports[0].uneventful);
}
