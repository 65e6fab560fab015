//! `seutu takedown`: an item is hidden, redacted or erased, and kept out.

use clap::builder::PossibleValuesParser;
use jiff::civil::Date;

use super::opening::WrongUse;
use super::show::unknown;
use super::{Exit, Global, opening, say};
use crate::daemon::clock::{Clock as _, SystemClock};
use crate::daemon::order::{Order, Outcome};
use crate::daemon::report::nobody;
use crate::model::ids::Uid;
use crate::model::takedown::{Takedown, TakedownAction, TakedownReason};
use crate::model::when::day_in_finland;

/// Options of `takedown`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Public key of the item: asikkala/2024375-8
    uid: String,
    /// `hide` shows it nowhere and keeps it; `redact` takes out whatever names persons; `erase` takes out all its
    /// text. What is taken out cannot be had back from the archive
    #[arg(long, required_unless_present = "undo",
        value_parser = PossibleValuesParser::new(TakedownAction::ALL.iter().map(|action| action.word())))]
    action: Option<String>,
    /// Why
    #[arg(long, required_unless_present = "undo",
        value_parser = PossibleValuesParser::new(TakedownReason::ALL.iter().map(|reason| reason.word())))]
    reason: Option<String>,
    /// More about it for whoever runs the archive; it is stored, so write no names
    #[arg(long)]
    note: Option<String>,
    /// Last day of it: 2027-01-31 [default: for good]
    #[arg(long, value_name = "DATE")]
    expires_on: Option<Date>,
    /// Let the item in again; what its site still publishes is read again
    #[arg(long, conflicts_with_all = ["action", "reason", "note", "expires_on"])]
    undo: bool,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config_to_write(global)?;
    opening::must_exist(&config)?;
    let uid = Uid::new(&args.uid);
    let (order, done) = match takedown(args)? {
        Some(takedown) => {
            let done = match takedown.action {
                TakedownAction::Hide => "hidden",
                TakedownAction::Redact => "redacted",
                TakedownAction::Erase => "erased",
            };
            (Order::TakeDown { uid, takedown }, done)
        }
        None => (Order::LetIn { uid }, "let in again"),
    };
    let reader = opening::reader(&config)?;
    let asked = Uid::new(&args.uid);
    if !reader.is_known(&asked)? {
        return Err(unknown(&reader, &asked)?);
    }
    let emptied = reader
        .takedown(&asked)?
        .is_some_and(|found| found.takedown.action != TakedownAction::Hide);
    drop(reader);
    let outcome = opening::carry_out(config, order, &nobody())?;
    let rest = match outcome {
        Outcome::Wiped(false) => {
            "; a reader keeps the archive open, so traces stand in the write-ahead log until it ends"
        }
        Outcome::Done if emptied => {
            "; what was taken out comes back when its page is read again, by the next poll, as far as its site still \
             publishes it"
        }
        Outcome::Wiped(true)
        | Outcome::Done
        | Outcome::Reports(_)
        | Outcome::Rederived(_)
        | Outcome::Dossier(_)
        | Outcome::Ailments(_)
        | Outcome::Published(_) => "",
    };
    say(&format!("{}: {done}{rest}", args.uid))?;
    Ok(Exit::Done)
}

/// What is asked for; none lets the item in again.
fn takedown(args: &Args) -> anyhow::Result<Option<Takedown>> {
    if args.undo {
        return Ok(None);
    }
    let action = args.action.as_deref().and_then(TakedownAction::from_word);
    let reason = args.reason.as_deref().and_then(TakedownReason::from_word);
    let Some((action, reason)) = action.zip(reason) else {
        let missing = "--action and --reason are needed, or --undo";
        return Err(WrongUse(missing.to_owned()).into());
    };
    if args
        .expires_on
        .is_some_and(|day| day < day_in_finland(SystemClock.now()))
    {
        let over = "the last day of the takedown is over already: name a later one";
        return Err(WrongUse(over.to_owned()).into());
    }
    Ok(Some(Takedown {
        action,
        reason,
        note: args.note.clone(),
        expires_on: args.expires_on,
    }))
}
