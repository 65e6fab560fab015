//! What the search finds: labelled queries over invented documents, filters, pages, and engines that change.
//!
//! `SEUTU_SEARCH_REPORT=1 cargo test --test it archive::finding -- --nocapture` prints recall and precision.

use std::collections::BTreeSet;

use jiff::civil::date;
use rusqlite::{Connection, params};
use seutu::archive::{
    Archive, MARK_CLOSE, MARK_OPEN, PagePlan, Reader, SearchHit, SearchQuery, verify,
};
use seutu::language::Analyser;
use seutu::model::change::{ListingChange, VersionKind};
use seutu::model::document::{DocumentCheck, DocumentKind, DocumentStatus, Wanted};
use seutu::model::feed_item::ListedItem;
use seutu::model::ids::SourceId;
use seutu::model::minutes::{Lang, Outcome, Reading, Stage};
use seutu::model::network::Verdict;
use seutu::model::voikko::VoikkoChoice;
use tempfile::TempDir;

use super::support::*;
use crate::support::left_out::left_out;

#[derive(serde::Deserialize)]
struct Document {
    id: String,
    lang: String,
    title: String,
    background: Option<String>,
    proposal: Option<String>,
    decision: Option<String>,
}

#[derive(serde::Deserialize)]
struct Labels {
    forms: std::collections::BTreeMap<String, String>,
    query: Vec<Labelled>,
}

#[derive(serde::Deserialize)]
struct Labelled {
    words: String,
    held_out: bool,
    relevant: BTreeSet<String>,
}

fn documents() -> Vec<Document> {
    let text = include_str!("../../../fixtures/search/documents.jsonl");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a document"))
        .collect()
}

fn labels() -> Labels {
    toml::from_str(include_str!("../../../fixtures/search/queries.toml")).expect("queries")
}

/// The reading of a document: what it says, and nothing that other documents share.
fn read(document: &Document) -> Reading {
    let stage = if document.decision.is_some() {
        Stage::Minutes
    } else {
        Stage::Agenda
    };
    let mut reading = reading(stage);
    reading.item.lang = if document.lang == "sv" {
        Lang::Sv
    } else {
        Lang::Fi
    };
    reading.item.title = Some(document.title.clone());
    reading.item.background.clone_from(&document.background);
    reading.item.proposal.clone_from(&document.proposal);
    reading.item.decision.clone_from(&document.decision);
    reading.item.attachments.clear();
    reading.handlings.clear();
    reading
}

fn store(archive: &mut Archive, item: ListedItem, reading: Reading) {
    let uid = uid(item.key.as_str());
    let source = SourceId::new("kuusijarvi");
    archive
        .transaction(|batch| {
            batch.apply_listing(
                &source,
                PagePlan::Read,
                &[ListingChange::New(item)],
                hour(1),
            )?;
            batch.store_version(&uid, &version(VersionKind::First, reading), hour(2))
        })
        .expect("stored");
}

/// An archive of the labelled documents, its words analysed by `language`.
fn archived(language: &std::sync::Arc<Analyser>) -> (TempDir, Archive) {
    let (dir, archive) = empty();
    let mut archive = archive.speaking(std::sync::Arc::clone(language));
    for document in documents() {
        store(
            &mut archive,
            listed(&document.id, &document.title),
            read(&document),
        );
    }
    (dir, archive)
}

/// Recall and precision over queries, each query counting alike.
#[derive(Clone, Copy, Debug, Default)]
struct Measure {
    recall: f64,
    precision: f64,
}

fn measure(queries: &[&Labelled], find: impl Fn(&str) -> BTreeSet<String>) -> Measure {
    let mut sum = Measure::default();
    for query in queries {
        let found = find(&query.words);
        let right = count(&(&found & &query.relevant));
        sum.recall += right / count(&query.relevant);
        sum.precision += if found.is_empty() {
            0.0
        } else {
            right / count(&found)
        };
        if std::env::var_os("SEUTU_SEARCH_MISSES").is_some() && !query.held_out {
            println!(
                "{}: missed {:?}, wrong {:?}",
                query.words,
                &query.relevant - &found,
                &found - &query.relevant
            );
        }
    }
    let all = f64::from(u32::try_from(queries.len()).expect("few"));
    Measure {
        recall: sum.recall / all,
        precision: sum.precision / all,
    }
}

fn count(ids: &BTreeSet<String>) -> f64 {
    f64::from(u32::try_from(ids.len()).expect("few"))
}

/// Measures on the queries that rules were tuned by and on those held out; prints both on request.
fn report(name: &str, find: impl Fn(&str) -> BTreeSet<String>) -> [Measure; 2] {
    let labels = labels();
    let measured = [false, true].map(|held_out| {
        let queries: Vec<&Labelled> = labels
            .query
            .iter()
            .filter(|q| q.held_out == held_out)
            .collect();
        assert!(queries.len() >= 20, "too few queries");
        measure(&queries, &find)
    });
    if std::env::var_os("SEUTU_SEARCH_REPORT").is_some() {
        let [tuned, held] = measured;
        println!(
            "{name:<24} tuned: recall {:.3} precision {:.3}   held out: recall {:.3} precision {:.3}",
            tuned.recall, tuned.precision, held.recall, held.precision
        );
    }
    measured
}

fn by_archive(name: &str, language: &std::sync::Arc<Analyser>) -> [Measure; 2] {
    let (dir, archive) = archived(language);
    drop(archive);
    let reader = Reader::open(dir.path())
        .expect("reader")
        .speaking(std::sync::Arc::clone(language));
    report(name, |words| {
        let hits = reader.search(&asked(words, 300)).expect("search");
        hits.iter().map(|hit| key(hit).to_owned()).collect()
    })
}

/// The platform's key of a hit.
fn key(hit: &SearchHit) -> &str {
    hit.uid.as_str().rsplit('/').next().unwrap_or_default()
}

/// Plain FTS5 over the same texts, each word with `suffix`.
fn by_plain_fts(name: &str, suffix: &str) -> [Measure; 2] {
    let conn = Connection::open_in_memory().expect("memory");
    conn.execute_batch("CREATE VIRTUAL TABLE f USING fts5(id UNINDEXED, text, tokenize='unicode61 remove_diacritics 0')")
        .expect("table");
    for document in documents() {
        let rest = [document.background, document.proposal, document.decision];
        let text = format!(
            "{} {}",
            document.title,
            rest.into_iter().flatten().collect::<String>()
        );
        conn.execute("INSERT INTO f VALUES(?1,?2)", params![document.id, text])
            .expect("stored");
    }
    report(name, |words| {
        let quoted: Vec<String> = words
            .split(' ')
            .map(|word| format!("\"{word}\"{suffix}"))
            .collect();
        let mut statement = conn
            .prepare_cached("SELECT id FROM f WHERE f MATCH ?1")
            .expect("query");
        let found = statement
            .query_map([quoted.join(" ")], |row| row.get(0))
            .expect("rows");
        found.collect::<Result<_, _>>().expect("ids")
    })
}

#[test]
fn labels_follow_from_the_forms_that_were_judged() {
    let (documents, labels) = (documents(), labels());
    assert!(documents.len() >= 200 && labels.query.len() >= 60);
    for query in &labels.query {
        let stands = |document: &&Document| {
            let parts = [
                Some(&document.title),
                document.background.as_ref(),
                document.proposal.as_ref(),
                document.decision.as_ref(),
            ];
            let text = parts
                .into_iter()
                .flatten()
                .fold(String::new(), |out, part| out + part + " ")
                .to_lowercase();
            let tokens: BTreeSet<&str> = text.split(|c: char| !c.is_alphabetic()).collect();
            query.words.split(' ').all(|word| {
                labels.forms[word]
                    .split(' ')
                    .any(|form| tokens.contains(form))
            })
        };
        let by_forms: BTreeSet<String> = documents
            .iter()
            .filter(stands)
            .map(|d| d.id.clone())
            .collect();
        assert_eq!(by_forms, query.relevant, "{}", query.words);
    }
}

#[test]
fn words_are_found_without_a_dictionary() {
    let [exact, _] = by_plain_fts("plain FTS5", "");
    let [prefix, _] = by_plain_fts("plain FTS5, word*", "*");
    let measured = by_archive("stems and heads", &Analyser::builtin());
    for Measure { recall, precision } in measured {
        assert!(recall >= 0.75 && precision >= 0.75, "{measured:?}");
        assert!(recall > exact.recall && recall > prefix.recall);
    }
}

#[test]
fn words_are_found_with_voikko() {
    let language = Analyser::open(&VoikkoChoice::Auto);
    if let Some(why) = language.complaint() {
        left_out("VOIKKO", &format!("Voikko is missing: {why}"));
        return;
    }
    let measured = by_archive("Voikko", &language);
    for Measure { recall, precision } in measured {
        assert!(recall >= 0.9 && precision >= 0.75, "{measured:?}");
    }
}

fn found(reader: &Reader, query: &SearchQuery) -> Vec<String> {
    let hits = reader.search(query).expect("search");
    hits.iter().map(|hit| key(hit).to_owned()).collect()
}

#[test]
fn titles_and_decisions_come_first_and_snippets_are_real_text() {
    let (dir, mut archive) = empty();
    for (key, title, background, decision) in [
        (
            "1",
            "Kehittämisverkoston kokous",
            "Muuta.",
            "Merkittiin tiedoksi.",
        ),
        ("2", "Muu asia", "Asiaa.", "Päätettiin perustaa verkostoja."),
        (
            "3",
            "Kolmas asia",
            "Esitetään verkostolle.",
            "Hyväksyttiin.",
        ),
    ] {
        let mut read = reading(Stage::Minutes);
        read.item.title = Some(title.into());
        read.item.background = Some(background.into());
        read.item.proposal = None;
        read.item.decision = Some(decision.into());
        store(&mut archive, listed(key, title), read);
    }
    let reader = Reader::open(dir.path()).expect("reader");
    assert_eq!(found(&reader, &asked("verkosto", 10)), ["2", "1", "3"]);
    let hits = reader.search(&asked("verkosto", 10)).expect("search");
    let snippets: Vec<&str> = hits
        .iter()
        .filter_map(|hit| hit.snippet.as_deref())
        .collect();
    assert_eq!(
        snippets,
        [
            "Päätettiin perustaa \u{E000}verkostoja\u{E001}.",
            "Merkittiin tiedoksi.",
            "Esitetään \u{E000}verkostolle\u{E001}."
        ]
    );
}

#[test]
fn snippets_of_all_labelled_queries_are_whole_words_of_their_document() {
    let language = Analyser::open(&VoikkoChoice::Auto);
    let (dir, archive) = archived(&language);
    drop(archive);
    let reader = Reader::open(dir.path()).expect("reader").speaking(language);
    let texts: std::collections::BTreeMap<String, String> = documents()
        .into_iter()
        .map(|d| {
            let rest = [d.decision, d.proposal, d.background].into_iter().flatten();
            (d.id, rest.collect::<Vec<_>>().join("\n"))
        })
        .collect();
    let (mut shown, mut marked) = (0, 0);
    for query in labels().query {
        for hit in reader.search(&asked(&query.words, 8)).expect("search") {
            let Some(snippet) = &hit.snippet else {
                continue;
            };
            let key = key(&hit);
            if std::env::var_os("SEUTU_SEARCH_MISSES").is_some() {
                println!("{}: {} | {snippet}", query.words, hit.title);
            }
            let plain = snippet.replace([MARK_OPEN, MARK_CLOSE], "");
            let plain = plain.trim_matches('…');
            assert!(texts[key].contains(plain), "{key}: {plain}");
            let letters: Vec<char> = snippet.chars().collect();
            for pair in letters.windows(2) {
                let is_cut = (pair[1] == MARK_OPEN && pair[0].is_alphanumeric())
                    || (pair[0] == MARK_CLOSE && pair[1].is_alphanumeric());
                assert!(!is_cut, "{snippet}");
            }
            let [open, close] = [MARK_OPEN, MARK_CLOSE].map(|mark| snippet.matches(mark).count());
            assert_eq!(open, close, "{snippet}");
            (shown, marked) = (shown + 1, marked + usize::from(open > 0));
        }
    }
    assert!(shown > 200 && marked * 2 > shown, "{marked} of {shown}");
}

/// More items than are ranked, newer than what was stored before, each with `background`.
fn bury(archive: &mut Archive, background: &str) {
    bury_deep(archive, 0..220, background);
}

fn bury_deep(archive: &mut Archive, numbers: std::ops::Range<u32>, background: &str) {
    let source = SourceId::new("kuusijarvi");
    archive
        .transaction(|batch| {
            for number in numbers {
                let key = format!("new-{number}");
                let mut read = reading(Stage::Minutes);
                read.item.title = Some("Muu asia".into());
                read.item.background = Some(background.into());
                (read.item.proposal, read.item.attachments) = (None, vec![]);
                read.handlings.clear();
                let new = [ListingChange::New(listed(&key, "Muu asia"))];
                batch.apply_listing(&source, PagePlan::Read, &new, hour(1))?;
                batch.store_version(&uid(&key), &version(VersionKind::First, read), hour(2))?;
            }
            Ok(())
        })
        .expect("stored");
}

#[test]
fn old_titles_and_decisions_are_found_before_hundreds_of_newer_items() {
    let found_first = |language: &std::sync::Arc<Analyser>| {
        let (dir, archive) = empty();
        let mut archive = archive.speaking(std::sync::Arc::clone(language));
        for (key, title, decision) in [
            ("title", "Verkostojen tuki", "Hyväksyttiin."),
            ("decision", "Tuki", "Myönnettiin kehittämisverkostolle."),
            ("neither", "Tuki", "Hyväksyttiin."),
        ] {
            let mut read = reading(Stage::Minutes);
            read.item.title = Some(title.into());
            read.item.decision = Some(decision.into());
            read.item.background = Some("Verkosto on vanha.".into());
            store(&mut archive, listed(key, title), read);
        }
        bury(&mut archive, "Asia koskee verkostoa.");
        let reader = Reader::open(dir.path())
            .expect("reader")
            .speaking(std::sync::Arc::clone(language));
        for words in ["verkosto", "verkostoille", "VERKOSTO"] {
            let hits = reader.search(&asked(words, 20)).expect("search");
            let keys: Vec<&str> = hits.iter().map(|hit| hit.uid.as_str()).collect();
            assert_eq!(
                &keys[..3],
                [
                    "kuusijarvi/title",
                    "kuusijarvi/decision",
                    "kuusijarvi/new-219"
                ],
                "{words}"
            );
            let marked = hits.iter().filter_map(|hit| hit.snippet.as_deref());
            assert!(marked.clone().count() == 20);
            assert!(marked.clone().all(|snippet| !snippet.contains('\u{E002}')));
        }
        let all = found(&reader, &asked("verkosto", 1000));
        assert_eq!(all.len(), 223, "each once");
        drop(archive);
        assert_eq!(verify(dir.path()), []);
    };
    found_first(&Analyser::builtin());
    found_first(&Analyser::open(&VoikkoChoice::Auto));
}

/// An item with a word in its background, and what else is to stand there.
fn store_saying(archive: &mut Archive, key: &str, background: &str) {
    let mut read = reading(Stage::Minutes);
    read.item.background = Some(background.into());
    read.handlings.clear();
    store(archive, listed(key, "Tuki"), read);
}

fn keys_and_count(reader: &Reader, words: &str) -> (BTreeSet<String>, u32) {
    let keys = found(reader, &asked(words, 1000)).into_iter().collect();
    let results = reader.results(&asked(words, 10), 0).expect("results");
    (keys, results.total)
}

#[test]
fn beginnings_are_added_to_few_hits_and_counted_with_them() {
    let (dir, mut archive) = empty();
    store_saying(&mut archive, "longer", "Trullisvemp oli.");
    bury_deep(&mut archive, 0..199, "Trullis oli.");
    let reader = Reader::open(dir.path()).expect("reader");
    let longer = "longer".to_owned();
    let (keys, total) = keys_and_count(&reader, "trullis");
    assert!(keys.contains(&longer));
    assert_eq!((keys.len(), total), (200, 200));
    bury_deep(&mut archive, 199..200, "Trullis oli.");
    let (keys, total) = keys_and_count(&reader, "trullis");
    assert!(!keys.contains(&longer), "two hundred have the word itself");
    assert_eq!((keys.len(), total), (200, 200));
    let (keys, total) = keys_and_count(&reader, "trul");
    assert_eq!((keys.len(), total), (201, 201));
}

#[test]
fn a_word_of_a_thousand_items_is_no_beginning_and_the_others_are() {
    let (dir, mut archive) = empty();
    store_saying(&mut archive, "word", "Trullis ja krakelopp.");
    store_saying(&mut archive, "longer", "Trullisvemp ja krakelopp.");
    store_saying(&mut archive, "begins", "Trullis ja krakeloppvemp.");
    let reader = Reader::open(dir.path()).expect("reader");
    let all = |reader: &Reader| keys_and_count(reader, "trullis krakelopp");
    assert_eq!(all(&reader).0.len(), 3);
    bury_deep(&mut archive, 0..1000, "Trullis oli.");
    let wanted = ["begins", "word"].map(str::to_owned);
    assert_eq!(all(&reader), (BTreeSet::from(wanted), 2));
}

/// An item of this year that is the network's, and an old one with minutes.
fn old_and_new() -> (TempDir, Archive, Reader) {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let mut old = reading(Stage::Minutes);
    old.item.held_on = Some(date(2019, 3, 4));
    let mut item = listed("old", "Vanha suunnitelma");
    item.held_on = Some(date(2019, 3, 4));
    store(&mut archive, item, old);
    let reader = Reader::open(dir.path()).expect("reader");
    (dir, archive, reader)
}

/// What a search finds that was changed beforehand.
fn narrowed(reader: &Reader, change: &dyn Fn(&mut SearchQuery)) -> Vec<String> {
    let mut query = asked("suunnitelma lautakunta", 10);
    change(&mut query);
    found(reader, &query)
}

#[test]
fn filters_narrow_a_search_and_hide_nothing_else() {
    let (_dir, _archive, reader) = old_and_new();
    let with = |change: &dyn Fn(&mut SearchQuery)| narrowed(&reader, change);
    assert_eq!(with(&|_| ()).len(), 2);
    assert_eq!(with(&|q| q.stage = Some(Stage::Minutes)), ["old"]);
    assert_eq!(with(&|q| q.outcome = Some(Outcome::Accepted)), ["old"]);
    assert_eq!(
        with(&|q| q.network = Some("sivistys".into())),
        ["2026100-3"]
    );
    assert_eq!(
        with(&|q| q.municipality = Some("Kuusijärvi".into())).len(),
        2
    );
    assert_eq!(
        with(&|q| q.municipality = Some("petajavaara".into())).len(),
        0
    );
    assert_eq!(
        with(&|q| q.municipality = Some("nowhere\" OR".into())).len(),
        0
    );
    assert_eq!(
        with(&|q| q.body = Some("Sivistyslautakunta".into())).len(),
        2
    );
    for (years, hits) in [
        ([2019, 2019], &["old"] as &[_]),
        ([2020, 2026], &["2026100-3"]),
        ([2026, 2019], &[]),
    ] {
        let [from, until] = years;
        let days = (Some(date(from, 1, 1)), Some(date(until, 12, 31)));
        assert_eq!(with(&|q| (q.from, q.until) = days), hits, "{years:?}");
    }
    assert_eq!(
        found(&reader, &asked("m1", 10)),
        [""; 0],
        "facets are no words"
    );
}

#[test]
fn filters_follow_what_changes_after_the_text() {
    let (_dir, mut archive, reader) = old_and_new();
    let with = |change: &dyn Fn(&mut SearchQuery)| narrowed(&reader, change);
    archive
        .transaction(|batch| {
            batch.store_recognition(
                &uid("2026100-3"),
                &recognition(Verdict::Out, 0.0),
                "r2",
                hour(3),
            )?;
            batch.mark_withdrawn(&uid("old"), hour(3))
        })
        .expect("changed");
    assert_eq!(with(&|q| q.network = Some("sivistys".into())).len(), 0);
    assert_eq!(
        with(&|_| ()),
        ["2026100-3"],
        "what is withdrawn is not found"
    );
}

/// Stores pages of an attachment of one item and of the PDF of another.
fn store_pages(archive: &mut Archive, reader: &Reader) {
    let source = SourceId::new("kuusijarvi");
    let wanted = Wanted {
        kind: DocumentKind::Attachment,
        media_types: vec![],
        room: 0,
        most: 9,
    };
    let due = reader
        .unread_documents(&wanted, &source, hour(3))
        .expect("due");
    let check = DocumentCheck {
        error: None,
        pages: vec![
            "Alku.".into(),
            "Tässä kerrotaan uimahallien remonteista.".into(),
        ],
        ..DocumentCheck::without(hour(3), DocumentStatus::Fetched, String::new())
    };
    archive
        .transaction(|batch| batch.store_document_check(&due[0], &check))
        .expect("stored");
    archive
        .transaction(|batch| {
            batch.store_document(
                &uid("2026100-4"),
                &["Ja jäähallin lasku.".to_owned()],
                hour(3),
            )
        })
        .expect("stored");
}

#[test]
fn a_file_that_is_read_again_without_text_has_no_number_of_pages() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let reader = Reader::open(dir.path()).expect("reader");
    let wanted = Wanted {
        kind: DocumentKind::Attachment,
        media_types: vec![],
        room: 0,
        most: 9,
    };
    let source = SourceId::new("kuusijarvi");
    let due = reader.unread_documents(&wanted, &source, hour(3));
    let due = due.expect("due");
    let check = DocumentCheck {
        error: None,
        bytes: Some(4),
        sha256: Some(sha256(b"file")),
        pages: vec!["Alku.".into()],
        kept: true,
        ..DocumentCheck::without(hour(3), DocumentStatus::Fetched, String::new())
    };
    archive
        .transaction(|batch| batch.store_document_check(&due[0], &check))
        .expect("stored");
    let pages = || {
        let attachments = reader.attachments(&uid("2026100-3")).expect("attachments");
        attachments[0].pages
    };
    assert_eq!(pages(), Some(1));
    let had = reader.had_files(DocumentKind::Attachment, (0, 9));
    let file = had.expect("files").remove(0);
    let rewritten = archive.transaction(|batch| batch.rewrite_file(&file, &[], hour(4)));
    assert!(rewritten.expect("rewritten"));
    assert_eq!(pages(), None);
}

#[test]
fn pages_of_attachments_are_found_with_their_place() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let reader = Reader::open(dir.path()).expect("reader");
    store_pages(&mut archive, &reader);
    let hits = reader.search(&asked("uimahalli", 10)).expect("search");
    let page = hits[0].page.as_ref().expect("a page");
    assert_eq!(
        (page.attachment.as_deref(), page.page),
        (Some("Suunnitelma"), 2)
    );
    assert_eq!(
        hits[0].snippet.as_deref(),
        Some("Tässä kerrotaan \u{E000}uimahallien\u{E001} remonteista.")
    );
    let with = |change: &dyn Fn(&mut SearchQuery)| {
        let mut query = asked("uimahalli", 10);
        change(&mut query);
        found(&reader, &query).len()
    };
    assert_eq!(with(&|q| q.stage = Some(Stage::Agenda)), 1);
    assert_eq!(with(&|q| q.stage = Some(Stage::Minutes)), 0);
    assert_eq!(with(&|q| q.outcome = Some(Outcome::Accepted)), 0);
    assert_eq!(with(&|q| q.network = Some("sivistys".into())), 1);
    assert_eq!(with(&|q| q.body = Some("Sivistyslautakunta".into())), 1);
    assert_eq!(with(&|q| q.municipality = Some("kuusijarvi".into())), 1);
    assert_eq!(with(&|q| q.municipality = Some("petajavaara".into())), 0);
    assert_eq!(with(&|q| q.until = Some(date(2019, 1, 1))), 0);
    let own = reader.search(&asked("jäähalli", 10)).expect("search");
    assert_eq!(
        own[0].page.as_ref().map(|page| &page.attachment),
        Some(&None)
    );
    archive
        .transaction(|batch| batch.mark_withdrawn(&uid("2026100-3"), hour(4)))
        .expect("withdrawn");
    assert_eq!(reader.search(&asked("uimahalli", 10)).expect("search"), []);
}

#[test]
fn words_typed_without_dots_are_found_when_nothing_else_is() {
    let (dir, mut archive) = empty();
    let mut read = reading(Stage::Agenda);
    read.item.title = Some("Kärkölän ja Sysmän maankäyttösopimus".into());
    store(&mut archive, listed("1", "Kärkölä"), read);
    let reader = Reader::open(dir.path()).expect("reader");
    for words in [
        "karkola",
        "sysma",
        "maankayttosopimus",
        "Karkola sysma",
        "\"Sysmän maankäyttösopimus\"",
    ] {
        assert_eq!(found(&reader, &asked(words, 10)), ["1"], "{words}");
    }
    let marked = reader
        .search(&asked("maankäyttösopimus", 10))
        .expect("search");
    assert!(
        marked[0]
            .snippet
            .as_deref()
            .is_some_and(|snippet| !snippet.contains(MARK_OPEN))
    );
}

#[test]
fn search_columns_are_filled_again_and_the_same() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let rows = |dir: &TempDir| {
        let conn = Connection::open(dir.path().join("archive.db")).expect("file");
        dump_rows(&conn, &["meta"])
    };
    let before = rows(&dir);
    drop(archive);
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    conn.execute_batch("UPDATE item SET search_terms=NULL, search_parts=NULL, search_by=NULL")
        .expect("emptied");
    drop(conn);
    assert!(
        verify(dir.path())
            .iter()
            .any(|finding| finding.what.contains("not filled"))
    );
    let mut archive = Archive::open(dir.path(), hour(4)).expect("archive");
    let mut fill = || {
        archive
            .transaction(|batch| batch.refill_search(1))
            .expect("filled")
    };
    assert_eq!([fill(), fill(), fill()], [1, 1, 0], "in bounded steps");
    assert_eq!(rows(&dir), before);
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn forms_of_words_go_with_the_text_whoever_changes_it() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    drop(archive);
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    conn.execute_batch("UPDATE item SET title='x', background=NULL, proposal=NULL, decision=NULL")
        .expect("changed");
    let left: i64 = conn
        .query_row(
            "SELECT count(*) FROM item WHERE search_terms IS NOT NULL OR search_by IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .expect("count");
    assert_eq!(left, 0);
    let by_sql: i64 = conn
        .query_row(
            "SELECT count(*) FROM item_fts WHERE item_fts MATCH '\"verkosto\"'",
            [],
            |row| row.get(0),
        )
        .expect("count");
    assert_eq!(by_sql, 0);
}

#[test]
fn a_text_and_its_forms_reach_the_index_at_once() {
    let (dir, mut archive) = empty();
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    conn.execute_batch(
        "CREATE TABLE taken_in(id INTEGER);
         CREATE TRIGGER taken_in AFTER UPDATE OF title,background,proposal,decision,diary_number,search_terms,
           search_parts,search_facets ON item BEGIN INSERT INTO taken_in VALUES(new.id); END",
    )
    .expect("counting");
    store(
        &mut archive,
        listed("1", "Verkoston suunnitelma"),
        reading(Stage::Minutes),
    );
    let (times, filled): (i64, i64) = conn
        .query_row(
            "SELECT (SELECT count(*) FROM taken_in), (SELECT count(*) FROM item WHERE search_by IS NOT NULL
               AND search_terms IS NOT NULL AND search_facets LIKE '% sminutes%')",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .expect("counts");
    assert_eq!((times, filled), (1, 1));
    assert_eq!(verify(dir.path()), []);
}
