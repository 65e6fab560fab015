//! `seutu rederive`: everything derived, again, from the stored originals.

use super::{Exit, Global, opening, progress, say};
use crate::daemon::order::{Order, Outcome};
use crate::daemon::rederive::Rederived;

/// Options of `rederive`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name every item whose text differs now
    #[arg(long)]
    list: bool,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config_to_write(global)?;
    opening::must_exist(&config)?;
    let watcher = progress::watcher(global);
    let outcome = opening::carry_out(config, Order::Rederive {}, &watcher)?;
    let Outcome::Rederived(done) = outcome else {
        anyhow::bail!("the running daemon is of another version");
    };
    say(&summary(&done, args))?;
    Ok(Exit::Done)
}

fn summary(done: &Rederived, args: &Args) -> String {
    let mut text = format!(
        "{} items read again from their originals, {} of them say something else now, {} cannot be read and keep their texts, {} judged by other rules before\n",
        done.items,
        done.changed.len(),
        done.unreadable.len(),
        done.judged
    );
    if args.list {
        for uid in &done.changed {
            text.extend([format!("changed {uid}\n")]);
        }
        for uid in &done.unreadable {
            text.extend([format!("unreadable {uid}\n")]);
        }
    }
    text
}
