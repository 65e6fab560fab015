//! Bytes into readings: charset, feed or platform, minutes. Pure, so that a poll, `read`, `rederive`
//! and the tests read a page in exactly the same way.

use url::Url;

use crate::feed::{self, FeedError, FeedLimits};
use crate::fetch::charset;
use crate::minutes;
use crate::model::feed_item::FeedReading;
use crate::model::minutes::Reading;
use crate::model::page::{AskedPage, PageFault};
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

/// Reads an item page.
pub fn read_page(
    kind: PlatformKind,
    asked: AskedPage<'_>,
    bytes: &[u8],
    content_type: Option<&str>,
) -> Result<Reading, PageFault> {
    let vocab = Vocabulary::embedded();
    let decoded = charset::decode(bytes, content_type);
    let page = platform(kind).read(asked, &decoded.text, vocab)?;
    let mut reading = minutes::read(page, vocab);
    reading.problems.extend(decoded.problem);
    Ok(reading)
}
