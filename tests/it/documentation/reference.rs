//! `docs/archive.md`: every table, view and column, made from the archive's own dictionary.

use std::fmt::Write as _;

use super::generated::{Fresh, Table, agrees};

/// Text that stands in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn head(archive: &Fresh) -> String {
    let meta = archive.meta();
    let application: u32 = archive
        .conn
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .expect("application");
    format!(
        "# The archive · Arkisto\n\n\
         <!-- Made from the archive's data dictionary: UPDATE_DOCS=1 cargo test documentation -->\n\n\
         {}\n\n{}\n\n\
         The file is SQLite (3.37 or newer), `application_id` 0x{application:08x}, `user_version` {}. The same\n\
         explanations stand in the file itself: `SELECT * FROM data_dictionary`, `SELECT * FROM meta`. Queries to begin\n\
         with are in [recipes.md](recipes.md).\n\n{}\n\n{}\n\n{}\n",
        meta["description_fi"],
        meta["description_en"],
        meta["schema_version"],
        meta["conventions"],
        meta["licence_fi"],
        meta["licence_en"]
    )
}

fn overview(tables: &[Table]) -> String {
    let mut text = String::new();
    for (title, views) in [
        ("Views: the interface, columns are only ever appended", true),
        ("Tables: they may change with `user_version`", false),
    ] {
        writeln!(
            text,
            "\n## {title}\n\n| name | suomeksi | in English |\n|---|---|---|"
        )
        .expect("text");
        for table in tables.iter().filter(|table| table.view == views) {
            let (finnish, english) = (cell(&table.finnish), cell(&table.english));
            let name = &table.name;
            writeln!(text, "| [`{name}`](#{name}) | {finnish} | {english} |").expect("text");
        }
    }
    text
}

fn relations(tables: &[Table]) -> String {
    let mut text = "\n## Relations\n\n```mermaid\nerDiagram\n".to_owned();
    for table in tables {
        for column in table
            .columns
            .iter()
            .filter(|column| !column.refers.is_empty())
        {
            let parent = column.refers.split('.').next().expect("a table");
            writeln!(text, "  {parent} ||--o{{ {} : {}", table.name, column.name).expect("text");
        }
    }
    text + "```\n"
}

fn described(table: &Table) -> String {
    let mut text = format!(
        "\n### {}\n\n{}\n\n{}\n\n",
        table.name, table.finnish, table.english
    );
    text.push_str("| column | type | suomeksi | in English | example |\n|---|---|---|---|---|\n");
    for column in &table.columns {
        let kind = match column.refers.as_str() {
            "" => column.kind.clone(),
            refers => format!("{} → {refers}", column.kind),
        };
        let example = match column.example.as_str() {
            "" => String::new(),
            example => format!("`{}`", cell(example)),
        };
        writeln!(
            text,
            "| `{}` | {kind} | {} | {} | {example} |",
            column.name,
            cell(&column.finnish),
            cell(&column.english)
        )
        .expect("text");
    }
    text
}

#[test]
fn the_documentation_of_the_archive_is_what_its_dictionary_says() {
    let archive = Fresh::new();
    let tables = archive.tables();
    let mut text = head(&archive) + &overview(&tables) + &relations(&tables) + "\n## Columns\n";
    text.extend(tables.iter().map(described));
    assert!(text.contains("meeting ||--o{ item : meeting_id"));
    agrees("docs/archive.md", &text);
}
