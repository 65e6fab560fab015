//! `seutu dossier`: regional matters across municipalities and years, read and corrected by hand.

mod shown;

use anyhow::Context as _;
use clap::Subcommand;

use self::shown::{compared, listed, matrix, shown};
use super::opening::WrongUse;
use super::{Exit, Global, opening, say, say_json};
use crate::daemon::dossiers::Correction;
use crate::daemon::order::{Order, Outcome};
use crate::daemon::report::nobody;
use crate::model::dossier::{DossierRecord, DossierSummary, MatrixLine};
use crate::model::ids::Uid;
use crate::publish::diff::wording;

pub(super) use shown::table_of_states;

/// Options of `dossier`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

/// What is asked for.
#[derive(Debug, Subcommand)]
enum Command {
    /// List the dossiers with how many members have decided, those with the latest meeting first
    List {
        /// Only those of this network, by slug
        #[arg(long, value_name = "SLUG")]
        network: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show who has decided what: a line for each dossier, a column for each member
    Matrix {
        /// Slug of the network
        network: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one dossier: where each member stands, and which items were joined, how and why
    Show {
        /// Slug of the dossier: sivistys-toimintasuunnitelma-2026
        slug: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Hold the members' proposals and decisions against the wording that most of them share
    Compare {
        /// Slug of the dossier
        slug: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Put an item into a dossier by hand; it stands in no other one of that network from then on
    Join {
        /// Public key of the item: asikkala/2024375-8
        uid: String,
        /// Slug of the dossier
        slug: String,
        /// Why, in one sentence
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Take an item out of its dossiers by hand, or out of one of them
    Split {
        /// Public key of the item
        uid: String,
        /// Only out of this dossier
        #[arg(long, value_name = "SLUG")]
        from: Option<String>,
        /// Why, in one sentence
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Forget what was decided by hand of an item: the rules join it again
    Forget {
        /// Public key of the item
        uid: String,
    },
    /// Give a dossier another title; its address stays
    Rename {
        /// Slug of the dossier
        slug: String,
        /// The title
        title: String,
    },
    /// Make a dossier that only `join` puts items into
    New {
        /// Slug of the network
        network: String,
        /// Its title
        title: String,
    },
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::List { network, json } => {
            let dossiers = dossiers(global, network.as_deref())?;
            if *json {
                say_json(&dossiers)?;
            } else {
                say(&listed(&dossiers))?;
            }
            Ok(Exit::Done)
        }
        Command::Matrix { network, json } => {
            let reader = opening::reader(&opening::config(global)?)?;
            known_network(global, network)?;
            let rows = reader.matrix(network)?;
            if *json {
                let lines: Vec<MatrixLine> = rows.into_iter().map(MatrixLine::from).collect();
                say_json(&lines)?;
            } else {
                say(&matrix(&rows))?;
            }
            Ok(Exit::Done)
        }
        Command::Show { slug, json } => {
            let dossier = dossier(global, slug)?;
            if *json {
                say_json(&dossier)?;
            } else {
                say(&shown(&dossier))?;
            }
            Ok(Exit::Done)
        }
        Command::Compare { slug, json } => {
            let compared_texts = wording::compare(&dossier(global, slug)?);
            if *json {
                say_json(&compared_texts)?;
            } else {
                say(&compared(&compared_texts))?;
            }
            Ok(Exit::Done)
        }
        Command::Join { .. }
        | Command::Split { .. }
        | Command::Forget { .. }
        | Command::Rename { .. }
        | Command::New { .. } => correct(global, &args.command),
    }
}

fn dossiers(global: &Global, network: Option<&str>) -> anyhow::Result<Vec<DossierSummary>> {
    let reader = opening::reader(&opening::config(global)?)?;
    if let Some(network) = network {
        known_network(global, network)?;
    }
    Ok(reader.dossiers(network)?)
}

fn dossier(global: &Global, slug: &str) -> anyhow::Result<DossierRecord> {
    let reader = opening::reader(&opening::config(global)?)?;
    let found = reader.dossier(slug)?;
    found.with_context(|| format!("there is no dossier {slug}; see `seutu dossier list`"))
}

fn known_network(global: &Global, slug: &str) -> anyhow::Result<()> {
    let config = opening::config(global)?;
    if config.networks.iter().any(|network| network.slug == slug) {
        return Ok(());
    }
    let unknown = format!("there is no network \"{slug}\" in the configuration");
    Err(WrongUse(unknown).into())
}

/// Hands a correction to whoever writes.
fn correct(global: &Global, command: &Command) -> anyhow::Result<Exit> {
    let (correction, done) = match command {
        Command::Join { uid, slug, note } => (
            Correction::Join {
                uid: Uid::new(uid),
                slug: slug.clone(),
                note: note.trim().to_owned(),
            },
            format!("{uid} stands in {slug}"),
        ),
        Command::Split { uid, from, note } => (
            Correction::Split {
                uid: Uid::new(uid),
                slug: from.clone(),
                note: note.trim().to_owned(),
            },
            match from {
                Some(slug) => format!("{uid} does not stand in {slug}"),
                None => format!("{uid} stands in no dossier it stood in"),
            },
        ),
        Command::Forget { uid } => (
            Correction::Forget { uid: Uid::new(uid) },
            format!("{uid} stands where the rules put it"),
        ),
        Command::Rename { slug, title } => {
            let title = title.trim().to_owned();
            not_blank(&title)?;
            let done = format!("{slug} is called \"{title}\"");
            let slug = slug.clone();
            (Correction::Rename { slug, title }, done)
        }
        Command::New { network, title } => {
            let title = title.trim().to_owned();
            not_blank(&title)?;
            known_network(global, network)?;
            let network = network.clone();
            (Correction::New { network, title }, String::new())
        }
        Command::List { .. }
        | Command::Matrix { .. }
        | Command::Show { .. }
        | Command::Compare { .. } => return Ok(Exit::Done),
    };
    let config = opening::config_to_write(global)?;
    opening::must_exist(&config)?;
    match opening::carry_out(config, Order::Dossier { correction }, &nobody())? {
        Outcome::Dossier(slug) => say(&slug)?,
        Outcome::Reports(_)
        | Outcome::Rederived(_)
        | Outcome::Published(_)
        | Outcome::Wiped(_)
        | Outcome::Ailments(_)
        | Outcome::Done => say(&done)?,
    }
    Ok(Exit::Done)
}

fn not_blank(title: &str) -> anyhow::Result<()> {
    if title.is_empty() {
        return Err(
            WrongUse("the title is empty; write what the dossier is about".to_owned()).into(),
        );
    }
    Ok(())
}
