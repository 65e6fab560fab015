//! The versions of an item, and what differs between them.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use serde::Serialize;

use crate::cli::opening::WrongUse;
use crate::cli::table::printable;
use crate::model::item::{ItemRecord, NoVersion, VersionRecord};
use crate::model::minutes::{Outcome, Stage};
use crate::model::when::utc_text;
use crate::publish::diff::{self, COLOURS, FieldChange, Marks, PLAIN, Run};

/// What differs, as `--json` prints it.
#[derive(Debug, Serialize)]
pub struct Differences {
    /// From the proposal to the decision, where the item has both.
    decision: Option<Vec<Run>>,
    /// From each version to the next, or from the one named to the other.
    versions: Vec<Step>,
}

/// From one version to a later one.
#[derive(Debug, Serialize)]
struct Step {
    from: u32,
    to: u32,
    seen: String,
    stages: [Option<Stage>; 2],
    fields: Vec<FieldChange>,
}

/// Which versions are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Each with the next, and the proposal with the decision.
    Every,
    /// One with another.
    Between(u32, u32),
}

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self::Every);
        }
        let numbers = text.split_once("..").and_then(|(from, to)| {
            Some(Self::Between(
                from.trim().parse().ok()?,
                to.trim().parse().ok()?,
            ))
        });
        numbers.ok_or_else(|| "give two version numbers: --diff=1..2".to_owned())
    }
}

/// The version with a number.
///
/// # Errors
/// When there is none, with the numbers that there are.
pub fn version(versions: &[VersionRecord], number: u32) -> anyhow::Result<&VersionRecord> {
    let found = VersionRecord::numbered(versions, number);
    Ok(found.map_err(|why| {
        WrongUse(match why {
            NoVersion::Damaged(_) => format!("{why}: `seutu verify` says what to do"),
            NoVersion::Unknown { .. } | NoVersion::Unread(_) => why.to_string(),
        })
    })?)
}

/// Compares what was asked for.
///
/// # Errors
/// A version that is not there.
pub fn differences(
    item: &ItemRecord,
    versions: &[VersionRecord],
    span: Span,
) -> anyhow::Result<Differences> {
    let (decision, pairs) = match span {
        Span::Every => (
            item.fields.as_ref().and_then(diff::decision),
            versions.iter().zip(versions.iter().skip(1)).collect(),
        ),
        Span::Between(from, to) => (
            None,
            vec![(version(versions, from)?, version(versions, to)?)],
        ),
    };
    let step = |(before, after): (&VersionRecord, &VersionRecord)| Step {
        from: before.version_no,
        to: after.version_no,
        seen: utc_text(after.seen_from),
        stages: [before.stage, after.stage],
        fields: diff::fields(
            (&before.fields, &before.handlings),
            (&after.fields, &after.handlings),
        ),
    };
    Ok(Differences {
        decision,
        versions: pairs.into_iter().map(step).collect(),
    })
}

/// The marks for where standard output goes: colours on a terminal whose user did not refuse them.
pub fn marks() -> Marks {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if std::io::stdout().is_terminal() && !refused {
        COLOURS
    } else {
        PLAIN
    }
}

/// The list of versions.
pub fn list(versions: &[VersionRecord]) -> String {
    let mut out = String::new();
    for version in versions {
        let until = version.seen_to.map_or_else(|| "now".to_owned(), utc_text);
        put(
            &mut out,
            &format!(
                "version {}: {}, seen from {} to {until}\n  read by {} from {}\n  sha256 {}\n  {} {}",
                version.version_no,
                version.stage.map_or("stage not known", Stage::word),
                utc_text(version.seen_from),
                version.parser,
                version.url,
                version.content_sha256,
                if version.version_no == 1 {
                    "says"
                } else {
                    "changed"
                },
                version.changed_fields.join(", "),
            ),
        );
    }
    out
}

/// The differences for people.
pub fn text(item: &ItemRecord, found: &Differences, marks: Marks) -> String {
    let mut out = String::new();
    if let Some(runs) = &found.decision {
        let outcome = item
            .outcome
            .map(|outcome| format!(" ({})", Outcome::word(outcome)));
        put(
            &mut out,
            &format!("proposal -> decision{}", outcome.unwrap_or_default()),
        );
        put(&mut out, &marked(runs, marks));
    }
    for step in &found.versions {
        let [before, after] = step.stages.map(|stage| stage.map_or("text", Stage::word));
        put(
            &mut out,
            &format!(
                "\nversion {} ({before}) -> version {} ({after}), seen from {}",
                step.from, step.to, step.seen
            ),
        );
        if step.fields.is_empty() {
            put(&mut out, "nothing differs");
        }
        for change in &step.fields {
            put(&mut out, &format!("\n{}", change.field.replace('_', " ")));
            put(&mut out, &marked(&change.runs, marks));
        }
    }
    if out.is_empty() {
        put(
            &mut out,
            "nothing to compare: there is one version, and not both a proposal and a decision",
        );
    }
    out.trim_start_matches('\n').to_owned()
}

/// Control characters of a page are taken out before ours come in.
pub fn marked(runs: &[Run], marks: Marks) -> String {
    let clean = runs.iter().map(|run| match run {
        Run::Same(text) => Run::Same(printable(text)),
        Run::Removed(text) => Run::Removed(printable(text)),
        Run::Added(text) => Run::Added(printable(text)),
        Run::Elided(words) => Run::Elided(*words),
    });
    diff::text(&diff::elided(clean.collect(), diff::CONTEXT), marks)
}

fn put(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    if writeln!(out, "{text}").is_err() {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::minutes::{ItemReading, Lang};

    #[test]
    fn a_span_is_two_numbers_or_nothing() {
        assert_eq!("".parse(), Ok(Span::Every));
        assert_eq!("1..3".parse(), Ok(Span::Between(1, 3)));
        for wrong in ["1", "a..b", "1..", "..2", "-1..2"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_version_that_was_left_out_is_not_said_not_to_be() {
        let stored = |version_no| VersionRecord {
            version_no,
            stage: None,
            seen_from: jiff::Timestamp::UNIX_EPOCH,
            seen_to: None,
            url: "https://kunta.example/1".parse().expect("address"),
            content_sha256: "0".repeat(64),
            parser: "dynasty/1".to_owned(),
            changed_fields: vec![],
            fields: ItemReading::empty(Lang::Fi),
            handlings: vec![],
        };
        let left = [stored(2), stored(3)];
        assert_eq!(version(&left, 2).expect("there").version_no, 2);
        let said = |number| version(&left, number).expect_err("not there").to_string();
        assert!(said(1).contains("is not what was stored"), "{}", said(1));
        assert!(
            said(4).ends_with("the item has versions 1 to 3"),
            "{}",
            said(4)
        );
    }

    #[test]
    fn control_characters_of_a_page_do_not_reach_the_terminal() {
        let runs = diff::compare("a\u{1b}[2Jb", "c");
        assert_eq!(marked(&runs, PLAIN).matches('\u{1b}').count(), 0);
        assert_eq!(marked(&runs, COLOURS).matches('\u{1b}').count(), 4);
    }
}
