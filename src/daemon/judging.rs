//! Verdicts made again for items that were judged by other rules, or never: after a change of the
//! configuration, and for a network that is new.

use anyhow::Context as _;

use super::engine::Engine;
use super::recognition::{Listed, text_of};
use crate::archive::ArchiveError;
use crate::model::ids::Uid;
use crate::model::item::ItemRecord;
use crate::model::network::Recognition;

/// Items per transaction.
const AT_ONCE: u32 = 200;

/// A line is logged about every so many items: judging a large archive again takes minutes.
const TOLD_EVERY: u32 = 10_000;

impl Engine {
    /// Judges every item by the rules in force; returns how many had been judged by others or never.
    pub async fn judge_again(&self) -> anyhow::Result<u32> {
        let mut judged = 0;
        for network in self.matcher.networks() {
            let mut after: Option<Uid> = None;
            loop {
                let uids = self.unjudged(network, after).await?;
                let Some(last) = uids.last().cloned() else {
                    break;
                };
                let before = judged;
                judged += self.judge(uids, Some(network)).await?;
                if judged / TOLD_EVERY > before / TOLD_EVERY {
                    tracing::info!(judged, "items are being judged by the rules in force");
                }
                after = Some(last);
            }
        }
        if judged > 0 {
            tracing::info!(judged, "{judged} items were judged by the rules in force");
        }
        Ok(judged)
    }

    /// Takes a person's verdict back and lets the rules decide again.
    pub async fn hand_back(&self, uid: Uid, network: &str) -> anyhow::Result<()> {
        let (item, slug) = (uid.clone(), network.to_owned());
        self.writer
            .write(move |batch| batch.forget_human_verdict(&item, &slug))
            .await?;
        self.judge(vec![uid], Some(network)).await?;
        Ok(())
    }

    /// Judges one item by the rules of every network.
    pub async fn judge_one(&self, uid: Uid) -> anyhow::Result<()> {
        self.judge(vec![uid], None).await?;
        Ok(())
    }

    async fn unjudged(&self, network: &str, after: Option<Uid>) -> anyhow::Result<Vec<Uid>> {
        let (network, ruleset) = (network.to_owned(), self.matcher.ruleset(network).to_owned());
        self.read(move |reader| reader.unrecognised(&network, &ruleset, (after.as_ref(), AT_ONCE)))
            .await
            .context("cannot ask the archive which items other rules have judged")
    }

    /// Judges items; returns how many. One whose text cannot be read keeps its verdicts: it must not stop
    /// the others, nor the start.
    async fn judge(&self, uids: Vec<Uid>, only: Option<&str>) -> anyhow::Result<u32> {
        let matcher = std::sync::Arc::clone(&self.matcher);
        let only = only.map(str::to_owned);
        let now = self.clock.now();
        let (verdicts, judged) = self
            .read(move |reader| {
                let mut verdicts: Vec<(Uid, Recognition)> = vec![];
                let mut judged = 0;
                for uid in uids {
                    let item = match reader.item(&uid) {
                        Ok(Some(item)) => item,
                        Ok(None) => continue,
                        Err(error @ ArchiveError::Unreadable { .. }) => {
                            tracing::error!(%uid, %error, "an item cannot be judged: `seutu rederive` reads it again");
                            continue;
                        }
                        Err(error) => return Err(error),
                    };
                    judged += 1;
                    let said = matcher.recognise(&item_text(&item));
                    let wanted = said
                        .into_iter()
                        .filter(|r| only.as_ref().is_none_or(|n| *n == r.network));
                    verdicts.extend(wanted.map(|recognition| (uid.clone(), recognition)));
                }
                Ok((verdicts, judged))
            })
            .await?;
        let matcher = std::sync::Arc::clone(&self.matcher);
        self.writer
            .write(move |batch| {
                verdicts.iter().try_for_each(|(uid, recognition)| {
                    let ruleset = matcher.ruleset(&recognition.network);
                    batch.store_recognition(uid, recognition, ruleset, now)
                })
            })
            .await?;
        Ok(judged)
    }
}

/// The texts of a stored item.
fn item_text(item: &ItemRecord) -> crate::model::network::RecognisedText {
    let listed = Listed {
        municipality: &item.municipality,
        title: &item.title,
        body: item.body.as_deref(),
    };
    text_of(listed, item.fields.as_ref(), &item.handlings)
}
