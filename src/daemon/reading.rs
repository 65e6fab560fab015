//! Bytes into readings: charset, feed or platform, minutes. Pure, so that a poll, `read`, `rederive`
//! and the tests read a page in exactly the same way.

use url::Url;

use super::inflight::{Input, InputKind};
use crate::feed::{self, FeedError, FeedLimits};
use crate::fetch::charset;
use crate::minutes;
use crate::model::feed_item::FeedReading;
use crate::model::listing::{AskedList, ListReading, Listed};
use crate::model::minutes::Reading;
use crate::model::page::{AskedPage, PageFault, PageText};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::PlatformKind;
use crate::platform::platform;
use crate::vocab::Vocabulary;

/// Reads a feed document.
pub fn read_feed(
    bytes: &[u8],
    content_type: Option<&str>,
    base: &Url,
) -> Result<FeedReading, FeedError> {
    let decoded = charset::decode(bytes, content_type);
    let mut reading = feed::read(&decoded.text, base, &FeedLimits::default())?;
    reading.problems.extend(decoded.problem);
    Ok(reading)
}

/// Reads a list: a feed, or a page of meetings or items.
pub fn read_list(
    asked: AskedList<'_>,
    bytes: &[u8],
    content_type: Option<&str>,
) -> Result<ListReading, PageFault> {
    let reader = platform(asked.source.platform);
    if !asked.list.kind.is_feed() {
        let decoded = charset::decode(bytes, content_type);
        let mut reading = reader.read_list(asked, &decoded.text, Vocabulary::embedded())?;
        reading.problems.extend(decoded.problem);
        return Ok(reading);
    }
    let feed = read_feed(bytes, content_type, asked.served)
        .map_err(|error| PageFault::NoFeed(error.to_string()))?;
    let mut reading = ListReading {
        problems: feed.problems,
        ttl: feed.ttl,
        ..ListReading::default()
    };
    for entry in &feed.entries {
        reading.problems.extend(reader.doubt(entry));
        match reader.list(asked.source, asked.served, entry) {
            Ok(Listed::Item(item)) => reading.items.push(item),
            Ok(Listed::Meeting(meeting)) => reading.meetings.push(meeting),
            Err(problem) => reading.problems.push(problem),
        }
    }
    if feed.dropped > 0 {
        let detail = format!(
            "the feed has {} entries more than one poll takes",
            feed.dropped
        );
        let problem = Problem::new(ProblemKind::TooManyEntries, detail);
        reading.problems.push(problem);
    }
    Ok(reading)
}

/// Reads an item page.
pub fn read_page(
    kind: PlatformKind,
    asked: AskedPage<'_>,
    bytes: &[u8],
    content_type: Option<&str>,
) -> Result<Reading, PageFault> {
    let vocab = Vocabulary::embedded();
    let decoded = charset::decode(bytes, content_type);
    let page = platform(kind).read(asked, PageText::Html(&decoded.text), vocab)?;
    let mut reading = minutes::read(page, vocab);
    reading.problems.extend(decoded.problem);
    Ok(reading)
}

/// Reads an input in flight as the process did that noted it, for a child that shows whether reading it
/// kills; returns why it cannot be read.
pub fn read_again(input: &Input, bytes: &[u8]) -> Result<(), String> {
    let content_type = input.content_type.as_deref();
    match &input.kind {
        InputKind::Feed => read_feed(bytes, content_type, &input.url)
            .map(|_| ())
            .map_err(|error| error.to_string()),
        InputKind::Page {
            portal,
            key,
            key_prefix,
            checked: _,
        } => {
            let asked = AskedPage {
                portal,
                url: &input.url,
                key,
                key_prefix,
            };
            read_page(input.platform, asked, bytes, content_type)
                .map(|_| ())
                .map_err(|fault| fault.to_string())
        }
    }
}
