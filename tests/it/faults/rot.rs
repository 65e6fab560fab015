//! Bits that flip where the archive lies, at random places: nothing that stands in it is changed unseen, and nobody is
//! told what an item never said.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use seutu::archive::{ArchiveError, FeedQuery, Reader, SearchQuery, verify};
use seutu::model::ids::Uid;

use super::{agendas, poll, start};
use crate::support::workshop::Workshop;

/// Places of each file that are damaged, one at a time.
const PLACES: usize = 250;

/// The files that are damaged.
const FILES: [&str; 2] = ["archive.db", "originals.db"];

/// Every row of every table, as SQLite reads it to the byte.
type Content = BTreeMap<String, Vec<String>>;

/// What a file holds; nothing when it cannot be read.
fn content(file: &Path) -> Option<Content> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags).ok()?;
    let rows = |sql: &str| -> rusqlite::Result<Vec<String>> {
        let mut statement = conn.prepare(sql)?;
        let columns = statement.column_count();
        let found = statement.query_map([], |row| {
            let values: rusqlite::Result<Vec<ValueRef<'_>>> =
                (0..columns).map(|column| row.get_ref(column)).collect();
            Ok(format!("{:?}", values?))
        })?;
        found.collect()
    };
    let tables = "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE '%_fts%'";
    let mut statement = conn.prepare(tables).ok()?;
    let names = statement
        .query_map([], |row| row.get::<_, String>(0))
        .ok()?;
    let mut content = Content::new();
    for name in names {
        let name = name.ok()?;
        // To SQLite it is the same table in capitals and not.
        content.insert(
            name.to_lowercase(),
            rows(&format!("SELECT * FROM {name}")).ok()?,
        );
    }
    Some(content)
}

/// The rows that differ: a table, a row of before and one of after.
fn differing<'a>(
    before: &'a Content,
    after: &'a Content,
) -> Vec<(&'a str, Option<&'a String>, Option<&'a String>)> {
    let tables = before.iter().filter_map(|(table, rows)| {
        let changed = after.get(table).map_or(&[][..], Vec::as_slice);
        let before = rows.iter().find(|row| !changed.contains(row));
        let after = changed.iter().find(|row| !rows.contains(row));
        (before.is_some() || after.is_some()).then_some((table.as_str(), before, after))
    });
    tables.collect()
}

/// A list, or nothing where SQLite itself finds the file damaged: one row must not stop a list.
fn unless_damaged<T>(listed: Result<Vec<T>, ArchiveError>) -> Vec<T> {
    listed.unwrap_or_else(|error| {
        let said = error.to_string();
        assert!(
            said.contains("malformed") || said.contains("damaged"),
            "{said}"
        );
        vec![]
    })
}

/// What readers are told of each item, in item pages, one feed and a search that each item has a hit for; of an item
/// that cannot be read nothing.
fn told(archive: &Path, uids: &[Uid]) -> BTreeMap<Uid, BTreeSet<String>> {
    let mut told: BTreeMap<Uid, BTreeSet<String>> = BTreeMap::new();
    let Ok(reader) = Reader::open(archive) else {
        return told;
    };
    let feed = FeedQuery {
        limit: 100,
        ..FeedQuery::default()
    };
    let pages = uids
        .iter()
        .filter_map(|uid| reader.item(uid).ok().flatten());
    let entries = unless_damaged(reader.feed_items(&feed));
    for item in pages.chain(entries) {
        let said = (
            (item.title, item.held_on, item.url),
            (item.first_seen_at, item.changed_at, item.withdrawn_at),
            (item.stage, item.outcome, item.fields, item.handlings),
        );
        told.entry(item.uid)
            .or_default()
            .insert(format!("{said:?}"));
    }
    let query = SearchQuery {
        limit: 100,
        ..SearchQuery::new("lautakunta")
    };
    for hit in unless_damaged(reader.search(&query)) {
        let said = (hit.title, hit.stage, hit.outcome, hit.snippet);
        told.entry(hit.uid).or_default().insert(format!("{said:?}"));
    }
    told
}

/// An archive with agendas and minutes.
fn filled() -> (impl Sized, Workshop) {
    let (portal, workshop) = start(9);
    let config = workshop.config_file();
    poll(&config);
    let mut papers = agendas(20);
    for paper in &mut papers[..9] {
        *paper = paper.minutes("Hyväksyttiin.");
    }
    portal.serve_all(&papers);
    portal.lists(&papers);
    poll(&config);
    assert_eq!(verify(&workshop.archive()), []);
    (portal, workshop)
}

#[test]
fn a_flipped_bit_never_changes_a_row_unseen() {
    let (_portal, workshop) = filled();
    let archive = workshop.archive();
    let conn = Connection::open(archive.join("archive.db")).expect("archive");
    let uids: Vec<Uid> = conn
        .prepare("SELECT uid FROM item")
        .expect("items")
        .query_map([], |row| row.get::<_, String>(0).map(Uid::new))
        .expect("items")
        .collect::<Result<_, _>>()
        .expect("items");
    drop(conn);
    let mut chance = fastrand::Rng::with_seed(20_261_109);
    for name in FILES {
        let file = archive.join(name);
        let sound = fs::read(&file).expect("file");
        let before = content(&file).expect("sound");
        assert!(before.values().flatten().count() >= 20, "{name}");
        let served = told(&archive, &uids);
        assert!(served.len() >= 20 && served.values().all(|said| said.len() == 2));
        let mut changed = 0;
        for _ in 0..PLACES {
            let (place, bit) = (chance.usize(..sound.len()), chance.u8(..8));
            let mut damaged = sound.clone();
            damaged[place] ^= 1 << bit;
            fs::write(&file, &damaged).expect("damaged");
            let after = content(&file);
            if after.as_ref() == Some(&before) {
                continue;
            }
            for (uid, said) in told(&archive, &uids) {
                let sound = served.get(&uid).is_some_and(|sound| said.is_subset(sound));
                assert!(sound, "{name}: bit {bit} of byte {place} is told of {uid}");
            }
            changed += 1;
            assert!(
                !verify(&archive).is_empty(),
                "{name}: bit {bit} of byte {place}: {:?}",
                after.as_ref().map(|after| differing(&before, after))
            );
        }
        fs::write(&file, &sound).expect("mended");
        println!("{name}: all of {changed} changes are seen, by {PLACES} flips");
        assert!(changed >= 5, "{name}: {changed}");
    }
}
