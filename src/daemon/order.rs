//! What a person may ask for, here or through the control socket: polls, backfills, verdicts, snapshots, deriving again.

use std::sync::Arc;

use anyhow::Context as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::backfill::{Request, backfill};
use super::cycle::Scope;
use super::dossiers::Correction;
use super::engine::Engine;
use super::poll::{Running, round_beside};
use super::publishing::{publish, publish_without};
use super::rederive::{self, Pass, Rederived};
use super::report::{Progress, SourceReport, Watcher};
use crate::model::ids::{SourceId, Uid};
use crate::model::network::Verdict;
use crate::model::published::Published;
use crate::model::takedown::Takedown;
use crate::model::when::day_in_finland;

/// Something to do with the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// One round.
    Poll {
        /// What takes part.
        scope: Scope,
        /// These sources; empty means all.
        sources: Vec<SourceId>,
    },
    /// A walk through all that is still published.
    Backfill {
        /// Meetings held before are not asked for.
        since: Date,
        /// These sources; empty means all.
        sources: Vec<SourceId>,
    },
    /// A person's verdict.
    Verdict {
        /// The item.
        uid: Uid,
        /// Slug of the network.
        network: String,
        /// The verdict; none hands the decision back to the rules.
        verdict: Option<Verdict>,
        /// Why.
        note: String,
    },
    /// What a person decides of dossiers.
    Dossier {
        /// What it is.
        correction: Correction,
    },
    /// A snapshot, published now whatever has changed.
    Snapshot {},
    /// Everything derived, again.
    Rederive {
        /// From where, and whether anything is written.
        #[serde(default)]
        pass: Pass,
        /// Of these sources; empty means all.
        #[serde(default)]
        sources: Vec<SourceId>,
        /// Whether rows that are not what was written are taken for true afterwards.
        #[serde(default)]
        accept: bool,
    },
    /// An item taken down.
    TakeDown {
        /// The item.
        uid: Uid,
        /// What is done, and why.
        takedown: Takedown,
    },
    /// The daemon's configuration read again.
    Reload {},
    /// What is wrong with the daemon.
    Ailments {},
    /// The end of a takedown.
    LetIn {
        /// The item.
        uid: Uid,
    },
}

/// What an order came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Of a round or a backfill.
    Reports(Vec<SourceReport>),
    /// Of deriving again.
    Rederived(Rederived),
    /// Of publishing a snapshot.
    Published(Published),
    /// Taken down; whether nothing of what was taken out stands in the files any more.
    Wiped(bool),
    /// What is wrong with the daemon, as `/readyz` says it.
    Ailments(Vec<String>),
    /// Slug of the dossier that was made.
    Dossier(String),
    /// Done, and nothing to tell.
    Done,
}

/// Carries out an order; whatever else runs must share `running`.
///
/// # Errors
/// What hinders the archive, an unknown name, and an interruption.
pub async fn carry_out(
    engine: &Arc<Engine>,
    running: &Running,
    order: Order,
    watcher: &Watcher,
) -> anyhow::Result<Outcome> {
    let outcome = match order {
        Order::Poll { scope, sources } => {
            known(engine, &sources)?;
            round_beside(engine, running, (&sources, scope), watcher)
                .await
                .map(Outcome::Reports)
        }
        Order::Backfill { since, sources } => {
            known(engine, &sources)?;
            let request = Request { since, sources };
            let mut reports = backfill(engine, running, &request, watcher).await?;
            super::health::assess(engine, &mut reports).await?;
            engine.join_dossiers().await?;
            Ok(Outcome::Reports(reports))
        }
        Order::Verdict {
            uid,
            network,
            verdict,
            note,
        } => decide(engine, uid, network, verdict.map(|verdict| (verdict, note))).await,
        Order::Dossier { correction } => engine.correct(correction).await,
        Order::TakeDown { uid, takedown } => take_down(engine, uid, takedown).await,
        Order::LetIn { uid } => let_in(engine, uid).await,
        Order::Reload {} => anyhow::bail!(
            "no daemon runs on this archive: there is nothing that could read its configuration again"
        ),
        Order::Ailments {} => Ok(Outcome::Ailments(vec![])),
        Order::Snapshot {} => publish(engine).await.map(Outcome::Published),
        Order::Rederive {
            pass,
            sources,
            accept,
        } => {
            known(engine, &sources)?;
            let request = rederive::Request {
                pass,
                sources,
                accept,
            };
            // It says by itself how an interrupted run goes on.
            return rederive(engine, running, &request, watcher).await;
        }
    };
    // A round that was broken off looks whole; everything else is done, or says by itself why not.
    anyhow::ensure!(
        !(engine.shutdown.is_cancelled() && matches!(outcome, Ok(Outcome::Reports(_)))),
        "interrupted: what was archived until now stays, and the next poll does the rest"
    );
    outcome
}

async fn rederive(
    engine: &Arc<Engine>,
    running: &Running,
    request: &rederive::Request,
    watcher: &Watcher,
) -> anyhow::Result<Outcome> {
    // A version stored meanwhile would be missing from what is derived: nobody polls.
    let _marks = running.mark_all(&engine.config.sources).await;
    let step = |done, of| watcher(Progress::Rederived(done, of));
    rederive::rederive(engine, request, step)
        .await
        .map(Outcome::Rederived)
}

fn known(engine: &Engine, sources: &[SourceId]) -> anyhow::Result<()> {
    for id in sources {
        engine.source(id).with_context(|| {
            format!("there is no source \"{id}\" in the configuration in force")
        })?;
    }
    Ok(())
}

async fn take_down(engine: &Engine, uid: Uid, takedown: Takedown) -> anyhow::Result<Outcome> {
    let now = engine.clock.now();
    let is_over = takedown
        .expires_on
        .is_some_and(|day| day < day_in_finland(now));
    anyhow::ensure!(
        !is_over,
        "the last day of the takedown is over already: name a later one"
    );
    let done = engine
        .writer
        .write(move |batch| batch.take_down(&uid, &takedown, now));
    done.await?;
    engine.join_dossiers().await?;
    publish_without(engine).await.context(
        "it is taken down here, but what was published before still has it: run `seutu snapshot`",
    )?;
    let wiped = engine.writer.purge().await.context(
        "it is taken down here and in what is published, but traces of it may stand in the files until the next takedown or night",
    )?;
    Ok(Outcome::Wiped(wiped))
}

async fn let_in(engine: &Engine, uid: Uid) -> anyhow::Result<Outcome> {
    let (target, now) = (uid.clone(), engine.clock.now());
    let done = engine
        .writer
        .write(move |batch| batch.lift_takedown(&target, now));
    anyhow::ensure!(done.await?, "{uid} is not taken down");
    engine.join_dossiers().await?;
    publish_without(engine).await.context(
        "it is let in again here, but what is published is still without it: run `seutu snapshot`",
    )?;
    Ok(Outcome::Done)
}

async fn decide(
    engine: &Engine,
    uid: Uid,
    network: String,
    verdict: Option<(Verdict, String)>,
) -> anyhow::Result<Outcome> {
    let asked = uid.clone();
    engine
        .read(move |reader| reader.item(&asked))
        .await?
        .with_context(|| format!("there is no item {uid} in the archive"))?;
    let now = engine.clock.now();
    match verdict {
        Some((verdict, note)) => {
            engine
                .writer
                .write(move |batch| {
                    batch.store_human_verdict(&uid, &network, (verdict, &note), now)
                })
                .await?;
        }
        None => engine.hand_back(uid, &network).await?,
    }
    engine.join_dossiers().await?;
    Ok(Outcome::Done)
}
