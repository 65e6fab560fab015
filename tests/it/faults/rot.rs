//! Bits that flip where the archive lies, at random places.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use seutu::archive::verify;

use super::{agendas, poll, start};
use crate::support::workshop::Workshop;

/// Places that are damaged, one at a time.
const PLACES: usize = 300;

/// Every row of every table of a file, table by table; nothing when it cannot be read.
fn content(file: &Path) -> Option<BTreeMap<String, Vec<String>>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags).ok()?;
    let rows = |sql: &str| -> rusqlite::Result<Vec<String>> {
        let mut statement = conn.prepare(sql)?;
        let columns = statement.column_count();
        let found = statement.query_map([], |row| {
            let values = (0..columns).map(|column| {
                Ok(match row.get_ref(column)? {
                    ValueRef::Null => "null".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => number.to_string(),
                    ValueRef::Text(text) | ValueRef::Blob(text) => {
                        String::from_utf8_lossy(text).into_owned()
                    }
                })
            });
            Ok(values.collect::<rusqlite::Result<Vec<_>>>()?.join(" | "))
        })?;
        found.collect()
    };
    let tables =
        rows("SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE '%_fts%'")
            .ok()?;
    tables
        .into_iter()
        .map(|table| Some((table.clone(), rows(&format!("SELECT * FROM {table}")).ok()?)))
        .collect()
}

fn filled() -> (impl Sized, Workshop) {
    let (portal, workshop) = start(9);
    poll(&workshop.config_file());
    let mut papers = agendas(20);
    for paper in &mut papers[..9] {
        *paper = paper.minutes("Hyväksyttiin.");
    }
    portal.serve_all(&papers);
    portal.lists(&papers);
    poll(&workshop.config_file());
    assert_eq!(verify(&workshop.archive()), []);
    (portal, workshop)
}

#[test]
fn a_bit_flipped_anywhere_that_changes_what_is_said_is_found() {
    let (_portal, workshop) = filled();
    let mut chance = fastrand::Rng::with_seed(6);
    for name in ["archive.db", "originals.db"] {
        let file = workshop.archive().join(name);
        let sound = fs::read(&file).expect("file");
        let before = content(&file).expect("sound");
        let (mut changed, mut found) = (0, 0);
        let began = std::time::Instant::now();
        for _ in 0..PLACES {
            let place = chance.usize(..sound.len());
            let mut bytes = sound.clone();
            bytes[place] ^= 1 << chance.u8(..8);
            fs::write(&file, &bytes).expect("damaged");
            let after = content(&file);
            if after.as_ref() == Some(&before) {
                continue;
            }
            changed += 1;
            let findings = verify(&workshop.archive());
            if findings.is_empty() {
                let after = after.expect("read");
                for (table, rows) in &before {
                    for (one, other) in rows.iter().zip(&after[table]) {
                        if one != other {
                            println!("UNSEEN {name} {table} {}", sound.len());
                            println!("  {}", one.chars().take(300).collect::<String>());
                            println!("  {}", other.chars().take(300).collect::<String>());
                        }
                    }
                }
            } else {
                found += 1;
            }
        }
        fs::write(&file, &sound).expect("mended");
        println!(
            "{name}: {found} of {changed} found; {PLACES} in {:?}",
            began.elapsed()
        );
    }
}
