//! Seals of rows: put on those that have none, and taken off those that nobody can restore.

use super::engine::Engine;
use crate::archive::Reader;

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
        let mut sealed = None;
        while !self.shutdown.is_cancelled() {
            let next = self.read(move |reader| reader.unsealed(sealed.as_ref()));
            let Some(next) = next.await? else { break };
            let rows = next.clone();
            self.writer.write(move |batch| batch.seal(&rows)).await?;
            sealed = Some(next);
        }
        Ok(())
    }

    /// Takes for true what stands in rows that are not those that were written, once everything that can be read again
    /// was: nobody has them otherwise. Says how many they were.
    pub(super) async fn accept_rows(&self) -> anyhow::Result<usize> {
        let others = self.read(Reader::other_rows).await?;
        for other in &others {
            tracing::warn!("{other}: it is taken for true as it stands");
        }
        let accepted = others.len();
        self.writer
            .write(move |batch| batch.accept(&others))
            .await?;
        Ok(accepted)
    }
}
