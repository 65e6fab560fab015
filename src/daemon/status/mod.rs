//! The daemon's state in one line, for whoever runs `systemctl status`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::report::SourceReport;
use crate::model::ids::SourceId;
use crate::model::poll::SourceState;
use crate::model::source::Source;
use crate::model::when::{day_in_finland, helsinki};

/// Failing sources that are named; of the others there is the number.
const NAMED: usize = 3;
/// Characters of the reason why a source fails.
const REASON: usize = 60;

/// What happened since the start, as far as the line tells it.
#[derive(Debug, Default)]
pub(super) struct Account(Mutex<Happened>);

#[derive(Debug, Default)]
struct Happened {
    last: Option<Round>,
    reasons: BTreeMap<SourceId, String>,
    refused: Option<String>,
}

/// A round that brought reports.
#[derive(Clone, Copy, Debug)]
struct Round {
    ended: Timestamp,
    items: u32,
    minutes: u32,
}

impl Account {
    /// A round ended.
    pub(super) fn ended(&self, reports: &[SourceReport], at: Timestamp) {
        if reports.is_empty() {
            return;
        }
        let mut happened = self.lock();
        for report in reports {
            match &report.error {
                Some(error) if report.failed() => {
                    let reason = without_address(error).chars().take(REASON).collect();
                    happened.reasons.insert(report.source.clone(), reason);
                }
                Some(_) | None => {
                    happened.reasons.remove(&report.source);
                }
            }
        }
        happened.last = Some(Round {
            ended: at,
            items: reports.iter().map(|report| report.items_new).sum(),
            minutes: reports.iter().map(|report| report.minutes_published).sum(),
        });
    }

    /// A configuration was refused, or taken (`None`).
    pub(super) fn refused(&self, why: Option<String>) {
        self.lock().refused = why;
    }

    /// The line; `ailments` come first, and `now` decides which times need their day.
    pub(super) fn line(
        &self,
        sources: &[Source],
        states: &[SourceState],
        ailments: &[String],
        now: Timestamp,
    ) -> String {
        let happened = self.lock();
        let followed = sources.iter().filter(|source| source.enabled);
        let followed: Vec<&SourceId> = followed.map(|source| &source.id).collect();
        let states = states
            .iter()
            .filter(|state| followed.contains(&&state.source));
        let failing = states.clone().filter(|state| state.failures > 0);
        let failing: Vec<&SourceId> = failing.map(|state| &state.source).collect();
        let mut parts: Vec<String> = ailments.to_vec();
        parts.extend(happened.refused.as_ref().map(|why| {
            format!("a new configuration was refused, the one before is in force: {why}")
        }));
        parts.push(format!(
            "{}{}",
            counted(followed.len(), "source"),
            said_of_failing(&failing, &happened.reasons)
        ));
        parts.extend(happened.last.map(|round| {
            format!(
                "last cycle {}, {}, {}",
                clock_time(round.ended, now),
                counted(round.items as usize, "new item"),
                counted(round.minutes as usize, "new decision")
            )
        }));
        let next = states.filter_map(|state| state.next_check_at).min();
        parts.extend(next.map(|at| format!("next {}", clock_time(at.max(now), now))));
        parts.join("; ")
    }

    fn lock(&self) -> MutexGuard<'_, Happened> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error without the address that it begins with: the source says where.
fn without_address(error: &str) -> &str {
    match error.split_once(": ") {
        Some((address, rest)) if address.contains("://") => rest,
        Some(_) | None => error,
    }
}

fn counted(number: usize, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{ending}")
}

fn said_of_failing(failing: &[&SourceId], reasons: &BTreeMap<SourceId, String>) -> String {
    if failing.is_empty() {
        return String::new();
    }
    let named = failing.iter().take(NAMED).map(|id| match reasons.get(id) {
        Some(reason) => format!("{id}: {reason}"),
        None => id.to_string(),
    });
    let mut named: Vec<String> = named.collect();
    if failing.len() > NAMED {
        named.push(format!("and {} more", failing.len() - NAMED));
    }
    format!(", {} failing ({})", failing.len(), named.join(", "))
}

/// Finnish time; with the day unless that is today.
fn clock_time(at: Timestamp, now: Timestamp) -> String {
    let form = if day_in_finland(at) == day_in_finland(now) {
        "%H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    at.to_zoned(helsinki()).strftime(form).to_string()
}

#[cfg(test)]
mod tests;
