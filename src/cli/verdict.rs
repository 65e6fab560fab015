//! `seutu verdict`: a person decides whether an item belongs to a network.

use super::opening::WrongUse;
use super::{Exit, Global, opening, say};
use crate::daemon::order::Order;
use crate::daemon::report::nobody;
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
    let verdict = Verdict::from_word(&args.verdict);
    let order = Order::Verdict {
        uid: Uid::new(&args.uid),
        network: args.network.clone(),
        verdict,
        note: verdict
            .map(|verdict| note(args, verdict))
            .unwrap_or_default(),
    };
    opening::carry_out(config, order, &nobody())?;
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
