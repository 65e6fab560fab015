//! The front page and the pages of networks: the matrix, what comes up, what is doubtful, charts; and about.

use std::sync::Arc;

use jiff::civil::{Date, date};
use seutu::model::dossier::{DossierSummary, MemberCell, MemberState, UnknownReason};
use seutu::model::ids::{SourceId, Uid};
use seutu::model::minutes::Outcome;
use seutu::serve::site::{DoubtfulItem, MeetingAhead, MonthCount, PollDay};

use super::client::start;
use super::shelf::{Shelf, shelf};

fn cell(municipality: &str, state: MemberState, on: Option<Date>) -> MemberCell {
    MemberCell {
        municipality: municipality.into(),
        state,
        on,
        outcome: None,
        differs: None,
        items: vec![],
        why: None,
        why_since: None,
    }
}

fn matter() -> (DossierSummary, Vec<MemberCell>) {
    let summary = DossierSummary {
        slug: "sivistys-toimintasuunnitelma-2026".into(),
        title: "Toimintasuunnitelma 2026 <b>".into(),
        network: "sivistys".into(),
        subject: "toimintasuunnitelma".into(),
        year: Some(2026),
        members: 4,
        decided: 1,
        on_agenda: 1,
        not_seen: 1,
        unknown: 1,
        first_on: None,
        last_on: None,
        changed_at: "2024-03-20T06:05:00Z".parse().expect("instant"),
        predecessor: None,
        successor: None,
    };
    let decided = MemberCell {
        outcome: Some(Outcome::Amended),
        differs: Some(true),
        items: vec![Uid::new("asikkala/1-1")],
        ..cell("Asikkala", MemberState::Decided, Some(date(2024, 3, 14)))
    };
    let unknown = MemberCell {
        why: Some(UnknownReason::SourceDown),
        why_since: Some(date(2024, 3, 10)),
        ..cell("Sysmä", MemberState::Unknown, None)
    };
    let agenda = cell("Hartola", MemberState::OnAgenda, Some(date(2024, 3, 26)));
    let unseen = cell("Kärkölä", MemberState::NotSeen, None);
    (summary, vec![decided, agenda, unseen, unknown])
}

fn full() -> Arc<Shelf> {
    let mut shelf = Arc::into_inner(shelf(4)).expect("only one");
    shelf.matrix = vec![matter()];
    shelf.contact = Some("mailto:seutu@kunta.example".into());
    shelf.ahead = vec![MeetingAhead {
        municipality: "Hartola".into(),
        body: "Sivistyslautakunta".into(),
        held_on: date(2024, 3, 26),
        starts_at: Some("2024-03-26T15:00:00Z".parse().expect("instant")),
        url: Some("https://hartola.example/kokous".into()),
        items: 12,
        of_networks: vec![(Uid::new("hartola/5-1"), "Toimintasuunnitelma".into())],
    }];
    shelf.months = vec![MonthCount {
        month: date(2024, 2, 1),
        minutes: 3,
        others: 1,
    }];
    shelf.polls = vec![PollDay {
        source: SourceId::new("asikkala"),
        day: date(2024, 3, 19),
        good: 70,
        polls: 72,
    }];
    shelf.doubtful = vec![DoubtfulItem {
        uid: Uid::new("karkola/9-1"),
        title: "Yhteistyö".into(),
        municipality: "Kärkölä".into(),
        body: None,
        date: None,
        explanation: "Voi kuulua verkostoon.".into(),
    }];
    Arc::new(shelf)
}

#[tokio::test]
async fn the_matrix_says_in_words_where_each_member_stands() {
    let server = start(full()).await;
    for (path, home) in [("/", "./"), ("/networks/sivistys", "../")] {
        let html = server.get(path, &[]).await.text();
        for part in [
            format!(
                "<th scope=\"row\"><a href=\"{home}dossiers/sivistys-toimintasuunnitelma-2026\" lang=\"fi\">Toimintasuunnitelma 2026 &#60;b&#62;</a> <span class=\"tally\">päättänyt 1/4</span><span class=\"tally doubt\" aria-hidden=\"true\">lähde ei vastaa: "
            ),
            format!(
                "<td class=\"state changed\" data-label=\"Asikkala\"><a href=\"{home}items/asikkala/1-1\">"
            ),
            "Asikkala: päätetty 14.3.2024, hyväksyttiin muutettuna, poikkeaa ehdotuksesta"
                .to_owned(),
            "esityslistalla 26.3.2024".to_owned(),
            "ei ole tullut vastaan".to_owned(),
            "ei tiedetä, lähde ei vastaa, 10.3.2024 alkaen".to_owned(),
        ] {
            assert!(html.contains(&part), "{path}: {part} is missing in {html}");
        }
        assert_eq!(
            html.matches("<th scope=\"col\" class=\"turned\">").count(),
            4
        );
    }
    let swedish = server.get("/sv/networks/sivistys", &[]).await.text();
    assert!(
        swedish.contains("okänt, källan svarar inte, från och med 10.3.2024"),
        "{swedish}"
    );
}

#[tokio::test]
async fn the_front_page_tells_what_is_new_and_what_comes_up() {
    let html = start(full()).await.get("/", &[]).await.text();
    for part in [
        "Tilanne 20.3.2024 klo 8.05.",
        "<time datetime=\"2024-03-26\">26.3.2024 klo 17.00</time>",
        "<a href=\"https://hartola.example/kokous\" rel=\"noopener noreferrer\" lang=\"fi\">Hartola, Sivistyslautakunta</a>",
        "<a href=\"./items/hartola/5-1\" lang=\"fi\">Toimintasuunnitelma</a>",
        "asioita 12",
        "<a href=\"./items/karkola/2024003-1\">Asia numero 3</a>",
        "Asioita 24 kuukauden aikana 4, enimmillään kuukaudessa 4.",
        "<tr><th scope=\"row\">helmikuu 2024</th><td>3</td><td>1</td></tr>",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[tokio::test]
async fn a_network_shows_its_feeds_members_and_doubts() {
    let server = start(full()).await;
    let html = server.get("/en/networks/sivistys", &[]).await.text();
    for part in [
        "<h1><span lang=\"fi\">Sivistysverkosto</span></h1>",
        "href=\"https://seutu.example/julki/feeds/sivistys.atom\"",
        "<a href=\"../../en/search?municipality=karkola&#38;network=sivistys\">Kärkölä</a>",
        "<a href=\"../../en/items/karkola/9-1\" lang=\"fi\">Yhteistyö</a>",
        "Voi kuulua verkostoon.",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    let none = server.get("/networks/nowhere", &[]).await;
    assert_eq!(none.status, 404);
    assert!(none.text().contains("Sivua ei löydy"));
}

#[tokio::test]
async fn the_sources_show_how_they_answered_day_by_day() {
    let html = start(full()).await.get("/sources", &[]).await.text();
    let said = "30 päivän aikana: kunnossa 0, osittain 1, ei vastannut 0";
    assert!(html.contains(&format!("aria-label=\"{said}\"")), "{html}");
    assert!(html.contains("pöytäkirjoja odotetaan 1"), "{html}");
}

#[tokio::test]
async fn about_says_how_to_have_something_removed() {
    let html = start(full()).await.get("/about", &[]).await.text();
    assert!(
        html.contains("<a href=\"mailto:seutu@kunta.example\">seutu@kunta.example</a>"),
        "{html}"
    );
    let html = start(shelf(1)).await.get("/about", &[]).await.text();
    assert!(html.contains("ei ole ilmoittanut yhteystietoa"), "{html}");
}

#[tokio::test]
async fn a_page_is_built_once_for_each_state_of_the_data() {
    let shelf = full();
    let server = start(shelf.clone()).await;
    let built = || shelf.built.load(std::sync::atomic::Ordering::SeqCst);
    let first = server.get("/networks/sivistys", &[]).await;
    let before = built();
    let again = server.get("/networks/sivistys", &[]).await;
    assert_eq!(
        (again.header("etag"), built()),
        (first.header("etag"), before)
    );
    shelf
        .items
        .lock()
        .expect("items")
        .push(super::shelf::item(8));
    let changed = server.get("/networks/sivistys", &[]).await;
    assert_ne!(changed.header("etag"), first.header("etag"));
    assert!(built() > before);
}
