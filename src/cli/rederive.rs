//! `seutu rederive`: everything derived, again, from the stored originals.

use super::{Exit, Global, opening, progress, say, say_json};
use crate::daemon::order::{Order, Outcome};
use crate::daemon::rederive::{Pass, Rederived};
use crate::model::ids::{SourceId, Uid};

/// Options of `rederive`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name every item whose text or listing differs now
    #[arg(long)]
    list: bool,
    /// Begin anew instead of where an interrupted run stopped
    #[arg(long)]
    from_start: bool,
    /// Report what would change, and write nothing
    #[arg(long, conflicts_with = "from_start")]
    dry_run: bool,
    /// Only this source (repeatable)
    #[arg(long, value_name = "ID")]
    source: Vec<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config_to_write(global)?;
    opening::must_exist(&config)?;
    let watcher = progress::watcher(global);
    let pass = match (args.dry_run, args.from_start) {
        (true, _) => Pass::Trial,
        (false, true) => Pass::FromStart,
        (false, false) => Pass::GoOn,
    };
    let order = Order::Rederive {
        pass,
        sources: args.source.iter().map(SourceId::new).collect(),
    };
    let outcome = opening::carry_out(config, order, &watcher)?;
    let Outcome::Rederived(done) = outcome else {
        anyhow::bail!("the running daemon is of another version");
    };
    if args.json {
        say_json(&done)?;
    } else {
        say(&summary(&done, args))?;
    }
    Ok(Exit::Done)
}

fn summary(done: &Rederived, args: &Args) -> String {
    let mut text = String::new();
    if done.passed > 0 {
        text.push_str(&format!(
            "went on after {} items that an interrupted run had done\n",
            done.passed
        ));
    }
    text.push_str(&format!(
        "{} items read again from their originals, {} of them say something else now, {} cannot be read and keep their texts, {} judged by other rules before\n",
        done.items,
        done.changed.len(),
        done.unreadable.len(),
        done.judged
    ));
    let fields: Vec<_> = done
        .fields
        .iter()
        .map(|(field, items)| format!("{field} {items}"))
        .collect();
    if !fields.is_empty() {
        text.push_str(&format!(
            "what differs, in how many items: {}\n",
            fields.join(", ")
        ));
    }
    for (uids, what) in [
        (&done.listed, "are listed differently now"),
        (
            &done.incomplete,
            "lack an original and keep their texts; `seutu verify` names what is missing",
        ),
        (&done.taken_down, "were taken down and stay as they are"),
    ] {
        if !uids.is_empty() {
            text.push_str(&format!("{} items {what}\n", uids.len()));
        }
    }
    if args.dry_run {
        text.push_str("nothing was written\n");
    }
    if args.list {
        list(&mut text, done);
    }
    text
}

fn list(text: &mut String, done: &Rederived) {
    let kinds: [(&str, &[Uid]); 5] = [
        ("changed", &done.changed),
        ("listed", &done.listed),
        ("unreadable", &done.unreadable),
        ("incomplete", &done.incomplete),
        ("taken down", &done.taken_down),
    ];
    for (what, uids) in kinds {
        for uid in uids {
            text.extend([format!("{what} {uid}\n")]);
        }
    }
}
