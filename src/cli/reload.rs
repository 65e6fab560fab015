//! `seutu reload`: the running daemon reads its configuration again.

use super::opening::WrongUse;
use super::{Exit, Global, opening, say};
use crate::config;
use crate::daemon::control::hand_over;
use crate::daemon::order::Order;
use crate::daemon::report::nobody;

/// Runs the command.
pub fn run(global: &Global) -> anyhow::Result<Exit> {
    let named = global.config.as_deref();
    // The daemon judges it, whatever is wrong: it has an environment of its own, and says so in its status.
    let dir = config::folder_of(named, std::env::vars())?;
    let done = opening::block_on(async { hand_over(&dir, &Order::Reload {}, &nobody()).await });
    let is_faulty = opening::config(global).is_err();
    match done {
        Ok(Some(_)) => {
            say("the daemon has read its configuration again")?;
            Ok(Exit::Done)
        }
        Ok(None) => {
            opening::config(global)?;
            anyhow::bail!(
                "no daemon runs on the archive in {}: the next one reads the configuration when it starts",
                dir.display()
            )
        }
        Err(error) if is_faulty => Err(WrongUse(format!("{error:#}")).into()),
        Err(error) => Err(error),
    }
}
