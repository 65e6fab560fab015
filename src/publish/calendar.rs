//! Meetings as a calendar (RFC 5545).

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::listing::MeetingStatus;
use crate::model::meeting::MeetingRecord;
use crate::model::when::helsinki;

use super::texts::texts;
use super::{clean, content};

/// Longest line in bytes, without its end.
const LONGEST_LINE: usize = 75;
/// Who the identities of meetings belong to; see [`super::tag::TagAuthority`] for why it is nobody's domain.
const DOMAIN: &str = "seutu.invalid";

/// The rules of Finnish time since 1996, as the calendar has to carry them.
const TIME_ZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:Europe/Helsinki\r\nBEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0200\r\n\
    TZOFFSETTO:+0300\r\nTZNAME:EEST\r\nDTSTART:19970330T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n\
    END:DAYLIGHT\r\nBEGIN:STANDARD\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0200\r\nTZNAME:EET\r\n\
    DTSTART:19961027T040000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

/// Writes the calendar. Pure: the same arguments give the same bytes; no date in it is that of the request.
pub fn document(name: &str, meetings: &[MeetingRecord]) -> String {
    let mut out = String::new();
    push(&mut out, "BEGIN", "VCALENDAR");
    push(&mut out, "VERSION", "2.0");
    let program = concat!("-//seutu//", env!("CARGO_PKG_VERSION"), "//FI");
    push(&mut out, "PRODID", program);
    push(&mut out, "CALSCALE", "GREGORIAN");
    push(&mut out, "METHOD", "PUBLISH");
    push(&mut out, "NAME", &text(name));
    push(&mut out, "X-WR-CALNAME", &text(name));
    push(&mut out, "X-WR-TIMEZONE", "Europe/Helsinki");
    push(&mut out, "REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
    out.push_str(TIME_ZONE);
    for meeting in meetings {
        push_meeting(&mut out, meeting);
    }
    push(&mut out, "END", "VCALENDAR");
    out
}

fn push_meeting(out: &mut String, meeting: &MeetingRecord) {
    let changed = stamp(meeting.changed_at);
    push(out, "BEGIN", "VEVENT");
    push(out, "UID", &identity(&meeting.uid));
    push(out, "DTSTAMP", &changed);
    push(out, "LAST-MODIFIED", &changed);
    push(out, "CREATED", &stamp(meeting.first_seen_at));
    push(out, "SEQUENCE", &meeting.revision.to_string());
    push_start(out, meeting);
    push(out, "SUMMARY", &text(&summary(meeting)));
    let cancelled =
        meeting.status == Some(MeetingStatus::Cancelled) || meeting.withdrawn_at.is_some();
    push(
        out,
        "STATUS",
        if cancelled { "CANCELLED" } else { "CONFIRMED" },
    );
    if let Some(place) = &meeting.place {
        push(out, "LOCATION", &text(place));
    }
    let said = description(meeting);
    if !said.is_empty() {
        push(out, "DESCRIPTION", &said);
    }
    if let Some(url) = meeting.url.as_deref().and_then(clean::web_address) {
        push(out, "URL", &url);
    }
    push(out, "CATEGORIES", &text(&meeting.municipality));
    push(out, "END", "VEVENT");
}

/// An identity is no text for people: a day in it that looks like a telephone number is a day.
fn identity(uid: &str) -> String {
    let printable: String = uid.chars().filter(|c| !c.is_control()).collect();
    escaped(&clean::characters(&format!("{printable}@{DOMAIN}")))
}

/// When it begins in Finnish time; a meeting whose hour nobody told fills its day.
fn push_start(out: &mut String, meeting: &MeetingRecord) {
    if let Some(at) = meeting.starts_at {
        let local = at.to_zoned(helsinki()).strftime("%Y%m%dT%H%M%S");
        push(out, "DTSTART;TZID=Europe/Helsinki", &local.to_string());
        return;
    }
    push(out, "DTSTART;VALUE=DATE", &day(meeting.held_on));
    let after = super::digest::next_day(meeting.held_on);
    push(out, "DTEND;VALUE=DATE", &day(after));
    push(out, "TRANSP", "TRANSPARENT");
}

fn day(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

fn stamp(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn summary(meeting: &MeetingRecord) -> String {
    let name = format!("{}: {}", meeting.municipality, meeting.body);
    match &meeting.number {
        Some(number) => format!("{name} {number}"),
        None => name,
    }
}

/// The items of networks, each by section, title, outcome and network, with its address on a line of its own.
fn description(meeting: &MeetingRecord) -> String {
    let texts = texts();
    let mut lines: Vec<String> = vec![];
    for item in &meeting.items {
        let section = item
            .section_no
            .map(|number| texts.section.replace("{number}", &number.to_string()));
        let outcome = item.outcome.map(|outcome| texts.outcome(outcome));
        let mut line = section.map_or_else(String::new, |section| format!("{section} "));
        line.push_str(&item.title);
        if let Some(outcome) = outcome {
            line.push_str(" – ");
            line.push_str(outcome);
        }
        lines.push(text(&format!("{line} ({})", item.networks.join(", "))));
        if let Some(url) = clean::web_address(&item.url) {
            lines.push(escaped(&url));
        }
    }
    if let Some(on) = meeting.published_on {
        let said = texts.calendar_published.replace("{day}", &content::day(on));
        lines.push(text(&said));
    }
    lines.join("\\n")
}

/// A value of type TEXT, of one line.
fn text(raw: &str) -> String {
    escaped(&clean::line(raw))
}

fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        if matches!(c, '\\' | ';' | ',') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A content line, folded between characters so that no line is longer than 75 bytes.
fn push(out: &mut String, name: &str, value: &str) {
    let mut used = 0;
    for c in name.chars().chain([':']).chain(value.chars()) {
        if used + c.len_utf8() > LONGEST_LINE {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str("\r\n");
}
