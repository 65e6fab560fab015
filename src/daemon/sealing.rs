//! Seals of rows: put on those that have none, and taken off those that nobody can restore.

use anyhow::Context as _;

use super::engine::Engine;
use crate::archive::Reader;

/// Rows after which it is said how far sealing is: the first time takes a while at a large archive.
const TOLD_EVERY: usize = 100_000;

impl Engine {
    /// Seals every row that has no seal, in short transactions, until the program ends. What hinders it is said, and the
    /// next time does the rest.
    pub async fn seal(&self) {
        if let Err(error) = self.seal_rows().await {
            tracing::warn!(
                error = format!("{error:#}"),
                "rows could not be sealed: whether they stay as they are is not known until the next time"
            );
        }
    }

    async fn seal_rows(&self) -> anyhow::Result<()> {
        let (mut sealed, mut rows_sealed, mut told) = (None, 0, 0);
        while !self.shutdown.is_cancelled() {
            let next = self.read(move |reader| reader.unsealed(sealed.as_ref()));
            let Some(next) = next.await? else { break };
            let rows = next.clone();
            rows_sealed += rows.count();
            if rows_sealed / TOLD_EVERY > told {
                told = rows_sealed / TOLD_EVERY;
                tracing::info!(rows = rows_sealed, "rows are being sealed");
            }
            self.writer.write(move |batch| batch.seal(&rows)).await?;
            sealed = Some(next);
        }
        Ok(())
    }

    /// Takes for true what stands in rows that are not those that were written, once everything that can be read again
    /// was: nobody has them otherwise. Says how many they were.
    ///
    /// # Errors
    /// What hinders the archive; what hindered looking at some of the rows, once the others are accepted.
    pub(super) async fn accept_rows(&self) -> anyhow::Result<usize> {
        let mut accepted = 0;
        while !self.shutdown.is_cancelled() {
            let (others, hindrance) = self.read(Reader::other_rows).await?;
            if others.is_empty() {
                return match hindrance {
                    Some(error) => Err(error).context("not every row could be looked at"),
                    None => Ok(accepted),
                };
            }
            for other in &others {
                tracing::warn!("{other}: it is taken for true as it stands");
            }
            accepted += others.len();
            self.writer
                .write(move |batch| batch.accept(&others))
                .await?;
        }
        anyhow::bail!(
            "the program ends before every row could be looked at: give the command again"
        )
    }
}
