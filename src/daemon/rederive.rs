//! Everything derived, derived again from the stored originals, without the network.

use anyhow::Context as _;
use jiff::Timestamp;
use tokio::task::spawn_blocking;

use super::engine::Engine;
use super::reading::read_page;
use crate::archive::{
    ArchiveError, DerivedVersion, OriginalCursor, OriginalRef, ProblemScope, Reader,
};
use crate::decide::page::page as decide_page;
use crate::decide::sanity::sanity;
use crate::model::change::PageChange;
use crate::model::ids::Uid;
use crate::model::item::DuePage;
use crate::model::page::AskedPage;
use crate::model::poll::Validators;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::Source;
use crate::model::when::day_in_finland;
use crate::platform::platform;

/// Originals per look into the archive.
const AT_ONCE: u32 = 500;

/// What deriving again came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rederived {
    /// Items whose originals were read.
    pub items: u32,
    /// Items whose texts differ now.
    pub changed: Vec<Uid>,
    /// Items of which no original can be read by today's reader; they keep their texts.
    pub unreadable: Vec<Uid>,
    /// Items that were judged by other rules before.
    pub judged: u32,
}

/// What one item's originals say today.
struct Derived {
    versions: Vec<DerivedVersion>,
    problems: Vec<Problem>,
}

/// Derives the texts of every item again and judges every item by the rules in force; `step` is told
/// after each item.
pub async fn rederive(engine: &Engine, step: impl Fn(u32)) -> anyhow::Result<Rederived> {
    let mut done = Rederived::default();
    let mut cursor = OriginalCursor::default();
    let mut last: Option<Uid> = None;
    loop {
        let originals = engine
            .read(move |reader| reader.latest_originals(cursor, AT_ONCE))
            .await
            .context("cannot list the originals")?;
        let Some(end) = originals.last() else { break };
        cursor = end.cursor;
        for original in originals {
            // Originals come item by item, so a uid that was seen just before is done.
            if last.as_ref() != Some(&original.uid) {
                if let Some(source) = engine.source(&original.source).cloned() {
                    one(engine, source, original.uid.clone(), &mut done).await?;
                    done.items += 1;
                    step(done.items);
                }
                last = Some(original.uid);
            }
        }
    }
    done.judged = engine.judge_again().await?;
    Ok(done)
}

async fn one(
    engine: &Engine,
    source: Source,
    uid: Uid,
    done: &mut Rederived,
) -> anyhow::Result<()> {
    let (reader, asked) = (engine.reader.clone(), uid.clone());
    let derived = spawn_blocking(move || derive(&reader, &source, &asked))
        .await
        .with_context(|| format!("the reader gave up on {uid}"))??;
    if derived.versions.is_empty() {
        done.unreadable.push(uid);
        return Ok(());
    }
    let (target, now) = (uid.clone(), engine.clock.now());
    let changed = engine
        .writer
        .write(move |batch| {
            let changed = batch.rewrite_versions(&target, &derived.versions, now)?;
            batch.set_problems(&ProblemScope::Item(target), &derived.problems, now)?;
            Ok(changed)
        })
        .await?;
    if changed {
        engine.judge_one(uid.clone()).await?;
        done.changed.push(uid);
    }
    Ok(())
}

/// Reads an item's originals in the order they were fetched, deciding as a poll would have.
fn derive(reader: &Reader, source: &Source, uid: &Uid) -> anyhow::Result<Derived> {
    let stored = reader
        .page_without_text(uid)?
        .with_context(|| format!("{uid} has no page"))?;
    let mut known = unread(stored);
    let mut derived = Derived {
        versions: vec![],
        problems: vec![],
    };
    let stored = stored_at(reader, uid)?;
    let originals = reader.originals_of(uid)?;
    for (place, original) in originals.iter().enumerate() {
        let Some(bytes) = reader.original(&original.sha256)? else {
            continue;
        };
        let url = known.url.clone();
        let asked = AskedPage {
            portal: &source.url,
            url: &url,
            key: &original.key,
            key_prefix: &source.key_prefix,
        };
        let Ok(mut reading) = read_page(
            source.platform,
            asked,
            &bytes,
            original.content_type.as_deref(),
        ) else {
            continue;
        };
        let seen_on = day_in_finland(original.fetched_at);
        let doubts = sanity(&known, &reading, seen_on);
        reading.problems.extend(doubts);
        let parser = platform(source.platform).parser();
        // Checks that found nothing new leave no original, so restlessness may be counted too high here: a
        // version that was stored then was not one too many.
        let kept = kept(&stored, &originals, place);
        let at = kept.unwrap_or(original.fetched_at);
        let counted = known.restless;
        known.restless = if kept.is_some() { 0 } else { counted };
        let change = decide_page(&known, reading, parser, at);
        known.restless = counted;
        match change {
            PageChange::Unchanged => {}
            PageChange::Reassessed(problems) => {
                let limited = problems.iter().any(|p| p.kind == ProblemKind::Restless);
                known.restless = if limited { known.restless } else { 0 };
                derived.problems = problems;
            }
            PageChange::Version(version) => {
                derived.problems.clone_from(&version.reading.problems);
                advance(&mut known, &version.reading, at);
                derived.versions.push(DerivedVersion {
                    version: *version,
                    seen_from: at,
                    original: Some(original.sha256.clone()),
                });
            }
        }
    }
    Ok(derived)
}

/// When the stored versions were seen; nothing when they cannot be read, which is what deriving mends.
fn stored_at(reader: &Reader, uid: &Uid) -> Result<Vec<Timestamp>, ArchiveError> {
    match reader.versions(uid) {
        Ok(versions) => Ok(versions.iter().map(|version| version.seen_from).collect()),
        Err(ArchiveError::Unreadable { .. }) => Ok(vec![]),
        Err(error) => Err(error),
    }
}

/// When a version was made of an original: at its fetch, or at a later one of the same bytes.
fn kept(stored: &[Timestamp], originals: &[OriginalRef], place: usize) -> Option<Timestamp> {
    let fetched_at = originals.get(place)?.fetched_at;
    let next = originals.get(place + 1).map(|next| next.fetched_at);
    let mut stored = stored.iter().copied();
    stored.find(|at| *at >= fetched_at && next.is_none_or(|next| *at < next))
}

/// The page as it was before its first reading.
fn unread(page: DuePage) -> DuePage {
    DuePage {
        stage: None,
        version_no: 0,
        fields: None,
        handlings: vec![],
        validators: Validators::default(),
        restless: 0,
        ..page
    }
}

fn advance(known: &mut DuePage, reading: &crate::model::minutes::Reading, at: Timestamp) {
    known.restless = known
        .restless
        .saturating_add(u32::from(known.fields.is_some()));
    known.stage = reading.item.stage;
    known.version_no += 1;
    known.fields = Some(reading.item.clone());
    known.handlings.clone_from(&reading.handlings);
    known.changed_at = at;
}
