//! The program as people and scripts see it: output, messages, exit codes, signals.

mod asking;
mod backfilling;
mod controlling;
mod copying;
mod correcting;
mod damage;
mod capturing;
mod certificates;
mod clocks;
mod doctoring;
mod faults;
mod history;
mod killing;
mod measuring;
mod network;
mod polling;
mod probing;
mod rederiving;
mod reloading;
pub mod running;
mod searching;
mod secrets;
mod snapshots;
mod strangers;
pub mod supervised;
mod takedowns;

use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop};

/// Three items: one of the network, one for a person to see, one decided.
fn papers() -> Vec<Paper> {
    vec![
        Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma"),
        Paper::agenda("2026311-2", "Seudullinen kirjasto"),
        Paper::agenda("2026311-3", "Koulukuljetukset").minutes("Hyväksyttiin."),
    ]
}

/// A portal and a folder with a configuration for it.
fn start() -> (Portal, Workshop) {
    let portal = Portal::with(&papers());
    let workshop = Workshop::new(Sheet::of(portal.url()));
    (portal, workshop)
}
