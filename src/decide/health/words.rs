//! Findings in sentences that somebody understands who never saw the program from inside.

use jiff::civil::Date;

use crate::model::health::{FillDrop, Gap, Trouble};
use crate::model::poll::CertificateFault;

/// Gaps and fields named one by one; the rest is counted.
const NAMED: usize = 3;

/// What is wrong, without the name of the municipality.
pub(super) fn sentence(trouble: &Trouble) -> String {
    match trouble {
        Trouble::PollFails {
            failures,
            last_ok_on,
            error,
            ..
        } => format!(
            "{} failed, {}: {error}",
            plural(*failures, "poll"),
            last_ok(*last_ok_on)
        ),
        Trouble::Certificate { fault, last_ok_on } => format!(
            "the certificate of the site {}, {}; only the site's owner can mend that",
            certificate(*fault),
            last_ok(*last_ok_on)
        ),
        Trouble::Gone { since } => {
            format!("the site says since {since} that the feed is gone for good; look for the new address")
        }
        Trouble::Moved {
            url,
            adopted: true,
            ..
        } => format!(
            "the feed has moved to {url} and is polled there; change the address in the configuration"
        ),
        Trouble::Moved { url, since, .. } => redirects(url, *since),
        Trouble::Robots { pages: 0 } => {
            "robots.txt forbids the page that lists the meetings; ask the site's owner for a permission".to_owned()
        }
        Trouble::Robots { pages } => format!(
            "robots.txt forbids {}: only what lists say of them is archived; ask the site's owner for a permission",
            plural(*pages, "page")
        ),
        Trouble::Silent {
            newest: None, ..
        } => "it answers, and has not listed anything yet; check its address".to_owned(),
        Trouble::Silent {
            newest: Some(newest),
            months,
        } => format!(
            "it answers, and the newest meeting is of {newest}, {months} months ago: meetings are published somewhere else by now"
        ),
        of @ (Trouble::FewItems { .. }
        | Trouble::Procedural { .. }
        | Trouble::FillDropped { .. }
        | Trouble::Drift { .. }
        | Trouble::IdentityCodes { .. }
        | Trouble::PagesFail { .. }
        | Trouble::AwaitingMinutes { .. }
        | Trouble::Missing { .. }
        | Trouble::AttachmentsFull { .. }) => of_content(of),
    }
}

fn fail(lists: u32, pages: u32, error: &str) -> String {
    let (lists, pages) = (plural(lists, "list"), plural(pages, "page"));
    format!("{lists} and {pages} fail again and again: {error}")
}

/// What is wrong with what it brings.
fn of_content(trouble: &Trouble) -> String {
    match trouble {
        Trouble::AttachmentsFull { skipped } => format!(
            "{} left alone because [archive] max_attachments is reached; raise it, or leave it at that",
            plural(*skipped, "attachment")
        ),
        Trouble::PagesFail {
            lists,
            pages,
            error,
        } => fail(*lists, *pages, error),
        Trouble::FewItems { items, usual } => {
            format!("{} in 30 days, {usual} are usual", plural(*items, "item"))
        }
        Trouble::Procedural { items, procedural } => {
            let share = if items == procedural {
                "all"
            } else {
                "nearly all"
            };
            format!(
                "{} in 30 days, {share} of them procedural: the substance is published somewhere else",
                plural(*items, "item")
            )
        }
        Trouble::FillDropped { drops } => format!(
            "fields that used to be filled are empty on the newest pages: {}; the markup of the pages may have changed",
            list(drops, fill_drop)
        ),
        Trouble::Drift { pages, example } => format!(
            "{} lost fields although their text is still there ({example}): the markup has changed; what was read before is kept",
            plural(*pages, "page")
        ),
        Trouble::IdentityCodes { places } => format!(
            "personal identity codes are published in {}: they are not stored; tell the publisher, who has to remove them (`seutu sources --problems` names the items)",
            plural(*places, "place")
        ),
        Trouble::AwaitingMinutes {
            items,
            oldest,
            title,
        } => format!(
            "{} of meetings more than 30 days ago without minutes, the oldest of {oldest}: \"{title}\"",
            plural(*items, "item")
        ),
        Trouble::Missing { sections, gaps } => missing(*sections, gaps),
        Trouble::PollFails { .. }
        | Trouble::Certificate { .. }
        | Trouble::Gone { .. }
        | Trouble::Moved { .. }
        | Trouble::Robots { .. }
        | Trouble::Silent { .. } => String::new(),
    }
}

fn missing(sections: u32, gaps: &[Gap]) -> String {
    let gaps = list(gaps, gap);
    match sections {
        1 => format!("1 section is missing: {gaps}"),
        _ => format!("{sections} sections are missing: {gaps}"),
    }
}

/// `Sivistyslautakunta 2026 § 12–14, between the meetings of 2026-03-01 and 2026-04-02`.
pub(super) fn gap(gap: &Gap) -> String {
    let numbers = if gap.first_no == gap.last_no {
        gap.first_no.to_string()
    } else {
        format!("{}–{}", gap.first_no, gap.last_no)
    };
    let place = match gap.after_meeting {
        Some(day) if day == gap.before_meeting => format!("in the meeting of {day}"),
        Some(day) => format!("between the meetings of {day} and {}", gap.before_meeting),
        None => format!("before the meeting of {}", gap.before_meeting),
    };
    format!("{} {} § {numbers}, {place}", gap.body, gap.year)
}

fn fill_drop(drop: &FillDrop) -> String {
    format!(
        "{} on {} of {} ({}; {} would be usual)",
        drop.field.word(),
        drop.filled,
        drop.pages,
        drop.stage.word(),
        drop.usual
    )
}

fn redirects(url: &str, since: Option<Date>) -> String {
    let since = since.map_or_else(String::new, |day| format!(" since {day}"));
    format!("the feed redirects to {url}{since}; it is polled there once that has lasted")
}

fn certificate(fault: CertificateFault) -> &'static str {
    match fault {
        CertificateFault::Expired => "has expired",
        CertificateFault::NotYetValid => "is not valid yet (or the clock of this machine is wrong)",
        CertificateFault::UnknownIssuer => {
            "is self-signed, of an unknown authority, or sent without the certificates between"
        }
        CertificateFault::WrongName => "is made out to another name",
        CertificateFault::Revoked => "was revoked",
        CertificateFault::Other => "is not accepted",
    }
}

fn last_ok(day: Option<Date>) -> String {
    day.map_or_else(
        || "it never answered as it should".to_owned(),
        |day| format!("the last success was on {day}"),
    )
}

fn plural(count: u32, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

fn list<T>(all: &[T], name: fn(&T) -> String) -> String {
    let mut named: Vec<String> = all.iter().take(NAMED).map(name).collect();
    if all.len() > NAMED {
        named.push(format!("and {} more", all.len() - NAMED));
    }
    named.join("; ")
}
