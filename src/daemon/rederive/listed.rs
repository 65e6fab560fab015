//! How items are listed, and the texts of those whose pages are not read, in the place of what is stored.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::spawn_blocking;

use super::Run;
use super::replay::{Replay, Replayed};
use super::shelf::Derived;
use crate::archive::{ArchiveError, PagePlan};
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

    /// The items of a source. With a row among them that cannot be read nothing is derived from its lists.
    async fn known(&self, source: &Source) -> anyhow::Result<Vec<KnownItem>> {
        let id = source.id.clone();
        self.engine
            .read(move |reader| match reader.known_items(&id) {
                Err(error @ ArchiveError::Unreadable { .. }) => {
                    tracing::error!(source = %id, %error, "an item's row cannot be read; listings stay as they are");
                    Ok(vec![])
                }
                known => known,
            })
            .await
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
}
