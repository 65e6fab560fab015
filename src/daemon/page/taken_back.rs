//! Words that a page takes back: of what its bytes said, not of what an older reader saw in them.

use std::collections::BTreeSet;

use tokio::task::spawn_blocking;

use super::check::Check;
use crate::daemon::rederive::shelf::Shelf;
use crate::decide::redaction::lost_words;
use crate::model::change::{PageChange, VersionKind};
use crate::model::item::DuePage;
use crate::platform::platform;

impl Check<'_> {
    /// The words that a text of the same stage takes back after the time for appeals.
    pub(super) async fn taken_back(&self, change: &PageChange) -> anyhow::Result<BTreeSet<String>> {
        let PageChange::Version(version) = change else {
            return Ok(BTreeSet::new());
        };
        if version.kind != VersionKind::Amended || self.appeals_end() > self.now {
            return Ok(BTreeSet::new());
        }
        let lost = lost_words(self.page, &version.reading);
        if lost.is_empty() {
            return Ok(lost);
        }
        // A reader that reads otherwise than the one before loses words too. Only what the bytes of then say to the
        // reader of today was taken back.
        let known = self.newest_read_today().await?;
        Ok(known.map_or(BTreeSet::new(), |known| {
            lost_words(&known, &version.reading)
        }))
    }

    /// The page with the fields that its newest original says to the reader of today; where that is not there, as they
    /// are stored, unless another reader read them.
    async fn newest_read_today(&self) -> anyhow::Result<Option<DuePage>> {
        let (originals, uid) = (Shelf::of(self.engine, self.source), self.page.uid.clone());
        let derived = spawn_blocking(move || originals.derive(&uid)).await;
        // A reader that gave up says nothing of what was taken back.
        let Ok(derived) = derived else {
            return Ok(None);
        };
        let mut derived = derived?;
        let newest = derived.versions.pop().filter(|_| !derived.incomplete);
        if let Some(newest) = newest {
            let reading = newest.version.reading;
            return Ok(Some(DuePage {
                fields: Some(reading.item),
                handlings: reading.handlings,
                ..self.page.clone()
            }));
        }
        let parser = platform(self.source.platform).parser();
        let stored = derived.stored.iter().flatten().next_back();
        let is_same = stored.is_some_and(|stored| stored.parser == parser);
        Ok(is_same.then(|| self.page.clone()))
    }
}
