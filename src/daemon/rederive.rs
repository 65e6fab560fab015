//! Everything derived, derived again from the stored originals, without the network.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::engine::Engine;
use super::inflight::{Inflight, Input, InputKind};
use super::page::paper::{is_silent, joined};
use super::pdf_text;
use super::reading::{Served, read_known};
use crate::archive::{
    ArchiveError, DerivedVersion, OriginalCursor, OriginalRef, ProblemScope, Reader,
};
use crate::decide::page::page as decide_page;
use crate::decide::sanity::sanity;
use crate::model::change::PageChange;
use crate::model::ids::Uid;
use crate::model::item::DuePage;
use crate::model::minutes::Reading;
use crate::model::page::AskedPage;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::Source;
use crate::model::when::day_in_finland;
use crate::pdf::is_pdf;
use crate::platform::platform;
use crate::privacy::without_names;

/// Originals per look into the archive.
const AT_ONCE: u32 = 500;

/// What deriving again came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Default)]
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
    let shelf = Shelf {
        reader: engine.reader.clone(),
        inflight: engine.inflight.clone(),
        quarantined: Arc::clone(&engine.quarantined),
        program: engine.reader_program.clone(),
        source,
    };
    let asked = uid.clone();
    let derived = match spawn_blocking(move || shelf.derive(&asked)).await {
        Ok(derived) => readable(&uid, derived)?,
        Err(panic) => {
            tracing::error!(%uid, %panic, "the reader gave up on an item; it keeps its texts");
            Derived::default()
        }
    };
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

/// One unreadable item must not keep the others from being derived: nothing is derived for it.
fn readable(uid: &Uid, derived: anyhow::Result<Derived>) -> anyhow::Result<Derived> {
    derived.or_else(|error| match error.downcast_ref() {
        Some(ArchiveError::Unreadable { .. }) => {
            tracing::error!(%uid, error = format!("{error:#}"), "an item's row cannot be read; it keeps its texts");
            Ok(Derived::default())
        }
        _ => Err(error),
    })
}

/// Where the originals of one source are read.
struct Shelf {
    reader: Reader,
    inflight: Inflight,
    quarantined: Arc<BTreeSet<String>>,
    /// Reads PDFs, in a child process.
    program: Option<PathBuf>,
    source: Source,
}

impl Shelf {
    /// Reads an item's originals in the order they were fetched, deciding as a poll would have.
    fn derive(&self, uid: &Uid) -> anyhow::Result<Derived> {
        let mut derived = Derived::default();
        // The stored texts are not looked at: they may be what has to be healed.
        let Some(mut known) = self.reader.unread_page(uid)? else {
            return Ok(derived);
        };
        let stored = stored_at(&self.reader, uid)?;
        let originals = self.reader.originals_of(uid)?;
        let mut silent = None;
        let is_papered = !self.reader.document(uid)?.is_empty();
        for (place, original) in originals.iter().enumerate() {
            let Some(mut reading) = self.read(&known, original, &mut silent)? else {
                continue;
            };
            // A page without text and its PDF were fetched in one check, and make one text.
            let has_paper = originals.get(place + 1).is_some_and(|next| {
                next.fetched_at == original.fetched_at && next.sha256 != original.sha256
            });
            if is_silent(&reading) && has_paper {
                silent = Some(reading);
                continue;
            }
            // The bytes of a large PDF are not kept: without them its text cannot be derived again.
            if is_silent(&reading) && is_papered {
                continue;
            }
            weigh(&known, &mut reading, original);
            let parser = platform(self.source.platform).parser();
            // Checks that found nothing new leave no original, so restlessness may be counted too high
            // here: a version that was stored then was not one too many.
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

    /// Reads one original; `None` when there is nothing to read in it.
    ///
    /// `silent` is the page without text whose PDF this may be.
    fn read(
        &self,
        known: &DuePage,
        original: &OriginalRef,
        silent: &mut Option<Reading>,
    ) -> anyhow::Result<Option<Reading>> {
        let silent = silent.take();
        let Some(bytes) = self.bytes(original)? else {
            return Ok(None);
        };
        let mut pages = None;
        if is_pdf(&bytes) {
            pages = self.pages(&bytes);
            if pages.is_none() {
                // As a poll does when the PDF does not help.
                return Ok(silent);
            }
        }
        let reading = self.read_bytes(known, original, (&bytes, pages.as_deref()))?;
        if pages.is_none() {
            return Ok(reading);
        }
        Ok(match (reading, original.url.parse()) {
            (Some(reading), Ok(address)) if original.url != known.url.as_str() => {
                Some(joined(silent, reading, &address))
            }
            (Some(reading), _) => Some(reading),
            (None, _) => silent,
        })
    }

    /// The bytes of an original; `None` when they are not there, or may not be read.
    fn bytes(&self, original: &OriginalRef) -> anyhow::Result<Option<Vec<u8>>> {
        if self.quarantined.contains(&original.sha256) {
            return Ok(None);
        }
        match self.reader.original(&original.sha256) {
            Err(error @ ArchiveError::Codec { .. }) => {
                tracing::error!(uid = %original.uid, url = %original.url, fetched_at = %original.fetched_at, %error,
                    "an original cannot be unpacked and is passed over");
                Ok(None)
            }
            other => Ok(other?),
        }
    }

    /// Old bytes may kill a new reader, so they are noted, and left alone once they did.
    fn read_bytes(
        &self,
        known: &DuePage,
        original: &OriginalRef,
        (bytes, pages): (&[u8], Option<&[String]>),
    ) -> anyhow::Result<Option<Reading>> {
        let source = &self.source;
        let input = Input {
            source: source.id.clone(),
            platform: source.platform,
            url: known.url.clone(),
            content_type: original.content_type.clone(),
            sha256: original.sha256.clone(),
            kind: InputKind::Page {
                portal: source.url.clone(),
                key: original.key.clone(),
                key_prefix: source.key_prefix.clone(),
                checked: None,
            },
        };
        let _flight = self
            .inflight
            .note(&input, bytes)
            .context("cannot note an original in flight")?;
        let asked = AskedPage {
            portal: &source.url,
            url: &known.url,
            key: &original.key,
            key_prefix: &source.key_prefix,
        };
        let content_type = original.content_type.as_deref();
        let served = pages.map_or(Served::Bytes(bytes, content_type), Served::Pages);
        Ok(read_known(source.platform, asked, served, known).ok())
    }

    /// The text of a PDF, read by a child process; this is a thread that may block.
    fn pages(&self, bytes: &[u8]) -> Option<Vec<String>> {
        let program = self.program.as_ref()?;
        let read = pdf_text::read(program, bytes.to_vec());
        tokio::runtime::Handle::current().block_on(read).ok()
    }
}

/// What a poll does with a reading before it decides: doubts are added, names that may not be told go.
fn weigh(known: &DuePage, reading: &mut Reading, original: &OriginalRef) {
    let doubts = sanity(known, reading, day_in_finland(original.fetched_at));
    reading.problems.extend(doubts);
    if known.redacted {
        without_names(&mut reading.item, &mut reading.handlings);
    }
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

fn advance(known: &mut DuePage, reading: &Reading, at: Timestamp) {
    known.restless = known
        .restless
        .saturating_add(u32::from(known.fields.is_some()));
    known.stage = reading.item.stage;
    known.version_no += 1;
    known.fields = Some(reading.item.clone());
    known.handlings.clone_from(&reading.handlings);
    known.changed_at = at;
}
