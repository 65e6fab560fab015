//! The texts that pages say, in the place of what is stored.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::task::spawn_blocking;

use super::report::differing;
use super::shelf::{Derived, Shelf};
use super::{MARKED_EVERY, Run};
use crate::archive::{ArchiveError, DerivedVersion, OriginalCursor, ProblemScope};
use crate::daemon::recognition::{Listed, text_of};
use crate::model::ids::Uid;
use crate::model::item::VersionRecord;
use crate::model::minutes::Reading;
use crate::model::network::Recognition;
use crate::model::source::Source;

/// Originals per look into the archive.
const AT_ONCE: u32 = 500;

impl Run<'_> {
    /// What pages say, item by item.
    pub(super) async fn pages(&mut self, step: impl Fn(u32, u32)) -> anyhow::Result<()> {
        let engine = self.engine;
        let sources = self.request.sources.clone();
        let of = engine.read(move |reader| reader.items_with_originals(&sources));
        let of = of.await?;
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

    /// Empties originals in which a personal identity code can be read; what they say is derived a last time.
    pub(super) async fn empty(&self, unmasked: Vec<String>) -> anyhow::Result<()> {
        if unmasked.is_empty() || !self.writes() {
            return Ok(());
        }
        tracing::warn!(
            originals = unmasked.len(),
            "originals from before personal identity codes were masked are emptied"
        );
        let now = self.engine.clock.now();
        let emptied = self
            .engine
            .writer
            .write(move |batch| batch.empty_originals(&unmasked, now));
        Ok(emptied.await?)
    }

    async fn page(&mut self, source: &Source, uid: Uid) -> anyhow::Result<()> {
        let engine = self.engine;
        let originals = Shelf::of(engine, source);
        let asked = uid.clone();
        let mut derived = match spawn_blocking(move || originals.derive(&asked)).await {
            Ok(derived) => readable(&uid, derived)?,
            Err(panic) => {
                tracing::error!(%uid, %panic, "the reader gave up on an item; it keeps its texts");
                Derived::default()
            }
        };
        self.done.damaged += derived.damaged;
        self.empty(derived.unmasked.clone()).await?;
        if derived.versions.is_empty() && !derived.incomplete {
            self.done.leave(uid);
            return self.mark_now_and_then().await;
        }
        // Its pages are not read any more, and what its list said since is not in their originals.
        derived.incomplete |= is_told_by_feed(derived.stored.as_deref());
        self.store(source, uid, derived).await
    }

    /// Compares what was derived with what is stored, and stores it, with the verdicts on the newest text.
    pub(super) async fn store(
        &mut self,
        source: &Source,
        uid: Uid,
        derived: Derived,
    ) -> anyhow::Result<()> {
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
        let retold = self.is_retold(&uid, &derived).await?;
        if self.writes() {
            self.write(source, &uid, &derived).await?;
        }
        if differs {
            for field in differing(derived.stored.as_deref(), &derived.versions) {
                *self.done.fields.entry(field).or_default() += 1;
            }
        }
        if retold {
            self.done.count_file();
        }
        if differs || retold {
            self.done.changed.push(uid);
        }
        Ok(())
    }

    /// Whether the text of the item's own PDF differs.
    async fn is_retold(&self, uid: &Uid, derived: &Derived) -> anyhow::Result<bool> {
        let Some(pages) = derived.paper.clone() else {
            return Ok(false);
        };
        let uid = uid.clone();
        self.engine
            .read(move |reader| reader.would_rewrite_document(&uid, &pages))
            .await
    }

    /// One transaction: texts, verdicts, problems, and how far it has come.
    async fn write(&self, source: &Source, uid: &Uid, derived: &Derived) -> anyhow::Result<()> {
        let (target, now) = (uid.clone(), self.engine.clock.now());
        let versions = derived.versions.clone();
        let problems = derived.problems.clone();
        let paper = derived.paper.clone();
        let newest = derived
            .versions
            .last()
            .map(|newest| &newest.version.reading);
        let verdicts = self.verdicts(source, newest);
        let matcher = Arc::clone(&self.engine.matcher);
        let mark = self.mark.text();
        let is_time = self.mark.items.is_multiple_of(MARKED_EVERY);
        let has_page = !is_feed_text(&derived.versions);
        self.engine
            .writer
            .write(move |batch| {
                let changed = batch.rewrite_versions(&target, &versions, now)?;
                if changed {
                    for verdict in &verdicts {
                        let ruleset = matcher.ruleset(&verdict.network);
                        batch.store_recognition(&target, verdict, ruleset, now)?;
                    }
                }
                if let Some(pages) = &paper {
                    batch.rewrite_document(&target, pages, now)?;
                }
                if has_page {
                    batch.set_problems(&ProblemScope::Item(target), &problems, now)?;
                }
                if changed || is_time {
                    batch.mark_rederived(Some(&mark))?;
                }
                Ok(())
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
}

fn is_feed_text(versions: &[DerivedVersion]) -> bool {
    versions
        .first()
        .is_some_and(|first| first.version.parser.starts_with("feed/"))
}

/// Whether the newest stored text is that of a feed.
fn is_told_by_feed(stored: Option<&[VersionRecord]>) -> bool {
    let newest = stored.and_then(<[_]>::last);
    newest.is_some_and(|newest| newest.parser.starts_with("feed/"))
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
