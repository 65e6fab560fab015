//! What the originals of one item's page say today.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;

use super::kept::{Kept, kept_bytes};
use crate::archive::{ArchiveError, DerivedVersion, OriginalRef, Reader};
use crate::daemon::engine::Engine;
use crate::daemon::inflight::{Inflight, Input, InputKind};
use crate::daemon::page::paper::{is_silent, joined};
use crate::daemon::pdf_text;
use crate::daemon::reading::{Served, read_known};
use crate::decide::page::page as decide_page;
use crate::decide::sanity::sanity;
use crate::model::change::PageChange;
use crate::model::ids::Uid;
use crate::model::item::{DuePage, VersionRecord};
use crate::model::minutes::Reading;
use crate::model::page::AskedPage;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::Source;
use crate::model::when::day_in_finland;
use crate::pdf::is_pdf;
use crate::platform::platform;
use crate::privacy::{Masked, mask_bytes, without_names};

/// What one item's originals say today.
#[derive(Default)]
pub(in crate::daemon) struct Derived {
    /// Every text, the first one first.
    pub(in crate::daemon) versions: Vec<DerivedVersion>,
    /// What was unclear in the newest.
    pub(super) problems: Vec<Problem>,
    /// What is stored; nothing when it cannot be read.
    pub(in crate::daemon) stored: Option<Vec<VersionRecord>>,
    /// The text of its own PDF, where that is what was read last.
    pub(super) paper: Option<Vec<String>>,
    /// Hashes of originals in which a personal identity code can be read, of the time before they were masked.
    pub(super) unmasked: Vec<String>,
    /// Whether bytes that may have been a version are not there any more.
    pub(in crate::daemon) incomplete: bool,
    /// How many of them should be there.
    pub(super) damaged: u32,
}

/// Where the originals of one source are read.
pub(in crate::daemon) struct Shelf {
    reader: Reader,
    inflight: Inflight,
    quarantined: Arc<BTreeSet<String>>,
    /// Reads PDFs, in a child process.
    program: Option<PathBuf>,
    source: Source,
}

impl Shelf {
    /// The shelf of a source.
    pub(in crate::daemon) fn of(engine: &Engine, source: &Source) -> Self {
        Self {
            reader: engine.reader.clone(),
            inflight: engine.inflight.clone(),
            quarantined: Arc::clone(&engine.quarantined),
            program: engine.reader_program.clone(),
            source: source.clone(),
        }
    }

    /// Reads an item's originals in the order they were fetched, deciding as a poll would have.
    pub(in crate::daemon) fn derive(&self, uid: &Uid) -> anyhow::Result<Derived> {
        let mut derived = Derived::default();
        // The stored texts are not looked at: they may be what has to be healed.
        let Some(mut known) = self.reader.unread_page(uid)? else {
            return Ok(derived);
        };
        derived.stored = stored(&self.reader, uid)?;
        let seen: Vec<_> = derived
            .stored
            .iter()
            .flatten()
            .map(|version| version.seen_from)
            .collect();
        let originals = self.reader.originals_of(uid)?;
        let mut silent = None;
        let is_papered = !self.reader.document(uid)?.is_empty();
        for (place, original) in originals.iter().enumerate() {
            let bytes = match self.bytes(original)? {
                Found::Bytes(bytes) => derived.masked(bytes, original),
                Found::Lost(damaged) => {
                    derived.incomplete = true;
                    derived.damaged += damaged;
                    silent = None;
                    continue;
                }
                Found::Quarantined => {
                    silent = None;
                    continue;
                }
            };
            let Some((reading, paper)) = self.read(&known, (original, &bytes), &mut silent)? else {
                continue;
            };
            derived.paper = paper;
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
                derived.incomplete = true;
                continue;
            }
            self.decide(
                &mut known,
                &mut derived,
                reading,
                Place {
                    original,
                    kept: kept(&seen, &originals, place),
                },
            );
        }
        Ok(derived)
    }

    /// Decides what a reading means, as the poll did that fetched it.
    fn decide(
        &self,
        known: &mut DuePage,
        derived: &mut Derived,
        mut reading: Reading,
        place: Place<'_>,
    ) {
        let Place { original, kept } = place;
        let doubts = sanity(known, &reading, day_in_finland(original.fetched_at));
        reading.problems.extend(doubts);
        if known.redacted {
            without_names(&mut reading.item, &mut reading.handlings);
        }
        let parser = platform(self.source.platform).parser();
        // Checks that found nothing new leave no original, so restlessness may be counted too high
        // here: a version that was stored then was not one too many.
        let at = DerivedVersion::seen_after(&derived.versions, kept.unwrap_or(original.fetched_at));
        let counted = known.restless;
        known.restless = if kept.is_some() { 0 } else { counted };
        let change = decide_page(known, reading, parser, at);
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
                advance(known, &version.reading, at);
                derived.versions.push(DerivedVersion {
                    version: *version,
                    seen_from: at,
                    original: Some(original.sha256.clone()),
                });
            }
        }
    }

    /// Reads one original, with the pages of a PDF; `None` when there is nothing to read in it.
    ///
    /// `silent` is the page without text whose PDF this may be.
    fn read(
        &self,
        known: &DuePage,
        (original, bytes): (&OriginalRef, &[u8]),
        silent: &mut Option<Reading>,
    ) -> anyhow::Result<Option<(Reading, Option<Vec<String>>)>> {
        let silent = silent.take();
        let mut pages = None;
        if is_pdf(bytes) {
            pages = self.pages(bytes);
            if pages.is_none() {
                // As a poll does when the PDF does not help.
                return Ok(silent.map(|silent| (silent, None)));
            }
        }
        let reading = self.read_bytes(known, original, (bytes, pages.as_deref()))?;
        if pages.is_none() {
            return Ok(reading.map(|reading| (reading, None)));
        }
        Ok(match (reading, original.url.parse()) {
            (Some(reading), Ok(address)) if original.url != known.url.as_str() => {
                Some((joined(silent, reading, &address), pages))
            }
            (Some(reading), _) => Some((reading, pages)),
            (None, _) => silent.map(|silent| (silent, None)),
        })
    }

    /// The bytes of an original, unless they are not there, or may not be read.
    fn bytes(&self, original: &OriginalRef) -> anyhow::Result<Found> {
        if self.quarantined.contains(&original.sha256) {
            return Ok(Found::Quarantined);
        }
        Ok(
            match kept_bytes(&self.reader, &original.sha256, original.uid.as_str())? {
                Kept::Bytes(bytes) => Found::Bytes(bytes),
                Kept::Erased => Found::Lost(0),
                Kept::Damaged => Found::Lost(1),
            },
        )
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

impl Derived {
    /// The bytes of an original as they may be read, which those of another time may not.
    fn masked(&mut self, bytes: Vec<u8>, original: &OriginalRef) -> Vec<u8> {
        let masked = mask_bytes(&bytes);
        if masked != Masked::Clean {
            self.unmasked.push(original.sha256.clone());
        }
        match masked {
            Masked::Bytes(masked) => masked,
            Masked::Clean | Masked::Torn => bytes,
        }
    }
}

/// Where an original stands in the history of its item.
#[derive(Clone, Copy)]
struct Place<'a> {
    original: &'a OriginalRef,
    /// When a version was stored of it, if one was.
    kept: Option<Timestamp>,
}

/// What an original is good for.
enum Found {
    Bytes(Vec<u8>),
    /// Never there, erased or damaged, which counts.
    Lost(u32),
    /// Reading it killed the program; it never became a version.
    Quarantined,
}

/// The stored versions; nothing when they cannot be read, which is what deriving mends.
fn stored(reader: &Reader, uid: &Uid) -> Result<Option<Vec<VersionRecord>>, ArchiveError> {
    match reader.versions(uid) {
        Err(ArchiveError::Unreadable { .. }) => Ok(None),
        versions => versions.map(Some),
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
