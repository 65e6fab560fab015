//! `seutu rederive`: everything derived, again, from the stored originals.

use super::poll::wanted;
use super::{Exit, Global, opening, progress, say, say_json};
use crate::config::Config;
use crate::daemon::order::{Order, Outcome};
use crate::daemon::rederive::{Pass, Rederived};
use crate::model::ids::{SourceId, Uid};

/// Options of `rederive`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "one per option")]
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
    /// Afterwards take rows for true that are not what was written: there is no backup of them
    #[arg(long, conflicts_with_all = ["dry_run", "source"])]
    accept: bool,
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
        sources: wanted(&config, &args.source)?,
        accept: args.accept,
    };
    let outcome = opening::carry_out(config.clone(), order, &watcher)?;
    let Outcome::Rederived(done) = outcome else {
        anyhow::bail!("the running daemon is of another version");
    };
    if args.json {
        say_json(&done)?;
    } else {
        say(&(summary(&done, args) + &unconfigured(&config)?))?;
    }
    Ok(if done.damaged > 0 {
        Exit::SomeSourcesFailed
    } else {
        Exit::Done
    })
}

/// Says which sources of the archive nothing is derived for, because the configuration does not have them.
fn unconfigured(config: &Config) -> anyhow::Result<String> {
    let archived = opening::reader(config)?.sources_with_items()?;
    let is_known = |id: &SourceId| config.sources.iter().any(|source| source.id == *id);
    let unknown: Vec<_> = archived
        .iter()
        .filter(|id| !is_known(id))
        .map(SourceId::as_str)
        .collect();
    Ok(if unknown.is_empty() {
        String::new()
    } else {
        format!(
            "\n{} of {} sources in the archive are not in the configuration, so nothing of theirs is derived: {}; name \
             the configuration they were polled with, --config FILE",
            unknown.len(),
            archived.len(),
            unknown.join(", ")
        )
    })
}

fn summary(done: &Rederived, args: &Args) -> String {
    let mut lines = vec![];
    if done.passed > 0 {
        let passed = done.passed;
        lines.push(format!(
            "went on after {passed} items that an interrupted run had done"
        ));
    }
    lines.push(format!(
        "{} items read again from their originals, {} of them say something else now, {} cannot be read and keep their texts, {} judged by other rules before",
        done.items,
        done.changed.len(),
        done.unreadable.len(),
        done.judged
    ));
    lines.extend(fields(done));
    if done.meetings > 0 {
        lines.push(format!(
            "{} meetings that their lists say something else of now",
            done.meetings
        ));
    }
    for (uids, what) in [
        (&done.listed, "are listed differently now"),
        (
            &done.incomplete,
            "lack an original, or a part of their history was never one, and keep their texts",
        ),
        (
            &done.taken_down,
            "were taken down, or had words taken out of them, and stay as they are",
        ),
    ] {
        if !uids.is_empty() {
            lines.push(format!("{} items {what}", uids.len()));
        }
    }
    if done.accepted > 0 {
        lines.push(format!(
            "{} rows that are not what was written are taken for true as they stand; the log names them",
            done.accepted
        ));
    }
    if args.dry_run {
        lines.push("nothing was written".to_owned());
    }
    if args.list {
        lines.extend(list(done));
    }
    if done.damaged > 0 {
        lines.push(format!(
            "{} originals are missing or damaged: `seutu verify` names them; restore originals.db from a backup, then run \
             `seutu rederive` again",
            done.damaged
        ));
    }
    lines.join("\n")
}

fn fields(done: &Rederived) -> Option<String> {
    let fields = done
        .fields
        .iter()
        .map(|(field, items)| format!("{field} {items}"));
    let fields: Vec<_> = fields.collect();
    (!fields.is_empty()).then(|| format!("what differs, in how many items: {}", fields.join(", ")))
}

fn list(done: &Rederived) -> impl Iterator<Item = String> {
    let kinds: [(&str, &[Uid]); 5] = [
        ("changed", &done.changed),
        ("listed", &done.listed),
        ("unreadable", &done.unreadable),
        ("incomplete", &done.incomplete),
        ("taken down", &done.taken_down),
    ];
    kinds
        .into_iter()
        .flat_map(|(what, uids)| uids.iter().map(move |uid| format!("{what} {uid}")))
}
