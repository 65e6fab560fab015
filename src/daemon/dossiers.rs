//! Dossiers after every round, verdict and correction: what the archive tells is joined anew where anything of a network
//! changed. What a death interrupts is done at the next start, because the archive says how far it was done.

use std::sync::Arc;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::order::Outcome;
use crate::archive::{Joinable, LeftOut};
use crate::model::ids::Uid;
use crate::recognise::Joiner;

/// What a person decides of dossiers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Correction {
    /// The item belongs to this dossier, and to no other one of its network.
    Join {
        /// The item.
        uid: Uid,
        /// The dossier.
        slug: String,
        /// Why.
        note: String,
    },
    /// The item does not belong to a dossier.
    Split {
        /// The item.
        uid: Uid,
        /// The dossier; none takes it out of each it stands in.
        slug: Option<String>,
        /// Why.
        note: String,
    },
    /// The rules decide again where the item belongs.
    Forget {
        /// The item.
        uid: Uid,
    },
    /// Another title for a dossier.
    Rename {
        /// The dossier.
        slug: String,
        /// The title.
        title: String,
    },
    /// A dossier that only a person puts items into.
    New {
        /// Slug of the network.
        network: String,
        /// Its title.
        title: String,
    },
}

impl Engine {
    /// Joins the items of every network of which anything changed; returns how many networks that were.
    pub async fn join_dossiers(&self) -> anyhow::Result<usize> {
        // A correction between reading and writing would be lost.
        let _turn = self.joining.lock().await;
        self.join_all().await
    }

    async fn join_all(&self) -> anyhow::Result<usize> {
        let mut networks = 0;
        for network in &self.config.networks {
            let joiner = Arc::new(Joiner::new(network));
            let (slug, ruleset) = (network.slug.clone(), joiner.ruleset());
            let found = self
                .read(move |reader| reader.joinable(&slug, &ruleset))
                .await;
            let found = found.context("cannot ask the archive for the items of a network")?;
            if let Some(found) = found {
                self.join_network(joiner, found).await?;
                networks += 1;
            }
        }
        Ok(networks)
    }

    async fn join_network(&self, joiner: Arc<Joiner>, found: Joinable) -> anyhow::Result<()> {
        let network = joiner.network().to_owned();
        let Joinable {
            items,
            stored,
            upto,
        } = found;
        for LeftOut {
            municipality,
            items,
            ..
        } in &upto.left_out
        {
            tracing::warn!(
                %network, %municipality, items,
                "so many items of {municipality} belong to the network that the older ones stand in no dossier: does its \
                 source publish them by mistake?"
            );
        }
        let plans = self
            .desks
            .parse(move || joiner.join(&items, &stored))
            .await
            .context("joining the items of a network gave up")?;
        let now = self.clock.now();
        self.writer
            .write(move |batch| batch.store_dossiers(&network, &plans, (&upto, now)))
            .await
            .context("cannot archive the dossiers of a network")
    }

    /// Does what a person decided, and joins again.
    pub(super) async fn correct(&self, correction: Correction) -> anyhow::Result<Outcome> {
        let _turn = self.joining.lock().await;
        let now = self.clock.now();
        let places = match &correction {
            Correction::Split {
                uid, slug: None, ..
            } => self.places(uid.clone()).await?,
            Correction::Split {
                slug: Some(slug), ..
            } => vec![slug.clone()],
            Correction::Join { .. }
            | Correction::Forget { .. }
            | Correction::Rename { .. }
            | Correction::New { .. } => vec![],
        };
        let made = self
            .writer
            .write(move |batch| match &correction {
                Correction::Join { uid, slug, note } => {
                    batch.join_by_hand(uid, slug, (note, now)).map(|()| None)
                }
                Correction::Split { uid, note, .. } => {
                    for slug in &places {
                        batch.part_by_hand(uid, slug, (note, now))?;
                    }
                    Ok(None)
                }
                Correction::Forget { uid } => batch.forget_dossier_hand(uid).map(|()| None),
                Correction::Rename { slug, title } => {
                    batch.rename_dossier(slug, title, now).map(|()| None)
                }
                Correction::New { network, title } => {
                    batch.make_dossier(network, title, now).map(Some)
                }
            })
            .await?;
        self.join_all().await?;
        Ok(made.map_or(Outcome::Done, Outcome::Dossier))
    }

    async fn places(&self, uid: Uid) -> anyhow::Result<Vec<String>> {
        let asked = uid.clone();
        let found = self.read(move |reader| reader.dossiers_of(&asked)).await?;
        anyhow::ensure!(
            !found.is_empty(),
            "{uid} stands in no dossier: check the uid with `seutu search`"
        );
        Ok(found.into_iter().map(|dossier| dossier.slug).collect())
    }
}
