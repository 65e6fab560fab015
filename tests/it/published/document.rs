//! The Atom document against RFC 4287, with hostile text in every field.

use std::process::Command;
use std::str::FromStr;

use atom_syndication::Feed;
use quick_xml::events::Event;

use super::client::start;
use super::shelf::{Shelf, shelf};
use crate::support::left_out::left_out;

const HOSTILE: &str = "]]></content></entry><entry><script>alert(1)</script>\0\u{1}\u{1b}[31m\u{c}\u{fffe}\u{ffff}\
                       \u{202e}tfel\u{2066} &#0; &#27; &lol; \"><svg onload=alert(1)> <!-- --> <?x ?> \r\n | - \u{85}";

/// A shelf whose first item is hostile in every text.
fn hostile_shelf() -> std::sync::Arc<Shelf> {
    let shelf = shelf(5);
    {
        let mut items = shelf.items.lock().expect("items");
        let item = &mut items[0];
        item.title = HOSTILE.into();
        item.municipality = HOSTILE.into();
        item.source_name = HOSTILE.into();
        item.source_feed = "javascript:alert(1)".into();
        item.url = "data:text/html,<script>alert(1)</script>"
            .parse()
            .expect("url");
        item.body = Some(HOSTILE.into());
        item.uid = seutu::model::ids::Uid::new(HOSTILE);
        item.matches[0].network_name = HOSTILE.into();
        item.matches[0].explanation = HOSTILE.into();
        item.matches[0].evidence[0].quote = HOSTILE.into();
        let fields = item.fields.as_mut().expect("fields");
        fields.decision = Some(format!("{HOSTILE}\n\n- {HOSTILE}\n\n{HOSTILE}"));
        fields.proposal = Some(HOSTILE.into());
        fields.diary_numbers = vec![HOSTILE.into()];
    }
    shelf
}

async fn document(shelf: std::sync::Arc<Shelf>) -> String {
    start(shelf).await.get("/feeds/all.atom", &[]).await.text()
}

#[tokio::test]
async fn hostile_text_adds_no_element_and_no_forbidden_character() {
    let xml = document(hostile_shelf()).await;
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(allowed));
    let mut reader = quick_xml::Reader::from_str(&xml);
    reader.config_mut().check_comments = true;
    let (mut entries, mut names) = (0, std::collections::BTreeSet::new());
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.name().as_ref().to_owned();
                entries += usize::from(name == "entry");
                names.insert(name);
            }
            // The style sheet that makes it look like a page.
            Event::PI(pi) if pi.target() == "xml-stylesheet" => {}
            Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {
                panic!("not ours")
            }
            Event::Eof => break,
            Event::End(_) | Event::Text(_) | Event::Decl(_) | Event::GeneralRef(_) => {}
        }
    }
    assert_eq!(entries, 5);
    assert!(
        !names.contains("script") && !names.contains("svg"),
        "{names:?}"
    );
    let feed = Feed::from_str(&xml).expect("Atom");
    for entry in &feed.entries {
        let html = entry
            .content
            .as_ref()
            .and_then(|content| content.value.clone())
            .expect("content");
        assert_eq!(
            ammonia::clean(&html),
            html,
            "only elements that any sanitizer lets through"
        );
        assert!(
            !html.contains("<script") && !html.contains("<svg"),
            "{html}"
        );
        assert!(
            entry
                .links
                .iter()
                .all(|link| link.href.starts_with("https://")),
            "{:?}",
            entry.links
        );
    }
}

#[tokio::test]
async fn the_feed_is_valid_by_the_grammar_of_rfc_4287() {
    let grammar = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/published/atom.rng");
    if Command::new("xmllint").arg("--version").output().is_err() {
        left_out("XMLLINT", "xmllint is missing: install libxml2-utils");
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let shelves = [
        ("empty", shelf(0)),
        ("pages", shelf(120)),
        ("hostile", hostile_shelf()),
    ];
    for (name, shelf) in shelves {
        {
            let mut items = shelf.items.lock().expect("items");
            if let Some(item) = items.get_mut(1) {
                (item.fields, item.stage) = (None, None);
            }
            if let Some(item) = items.get_mut(2) {
                item.withdrawn_at = Some(item.changed_at);
            }
        }
        let file = folder.path().join(format!("{name}.atom"));
        std::fs::write(&file, document(shelf).await).expect("written");
        let check = Command::new("xmllint")
            .args(["--noout", "--nonet", "--relaxng", grammar])
            .arg(&file)
            .output()
            .expect("xmllint runs");
        assert!(
            check.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&check.stderr)
        );
    }
}
