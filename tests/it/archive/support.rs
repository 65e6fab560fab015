//! Invented municipalities, items and texts, and a dump of a whole database as text.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use seutu::archive::{
    Archive, ArchiveError, Batch, FeedState, PagePlan, ProblemScope, SearchQuery,
};
use seutu::model::change::{ListingChange, NewVersion, Original, PageCheck, VersionKind};
use seutu::model::digest::content_hash;
use seutu::model::feed_item::ListedItem;
use seutu::model::ids::{ItemKey, SourceId, Uid};
use seutu::model::minutes::{Attachment, Handling, ItemReading, Lang, Outcome, Reading, Stage};
use seutu::model::network::{Evidence, Field, Network, Recognition, Rule, Verdict};
use seutu::model::poll::{PollOutcome, PollRecord, Validators};
use seutu::model::problem::{Problem, ProblemKind};
use seutu::model::source::{AuthorityKind, Municipality, PlatformKind, Publishes, Source};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// 2026-07-20T00:00:00Z plus hours.
pub fn hour(hours: i64) -> Timestamp {
    Timestamp::constant(1_784_505_600, 0) + jiff::SignedDuration::from_hours(hours)
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut out, byte| {
            write!(out, "{byte:02x}").expect("a string");
            out
        })
}

pub fn municipalities() -> Vec<Municipality> {
    [("Kuusijärvi", "901"), ("Petäjävaara", "902")]
        .map(|(name, code)| Municipality {
            name: name.into(),
            code: code.into(),
            kind: AuthorityKind::Municipality,
            name_sv: None,
            region: Some("Keskimaa".into()),
        })
        .into()
}

pub fn source(id: &str, municipality: &str, platform: PlatformKind) -> Source {
    Source {
        id: SourceId::new(id),
        municipality: municipality.into(),
        platform,
        url: format!("https://{id}.example/cgi/DREQUEST.PHP")
            .parse()
            .expect("address"),
        interval: Duration::from_mins(20),
        enabled: true,
        key_prefix: String::new(),
        show: 30,
        publishes: Publishes::default(),
        permission: None,
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    }
}

pub fn sources() -> Vec<Source> {
    vec![
        source("kuusijarvi", "Kuusijärvi", PlatformKind::Dynasty),
        source("petajavaara", "Petäjävaara", PlatformKind::Feed),
    ]
}

pub fn network() -> Network {
    Network {
        slug: "sivistys".into(),
        name: "Sivistyksen seudullinen verkosto".into(),
        description: None,
        members: vec!["Kuusijärvi".into(), "Petäjävaara".into()],
        accept: 10.0,
        doubt: 4.0,
        rules: vec![rule("verkosto", 6.0), rule("seudullinen", 4.0)],
        subjects: vec![],
    }
}

pub fn rule(word: &str, weight: f64) -> Rule {
    Rule {
        name: word.into(),
        fields: vec![Field::Title],
        words: vec![format!("{word}*")],
        near: vec![],
        within: 0,
        unless: vec![],
        needs: vec![],
        weight,
    }
}

pub fn listed(key: &str, title: &str) -> ListedItem {
    ListedItem {
        key: ItemKey::new(key),
        url: format!("https://kuusijarvi.example/cgi/DREQUEST.PHP?id={key}")
            .parse()
            .expect("address"),
        title: title.into(),
        body: Some("Sivistyslautakunta".into()),
        held_on: Some(date(2026, 8, 5)),
        position: Some(3),
        section_no: None,
        published: Some(hour(-2)),
        text: None,
    }
}

pub fn reading(stage: Stage) -> Reading {
    let minutes = stage == Stage::Minutes;
    let item = ItemReading {
        lang: Lang::Fi,
        minutes_checked: None,
        stage: Some(stage),
        body: Some("Sivistyslautakunta".into()),
        held_on: Some(date(2026, 8, 5)),
        position: Some(3),
        section_no: minutes.then_some(41),
        title: Some("Seudullisen verkoston suunnitelma".into()),
        diary_numbers: vec!["85/12.00.00/2026".into(), "9/02.05/2025".into()],
        preparer: Some("sivistysjohtaja Tarmo Esimerkki".into()),
        presenter: None,
        background: Some(
            "Verkosto on valmistellut suunnitelman.\n\nSe koskee kymmentä kuntaa.".into(),
        ),
        proposal: Some("Lautakunta hyväksyy suunnitelman.".into()),
        proceedings: None,
        votes: None,
        decision: minutes.then(|| "Päätös hyväksyttiin esityksen mukaan.".into()),
        outcome: minutes.then_some(Outcome::Accepted),
        dissent: None,
        conflicts: None,
        competence: None,
        appeal_kind: None,
        appeal_text: None,
        notified: None,
        attachments: vec![
            attachment("4", "Suunnitelma"),
            attachment("5", "Talousliite"),
        ],
        previous: Some(ItemKey::new("2026100-2")),
        next: None,
        pdf_url: None,
    };
    let handlings = vec![Handling {
        body: Some("SIVLTK".into()),
        held_on: Some(date(2026, 5, 6)),
        section_no: Some(22),
        decision: Some("Pöydälle.".into()),
        outcome: Some(Outcome::Tabled),
        ..Handling::default()
    }];
    Reading {
        item,
        handlings,
        problems: vec![],
    }
}

pub fn attachment(number: &str, title: &str) -> Attachment {
    Attachment {
        number: Some(number.into()),
        title: title.into(),
        url: format!("https://kuusijarvi.example/file/{number}.pdf")
            .parse()
            .expect("address"),
    }
}

pub fn version(kind: VersionKind, reading: Reading) -> NewVersion {
    NewVersion {
        kind,
        changed_fields: vec!["decision".into()],
        content_sha256: content_hash(&reading.item, &reading.handlings),
        parser: "dynasty/1".into(),
        reading,
    }
}

pub fn poll(source: &str, at: Timestamp, outcome: PollOutcome) -> PollRecord {
    PollRecord {
        source: SourceId::new(source),
        started_at: at,
        duration_ms: 12,
        outcome,
        http_status: Some(200),
        items_seen: 2,
        items_new: 0,
        items_changed: 0,
        parse_warnings: 0,
        error: None,
        failures: 0,
        next_check_at: at + jiff::SignedDuration::from_mins(20),
        certificate: None,
    }
}

pub fn original(url: &str, body: &str, at: Timestamp) -> Original {
    Original {
        url: url.into(),
        fetched_at: at,
        http_status: 200,
        content_type: Some("text/html".into()),
        validators: Validators::default(),
        body: body.as_bytes().to_vec(),
        sha256: sha256(body.as_bytes()),
        withheld: false,
    }
}

pub fn check(at: Timestamp) -> PageCheck {
    PageCheck {
        checked_at: at,
        next_check_at: Some(at + jiff::SignedDuration::from_hours(24)),
        failures: 0,
        http_status: Some(200),
        validators: Validators {
            etag: Some("\"a\"".into()),
            last_modified: None,
        },
        body_sha256: Some(sha256(b"page")),
        restless: 0,
        gone_since: None,
        error: None,
        problems: Some(vec![Problem::new(
            ProblemKind::UnreadableDate,
            "date \"32.13.2026\"",
        )]),
    }
}

pub fn recognition(verdict: Verdict, score: f64) -> Recognition {
    Recognition {
        network: "sivistys".into(),
        verdict,
        score,
        explanation: "Otsikossa on sana verkosto.".into(),
        evidence: vec![Evidence {
            rule: "verkosto".into(),
            field: Field::Title,
            quote: "Seudullisen verkoston suunnitelma".into(),
            weight: score,
        }],
    }
}

pub fn uid(key: &str) -> Uid {
    Uid::of("Kuusijärvi", &ItemKey::new(key))
}

pub fn register(batch: &Batch<'_>) -> Result<(), ArchiveError> {
    batch.register(&municipalities(), &sources(), &[network()], hour(0))
}

/// An archive with the configuration registered and nothing else.
pub fn empty() -> (TempDir, Archive) {
    let dir = TempDir::new().expect("folder");
    let mut archive = Archive::open(dir.path(), hour(0)).expect("archive");
    archive.transaction(register).expect("registered");
    (dir, archive)
}

/// One cycle over invented sites: a feed of two items, one of them read, recognised and with its original kept.
pub fn cycle(archive: &mut Archive) {
    let source = SourceId::new("kuusijarvi");
    let feed = original("https://kuusijarvi.example/feed", "<rss/>", hour(1));
    let page = original(
        "https://kuusijarvi.example/3",
        &"<p>page</p>".repeat(50),
        hour(2),
    );
    archive
        .transaction(|batch| {
            register(batch)?;
            batch.put_original(&source, &feed)?;
            let changes = [
                ListingChange::New(listed("2026100-3", "Suunnitelma")),
                ListingChange::New(listed("2026100-4", "Toinen asia")),
            ];
            batch.apply_listing(&source, PagePlan::Read, &changes, hour(1))?;
            let state = FeedState {
                body_sha256: Some(feed.sha256.clone()),
                items_seen: Some(2),
                ..FeedState::default()
            };
            batch.store_feed_state(&source, &state)?;
            batch.set_problems(
                &ProblemScope::Source(source.clone()),
                &[Problem::new(
                    ProblemKind::FeedRepaired,
                    "a bare & in line 3",
                )],
                hour(1),
            )?;
            batch.record_poll(&poll("kuusijarvi", hour(1), PollOutcome::Ok))
        })
        .expect("a poll");
    archive
        .transaction(|batch| {
            let uid = uid("2026100-3");
            batch.put_page_original(&uid, &page)?;
            batch.store_version(
                &uid,
                &version(VersionKind::First, reading(Stage::Agenda)),
                hour(2),
            )?;
            batch.record_check(&uid, &check(hour(2)))?;
            batch.store_recognition(&uid, &recognition(Verdict::In, 10.0), "r1", hour(2))?;
            batch.pause_host("slow.example", Some(hour(3)))?;
            batch.quarantine(
                &sha256(b"bomb"),
                "https://bomb.example/",
                "stack overflow",
                hour(2),
            )
        })
        .expect("a page");
}

/// Every row of every table of a database as SQL, tables in order of creation; `but` are left out.
pub fn dump_rows(conn: &Connection, but: &[&str]) -> String {
    let mut tables = conn
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE '%_fts%'
               AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
        )
        .expect("schema");
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .expect("tables")
        .collect::<Result<_, _>>()
        .expect("tables");
    let mut out = String::new();
    for name in names.iter().filter(|name| !but.contains(&name.as_str())) {
        let mut rows = conn
            .prepare(&format!("SELECT * FROM {name} ORDER BY 1, 2"))
            .expect("table");
        let columns = rows.column_count();
        let mut rows = rows.query([]).expect("rows");
        while let Some(row) = rows.next().expect("row") {
            let values: Vec<String> = (0..columns)
                .map(|n| literal(row.get_ref(n).expect("value")))
                .collect();
            writeln!(out, "INSERT INTO {name} VALUES({});", values.join(",")).expect("a string");
        }
    }
    out
}

fn literal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".into(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text).replace('\'', "''")),
        ValueRef::Blob(bytes) => {
            bytes
                .iter()
                .fold("x'".to_owned(), |out, byte| format!("{out}{byte:02x}"))
                + "'"
        }
    }
}

/// The schema of a database as SQL, shadow tables of the full-text index left out.
pub fn dump_schema(conn: &Connection) -> String {
    let mut objects = conn
        .prepare(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL
               AND NOT (type='table' AND name LIKE '%_fts_%') ORDER BY type='trigger', rowid",
        )
        .expect("schema");
    let sql: Vec<String> = objects
        .query_map([], |row| row.get(0))
        .expect("objects")
        .collect::<Result<_, _>>()
        .expect("objects");
    sql.iter().fold(String::new(), |out, sql| out + sql + ";\n")
}

/// Both databases of an archive as text.
pub fn dump(dir: &Path, but: &[&str]) -> String {
    let archive = Connection::open(dir.join("archive.db")).expect("archive");
    let originals = Connection::open(dir.join("originals.db")).expect("originals");
    dump_rows(&archive, but) + &dump_rows(&originals, &[])
}

/// A search for words anywhere.
pub fn asked(words: &str, limit: u32) -> SearchQuery {
    SearchQuery {
        limit,
        ..SearchQuery::new(words)
    }
}
