//! `seutu sources`: the sources and how they are.

use serde::Serialize;

use super::table::{Table, printable};
use super::{Exit, Global, opening, probe, say, say_json};
use crate::archive::{ProblemRecord, Reader, SourceOverview};
use crate::model::health::{FindingRecord, Gap};
use crate::model::source::Source;
use crate::model::when::day_in_finland;
use crate::platform::platform;

/// Problems of a source that are listed unasked.
const LISTED: usize = 3;

/// Options of `sources`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// List every problem, with item and address
    #[arg(long)]
    problems: bool,
    /// List the section numbers of which no item is known
    #[arg(long, conflicts_with = "problems")]
    missing: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Do something else than listing them
    #[command(subcommand)]
    command: Option<Command>,
}

/// What else can be done with sources.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Find the portal behind an address, and print the configuration for it
    Probe(probe::Args),
}

/// A source with everything that is known of how it is.
#[derive(Debug, Serialize)]
struct Whole {
    #[serde(flatten)]
    overview: SourceOverview,
    /// Who permitted that pages are read although robots.txt forbids it.
    permission: Option<String>,
    /// Whether only a permission is missing for its pages to be read.
    meetings_only: bool,
    findings: Vec<FindingRecord>,
    problem_list: Vec<ProblemRecord>,
    missing: Vec<Gap>,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    if let Some(Command::Probe(probe)) = &args.command {
        return probe::run(global, probe);
    }
    let config = opening::config(global)?;
    let sources = whole(&opening::reader(&config)?, &config.sources)?;
    if args.json {
        say_json(&sources)?;
    } else if args.missing {
        say(&missing(&sources))?;
    } else if args.problems {
        let text: String = sources.iter().map(|s| problems(s, usize::MAX)).collect();
        say(&(text + &beside_problems(&sources)))?;
    } else {
        say(&overview(&sources))?;
    }
    Ok(Exit::Done)
}

fn whole(reader: &Reader, configured: &[Source]) -> anyhow::Result<Vec<Whole>> {
    let findings = reader.findings(None)?;
    let problems = reader.problems(None)?;
    let gaps = reader.missing()?;
    let sources = reader.source_overview()?.into_iter().map(|overview| {
        let id = overview.source.clone();
        let findings = findings.iter().filter(|finding| finding.source == id);
        let problems = problems.iter().filter(|problem| problem.source == id);
        let gaps = gaps.iter().filter(|gap| gap.source == id);
        let source = configured.iter().find(|source| source.id == id);
        Whole {
            permission: source.and_then(|source| source.permission.clone()),
            meetings_only: source.is_some_and(lacks_permission),
            findings: findings.cloned().collect(),
            problem_list: problems.cloned().collect(),
            missing: gaps.cloned().collect(),
            overview,
        }
    });
    Ok(sources.collect())
}

/// Whether the platform reads pages only where somebody permitted it, and nobody has.
fn lacks_permission(source: &Source) -> bool {
    let permitted = Source {
        permission: Some(String::new()),
        ..source.clone()
    };
    let reader = platform(source.platform);
    !reader.reads_pages(source) && reader.reads_pages(&permitted)
}

fn overview(sources: &[Whole]) -> String {
    let mut text = table(sources);
    for source in sources {
        text.push_str(&findings(source));
    }
    for source in sources {
        text.push_str(&problems(source, LISTED));
    }
    text
}

fn table(sources: &[Whole]) -> String {
    let mut table = Table::new([
        "source",
        "platform",
        "health",
        "last success",
        "newest meeting",
        ">items",
        ">awaiting",
        ">missing",
        ">problems",
        "robots.txt",
        "last poll",
    ]);
    let day = |at: Option<jiff::Timestamp>| {
        at.map_or("never".to_owned(), |at| day_in_finland(at).to_string())
    };
    for Whole {
        overview: source, ..
    } in sources
    {
        table.row([
            source.source.to_string(),
            source.platform.clone(),
            health(source).to_owned(),
            day(source.last_ok_at),
            source
                .newest_meeting
                .map_or("none".to_owned(), |day| day.to_string()),
            source.items.to_string(),
            source.awaiting_minutes.to_string(),
            source.missing_sections.to_string(),
            source.problems.to_string(),
            source.robots.replace('_', " "),
            source
                .last_outcome
                .clone()
                .unwrap_or_else(|| "never polled".to_owned()),
        ]);
    }
    table.render()
}

/// How a source is, in a word.
pub(super) fn health(source: &SourceOverview) -> &'static str {
    match source.health {
        _ if !source.enabled => "disabled",
        Some(severity) => severity.word(),
        None => "unknown",
    }
}

/// What is found, in sentences; a poll that failed and was not judged says why itself.
fn findings(source: &Whole) -> String {
    let mut lines: Vec<String> = source
        .findings
        .iter()
        .map(|found| {
            format!(
                "{}: {} (since {})",
                found.finding.severity.word(),
                printable(&found.finding.text),
                day_in_finland(found.since)
            )
        })
        .collect();
    if let (Some(error), true) = (&source.overview.error, lines.is_empty()) {
        lines.push(printable(error));
    }
    if let Some(permission) = &source.permission {
        lines.push(format!(
            "pages are read by permission: {}",
            printable(permission)
        ));
    }
    if source.meetings_only {
        lines.push(
            "only its meetings are followed: pages are not read until `permission` says who permits it"
                .to_owned(),
        );
    }
    if let Some(successor) = &source.overview.successor {
        let retired = source.overview.retired_on;
        let since = retired.map_or(String::new(), |day| format!(" since {day}"));
        lines.push(format!("retired{since}; {successor} took its place"));
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("\n{}\n  {}\n", source.overview.source, lines.join("\n  "))
}

/// Problems, at most so many.
fn problems(source: &Whole, most: usize) -> String {
    let all = &source.problem_list;
    if all.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}: {} problems\n", source.overview.source, all.len());
    for problem in all.iter().take(most) {
        let place = problem
            .uid
            .as_ref()
            .map_or_else(String::new, |uid| format!("{uid}: "));
        text.extend([format!(
            "  {}: {place}{}\n    {}\n",
            problem.kind,
            printable(&problem.detail),
            printable(&problem.url)
        )]);
    }
    if all.len() > most {
        let left = all.len() - most;
        text.extend([format!("  and {left} more; --problems lists all\n")]);
    }
    text
}

/// What else there is to know when problems are asked for, or that there is nothing.
fn beside_problems(sources: &[Whole]) -> String {
    let problems = sources.iter().any(|source| !source.problem_list.is_empty());
    let findings: usize = sources.iter().map(|source| source.findings.len()).sum();
    let missing: u32 = sources
        .iter()
        .map(|source| source.overview.missing_sections)
        .sum();
    let mut lines = vec![];
    if !problems {
        lines.push("no list and no page has a problem".to_owned());
    }
    if findings > 0 {
        lines.push(format!(
            "findings about sources: {findings}; `seutu sources` says them"
        ));
    }
    if missing > 0 {
        lines.push(format!(
            "missing sections: {missing}; `seutu sources --missing` lists them"
        ));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

fn missing(sources: &[Whole]) -> String {
    let mut table = Table::new([
        "municipality",
        "body",
        ">year",
        "sections",
        ">missing",
        "after",
        "before",
        "looked for",
    ]);
    let mut any = false;
    for gap in sources.iter().flat_map(|source| &source.missing) {
        any = true;
        let day = |day: Option<jiff::civil::Date>| day.map_or(String::new(), |d| d.to_string());
        table.row([
            gap.municipality.clone(),
            gap.body.clone(),
            gap.year.to_string(),
            numbers(gap),
            gap.sections.to_string(),
            day(gap.after_meeting),
            gap.before_meeting.to_string(),
            gap.looked_for_at
                .map_or("not yet".to_owned(), |at| day_in_finland(at).to_string()),
        ]);
    }
    if any {
        table.render()
    } else {
        "no section is missing between those that are known\n".to_owned()
    }
}

fn numbers(gap: &Gap) -> String {
    if gap.first_no == gap.last_no {
        gap.first_no.to_string()
    } else {
        format!("{}–{}", gap.first_no, gap.last_no)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn a_platform_that_needs_permission_says_so_until_it_has_one() {
        let config = config::load(None, std::iter::empty()).expect("embedded configuration");
        let mut lacking = config
            .sources
            .iter()
            .filter(|source| lacks_permission(source));
        let county = lacking.next().expect("a source without permission");
        assert_eq!(county.platform.word(), "tweb");
        assert_eq!(lacking.next(), None);
        let permitted = Source {
            permission: Some("registrar".to_owned()),
            ..county.clone()
        };
        assert!(!lacks_permission(&permitted));
    }
}
