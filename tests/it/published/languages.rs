//! What came from outside is marked with its language on pages that speak another one (WCAG 3.1.2).

use std::sync::Arc;

use jiff::civil::date;
use seutu::model::ids::Uid;
use seutu::serve::site::{DoubtfulItem, FacetKind, FacetValue, MeetingAhead, Results};

use super::client::start;
use super::searching::hit;
use super::shelf::{Shelf, shelf};

/// Elements that have no end tag.
const VOID: [&str; 6] = ["meta", "link", "br", "input", "hr", "img"];

/// Every text of a page with the language it stands in.
fn texts(html: &str) -> Vec<(String, String)> {
    let mut open: Vec<(String, String)> = vec![];
    let mut found = vec![];
    for piece in html.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let name = tag.split([' ', '/']).find(|word| !word.is_empty());
        let name = name.unwrap_or_default().to_owned();
        if tag.starts_with('/') {
            let ended = open.iter().rposition(|(known, _)| *known == name);
            open.truncate(ended.unwrap_or(open.len()));
        } else if !tag.ends_with('/') && !tag.starts_with('!') && !VOID.contains(&name.as_str()) {
            let own = tag.split_once(" lang=\"");
            let own = own.and_then(|(_, rest)| rest.split_once('"'));
            let above = open.last().map(|(_, language)| language.clone());
            let language = own.map(|(own, _)| own.to_owned()).or(above);
            open.push((name, language.unwrap_or_default()));
        }
        if let Some((_, language)) = open.last().filter(|_| !text.trim().is_empty()) {
            found.push((text.trim().to_owned(), language.clone()));
        }
    }
    found
}

fn named(name: &str) -> Vec<FacetValue> {
    vec![FacetValue {
        value: name.to_lowercase(),
        name: name.to_owned(),
        count: 3,
    }]
}

fn full() -> Arc<Shelf> {
    let mut shelf = Arc::into_inner(shelf(4)).expect("only one");
    shelf.networks[0].description = Some("Seudun sivistysverkosto tekee yhteistyötä.".into());
    shelf.ahead = vec![MeetingAhead {
        municipality: "Asikkala".into(),
        body: "Sivistyslautakunta".into(),
        held_on: date(2024, 3, 26),
        starts_at: None,
        url: None,
        items: 12,
        of_networks: vec![(Uid::new("asikkala/5-1"), "Asia verkostosta".into())],
    }];
    shelf.doubtful = vec![DoubtfulItem {
        uid: Uid::new("karkola/9-1"),
        title: "Asia yhteistyöstä".into(),
        municipality: "Kärkölä".into(),
        body: Some("Sivistyslautakunta".into()),
        date: None,
        explanation: "Voi kuulua: sivistysverkosto mainitaan.".into(),
    }];
    shelf.found = Results {
        hits: vec![hit(1)],
        total: 1,
        more_than_counted: false,
        facets: [
            (FacetKind::Body, named("Sivistyslautakunta")),
            (FacetKind::Network, named("Sivistysverkosto")),
        ]
        .into(),
    };
    Arc::new(shelf)
}

#[tokio::test]
async fn what_came_from_outside_is_marked_with_its_language_on_other_pages() {
    let shelf = full();
    let uid = shelf.items.lock().expect("items")[0].uid.to_string();
    let server = start(shelf).await;
    let of_item = format!("items/{uid}");
    for (page, most) in [
        ("", 8),
        ("networks/sivistys", 5),
        ("search?q=sopimus&body=Sivistyslautakunta", 4),
        ("dossiers/sivistys-toimintasuunnitelma-2026", 2),
        (of_item.as_str(), 3),
    ] {
        for language in ["en", "sv"] {
            let html = server.get(&format!("/{language}/{page}"), &[]).await.text();
            let body = html.split_once("<body").expect("a body").1;
            let body = format!("<html lang=\"{language}\"><body{body}");
            let all = texts(&body);
            let foreign: Vec<_> = all
                .iter()
                .filter(|(text, _)| {
                    let from_outside = ["ivistys", "Asia ", "Sopimus ", "Toimintasuunnitelma"];
                    from_outside.iter().any(|word| text.contains(word))
                })
                .collect();
            assert!(foreign.len() >= most, "/{language}/{page}: {foreign:?}");
            for (text, marked) in foreign {
                assert_eq!(marked, "fi", "/{language}/{page}: {text}");
            }
        }
    }
}
