//! How items are listed, and the texts of those whose pages are not read, in the place of what is stored.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::spawn_blocking;

use super::Run;
use super::replay::{Replay, Replayed};
use super::shelf::Derived;
use crate::archive::{ArchiveError, Batch, PagePlan, Reader};
use crate::daemon::recognition::{Listed, text_of};
use crate::decide::listing::listing;
use crate::model::change::ListingChange;
use crate::model::ids::Uid;
use crate::model::item::KnownItem;
use crate::model::source::Source;
use crate::platform::platform;

impl Run<'_> {
    /// What the lists of one source say.
    pub(super) async fn lists(&mut self, source: &Source) -> anyhow::Result<()> {
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
        self.done.damaged += replayed.damaged;
        self.empty(replayed.unmasked.clone()).await?;
        self.relist(source, &replayed).await?;
        self.remeet(source, &replayed).await?;
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

    /// The items of a source; one whose row cannot be read is reported and stays as it is.
    async fn known(&mut self, source: &Source) -> anyhow::Result<Vec<KnownItem>> {
        let id = source.id.clone();
        let (known, damaged) = self
            .engine
            .read(move |reader| reader.readable_items(&id))
            .await?;
        for uid in damaged {
            self.done.leave(uid);
        }
        Ok(known)
    }

    /// Meetings, as every list named them.
    async fn remeet(&mut self, source: &Source, replayed: &Replayed) -> anyhow::Result<()> {
        // Of lists whose bytes are gone nobody knows what they said last.
        if replayed.incomplete {
            return Ok(());
        }
        let (id, now) = (source.id.clone(), self.engine.clock.now());
        let histories: Vec<_> = replayed.meetings.values().cloned().collect();
        self.done.meetings += if self.writes() {
            let write = move |batch: &Batch<'_>| batch.rewrite_meetings(&id, &histories, now);
            self.engine.writer.write(write).await?
        } else {
            let trial = move |reader: &Reader| reader.would_rewrite_meetings(&id, &histories);
            self.engine.read(trial).await?
        };
        Ok(())
    }

    /// Items that a list says something else of than is stored, or that nobody found in it before.
    async fn relist(&mut self, source: &Source, replayed: &Replayed) -> anyhow::Result<()> {
        let known = self.known(source).await?;
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
            if !self.may_relist(&uid, &change).await? {
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
    async fn may_relist(&self, uid: &Uid, change: &ListingChange) -> anyhow::Result<bool> {
        let (uid, is_new) = (uid.clone(), matches!(change, ListingChange::New(_)));
        self.engine
            .read(move |reader| {
                let is_elsewhere = is_new && reader.is_known(&uid)?;
                Ok(!is_elsewhere && !reader.is_guarded(&uid)?)
            })
            .await
    }

    async fn write_listing(
        &self,
        source: &Source,
        change: ListingChange,
        at: Timestamp,
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
        let known = self.known(source).await?;
        for item in known {
            let Some(versions) = replayed.texts.get(&item.key) else {
                continue;
            };
            self.check_interruption()?;
            let uid = item.uid.clone();
            let (moved, stored, has_page) = self
                .engine
                .read(move |reader| {
                    let has_page = !reader.originals_of(&uid)?.is_empty();
                    let stored = match reader.versions(&uid) {
                        Err(ArchiveError::Unreadable { .. }) => None,
                        versions => Some(versions?),
                    };
                    Ok((reader.has_moved(&uid)?, stored, has_page))
                })
                .await?;
            // Its page was read while that was permitted: its originals say more than any list.
            if has_page {
                continue;
            }
            let derived = Derived {
                versions: versions.clone(),
                problems: vec![],
                stored,
                paper: None,
                unmasked: vec![],
                incomplete: replayed.incomplete || moved,
                damaged: 0,
            };
            self.done.items += 1;
            self.store(source, item.uid, derived).await?;
        }
        Ok(())
    }
}
