//! What a Dynasty address points at: an item page, an item's PDF, an attachment, a meeting.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

/// The name of a file under `/kokous/`: meeting, item, attachment.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static FILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)/kokous/(\d+)(?:-(\d+))?(?:-([0-9a-z_]+))?\.([a-z0-9]{2,5})$").unwrap()
});
/// A key: meeting and position.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static KEY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(\d{1,12})-(\d{1,6})$").unwrap());

/// An item's key in parts: meeting id and position on the agenda.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) meeting: String,
    pub(super) position: u32,
}

impl Key {
    /// Reads `2024375-8`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts = KEY.captures(text.trim())?;
        Some(Self {
            meeting: parts.get(1)?.as_str().to_owned(),
            position: parts.get(2)?.as_str().parse().ok()?,
        })
    }

    pub(super) fn text(&self) -> String {
        format!("{}-{}", self.meeting, self.position)
    }
}

/// What an address points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// An item page, or its static form of old installations.
    Item(Key),
    /// An item as PDF.
    ItemFile(Key),
    /// An attachment of an item.
    Attachment(Key),
    /// A file of a whole meeting.
    MeetingFile,
    /// Anything else.
    Elsewhere,
}

/// Resolves a link of a page; hosts are not compared, paths are compared without case.
pub(super) fn target(url: &Url) -> Target {
    if query(url, "page").is_some_and(|page| page.eq_ignore_ascii_case("meetingitem")) {
        return query(url, "id")
            .and_then(|id| Key::parse(&id))
            .map_or(Target::Elsewhere, Target::Item);
    }
    let Some(file) = FILE.captures(url.path()) else {
        return Target::Elsewhere;
    };
    let part = |n: usize| file.get(n).map(|part| part.as_str());
    let (Some(meeting), Some(kind)) = (part(1), part(4)) else {
        return Target::Elsewhere;
    };
    let Some(position) = part(2).and_then(|text| text.parse().ok()) else {
        return Target::MeetingFile;
    };
    let key = Key {
        meeting: meeting.to_owned(),
        position,
    };
    match part(3) {
        Some(_) => Target::Attachment(key),
        None if kind.eq_ignore_ascii_case("htm") || kind.eq_ignore_ascii_case("html") => {
            Target::Item(key)
        }
        None => Target::ItemFile(key),
    }
}

/// A query parameter, its name compared without case.
pub(super) fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Target {
        target(&text.parse().expect("url"))
    }

    #[test]
    fn addresses_of_both_generations() {
        let key = Key {
            meeting: "2024375".to_owned(),
            position: 8,
        };
        assert_eq!(
            of("https://k.example/cgi/DREQUEST.PHP?id=2024375-8&page=MeetingItem"),
            Target::Item(key.clone())
        );
        assert_eq!(
            of("https://k.example/kokous/2024375-8.HTM"),
            Target::Item(key.clone())
        );
        assert_eq!(
            of("https://k.example/dyn/kokous/2024375-8.pdf"),
            Target::ItemFile(key.clone())
        );
        assert_eq!(
            of("https://k.example/kokous/2024375-8-374197.PDF"),
            Target::Attachment(key)
        );
        assert_eq!(
            of("https://k.example/kokous/2024375.PDF"),
            Target::MeetingFile
        );
        assert_eq!(
            of("https://k.example/kuulutus/2024375-8.PDF"),
            Target::Elsewhere
        );
    }
}
