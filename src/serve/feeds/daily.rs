//! The texts of digests: those of the last days that are over.

use jiff::{SignedDuration, ToSpan};

use crate::model::item::ItemRecord;
use crate::model::when::{day_in_finland, instant_on, later};

use super::months::Archives;
use crate::serve::site::SiteFault;

/// Days in a digest.
const DIGEST_DAYS: i64 = 14;
/// Most texts that go into a digest; the oldest day is left out where there are more.
const DIGEST_TEXTS: u32 = 2000;
/// How long after midnight a day is over: a text may be written down later than it was seen.
pub(super) const AFTER_MIDNIGHT: SignedDuration = SignedDuration::from_hours(1);

/// The texts of the last days that are over.
pub(super) fn texts(archives: &Archives<'_>) -> Result<Vec<ItemRecord>, SiteFault> {
    let today = day_in_finland(later(archives.now, -AFTER_MIDNIGHT));
    let first = today.checked_sub(DIGEST_DAYS.days()).unwrap_or(today);
    let mut query = archives.query(instant_on(first, 0), instant_on(today, 0));
    let all = archives.site.texts_count(&query)?;
    query.limit = DIGEST_TEXTS;
    query.offset = all.saturating_sub(DIGEST_TEXTS);
    let mut texts = archives.site.texts_seen(&query)?;
    if query.offset > 0
        && let Some(oldest) = texts
            .iter()
            .map(|text| day_in_finland(text.changed_at))
            .min()
    {
        texts.retain(|text| day_in_finland(text.changed_at) > oldest);
    }
    Ok(texts)
}
