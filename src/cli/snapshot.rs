//! `seutu snapshot`: a consistent copy of the archive for readers, at a path or in the public folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::poll::stop_on_signal;
use super::{Exit, Global, opening, progress, say};
use crate::archive::{self, CopyFacts, Stop};
use crate::config::Config;
use crate::daemon::clock::{Clock as _, SystemClock};
use crate::daemon::order::{Order, Outcome};

/// Options of `snapshot`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File to write: a copy of archive.db that anybody can open; an earlier copy is replaced, nothing else.
    /// Without it the snapshot is published as the daemon does: public/archive.db, latest.json, SHA256SUMS
    path: Option<PathBuf>,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    match &args.path {
        Some(path) => {
            let config = opening::config(global)?;
            opening::must_exist(&config)?;
            let facts = copy(&config, path)?;
            say(&format!(
                "{}: {} items, up to event {}, {} bytes",
                path.display(),
                facts.items,
                facts.seq,
                facts.size
            ))?;
        }
        None => publish(global)?,
    }
    Ok(Exit::Done)
}

fn copy(config: &Config, path: &Path) -> anyhow::Result<CopyFacts> {
    opening::block_on(async {
        let token = CancellationToken::new();
        let signal = stop_on_signal(&token)?;
        let (dir, path) = (config.archive_dir.clone(), path.to_owned());
        let stop: Stop = Arc::new(move || token.is_cancelled());
        let now = SystemClock.now();
        let copied = spawn_blocking(move || archive::snapshot(&dir, &path, now, &stop)).await?;
        signal.abort();
        Ok(copied?)
    })
}

fn publish(global: &Global) -> anyhow::Result<()> {
    let config = opening::config_to_write(global)?;
    opening::must_exist(&config)?;
    let outcome = opening::carry_out(config, Order::Snapshot {}, &progress::watcher(global))?;
    let Outcome::Published(done) = outcome else {
        anyhow::bail!("the running daemon is of another version");
    };
    say(&format!(
        "published: {} items, up to event {}, {} bytes, {}",
        done.items, done.seq, done.size, done.url
    ))
}
