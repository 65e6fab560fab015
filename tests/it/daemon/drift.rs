//! CaseM and TWeb pages whose markup changes between two polls.

use seutu::daemon::cycle::Scope;

use crate::support::mirror::Mirror;
use crate::support::workshop::Workshop;

const FIELDS: &str = "SELECT uid, stage, section_no, title, outcome, presenter, background, proposal, decision FROM item ORDER BY uid";
const FILES: &str = "SELECT count(*) FROM attachment WHERE gone_at IS NULL";
const PROBLEMS: &str = "SELECT count(*) FROM problem WHERE kind='drift'";

/// Reads a site whose meetings are over.
async fn read_once(id: &str) -> (Mirror, Workshop) {
    let mirror = Mirror::start(id);
    let workshop = Workshop::new(mirror.sheet());
    workshop.pass_days(14);
    workshop.round().await;
    workshop.pass_days(1);
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.value(PROBLEMS), "0");
    (mirror, workshop)
}

/// What becomes of the fields when every item page has other markup at the next poll.
async fn after(id: &str, changes: &[(&str, &str)]) -> (Workshop, Vec<String>, Vec<String>) {
    let (mirror, workshop) = read_once(id).await;
    let (before, files) = (workshop.rows(FIELDS), workshop.value(FILES));
    mirror.change_items(changes);
    workshop.pass_days(2);
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.value(FILES), files, "{changes:?}");
    let current = workshop.rows(FIELDS);
    assert_eq!(current.len(), before.len());
    (workshop, before, current)
}

/// No field changes, and nothing is to be told: the reader does not go by what was changed.
async fn is_nothing(id: &str, changes: &[(&str, &str)]) {
    let (workshop, before, current) = after(id, changes).await;
    assert_eq!(current, before, "{changes:?}");
    assert_eq!(workshop.value(PROBLEMS), "0", "{changes:?}");
    let versions = "SELECT count(*) FROM item WHERE version_no<>1";
    assert_eq!(workshop.value(versions), "0", "{changes:?}");
}

/// No field changes, and so many pages are told to have drifted; the source is told for it.
async fn is_told(id: &str, changes: &[(&str, &str)], pages: &str) {
    let (workshop, before, now) = after(id, changes).await;
    assert_eq!(now, before, "{changes:?}");
    assert_eq!(workshop.value(PROBLEMS), pages, "{changes:?}");
    let finding = "SELECT severity FROM finding WHERE kind='drift'";
    assert_eq!(workshop.value(finding), "warning", "{changes:?}");
    let health = workshop.value("SELECT health FROM source_status");
    assert_eq!(health, "warning", "{changes:?}");
}

const CASEM: &str = "loruranta";
const TWEB: &str = "esimerkkimaa";

#[tokio::test]
async fn other_class_names_are_nothing_to_casem() {
    is_nothing(CASEM, &[("class='", "class='x-")]).await;
    is_nothing(CASEM, &[("id='ContentStart' role='main'", "id='Sisalto'")]).await;
}

#[tokio::test]
async fn casem_pages_without_any_of_their_anchors_lose_nothing_and_are_told() {
    let anchors = [
        ("id='ContentStart' role='main'", "id='Sisalto'"),
        ("id='Content_sidenaviArea'", "id='Valikko'"),
        ("class='", "class='x-"),
    ];
    is_told(CASEM, &anchors, "6").await;
}

#[tokio::test]
async fn other_labels_of_casem_lose_nothing_and_are_told() {
    let decision = [("<h3>P&auml;&auml;t&ouml;s</h3>", "<h3>Ratkaisu</h3>")];
    is_told(CASEM, &decision, "6").await;
}

#[tokio::test]
async fn another_header_of_casem_loses_nothing_and_is_told() {
    is_told(CASEM, &[("<h1> &sect; ", "<h1> Nro ")], "6").await;
}

#[tokio::test]
async fn other_class_names_and_elements_are_nothing_to_tweb() {
    is_nothing(TWEB, &[("class=\"", "class=\"x-")]).await;
    let elements = [
        ("<p class=\"Otsikko\">", "<div>"),
        ("<p class", "<div class"),
        ("</p>", "</div>"),
    ];
    is_nothing(TWEB, &elements).await;
}

#[tokio::test]
async fn another_header_of_tweb_loses_nothing_and_is_told() {
    is_told(TWEB, &[(" § ", " nro ")], "8").await;
}

#[tokio::test]
async fn another_label_of_tweb_leaves_no_field_empty_and_is_told() {
    let (workshop, before, now) = after(TWEB, &[("Päätösehdotus", "Ratkaisuaihio")]).await;
    let proposals = "SELECT count(*) FROM item WHERE proposal IS NULL";
    assert_eq!(workshop.value(proposals), "0", "{before:?}\n{now:?}");
    let told = "SELECT severity FROM finding WHERE kind='drift'";
    assert_eq!(workshop.value(told), "warning");
}
