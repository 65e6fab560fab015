//! Every SQL statement of README and docs runs on the archive of the demonstration.

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::generated::file;
use crate::support::program::bare;

/// Says in a statement's comment that the demonstration has nothing for it.
const EMPTY: &str = "empty in the demonstration";

/// Languages of blocks, and what runs them: here, `.ci/recipes.py`, another test, or nothing that could.
const LANGUAGES: [&str; 9] = [
    "sql",
    "sh",
    "python",
    "r",
    "toml",
    "mermaid",
    "powerquery",
    "text",
    "",
];

/// A fenced block of a document.
struct Block {
    place: String,
    language: String,
    text: String,
}

/// README and every document in `docs`.
fn documents() -> Vec<String> {
    let docs = std::fs::read_dir(file("docs")).expect("docs");
    let paths = docs.map(|entry| entry.expect("entry").path());
    let named = paths.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut documents: Vec<String> = named
        .filter_map(|path| Some(format!("docs/{}", path.file_name()?.to_str()?)))
        .collect();
    documents.push("README.md".into());
    documents.sort();
    documents
}

fn blocks(path: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(file(path)).expect("a document");
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in (1..).zip(text.lines()) {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => {
                open = Some(Block {
                    place: format!("{path}:{number}"),
                    language: language.trim().into(),
                    text: String::new(),
                });
            }
            (None, Some(block)) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{path}: a block is not closed");
    blocks
}

fn every_block() -> Vec<Block> {
    documents().iter().flat_map(|path| blocks(path)).collect()
}

/// The archive of the demonstration, kept.
fn demonstration() -> (TempDir, Connection) {
    let dir = TempDir::new().expect("folder");
    let kept = dir.path().join("kept");
    let output = bare(&["demo", "--once", "--keep"]).arg(&kept).output();
    assert!(output.expect("run").status.success());
    let conn =
        Connection::open_with_flags(kept.join("archive.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    (dir, conn.expect("archive"))
}

/// Runs the statements of a block; says what is wrong with them.
fn run(conn: &Connection, block: &Block) -> Vec<String> {
    let mut faults = Vec::new();
    let mut rest = block.text.as_str();
    while let Some(end) = end_of_statement(rest) {
        let (statement, next) = rest.split_at(end);
        rest = next;
        match rows(conn, statement) {
            Ok(0) if !statement.contains(EMPTY) => {
                faults.push(format!("{}: no rows: {}", block.place, statement.trim()));
            }
            Ok(_) => {}
            Err(error) => faults.push(format!("{}: {error}: {}", block.place, statement.trim())),
        }
    }
    if !rest.trim().is_empty() {
        faults.push(format!(
            "{}: no semicolon after {}",
            block.place,
            rest.trim()
        ));
    }
    faults
}

/// Where the first statement ends: at a semicolon that ends a line, which none of ours has inside.
fn end_of_statement(text: &str) -> Option<usize> {
    text.find(";\n").map(|at| at + 2)
}

fn rows(conn: &Connection, sql: &str) -> rusqlite::Result<usize> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

#[test]
fn every_statement_of_the_documents_runs() {
    let (_dir, conn) = demonstration();
    let blocks = every_block();
    let statements = blocks.iter().filter(|block| block.language == "sql");
    let faults: Vec<String> = statements.flat_map(|block| run(&conn, block)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_block_is_of_a_language_that_something_runs() {
    for block in every_block() {
        let known = LANGUAGES.contains(&block.language.as_str());
        assert!(known, "{}: nothing runs {:?}", block.place, block.language);
        let disguised = block.language != "sql"
            && ["text", ""].contains(&block.language.as_str())
            && block.text.lines().any(|line| line.starts_with("SELECT "));
        assert!(!disguised, "{}: SQL under another name", block.place);
    }
}

#[test]
fn a_statement_that_does_not_run_or_finds_nothing_is_told() {
    let conn = Connection::open_in_memory().expect("a database");
    let faults = |text: &str| {
        let block = Block {
            place: "x".into(),
            language: "sql".into(),
            text: text.into(),
        };
        run(&conn, &block).len()
    };
    assert_eq!(faults("SELECT 1;\n"), 0);
    assert_eq!(faults("SELECT 1;\nSELECT no;\n"), 1);
    assert_eq!(faults("SELECT 1 WHERE 0;\n"), 1);
    assert_eq!(
        faults("-- (empty in the demonstration)\nSELECT 1 WHERE 0;\n"),
        0
    );
    assert_eq!(faults("SELECT 1\n"), 1);
}

#[test]
fn a_kept_demonstration_wants_a_folder_of_its_own() {
    let dir = TempDir::new().expect("folder");
    std::fs::write(dir.path().join("mine"), b"x").expect("written");
    let output = bare(&["demo", "--once", "--keep"]).arg(dir.path()).output();
    let output = output.expect("run");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.contains("is not empty"), "{said}");
    assert_eq!(std::fs::read(dir.path().join("mine")).expect("read"), b"x");
}

#[test]
fn a_kept_demonstration_has_its_configuration_beside_it() {
    let dir = TempDir::new().expect("folder");
    let kept = dir.path().join("kept");
    let output = bare(&["demo", "--once", "--keep"]).arg(&kept).output();
    let said = String::from_utf8(output.expect("run").stdout).expect("UTF-8");
    let config = kept.join("demo.toml");
    assert!(said.contains(&config.display().to_string()), "{said}");
    let counted = Connection::open(kept.join("archive.db")).expect("archive");
    let sources: i64 = counted
        .query_row("SELECT count(*) FROM source", [], |row| row.get(0))
        .expect("counted");
    let listed = crate::support::program::run(&config, &["sources", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.out).expect("JSON");
    assert_eq!(
        i64::try_from(listed.as_array().map_or(0, Vec::len)),
        Ok(sources)
    );
    let derived = crate::support::program::run(&config, &["rederive", "--json"]);
    assert_eq!(derived.code, Some(0), "{derived:?}");
    let derived: serde_json::Value = serde_json::from_str(&derived.out).expect("JSON");
    assert!(derived["items"].as_i64() > Some(10), "{derived}");
    assert_eq!(derived["changed"], serde_json::json!([]), "{derived}");
}
