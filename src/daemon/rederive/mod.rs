//! Everything derived, derived again from the stored originals, without the network.
//!
//! First what lists say (how items are listed, and the texts of those whose pages are not read), then item by item
//! what pages say, then the verdicts. How far it has come is written down with every change, so that an
//! interrupted run goes on where it stopped.

mod replay;
mod report;
mod shelf;

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::engine::Engine;
use super::recognition::{Listed, text_of};
use crate::archive::{ArchiveError, DerivedVersion, OriginalCursor, PagePlan, ProblemScope};
use crate::decide::listing::listing;
use crate::model::change::ListingChange;
use crate::model::ids::{SourceId, Uid};
use crate::model::item::KnownItem;
use crate::model::minutes::Reading;
use crate::model::network::Recognition;
use crate::model::source::{PlatformKind, Source};
use crate::platform::platform;
use replay::{Replay, Replayed};
pub use report::Rederived;
use report::differing;
use shelf::{Derived, Shelf};

/// Originals per look into the archive.
const AT_ONCE: u32 = 500;

/// Items after which it is written down how far it has come, where nothing changed.
const MARKED_EVERY: u32 = 200;

/// What to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// How.
    #[serde(default)]
    pub pass: Pass,
    /// Of these sources; empty means all.
    #[serde(default)]
    pub sources: Vec<SourceId>,
}

/// How everything is derived again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pass {
    /// From where an interrupted run stopped, else from the start.
    #[default]
    GoOn,
    /// From the start.
    FromStart,
    /// From the start, writing nothing.
    Trial,
}

/// How far a run has come; only the same readers go on from there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    readers: String,
    asked: Vec<SourceId>,
    replayed: BTreeSet<SourceId>,
    item: i64,
    items: u32,
}

impl Mark {
    fn text(&self) -> String {
        // Plain texts and numbers: serialisation has no way to fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What reads: another version of the program, or of a reader in it, begins anew.
fn readers() -> String {
    let parsers = PlatformKind::ALL
        .into_iter()
        .map(|kind| platform(kind).parser());
    let parsers: Vec<_> = parsers.collect();
    format!("{} {}", env!("CARGO_PKG_VERSION"), parsers.join(" "))
}

/// Derives everything again; `step` is told after each item how many are done, of how many.
///
/// # Errors
/// What hinders the archive, and an interruption; the next run goes on from there.
pub async fn rederive(
    engine: &Engine,
    request: &Request,
    step: impl Fn(u32, u32),
) -> anyhow::Result<Rederived> {
    let mut run = Run::begin(engine, request).await?;
    run.mend_search().await?;
    for source in engine.config.sources.clone() {
        if run.wants(&source.id) && !run.mark.replayed.contains(&source.id) {
            run.lists(&source).await?;
        }
    }
    run.pages(step).await?;
    if run.writes() {
        run.done.judged = engine.judge_again().await?;
        engine
            .writer
            .write(|batch| batch.mark_rederived(None))
            .await?;
    }
    Ok(run.done)
}

/// One run.
struct Run<'a> {
    engine: &'a Engine,
    request: &'a Request,
    mark: Mark,
    done: Rederived,
}

impl<'a> Run<'a> {
    async fn begin(engine: &'a Engine, request: &'a Request) -> anyhow::Result<Self> {
        let fresh = Mark {
            readers: readers(),
            asked: request.sources.clone(),
            ..Mark::default()
        };
        let left = engine.read(crate::archive::Reader::rederived_until).await?;
        let left = left.and_then(|text| serde_json::from_str::<Mark>(&text).ok());
        let same = |mark: &Mark| mark.readers == fresh.readers && mark.asked == fresh.asked;
        let mark = left.filter(|mark| request.pass == Pass::GoOn && same(mark));
        let mark = mark.unwrap_or(fresh);
        let done = Rederived {
            passed: mark.items,
            ..Rederived::default()
        };
        Ok(Self {
            engine,
            request,
            mark,
            done,
        })
    }

    fn writes(&self) -> bool {
        self.request.pass != Pass::Trial
    }

    fn wants(&self, source: &SourceId) -> bool {
        self.request.sources.is_empty() || self.request.sources.contains(source)
    }

    fn check_interruption(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            !self.engine.shutdown.is_cancelled(),
            "interrupted: what was derived until now stays, and `seutu rederive` goes on from there"
        );
        Ok(())
    }

    /// An index out of step would refuse the first text that is mended.
    async fn mend_search(&self) -> anyhow::Result<()> {
        if self.writes() {
            let mended = self
                .engine
                .writer
                .write(|batch| batch.mend_search())
                .await?;
            for index in mended {
                tracing::warn!(
                    index,
                    "a full-text index was out of step and was built again"
                );
            }
        }
        Ok(())
    }

    /// What the lists of one source say.
    async fn lists(&mut self, source: &Source) -> anyhow::Result<()> {
        self.check_interruption()?;
        let replay = Replay {
            reader: self.engine.reader.clone(),
            inflight: self.engine.inflight.clone(),
            quarantined: Arc::clone(&self.engine.quarantined),
            source: source.clone(),
        };
        let replayed = match spawn_blocking(move || replay.run()).await {
            Ok(replayed) => replayed?,
            Err(panic) => {
                tracing::error!(source = %source.id, %panic, "the reader gave up on a list; its items stay as they are");
                Replayed::default()
            }
        };
        self.relist(source, &replayed).await?;
        self.retell(source, replayed).await?;
        self.mark.replayed.insert(source.id.clone());
        if self.writes() {
            let mark = self.mark.text();
            self.engine
                .writer
                .write(move |batch| batch.mark_rederived(Some(&mark)))
                .await?;
        }
        Ok(())
    }

    /// Items that a list says something else of than is stored, or that nobody found in it before.
    async fn relist(&mut self, source: &Source, replayed: &Replayed) -> anyhow::Result<()> {
        let id = source.id.clone();
        let known: Vec<KnownItem> = self
            .engine
            .read(move |reader| reader.known_items(&id))
            .await?;
        let items: Vec<_> = replayed
            .items
            .values()
            .map(|(item, _)| item.clone())
            .collect();
        for change in listing(&known, &items) {
            let uid = known
                .iter()
                .find(|known| known.key == *change.key())
                .map_or_else(
                    || Uid::of(&source.municipality, change.key()),
                    |known| known.uid.clone(),
                );
            let is_new = matches!(change, ListingChange::New(_));
            if !self.may_relist(&uid, is_new).await? {
                continue;
            }
            let Some((_, at)) = replayed.items.get(change.key()) else {
                continue;
            };
            if self.writes() {
                self.write_listing(source, change, *at).await?;
            }
            self.done.listed.push(uid);
        }
        Ok(())
    }

    /// What was taken down stays away, and what another source lists by now is that one's.
    async fn may_relist(&self, uid: &Uid, is_new: bool) -> anyhow::Result<bool> {
        let uid = uid.clone();
        self.engine
            .read(
                move |reader| Ok(!reader.is_guarded(&uid)? && !(is_new && reader.is_known(&uid)?)),
            )
            .await
    }

    async fn write_listing(
        &self,
        source: &Source,
        change: ListingChange,
        at: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        let reads_pages = platform(source.platform).reads_pages(source);
        let is_new = matches!(change, ListingChange::New(_));
        // The page of an item known before is not due because its list is read better.
        let plan = if is_new && reads_pages {
            PagePlan::Read
        } else {
            PagePlan::FeedOnly
        };
        let item = change.item();
        let listed = Listed {
            municipality: &source.municipality,
            title: &item.title,
            body: item.body.as_deref(),
        };
        let verdicts = self.engine.matcher.recognise(&text_of(listed, None, &[]));
        let (id, matcher) = (source.id.clone(), Arc::clone(&self.engine.matcher));
        self.engine
            .writer
            .write(move |batch| {
                for row in batch.apply_listing(&id, plan, std::slice::from_ref(&change), at)? {
                    if row.unread {
                        for verdict in &verdicts {
                            let ruleset = matcher.ruleset(&verdict.network);
                            batch.store_recognition(&row.uid, verdict, ruleset, at)?;
                        }
                    }
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// The texts of items whose pages are not read.
    async fn retell(&mut self, source: &Source, replayed: Replayed) -> anyhow::Result<()> {
        let id = source.id.clone();
        let known: Vec<KnownItem> = self
            .engine
            .read(move |reader| reader.known_items(&id))
            .await?;
        for item in known {
            let Some(versions) = replayed.texts.get(&item.key) else {
                continue;
            };
            self.check_interruption()?;
            let uid = item.uid.clone();
            let (moved, stored) = self
                .engine
                .read(move |reader| {
                    let stored = match reader.versions(&uid) {
                        Err(ArchiveError::Unreadable { .. }) => None,
                        versions => Some(versions?),
                    };
                    Ok((reader.has_moved(&uid)?, stored))
                })
                .await?;
            let derived = Derived {
                versions: versions.clone(),
                problems: vec![],
                stored,
                incomplete: replayed.incomplete || moved,
            };
            self.done.items += 1;
            self.store(source, item.uid, derived).await?;
        }
        Ok(())
    }

    /// What pages say, item by item.
    async fn pages(&mut self, step: impl Fn(u32, u32)) -> anyhow::Result<()> {
        let engine = self.engine;
        let of = engine
            .read(crate::archive::Reader::items_with_originals)
            .await?;
        let mut cursor = OriginalCursor::after_item(self.mark.item);
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
                if last.as_ref() == Some(&original.uid) {
                    continue;
                }
                last = Some(original.uid.clone());
                let source = engine.source(&original.source);
                let Some(source) = source.filter(|source| self.wants(&source.id)).cloned() else {
                    continue;
                };
                self.check_interruption()?;
                self.mark.item = original.cursor.item();
                self.mark.items += 1;
                self.page(&source, original.uid).await?;
                self.done.items += 1;
                step(self.mark.items, of);
            }
        }
        Ok(())
    }

    async fn page(&mut self, source: &Source, uid: Uid) -> anyhow::Result<()> {
        let engine = self.engine;
        let shelf = Shelf {
            reader: engine.reader.clone(),
            inflight: engine.inflight.clone(),
            quarantined: Arc::clone(&engine.quarantined),
            program: engine.reader_program.clone(),
            source: source.clone(),
        };
        let asked = uid.clone();
        let derived = match spawn_blocking(move || shelf.derive(&asked)).await {
            Ok(derived) => readable(&uid, derived)?,
            Err(panic) => {
                tracing::error!(%uid, %panic, "the reader gave up on an item; it keeps its texts");
                Derived::default()
            }
        };
        if derived.versions.is_empty() && !derived.incomplete {
            self.done.unreadable.push(uid);
            return self.mark_now_and_then().await;
        }
        self.store(source, uid, derived).await
    }

    /// Compares what was derived with what is stored, and stores it, with the verdicts on the newest text.
    async fn store(&mut self, source: &Source, uid: Uid, derived: Derived) -> anyhow::Result<()> {
        let asked = uid.clone();
        if self
            .engine
            .read(move |reader| reader.is_guarded(&asked))
            .await?
        {
            self.done.taken_down.push(uid);
            return self.mark_now_and_then().await;
        }
        let (target, versions) = (uid.clone(), derived.versions.clone());
        let differs = self
            .engine
            .read(move |reader| reader.would_rewrite(&target, &versions))
            .await?;
        if derived.incomplete {
            // With bytes gone a history would lose what was read from them.
            if differs || derived.versions.is_empty() {
                self.done.incomplete.push(uid);
            }
            return self.mark_now_and_then().await;
        }
        if self.writes() {
            self.write(source, &uid, &derived, differs).await?;
        }
        if differs {
            for field in differing(derived.stored.as_deref(), &derived.versions) {
                *self.done.fields.entry(field).or_default() += 1;
            }
            self.done.changed.push(uid);
        }
        Ok(())
    }

    /// One transaction: texts, verdicts, problems, and how far it has come.
    async fn write(
        &self,
        source: &Source,
        uid: &Uid,
        derived: &Derived,
        differs: bool,
    ) -> anyhow::Result<()> {
        let (target, now) = (uid.clone(), self.engine.clock.now());
        let versions = derived.versions.clone();
        let problems = derived.problems.clone();
        let newest = derived
            .versions
            .last()
            .map(|newest| &newest.version.reading);
        let verdicts = self.verdicts(source, newest);
        let matcher = Arc::clone(&self.engine.matcher);
        let mark =
            (differs || self.mark.items.is_multiple_of(MARKED_EVERY)).then(|| self.mark.text());
        let has_page = !is_feed_text(&derived.versions);
        self.engine
            .writer
            .write(move |batch| {
                if batch.rewrite_versions(&target, &versions, now)? {
                    for verdict in &verdicts {
                        let ruleset = matcher.ruleset(&verdict.network);
                        batch.store_recognition(&target, verdict, ruleset, now)?;
                    }
                }
                if has_page {
                    batch.set_problems(&ProblemScope::Item(target), &problems, now)?;
                }
                match mark {
                    Some(mark) => batch.mark_rederived(Some(&mark)),
                    None => Ok(()),
                }
            })
            .await?;
        Ok(())
    }

    fn verdicts(&self, source: &Source, newest: Option<&Reading>) -> Vec<Recognition> {
        let Some(reading) = newest else { return vec![] };
        let listed = Listed {
            municipality: &source.municipality,
            title: reading.item.title.as_deref().unwrap_or_default(),
            body: reading.item.body.as_deref(),
        };
        let text = text_of(listed, Some(&reading.item), &reading.handlings);
        self.engine.matcher.recognise(&text)
    }

    async fn mark_now_and_then(&self) -> anyhow::Result<()> {
        if self.writes() && self.mark.items.is_multiple_of(MARKED_EVERY) {
            let mark = self.mark.text();
            let marked = self
                .engine
                .writer
                .write(move |batch| batch.mark_rederived(Some(&mark)));
            marked.await?;
        }
        Ok(())
    }
}

fn is_feed_text(versions: &[DerivedVersion]) -> bool {
    versions
        .first()
        .is_some_and(|first| first.version.parser.starts_with("feed/"))
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
