//! `seutu network report`: what was accepted, doubted and narrowly refused, and how to decide by hand.

use jiff::civil::Date;
use serde::Serialize;

use super::super::table::printable;
use super::{Exit, Global, networks, opening, reason, say, say_json};
use crate::archive::Judgement;
use crate::model::network::{Network, Verdict};
use crate::model::when::instant_on;

/// Options of `network report`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only verdicts given on that day or later: 2026-10-01 [default: all]
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Only this network, by slug [default: every one]
    #[arg(long, value_name = "SLUG")]
    network: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The verdicts of one network, as `--json` prints them.
#[derive(Debug, Serialize)]
struct Report {
    network: String,
    name: String,
    /// Score from which the verdict is `in`.
    accept: f64,
    /// Score from which the verdict is `maybe`.
    doubt: f64,
    since: Option<Date>,
    accepted: Vec<Entry>,
    doubted: Vec<Entry>,
    narrowly_refused: Vec<Entry>,
}

/// A verdict with the commands that give another one.
#[derive(Debug, Serialize)]
struct Entry {
    #[serde(flatten)]
    judgement: Judgement,
    /// Commands that decide by hand.
    by_hand: Vec<String>,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config(global)?;
    let asked = networks(&config, args.network.as_deref())?;
    let reader = opening::reader(&config)?;
    let since = args.since.map(|day| instant_on(day, 0));
    let program = program(global);
    let mut reports = vec![];
    for network in asked {
        let told = reader.judgements(network, since)?;
        reports.push(report(network, (args.since, &program), told));
    }
    if args.json {
        say_json(&reports)?;
    } else {
        let texts: Vec<_> = reports.iter().map(text).collect();
        say(&printable(&texts.join("\n")))?;
    }
    Ok(Exit::Done)
}

/// The program as it has to be called again for the same archive.
fn program(global: &Global) -> String {
    let config = global.config.as_ref();
    let config = config.map(|file| format!(" --config {:?}", file.display().to_string()));
    format!("seutu{}", config.unwrap_or_default())
}

fn report(
    network: &Network,
    (since, program): (Option<Date>, &str),
    told: Vec<Judgement>,
) -> Report {
    let mut report = Report {
        network: network.slug.clone(),
        name: network.name.clone(),
        accept: network.accept,
        doubt: network.doubt,
        since,
        accepted: vec![],
        doubted: vec![],
        narrowly_refused: vec![],
    };
    for judgement in told {
        let (part, others) = match judgement.verdict {
            Verdict::In => (&mut report.accepted, &["out"][..]),
            Verdict::Maybe => (&mut report.doubted, &["in", "out"][..]),
            Verdict::Out => (&mut report.narrowly_refused, &["in"][..]),
        };
        let uid = &judgement.uid;
        let command = |verdict| format!("{program} verdict {uid} {} {verdict}", network.slug);
        part.push(Entry {
            by_hand: others.iter().map(command).collect(),
            judgement,
        });
    }
    report
}

fn text(report: &Report) -> String {
    let since = report.since.map(|day| format!(", since {day}"));
    let (slug, name, since) = (&report.network, &report.name, since.unwrap_or_default());
    let (accept, doubt) = (report.accept, report.doubt);
    let mut out = vec![
        format!("{slug}: {name}{since}"),
        format!("`in` from {accept}, `maybe` from {doubt}"),
    ];
    let parts = [
        ("accepted", &report.accepted),
        ("doubted", &report.doubted),
        ("narrowly refused", &report.narrowly_refused),
    ];
    for (name, entries) in parts {
        out.push(format!("\n{name}: {}", entries.len()));
        out.extend(entries.iter().map(lines));
    }
    out.join("\n") + "\n"
}

fn lines(entry: &Entry) -> String {
    let told = &entry.judgement;
    let who = if told.decided_by == "human" {
        "by a person".to_owned()
    } else {
        format!("score {}", told.score)
    };
    let day = told.date.map(|day| day.to_string());
    let place = [Some(told.municipality.clone()), told.body.clone(), day];
    let place: Vec<_> = place.into_iter().flatten().collect();
    let mut out = vec![
        format!("\n{}  {who}  {}", told.uid, told.title),
        format!("  {}", place.join(", ")),
        format!("  {}", told.explanation),
    ];
    out.extend(told.evidence.iter().map(reason));
    out.extend(entry.by_hand.iter().map(|command| format!("  $ {command}")));
    out.join("\n")
}
