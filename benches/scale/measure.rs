//! Questions asked of the filled archive: how long each takes, and how SQLite goes about the slow ones.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use seutu::archive::{ARCHIVE_FILE, FeedQuery, Reader, SearchQuery, Stop};
use seutu::daemon::cycle::Scope;
use seutu::model::document::{DocumentKind, Wanted};
use seutu::model::ids::SourceId;
use seutu::model::minutes::Stage;

use crate::fill::{now, on_processor};

/// Times each question is asked, after once for nothing.
const ROUNDS: usize = 200;
/// A question is asked no more when all its answers together took longer.
const ENOUGH: Duration = Duration::from_secs(10);

/// How long one question took.
#[derive(Serialize)]
pub struct Timing {
    /// What was asked.
    pub what: String,
    /// Half of the answers came within, in milliseconds.
    pub p50_ms: f64,
    /// 95 % of the answers came within.
    pub p95_ms: f64,
    /// What an answer took of a processor, on average, where the system tells it.
    pub processor_ms: f64,
    /// Rows of the last answer.
    pub rows: usize,
    /// Lines of its query plan that read a whole table or sort, where the question is slow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<String>,
}

/// Asks again and again.
fn timed<T>(
    what: &str,
    inputs: &[T],
    ask: impl Fn(&T) -> anyhow::Result<usize>,
) -> anyhow::Result<Timing> {
    let (mut times, mut rows) = (vec![], 0);
    if let Some(first) = inputs.first() {
        ask(first)?;
    }
    let before = on_processor();
    for input in inputs.iter().cycle().take(ROUNDS.max(inputs.len())) {
        let begun = Instant::now();
        rows = ask(input)?;
        times.push(begun.elapsed());
        if times.iter().sum::<Duration>() > ENOUGH {
            break;
        }
    }
    let asked = f64::from(u32::try_from(times.len())?);
    let of_processor = on_processor()
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before));
    times.sort();
    let at = |share: usize| {
        let place = (times.len() * share).div_ceil(100);
        times
            .get(place.saturating_sub(1))
            .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    };
    Ok(Timing {
        what: what.to_owned(),
        p50_ms: at(50),
        p95_ms: at(95),
        processor_ms: of_processor.map_or(0.0, |time| time.as_secs_f64() * 1000.0 / asked),
        rows,
        plan: vec![],
    })
}

/// What is searched for: one kind of query.
pub struct Queries {
    /// What they have in common.
    pub what: &'static str,
    /// As somebody types them.
    pub typed: Vec<String>,
    /// Whether one municipality alone is asked for.
    pub filter: Option<&'static str>,
}

/// One search as a page asks for it: the only place that knows how the archive is searched.
fn found(reader: &Reader, typed: &str, filter: Option<&str>) -> anyhow::Result<usize> {
    let query = SearchQuery {
        municipality: filter.map(str::to_owned),
        stage: filter.map(|_| Stage::Minutes),
        ..SearchQuery::new(typed)
    };
    Ok(reader.search(&query)?.len())
}

/// Searches.
pub fn searches(dir: &Path, queries: &[Queries]) -> anyhow::Result<Vec<Timing>> {
    let reader = Reader::open(dir)?;
    queries
        .iter()
        .map(|kind| {
            timed(kind.what, &kind.typed, |typed| {
                found(&reader, typed, kind.filter)
            })
        })
        .collect()
}

/// Words of the index by how many items have them: common ones, and ones that few have.
pub fn words(dir: &Path) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let conn = opened(dir)?;
    conn.execute_batch("CREATE VIRTUAL TABLE temp.vocab USING fts5vocab(main, item_fts, col)")?;
    let ask = |sql: &str| -> anyhow::Result<Vec<String>> {
        let mut statement = conn.prepare(sql)?;
        let words = statement.query_map([], |row| row.get(0))?;
        Ok(words.collect::<Result<_, _>>()?)
    };
    let word = "col='background' AND length(term)>=6 AND term NOT GLOB '*[0-9]*'";
    let common = ask(&format!(
        "SELECT term FROM temp.vocab WHERE {word} ORDER BY doc DESC LIMIT 20"
    ))?;
    let rare = ask(&format!(
        "SELECT term FROM temp.vocab WHERE {word} AND doc BETWEEN 1 AND 9 LIMIT 20"
    ))?;
    Ok((common, rare))
}

/// What the pages for people and the daemon ask.
pub fn views(dir: &Path) -> anyhow::Result<Vec<Timing>> {
    let conn = opened(dir)?;
    let mut timings = vec![];
    for (what, sql) in [
        (
            "decisions, latest 50 by change",
            "SELECT * FROM decisions ORDER BY changed_at DESC LIMIT 50",
        ),
        (
            "decisions, latest 50 by day",
            "SELECT * FROM decisions ORDER BY date DESC LIMIT 50",
        ),
        (
            "decisions of a municipality and year",
            "SELECT * FROM decisions WHERE municipality='Hartola' AND year=2020 LIMIT 50",
        ),
        ("decisions, counted", "SELECT count(*) FROM decisions"),
        (
            "network_decisions, latest 50",
            "SELECT * FROM network_decisions WHERE network='sivistys' AND verdict='in' ORDER BY date DESC LIMIT 50",
        ),
        ("network_matrix", "SELECT * FROM network_matrix"),
        ("source_status", "SELECT * FROM source_status"),
        ("missing", "SELECT * FROM missing"),
        (
            "events since a cursor",
            "SELECT * FROM event WHERE seq>(SELECT max(seq)-100 FROM event) ORDER BY seq",
        ),
    ] {
        let mut timing = timed(what, &[()], |()| counted(&conn, sql))?;
        if timing.p50_ms > 20.0 {
            timing.plan = plan(&conn, sql)?;
        }
        timings.push(timing);
    }
    timings.extend(of_reader(dir)?);
    Ok(timings)
}

fn of_reader(dir: &Path) -> anyhow::Result<Vec<Timing>> {
    let reader = Reader::open(dir)?;
    let latest = FeedQuery {
        limit: 50,
        ..FeedQuery::default()
    };
    let of_network = FeedQuery {
        network: Some("sivistys".to_owned()),
        ..latest.clone()
    };
    let source = SourceId::new("hartola");
    let time = Scope::Due.page_time(now());
    let feeds = [latest, of_network.clone()];
    Ok(vec![
        timed("feed of everything", &feeds[..1], |query| {
            Ok(reader.feed_items(query)?.len())
        })?,
        timed("feed of a network", &feeds[1..], |query| {
            Ok(reader.feed_items(query)?.len())
        })?,
        timed("stamp of a feed", &[of_network], |query| {
            Ok(usize::try_from(reader.feed_stamp(query)?.count)?)
        })?,
        timed("sources page", &[()], |()| {
            Ok(reader.source_overview()?.len())
        })?,
        timed("counts", &[()], |()| {
            Ok(usize::try_from(reader.counts()?.items)?)
        })?,
        timed("facts of one source", &[()], |()| {
            Ok(reader.source_facts(&source, now())?.read.len())
        })?,
        timed("pages that are due", &[()], |()| {
            Ok(reader.due(time)?.len())
        })?,
        timed("attachments to be read", &[()], |()| {
            let wanted = Wanted {
                kind: DocumentKind::Attachment,
                media_types: vec!["application/pdf"],
                room: 1 << 30,
                most: 20,
            };
            Ok(reader.unread_documents(&wanted, &source, now())?.len())
        })?,
    ])
}

fn counted(conn: &Connection, sql: &str) -> anyhow::Result<usize> {
    let mut statement = conn.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            row.get_ref(column)?;
        }
        count += 1;
    }
    Ok(count)
}

/// The lines of a plan that read a whole table or sort.
fn plan(conn: &Connection, sql: &str) -> anyhow::Result<Vec<String>> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(3))?;
    let mut lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    lines.retain(|line| line.starts_with("SCAN") || line.contains("TEMP B-TREE"));
    Ok(lines)
}

/// Bytes of the tables and indexes of the archive, the largest first.
pub fn sizes(dir: &Path) -> anyhow::Result<Vec<(String, u64)>> {
    let conn = opened(dir)?;
    let mut statement = conn.prepare(
        "SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC",
    )?;
    let sizes = statement.query_and_then([], |row| {
        let bytes: i64 = row.get(1)?;
        Ok((row.get(0)?, u64::try_from(bytes)?))
    })?;
    sizes.collect()
}

/// Makes the snapshot for readers; returns the time and its bytes.
pub fn snapshot(dir: &Path) -> anyhow::Result<(Duration, u64)> {
    let path = dir.join("scale-snapshot.db");
    let stop: Stop = Arc::new(|| false);
    let begun = Instant::now();
    let facts = seutu::archive::snapshot(dir, &path, now(), &stop)?;
    let spent = begun.elapsed();
    std::fs::remove_file(&path)?;
    Ok((spent, facts.size))
}

/// Bytes of the write-ahead log.
pub fn log_bytes(dir: &Path) -> anyhow::Result<u64> {
    Ok(std::fs::metadata(dir.join(format!("{ARCHIVE_FILE}-wal")))?.len())
}

fn opened(dir: &Path) -> anyhow::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    Ok(Connection::open_with_flags(dir.join(ARCHIVE_FILE), flags)?)
}
