//! `packaging/datasette`: what Datasette shows, made from the dictionary and from `datasette.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::generated::{Fresh, Table, agrees, file};

/// What `datasette.toml` says.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Design {
    settings: BTreeMap<String, toml::Value>,
    hidden: Hidden,
    tables: BTreeMap<String, BTreeMap<String, toml::Value>>,
    queries: BTreeMap<String, Query>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Hidden {
    tables: BTreeSet<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    title: String,
    params: Vec<String>,
    sql: String,
}

fn design() -> Design {
    let text = std::fs::read_to_string(file("packaging/datasette/datasette.toml")).expect("design");
    toml::from_str(&text).expect("a design")
}

const MADE: &str = "# Made from datasette.toml and the archive's data dictionary: UPDATE_DOCS=1 cargo test documentation\n";

/// A value as YAML, which takes JSON as it is.
fn yaml(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("json")
}

fn both(finnish: &str, english: &str) -> String {
    yaml(&format!("{finnish} · {english}"))
}

/// Title, licence and source of a database.
fn about(archive: &Fresh) -> String {
    let meta = archive.meta();
    let title = both(&meta["title_fi"], &meta["title"]);
    let description = both(&meta["description_fi"], &meta["description_en"]);
    let licence = both(&meta["licence_fi"], &meta["licence_en"]);
    format!(
        "title: {title}\ndescription: {description}\nlicense: {licence}\ndatabases:\n  archive:\n    tables:\n"
    )
}

/// Keys of one table that both versions read.
fn keys(design: &Design, table: &str) -> String {
    let mut text = String::new();
    for (key, value) in design.tables.get(table).into_iter().flatten() {
        writeln!(text, "        {key}: {}", yaml(value)).expect("text");
    }
    if design.hidden.tables.contains(table) {
        text.push_str("        hidden: true\n");
    }
    text
}

/// The explanations of one table and its columns.
fn texts(table: &Table) -> String {
    let mut text = format!(
        "        description: {}\n        columns:\n",
        both(&table.finnish, &table.english)
    );
    for column in &table.columns {
        let explained = both(&column.finnish, &column.english);
        writeln!(text, "          {}: {explained}", column.name).expect("text");
    }
    text
}

fn queries(design: &Design) -> String {
    let mut text = "    queries:\n".to_owned();
    for (name, query) in &design.queries {
        let (title, params) = (yaml(&query.title), yaml(&query.params));
        let sql = query.sql.trim();
        writeln!(
            text,
            "      {name}:\n        title: {title}\n        params: {params}\n        sql: |-"
        )
        .expect("text");
        for line in sql.lines() {
            writeln!(text, "          {line}").expect("text");
        }
    }
    text
}

#[test]
fn the_configuration_for_datasette_0_65_is_what_the_dictionary_says() {
    let (archive, design) = (Fresh::new(), design());
    let mut text =
        MADE.to_owned() + "# Datasette 0.65 takes everything from here, 1.0 the texts.\n";
    text.push_str(&about(&archive));
    for table in archive.tables() {
        writeln!(text, "      {}:", table.name).expect("text");
        text.push_str(&(keys(&design, &table.name) + &texts(&table)));
    }
    agrees(
        "packaging/datasette/metadata.yaml",
        &(text + &queries(&design)),
    );
}

#[test]
fn the_configuration_for_datasette_1_0_is_what_the_design_says() {
    let design = design();
    let mut text =
        MADE.to_owned() + "# Of Datasette 1.0; the texts stand in metadata.yaml.\nsettings:\n";
    for (key, value) in &design.settings {
        writeln!(text, "  {key}: {}", yaml(value)).expect("text");
    }
    text.push_str("databases:\n  archive:\n    tables:\n");
    for table in Fresh::new().tables() {
        let keys = keys(&design, &table.name);
        if !keys.is_empty() {
            writeln!(text, "      {}:", table.name).expect("text");
            text.push_str(&keys);
        }
    }
    agrees(
        "packaging/datasette/datasette.yaml",
        &(text + &queries(&design)),
    );
}

/// The words of a list of the design.
fn words<'a>(table: &'a BTreeMap<String, toml::Value>, key: &str) -> Vec<&'a str> {
    let list = table.get(key).and_then(toml::Value::as_array);
    list.into_iter()
        .flatten()
        .map(|word| word.as_str().expect("a word"))
        .collect()
}

#[test]
fn the_design_names_columns_that_exist_and_facets_that_are_indexed() {
    let (archive, design) = (Fresh::new(), design());
    let tables = archive.tables();
    for (name, keys) in &design.tables {
        let table = tables.iter().find(|table| table.name == *name);
        let table = table.unwrap_or_else(|| panic!("no table {name}"));
        let single = ["label_column", "sort", "sort_desc", "fts_pk"];
        let single = single.iter().filter_map(|key| keys.get(*key)?.as_str());
        let facets = words(keys, "facets");
        let named = single
            .chain(words(keys, "sortable_columns"))
            .chain(facets.clone());
        for column in named {
            let known = table.columns.iter().any(|known| known.name == column);
            assert!(known, "{name} has no column {column}");
        }
        for facet in facets.iter().filter(|_| !table.view) {
            let leading = archive.rows(&format!(
                "SELECT l.name FROM pragma_index_list('{name}') l JOIN pragma_index_info(l.name) c
                 WHERE c.seqno=0 AND c.name='{facet}' AND l.partial=0"
            ));
            assert!(
                !leading.is_empty(),
                "{name}.{facet} is a facet without an index"
            );
        }
    }
    for hidden in &design.hidden.tables {
        assert!(
            tables.iter().any(|table| table.name == *hidden),
            "no table {hidden}"
        );
    }
}

#[test]
fn every_view_of_items_is_told_how_to_search() {
    let design = design();
    for table in Fresh::new().tables() {
        let of_items = table.columns.iter().any(|column| column.name == "item_id");
        if table.view && of_items {
            let keys = design.tables.get(&table.name).expect("a view of items");
            assert_eq!(
                keys["fts_table"].as_str(),
                Some("item_fts"),
                "{}",
                table.name
            );
            assert_eq!(keys["fts_pk"].as_str(), Some("item_id"), "{}", table.name);
        }
    }
}

#[test]
fn a_table_that_others_refer_to_has_its_label_named() {
    let (archive, design) = (Fresh::new(), design());
    let tables = archive.tables();
    for table in tables.iter().filter(|table| !table.view) {
        let label = ["title", "name"]
            .into_iter()
            .find(|label| table.columns.iter().any(|column| column.name == *label));
        let seen = !design.hidden.tables.contains(&table.name) && table.name != "item_fts";
        if let (Some(label), true) = (label, seen) {
            let named = design
                .tables
                .get(&table.name)
                .and_then(|keys| keys.get("label_column"));
            assert_eq!(
                named.and_then(toml::Value::as_str),
                Some(label),
                "{}",
                table.name
            );
        }
    }
}

#[test]
fn facets_end_before_queries_do() {
    let design = design();
    let number = |key: &str| design.settings[key].as_integer().expect("a number");
    assert!(number("facet_time_limit_ms") <= number("sql_time_limit_ms"));
    assert_eq!(design.settings["suggest_facets"].as_bool(), Some(false));
}

/// Texts as people type them; each of them bare would be a syntax error of FTS5 or name a column.
const TYPED: [&str; 8] = [
    "4631/00.04.01/2020",
    "päijät-hämeen",
    "NEAR(",
    "\"",
    "a AND",
    "title:",
    "O'Esimerkki  *",
    "",
];

#[test]
fn every_query_runs_whatever_is_typed_into_it() {
    let (archive, design) = (Fresh::new(), design());
    for (name, query) in &design.queries {
        for typed in TYPED {
            let mut statement = archive.conn.prepare(&query.sql).expect(name);
            assert_eq!(statement.parameter_count(), query.params.len(), "{name}");
            for parameter in &query.params {
                let at = statement.parameter_index(&format!(":{parameter}"));
                let at = at
                    .expect("index")
                    .unwrap_or_else(|| panic!("{name}: no :{parameter}"));
                statement.raw_bind_parameter(at, typed).expect("bound");
            }
            let mut rows = statement.raw_query();
            while rows
                .next()
                .unwrap_or_else(|error| panic!("{name} {typed:?}: {error}"))
                .is_some()
            {}
        }
    }
}
