//! How a source is: rules that hold its facts against each other and against its own past.
//!
//! A source can answer every poll and yet bring nothing: each rule looks for one way of that. What a rule finds is
//! data with a sentence; the sentence is English, for whoever runs the program.

mod fill;
mod words;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::health::{Finding, Gap, Severity, SourceFacts, Trouble};
use crate::model::poll::PollOutcome;
use crate::model::when::{day_in_finland, later};
use crate::vocab::Vocabulary;

/// Months without a meeting: more than any summer, and more than any council rests.
const SILENT_MONTHS: u32 = 4;
/// Months after which nobody publishes there any more.
const DEAD_MONTHS: u32 = 12;
/// Windows of 30 days that make a past to compare with.
const ENOUGH_WINDOWS: usize = 6;
/// Fewer items than this are no habit that could be broken.
const USUAL_AT_LEAST: u32 = 8;
/// Fewer items than this say nothing about their kind.
const ENOUGH_ITEMS: usize = 10;
/// Late minutes that are more than a slip.
const MANY_LATE: u32 = 5;
/// Failing pages that are more than a slip.
const MANY_FAILING: u32 = 5;

/// Judges a source. Nothing to say is an empty list; the worst finding is the health of the source.
///
/// Whoever calls leaves out sources that failed because nothing at all can be reached.
pub fn assess(facts: &SourceFacts, vocab: &Vocabulary, now: Timestamp) -> Vec<Finding> {
    let today = day_in_finland(now);
    let silent = silent(facts, today, now);
    let few = if silent.is_none() {
        few_items(facts)
    } else {
        None
    };
    let found = [
        poll_fails(facts),
        gone(facts),
        robots(facts),
        moved(facts, now),
        silent,
        few,
        procedural(facts, vocab),
        fill::dropped(&facts.read, vocab),
        drift(facts),
        identity_codes(facts),
        awaiting(facts),
        missing(facts),
        pages_fail(facts),
        attachments_full(facts),
    ];
    found
        .into_iter()
        .flatten()
        .map(|(severity, trouble)| Finding {
            text: format!("{}: {}", facts.municipality, words::sentence(&trouble)),
            severity,
            trouble,
        })
        .collect()
}

/// The worst of some findings.
pub fn worst(findings: &[Finding]) -> Severity {
    let severities = findings.iter().map(|finding| finding.severity);
    severities.max().unwrap_or(Severity::Ok)
}

type Found = Option<(Severity, Trouble)>;

/// A pause that the host asked for, and robots.txt, are no failures; 410 has a rule of its own.
fn poll_fails(facts: &SourceFacts) -> Found {
    let latest = facts.latest.as_ref()?;
    let calm = latest
        .outcome
        .is_some_and(|outcome| outcome.is_success() || outcome == PollOutcome::Blocked);
    if (calm && latest.failures == 0) || facts.gone_since.is_some() {
        return None;
    }
    let last_ok_on = facts.last_ok_at.map(day_in_finland);
    let trouble = match latest.certificate {
        Some(fault) => Trouble::Certificate { fault, last_ok_on },
        None => Trouble::PollFails {
            failures: latest.failures.max(1),
            outcome: latest.outcome,
            http_status: latest.http_status,
            last_ok_on,
            error: latest.error.clone().unwrap_or_default(),
        },
    };
    Some((Severity::Failing, trouble))
}

fn gone(facts: &SourceFacts) -> Found {
    let since = facts.gone_since.map(day_in_finland)?;
    Some((Severity::Failing, Trouble::Gone { since }))
}

/// What is not read at all, or by permission, is not forbidden.
fn robots(facts: &SourceFacts) -> Found {
    let pages = facts.forbidden;
    // A host that asked for a pause blocks as well.
    let front = facts.latest.as_ref().is_some_and(|latest| {
        let error = latest.error.as_deref().unwrap_or_default();
        latest.outcome == Some(PollOutcome::Blocked) && error.starts_with("robots.txt")
    });
    let severity = if front {
        Severity::Failing
    } else {
        Severity::Warning
    };
    (front || pages > 0).then_some((severity, Trouble::Robots { pages }))
}

fn moved(facts: &SourceFacts, now: Timestamp) -> Found {
    let moved = facts.moved_to.as_ref()?;
    // An adopted address that does not redirect on has moved "never".
    let since = (moved.since <= now).then(|| day_in_finland(moved.since));
    let trouble = Trouble::Moved {
        url: moved.url.clone(),
        since,
        adopted: moved.adopted,
    };
    Some((Severity::Notice, trouble))
}

fn silent(facts: &SourceFacts, today: Date, now: Timestamp) -> Found {
    let first_ok_at = facts.first_ok_at?;
    let Some(newest) = facts.newest_meeting else {
        let nothing = facts.recent.is_empty() && facts.windows.is_empty() && facts.read.is_empty();
        let waited = later(first_ok_at, jiff::SignedDuration::from_hours(14 * 24)) <= now;
        let trouble = Trouble::Silent {
            newest: None,
            months: 0,
        };
        return (nothing && waited).then_some((Severity::Warning, trouble));
    };
    let days = today.duration_since(newest).as_hours() / 24;
    let months = u32::try_from(days / 30).unwrap_or_default();
    let severity = match months {
        0..SILENT_MONTHS => return None,
        SILENT_MONTHS..DEAD_MONTHS => Severity::Warning,
        _ => Severity::Failing,
    };
    let newest = Some(newest);
    Some((severity, Trouble::Silent { newest, months }))
}

fn few_items(facts: &SourceFacts) -> Found {
    if facts.windows.len() < ENOUGH_WINDOWS {
        return None;
    }
    let usual = median(&facts.windows);
    let items = count(facts.recent.len());
    if usual < USUAL_AT_LEAST || items.saturating_mul(4) >= usual {
        return None;
    }
    // One quiet month is July; two are not.
    let before = facts.windows.first().copied().unwrap_or_default();
    let severity = if items == 0 && before == 0 {
        Severity::Warning
    } else {
        Severity::Notice
    };
    Some((severity, Trouble::FewItems { items, usual }))
}

fn procedural(facts: &SourceFacts, vocab: &Vocabulary) -> Found {
    let titles = &facts.recent;
    let formal = titles.iter().filter(|t| vocab.is_procedural(t)).count();
    let nearly_all = formal * 10 >= titles.len() * 9;
    (titles.len() >= ENOUGH_ITEMS && nearly_all).then(|| {
        let trouble = Trouble::Procedural {
            items: count(titles.len()),
            procedural: count(formal),
        };
        (Severity::Warning, trouble)
    })
}

fn drift(facts: &SourceFacts) -> Found {
    let example = facts.drifted.first()?.clone();
    let pages = count(facts.drifted.len());
    Some((Severity::Warning, Trouble::Drift { pages, example }))
}

fn identity_codes(facts: &SourceFacts) -> Found {
    let places = facts.identity_codes;
    (places > 0).then_some((Severity::Warning, Trouble::IdentityCodes { places }))
}

fn awaiting(facts: &SourceFacts) -> Found {
    let awaited = facts.awaited.clone()?;
    let severity = if awaited.items >= MANY_LATE {
        Severity::Warning
    } else {
        Severity::Notice
    };
    let trouble = Trouble::AwaitingMinutes {
        items: awaited.items,
        oldest: awaited.oldest,
        title: awaited.title,
    };
    Some((severity, trouble))
}

/// A gap that was not looked for yet may close of itself, and what lies before the first known meeting of a
/// year may have left the portal.
fn missing(facts: &SourceFacts) -> Found {
    if facts.gaps.is_empty() {
        return None;
    }
    let in_vain = |gap: &Gap| gap.looked_for_at.is_some() && gap.after_meeting.is_some();
    let severity = if facts.gaps.iter().any(in_vain) {
        Severity::Warning
    } else {
        Severity::Notice
    };
    let trouble = Trouble::Missing {
        sections: facts.gaps.iter().map(|gap| gap.sections).sum(),
        gaps: facts.gaps.clone(),
    };
    Some((severity, trouble))
}

fn pages_fail(facts: &SourceFacts) -> Found {
    let (lists, pages) = (facts.failing_lists, facts.failing_pages);
    if lists + pages == 0 {
        return None;
    }
    let severity = if lists > 0 || pages >= MANY_FAILING {
        Severity::Warning
    } else {
        Severity::Notice
    };
    let error = facts.failing_error.clone().unwrap_or_default();
    let trouble = Trouble::PagesFail {
        lists,
        pages,
        error,
    };
    Some((severity, trouble))
}

/// Somebody has to make room, or to say that this is all: nothing is wrong with the source.
fn attachments_full(facts: &SourceFacts) -> Found {
    let skipped = facts.skipped_for_total;
    (skipped > 0).then_some((Severity::Notice, Trouble::AttachmentsFull { skipped }))
}

fn median(windows: &[u32]) -> u32 {
    let mut sorted = windows.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
