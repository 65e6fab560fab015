//! The search page: words, facets, paging, and what is said when nothing is found.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::date;
use seutu::archive::{MARK_CLOSE, MARK_OPEN};
use seutu::model::ids::Uid;
use seutu::model::minutes::{Lang, Outcome, Stage};
use seutu::serve::site::{FacetKind, FacetValue, Results, SearchHit};

use super::client::start;
use super::shelf::{Shelf, shelf};

pub fn hit(n: u32) -> SearchHit {
    SearchHit {
        uid: Uid::new(format!("asikkala/{n}-1")),
        title: format!("Sopimus {n} <b>"),
        municipality: "Asikkala".into(),
        body: Some("Sivistyslautakunta".into()),
        date: Some(date(2024, 3, 14)),
        stage: Some(Stage::Minutes),
        outcome: Some(Outcome::Accepted),
        diary_number: None,
        url: "https://kunta.example/1".into(),
        lang: Lang::Fi,
        snippet: Some(format!(
            "Verkoston {MARK_OPEN}sopimus{MARK_CLOSE} <script> hyväksytään"
        )),
        page: None,
    }
}

fn facet(values: &[(&str, &str, u32)]) -> Vec<FacetValue> {
    let values = values.iter().map(|(value, name, count)| FacetValue {
        value: (*value).into(),
        name: (*name).into(),
        count: *count,
    });
    values.collect()
}

/// A shelf that finds twenty of 1,234 items.
fn finding() -> Arc<Shelf> {
    let mut shelf = Arc::into_inner(shelf(1)).expect("only one");
    shelf.found = Results {
        hits: (0..20).map(hit).collect(),
        total: 1234,
        more_than_counted: false,
        facets: BTreeMap::from([
            (
                FacetKind::Municipality,
                facet(&[("asikkala", "Asikkala", 34), ("karkola", "Kärkölä", 1200)]),
            ),
            (
                FacetKind::Year,
                facet(&[("2025", "2025", 1), ("2024", "2024", 1233)]),
            ),
            (FacetKind::Outcome, facet(&[("accepted", "accepted", 1234)])),
        ]),
    };
    Arc::new(shelf)
}

#[tokio::test]
async fn what_is_typed_and_chosen_reaches_the_archive() {
    let shelf = finding();
    let server = start(shelf.clone()).await;
    let path = "/search?q=sopimus+%C3%A4&municipality=asikkala&body=Sivistyslautakunta&year=2024&outcome=accepted&stage=minutes&network=sivistys&page=3";
    assert_eq!(server.get(path, &[]).await.status, 200);
    let (query, offset) = shelf
        .searched
        .lock()
        .expect("searched")
        .clone()
        .expect("a search");
    assert_eq!(
        (query.words.as_str(), offset, query.limit),
        ("sopimus ä", 40, 20)
    );
    assert_eq!(query.municipality.as_deref(), Some("Asikkala"));
    assert_eq!(query.body.as_deref(), Some("Sivistyslautakunta"));
    assert_eq!(
        (query.from, query.until),
        (Some(date(2024, 1, 1)), Some(date(2024, 12, 31)))
    );
    assert_eq!(
        (query.stage, query.outcome),
        (Some(Stage::Minutes), Some(Outcome::Accepted))
    );
    assert_eq!(query.network.as_deref(), Some("sivistys"));
}

#[tokio::test]
async fn results_are_shown_with_found_words_marked_and_facets_to_narrow_by() {
    let server = start(finding()).await;
    let html = server
        .get("/en/search?q=sopimus&municipality=karkola&page=2", &[])
        .await
        .text();
    for part in [
        "<a href=\"../en/items/asikkala/0-1\" lang=\"fi\">Sopimus 0 &#60;b&#62;</a>",
        "Verkoston <mark>sopimus</mark> &#60;script&#62; hyväksytään",
        "Matters 1,234",
        "value=\"sopimus\"",
        "<input type=\"hidden\" name=\"municipality\" value=\"karkola\">",
        // The chosen municipality leads back to all, the other one takes its place.
        "<a href=\"../en/search?q=sopimus\" aria-current=\"true\">Kärkölä</a>",
        "<a href=\"../en/search?q=sopimus&#38;municipality=asikkala\">Asikkala</a> <span class=\"faint\">34</span>",
        "<a href=\"../en/search?q=sopimus&#38;municipality=karkola&#38;year=2025\">2025</a>",
        ">Accepted</a> <span class=\"faint\">1,234</span>",
        "rel=\"prev\"",
        "<a href=\"../en/search?q=sopimus&#38;municipality=karkola&#38;page=3\" rel=\"next\">",
        "https://seutu.example/julki/feeds/all.atom?municipality=karkola&#38;q=sopimus",
        "<link rel=\"canonical\" href=\"https://seutu.example/julki/en/search?q=sopimus&#38;municipality=karkola&#38;page=2\">",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    assert!(!html.contains("<script"), "{html}");
    let of_year = server.get("/en/search?q=sopimus&year=2025", &[]).await;
    let feed = "https://seutu.example/julki/feeds/all.atom?year=2025&#38;q=sopimus";
    assert!(
        of_year.text().contains(feed),
        "a year is a filter of feeds, too"
    );
}

/// Of a search a thousand hits are ranked; without words there is a page for each.
#[tokio::test]
async fn the_last_page_says_that_there_are_more() {
    let server = start(finding()).await;
    let most = "At most 1,000 matters of a search are shown.";
    for (query, last) in [
        ("q=sopimus&page=49", false),
        ("q=sopimus&page=50", true),
        ("page=50", false),
        ("page=62", false),
    ] {
        let html = server.get(&format!("/en/search?{query}"), &[]).await.text();
        assert_eq!(html.contains(most), last, "{query}: {html}");
        assert_eq!(
            html.contains("rel=\"next\""),
            !last && query != "page=62",
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_search_that_finds_nothing_says_why() {
    let server = start(shelf(1)).await;
    let long = "a+".repeat(17);
    for (query, said) in [
        ("q=sopimus".to_owned(), "Mitään ei löytynyt."),
        ("q=%3F%21".to_owned(), "ei ole yhtään sanaa eikä numeroa"),
        (
            format!("q={long}&stage=minutes"),
            "Hakulause on liian pitkä.",
        ),
        (String::new(), "Arkistossa ei ole vielä yhtään asiaa."),
    ] {
        let answer = server.get(&format!("/search?{query}"), &[]).await;
        assert_eq!(answer.status, 200, "{query}");
        assert!(answer.text().contains(said), "{query}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_value_that_means_nothing_is_named_on_a_page() {
    let server = start(shelf(1)).await;
    for query in [
        "year=1",
        "network=x",
        "stage=x",
        "outcome=x",
        "municipality=Helsinki",
        "page=0",
    ] {
        let answer = server.get(&format!("/en/search?{query}"), &[]).await;
        assert_eq!(answer.status, 400, "{query}");
        let (name, value) = query.split_once('=').expect("a pair");
        let said = format!("not known here: {name} = {value}");
        assert!(answer.text().contains(&said), "{}", answer.text());
    }
    let beyond = server.get("/search?page=9", &[]).await;
    assert_eq!(beyond.status, 404);
}
