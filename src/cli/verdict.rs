//! `seutu verdict`: a person decides whether an item belongs to a network.

use anyhow::Context as _;

use super::opening::WrongUse;
use super::{Exit, Global, opening, say};
use crate::model::ids::Uid;
use crate::model::network::Verdict;
use crate::recognise::by_hand;

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
    /// Why, in one sentence; shown wherever the verdict is shown [default: that a person decided]
    #[arg(long)]
    note: Option<String>,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config_to_write(global)?;
    opening::must_exist(&config)?;
    if !config.networks.iter().any(|n| n.slug == args.network) {
        let unknown = format!(
            "there is no network \"{}\" in the configuration",
            args.network
        );
        return Err(WrongUse(unknown).into());
    }
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
                let (network, note) = (args.network.clone(), note(args, verdict));
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

/// Why, as the person says; readers of the feed want a reason, so a missing one is filled in.
fn note(args: &Args, verdict: Verdict) -> String {
    let said = args.note.as_deref().map(str::trim);
    said.filter(|said| !said.is_empty())
        .map_or_else(|| by_hand(verdict).to_owned(), str::to_owned)
}
