//! `seutu verdict`: a person decides whether an item belongs to a network.

use anyhow::Context as _;

use super::{Exit, Global, opening, say};
use crate::model::ids::Uid;
use crate::model::network::Verdict;

/// Options of `verdict`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Public key of the item: asikkala/2024375-8
    uid: String,
    /// Slug of the network
    network: String,
    /// `in`, `maybe` or `out`; `rules` hands the decision back to the rules
    #[arg(value_parser = ["in", "maybe", "out", "rules"])]
    verdict: String,
    /// Why, in one sentence; shown wherever the verdict is shown
    #[arg(long, default_value = "")]
    note: String,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config_to_write(global)?;
    anyhow::ensure!(
        config
            .networks
            .iter()
            .any(|network| network.slug == args.network),
        "there is no network \"{}\" in the configuration",
        args.network
    );
    let uid = Uid::new(&args.uid);
    opening::block_on(async {
        let engine = opening::engine(config).await?;
        let asked = uid.clone();
        engine
            .read(move |reader| reader.item(&asked))
            .await?
            .with_context(|| format!("there is no item {uid} in the archive"))?;
        match Verdict::from_word(&args.verdict) {
            Some(verdict) => {
                let (network, note) = (args.network.clone(), args.note.clone());
                let now = engine.clock.now();
                engine
                    .writer
                    .write(move |batch| {
                        batch.store_human_verdict(&uid, &network, (verdict, &note), now)
                    })
                    .await?;
            }
            None => engine.hand_back(uid, &args.network).await?,
        }
        opening::close(engine).await
    })?;
    say(&format!(
        "{}: {} is \"{}\"",
        args.network, args.uid, args.verdict
    ))?;
    Ok(Exit::Done)
}
