//! The pages of items and of regional matters.

use seutu::model::ids::Uid;
use seutu::model::minutes::{Handling, Lang, Stage};
use seutu::model::takedown::TakedownReason;
use seutu::serve::site::{Gone, GoneItem};

use super::client::start;
use super::shelf::{Shelf, shelf};

const UID: &str = "asikkala/2024000-1";

/// A shelf whose first item was changed.
fn with(change: impl FnOnce(&mut seutu::model::item::ItemRecord)) -> std::sync::Arc<Shelf> {
    let shelf = shelf(2);
    change(&mut shelf.items.lock().expect("items")[0]);
    shelf
}

async fn page(shelf: std::sync::Arc<Shelf>, address: &str) -> String {
    let answer = start(shelf).await.get(address, &[]).await;
    assert_eq!(answer.status, 200, "{address}: {}", answer.text());
    answer.text()
}

fn assert_parts(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[tokio::test]
async fn an_item_shows_proposal_beside_decision_and_what_differs() {
    let shelf = with(|item| {
        let fields = item.fields.as_mut().expect("fields");
        fields.proposal = Some("Lautakunta hyväksyy suunnitelman.".into());
        fields.decision = Some("Lautakunta hyväksyy suunnitelman muutettuna.".into());
        fields.background = Some("Tausta.\n\n- yksi\n- kaksi".into());
    });
    let html = page(shelf, &format!("/items/{UID}")).await;
    assert_parts(
        &html,
        &[
            "<h3>Päätösehdotus</h3>",
            "<h3>Päätös</h3>",
            "<del>suunnitelman.</del> <ins>suunnitelman muutettuna.</ins>",
            "<ul><li>yksi</li><li>kaksi</li></ul>",
            "<span class=\"badge outcome-accepted\">Hyväksyttiin</span>",
            "href=\"../../networks/sivistys\"",
            "href=\"../../dossiers/sivistys-toimintasuunnitelma-2026\"",
            "href=\"?diff=1..2\"",
            "href=\"../../api/items/asikkala/2024000-1\"",
        ],
    );
}

/// An entry of a plain feed is neither agenda nor minutes.
#[tokio::test]
async fn a_text_that_does_not_tell_its_stage_is_not_called_minutes_without_a_decision() {
    let of = |stage: Option<Stage>| {
        with(|item| {
            item.stage = stage;
            let fields = item.fields.as_mut().expect("fields");
            (fields.stage, fields.decision) = (stage, None);
        })
    };
    let address = format!("/items/{UID}");
    let unknown = page(of(None), &address).await;
    assert_parts(&unknown, &["Tekstistä ei selviä, onko asia jo päätetty."]);
    assert!(!unknown.contains("jonka sivulla ei ole"), "{unknown}");
    let minutes = page(of(Some(Stage::Minutes)), &address).await;
    assert_parts(
        &minutes,
        &["Pöytäkirja, jonka sivulla ei ole päätöstekstiä."],
    );
}

#[tokio::test]
async fn an_agenda_has_no_decision_whatever_it_carries() {
    let shelf = with(|item| {
        let fields = item.fields.as_mut().expect("fields");
        fields.stage = Some(seutu::model::minutes::Stage::Agenda);
        fields.decision = Some("Salainen".into());
    });
    let html = page(shelf, &format!("/items/{UID}")).await;
    assert_parts(
        &html,
        &["Asiaa ei ole vielä päätetty: se on esityslistalla."],
    );
    assert!(!html.contains("Salainen"), "{html}");
}

#[tokio::test]
async fn an_older_version_says_so_and_is_for_no_search_engine() {
    let server = start(shelf(1)).await;
    let old = server.get(&format!("/items/{UID}?version=1"), &[]).await;
    assert_parts(
        &old.text(),
        &[
            "Tämä on vanha versio 1. Uusin on versio 2.",
            "<meta name=\"robots\" content=\"noindex\">",
        ],
    );
    assert!(!old.text().contains("ld+json"), "{}", old.text());
    let changes = server.get(&format!("/en/items/{UID}?diff=1..2"), &[]).await;
    assert_parts(
        &changes.text(),
        &[
            "Differences between versions 1 and 2",
            "<h3>decision</h3>",
            "<del>Agenda</del> <ins>Minutes</ins>",
            "<ins>Accepted</ins>",
        ],
    );
    for bad in ["version=3", "diff=1..9", "diff=nonsense", "version=x"] {
        let answer = server.get(&format!("/items/{UID}?{bad}"), &[]).await;
        assert_eq!(answer.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn what_was_taken_away_is_gone_and_what_nobody_knows_is_missing() {
    let shelf = shelf(1);
    let gone = GoneItem {
        gone: Gone::Erased,
        reason: TakedownReason::PersonalData,
        since: "2024-03-20T06:05:00Z".parse().expect("instant"),
    };
    shelf.gone.lock().expect("gone").push((Uid::new(UID), gone));
    let server = start(shelf).await;
    let answer = server.get(&format!("/items/{UID}"), &[]).await;
    assert_eq!(answer.status, 410);
    for (before, language, title) in [
        ("", "fi", "Asia on poistettu"),
        ("/sv", "sv", "Ärendet har tagits bort"),
        ("/en", "en", "The item was removed"),
    ] {
        for part in ["", "?version=1", "?diff=1..2"] {
            let answer = server
                .get(&format!("{before}/items/{UID}{part}"), &[])
                .await;
            assert_eq!(answer.status, 410, "{language}{part}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let (page, heading) = (answer.text(), format!("<h1>{title}</h1>"));
            let language = format!("<html lang=\"{language}\">");
            let ways_on = "name=\"robots\" content=\"noindex\"";
            assert_parts(
                &page,
                &[heading.as_str(), &language, ways_on, "role=\"search\""],
            );
            assert!(!page.contains("Asia numero 0"), "{page}");
        }
    }
    for missing in [
        "/items/asikkala/9-9",
        "/items/x",
        "/dossiers/x",
        "/sv/dossiers/x",
    ] {
        assert_eq!(server.get(missing, &[]).await.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn texts_of_pages_are_never_markup() {
    let bad = "</script><script>alert(1)</script><img src=x onerror=y>";
    let shelf = with(|item| {
        item.title = bad.into();
        item.body = Some(bad.into());
        let fields = item.fields.as_mut().expect("fields");
        fields.proposal = Some(format!("{bad} a"));
        fields.decision = Some(format!("{bad} b"));
        fields.diary_numbers = vec![bad.into()];
        fields.presenter = Some(bad.into());
        fields.background = Some(format!("{bad} | {bad}"));
        item.handlings = vec![Handling {
            body: Some(bad.into()),
            decision: Some(bad.into()),
            ..Handling::default()
        }];
        item.matches[0].explanation = bad.into();
        item.matches[0].evidence[0].quote = bad.into();
    });
    let server = start(shelf).await;
    for address in [
        format!("/items/{UID}"),
        format!("/sv/items/{UID}?diff=1..2"),
        "/dossiers/sivistys-toimintasuunnitelma-2026".to_owned(),
    ] {
        let html = server.get(&address, &[]).await.text();
        assert!(!html.contains("<img"), "{address}: {html}");
        assert!(!html.contains("<script>"), "{address}: {html}");
    }
}

#[tokio::test]
async fn search_engines_are_told_what_it_is() {
    let html = page(shelf(1), &format!("/items/{UID}")).await;
    let start = "<script type=\"application/ld+json\">";
    let data = html.split(start).nth(1).expect("a data block");
    let data = data.split("</script>").next().expect("its end");
    let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(data["@type"], "Legislation");
    assert_eq!(data["identifier"], UID);
    assert_eq!(data["legislationDate"], "2024-03-14");
    assert_eq!(data["legislationPassedBy"]["name"], "Sivistyslautakunta");
    assert_eq!(
        data["@id"],
        "https://seutu.example/julki/items/asikkala/2024000-1"
    );
}

#[tokio::test]
async fn a_text_in_another_language_than_the_page_says_which() {
    let shelf = with(|item| item.fields.as_mut().expect("fields").lang = Lang::Sv);
    let html = page(shelf.clone(), &format!("/items/{UID}")).await;
    assert_parts(&html, &["<h1><span lang=\"sv\">Asia numero 0</span></h1>"]);
    let swedish = page(shelf, &format!("/sv/items/{UID}")).await;
    assert_parts(
        &swedish,
        &["<h1>Asia numero 0</h1>", "<h3>Beslutsförslag</h3>"],
    );
}

#[tokio::test]
async fn a_regional_matter_shows_where_every_member_stands() {
    let server = start(shelf(1)).await;
    let html = server
        .get("/dossiers/sivistys-toimintasuunnitelma-2026", &[])
        .await
        .text();
    assert_parts(
        &html,
        &[
            "1 päättänyt, 0 esityslistalla, 0 ei ole tullut vastaan, 1 ei tiedetä",
            "<th scope=\"row\">Asikkala</th>",
            "<span class=\"state changed\">päätetty</span>",
            "päätös eroaa ehdotuksesta",
            "<span class=\"state unknown\">ei tiedetä</span>",
            "href=\"../items/asikkala/2024000-1\"",
            "/feeds/dossiers/sivistys-toimintasuunnitelma-2026.atom",
        ],
    );
}
