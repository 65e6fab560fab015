//! `seutu sources probe`: which portal stands behind an address, and the configuration for it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use url::Url;

use super::table::printable;
use super::{Exit, Global, opening, say, say_json};
use crate::archive::Reader;
use crate::config::Config;
use crate::daemon::probe::block::{Proposal, Standing, propose};
use crate::daemon::probe::{Permission, Portal, Probe, probe};
use crate::fetch::Client;
use crate::model::ids::SourceId;

/// Options of `sources probe`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A portal, an item, a feed, an attachment, or the municipality's own page that links to the portal
    url: Url,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The answer for scripts.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    probe: &'a Probe,
    proposals: &'a [Proposal],
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config(global)?;
    let found = opening::block_on(async {
        let client = Client::new(&config.fetch)?;
        Ok(probe(&client, &args.url).await)
    })?;
    let archived = archived_bodies(&config);
    let publisher = found.publisher.as_ref();
    let proposals = propose(&found.portals, publisher, &config, &archived);
    if args.json {
        say_json(&Answer {
            probe: &found,
            proposals: &proposals,
        })?;
    } else {
        say(&printable(&report(&found, &proposals)))?;
    }
    Ok(if found.portals.iter().any(Portal::answers) {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// The bodies of archived sources; before the first poll there is no archive, and nothing to compare with.
fn archived_bodies(config: &Config) -> BTreeMap<SourceId, Vec<String>> {
    opening::must_exist(config)
        .ok()
        .and_then(|()| Reader::open(&config.archive_dir).ok())
        .and_then(|reader| reader.bodies_of_sources().ok())
        .unwrap_or_default()
}

/// Everything for people: what was found as comments, so that the whole can be appended to a file.
fn report(found: &Probe, proposals: &[Proposal]) -> String {
    let mut text = String::new();
    let mut line = |said: &str| text.extend(["# ", said, "\n"]);
    if found.portals.is_empty() {
        line(&format!(
            "no portal of a known platform was found from {}",
            found.asked
        ));
        line(
            "give the address of the page that lists agendas and minutes, or of one item; what was tried:",
        );
    }
    for tried in &found.tried {
        line(&format!("{}: {}", tried.url, tried.outcome));
    }
    for (portal, proposal) in found.portals.iter().zip(proposals) {
        text.push('\n');
        text.push_str(&described(portal, &proposal.standing));
        text.push_str(&proposal.toml);
    }
    text
}

fn described(portal: &Portal, standing: &Standing) -> String {
    let mut text = String::new();
    let mut line = |said: String| {
        // Writing into a string cannot fail.
        writeln!(text, "# {said}").unwrap_or_default();
    };
    line(format!("{} at {}", portal.platform.word(), portal.url));
    for list in &portal.lists {
        let came = match (&list.entries, &list.error) {
            (Some(entries), _) => format!("{entries} entries"),
            (None, error) => error.clone().unwrap_or_default(),
        };
        let (kind, robots) = (list.kind.word(), allowed(list.robots));
        line(format!(
            "  {kind} {}: {came}; robots.txt: {robots}",
            list.url
        ));
    }
    if let Some(items) = portal.items_allowed {
        line(format!("  item pages; robots.txt: {}", allowed(items)));
    }
    if let Some(day) = portal.newest_meeting {
        line(format!("  newest meeting: {day}"));
    }
    if !portal.bodies.is_empty() {
        line(format!("  bodies: {}", portal.bodies.join(", ")));
    }
    for problem in &portal.problems {
        line(format!("  problem: {problem}"));
    }
    match standing {
        Standing::Configured { source } => {
            line(format!(
                "  it is configured already, as source \"{source}\""
            ));
        }
        Standing::Successor { of, bodies } => line(format!(
            "  it has bodies of source \"{of}\" ({}): when that portal has moved here, take the block as \
             it is; when both go on, leave out successor_of",
            bodies.join(", ")
        )),
        Standing::New => {}
    }
    text
}

fn allowed(permission: Permission) -> &'static str {
    match permission {
        Permission::Allowed => "allowed",
        Permission::Forbidden => "forbidden",
        Permission::Unknown => "cannot be had now",
    }
}
