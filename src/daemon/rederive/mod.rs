//! Everything derived, derived again from the stored originals, without the network.
//!
//! First what lists say (how items are listed, and the texts of those whose pages are not read), then item by item
//! what pages say, then the texts of kept files, then the verdicts. How far it has come is written down with every change, so that an
//! interrupted run goes on where it stopped.

mod files;
mod kept;
mod listed;
mod pages;
mod replay;
mod report;
pub(super) mod shelf;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::lists::feed_text;
use crate::archive::{Batch, Reader};
use crate::model::digest::sha256_hex;
use crate::model::ids::SourceId;
use crate::model::source::PlatformKind;
use crate::platform::platform;
use crate::vocab::Vocabulary;
pub use report::Rederived;

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
    /// Whether rows that are not what was written are taken for true afterwards.
    #[serde(default)]
    pub accept: bool,
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
    /// The last meeting and the last attachment whose file was read again.
    #[serde(default)]
    meeting: i64,
    #[serde(default)]
    attachment: i64,
}

impl Mark {
    fn text(&self) -> String {
        // Plain texts and numbers: serialisation has no way to fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What reads: another version of the program, or of a reader in it, or other words to read by, begin anew.
fn readers() -> String {
    let parsers = PlatformKind::ALL
        .into_iter()
        .map(|kind| platform(kind).parser());
    let parsers: Vec<_> = parsers.collect();
    let words = sha256_hex(Vocabulary::text_in_force().as_bytes());
    let (version, feeds) = (env!("CARGO_PKG_VERSION"), feed_text::PARSER);
    format!("{version} {feeds} {} {words}", parsers.join(" "))
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
    run.files().await?;
    if run.writes() {
        // What is judged and joined has to be rows that are told of.
        if request.accept {
            run.done.accepted = engine.accept_rows().await?;
        }
        run.done.judged = engine.judge_again().await?;
        engine.join_dossiers().await?;
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
        let left = engine.read(Reader::rederived_until).await?;
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

    /// An index out of step would refuse the first text that is mended. Texts that were changed past this program
    /// get their search columns back.
    async fn mend_search(&self) -> anyhow::Result<()> {
        if !self.writes() {
            return Ok(());
        }
        let mend = |batch: &Batch<'_>| {
            for index in batch.mend_search()? {
                tracing::warn!(
                    index,
                    "a full-text index was out of step and was built again"
                );
            }
            Ok(())
        };
        self.engine.writer.write(mend).await?;
        self.engine.refill_search().await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_and_another_reader_of_feeds_begin_anew() {
        let readers = readers();
        let words = sha256_hex(Vocabulary::embedded_text().as_bytes());
        assert!(readers.ends_with(&words), "{readers}");
        assert!(readers.contains(feed_text::PARSER), "{readers}");
    }
}
