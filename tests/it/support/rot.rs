//! Changes of the archive that SQLite does not hear of.

use std::path::Path;

use rusqlite::Connection;

/// Changes a row as a fault of the disk does: no trigger hears of it.
pub fn change(file: &Path, table: &str, sql: &str) {
    let conn = Connection::open(file).expect("file");
    let triggers: Vec<(String, String)> = conn
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type='trigger' AND tbl_name=?1")
        .expect("triggers")
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("triggers")
        .collect::<Result<_, _>>()
        .expect("triggers");
    for (name, _) in &triggers {
        conn.execute_batch(&format!("DROP TRIGGER {name}"))
            .expect("dropped");
    }
    conn.execute_batch("PRAGMA foreign_keys=OFF")
        .expect("setting");
    conn.execute_batch(sql).expect("changed");
    for (_, sql) in &triggers {
        conn.execute_batch(sql).expect("made again");
    }
}
