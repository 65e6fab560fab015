//! The feed of items: where it is, and what its entries mean.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;
use url::Url;

use super::super::with_prefix;
use super::is_endpoint;
use super::refs::{Key, query};
use crate::model::feed_item::{FeedEntry, ListedItem};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::Source;

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static DATE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b").unwrap());

/// The address of the feed of items. `show` is always sent: nobody knows what its absence means.
pub(super) fn feed_address(source: &Source) -> Url {
    let mut url = source.url.clone();
    url.set_fragment(None);
    url.set_query(Some(&format!("page=rss/meetingitems&show={}", source.show)));
    url
}

/// What an entry means; titles are `{Body} {DD.MM.YYYY} / {Subject}`. `served` is where the feed was had.
pub(super) fn list(
    source: &Source,
    served: &Url,
    entry: &FeedEntry,
) -> Result<ListedItem, Problem> {
    let (portal, key) = target(source, served, entry)?;
    let title = entry.title.trim();
    let (head, subject) = match title.split_once(" / ") {
        Some((head, subject)) if date_in(head).is_some() => (head, subject.trim()),
        Some(_) | None => ("", title),
    };
    let (body, held_on) = match date_in(head) {
        Some((at, date)) => (
            head.get(..at)
                .map(str::trim)
                .filter(|body| !body.is_empty()),
            date,
        ),
        None => (None, None),
    };
    Ok(ListedItem {
        url: item_address(portal, &key),
        key: with_prefix(&source.key_prefix, &key.text()),
        title: subject.to_owned(),
        body: body.map(str::to_owned),
        held_on,
        position: Some(key.position),
        published: entry.published,
        text: None,
    })
}

/// The portal and the key in an entry's link. A feed must not send us to other hosts than its own: the one
/// configured, or the one that a portal which moved serves it from.
fn target<'a>(
    source: &'a Source,
    served: &'a Url,
    entry: &FeedEntry,
) -> Result<(&'a Url, Key), Problem> {
    let unusable = |why: String| Problem::new(ProblemKind::UnusableEntry, why);
    let link = entry
        .link
        .as_ref()
        .ok_or_else(|| unusable(format!("entry \"{}\" has no link", entry.title)))?;
    let moved = Some(served).filter(|served| is_endpoint(served));
    let portal = [Some(&source.url), moved]
        .into_iter()
        .flatten()
        .find(|portal| portal.host_str() == link.host_str())
        .ok_or_else(|| {
            unusable(format!(
                "entry \"{}\" leads to another host: {link}",
                entry.title
            ))
        })?;
    if !query(link, "page").is_some_and(|page| page.eq_ignore_ascii_case("meetingitem")) {
        return Err(unusable(format!(
            "entry \"{}\" is no item page: {link}",
            entry.title
        )));
    }
    query(link, "id")
        .and_then(|id| Key::parse(&id))
        .map(|key| (portal, key))
        .ok_or_else(|| {
            unusable(format!(
                "entry \"{}\" has no item id in its link: {link}",
                entry.title
            ))
        })
}

/// The canonical address of an item: the portal's own, whatever scheme, port or case the feed used.
pub(super) fn item_address(portal: &Url, key: &Key) -> Url {
    let mut url = portal.clone();
    url.set_fragment(None);
    url.set_query(Some(&format!("page=meetingitem&id={}", key.text())));
    url
}

/// The last date of a text and where it begins; a date that no calendar has is `None`.
fn date_in(text: &str) -> Option<(usize, Option<Date>)> {
    let found = DATE.captures_iter(text).last()?;
    let part = |n: usize| found.get(n).map(|part| part.as_str());
    let date = (|| {
        let year = part(3)?.parse().ok()?;
        Date::new(year, part(2)?.parse().ok()?, part(1)?.parse().ok()?).ok()
    })();
    Some((found.get(0)?.start(), date))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::feed_item::IdStep;
    use crate::model::ids::SourceId;
    use crate::model::source::{PlatformKind, Publishes};

    fn source(portal: &str) -> Source {
        Source {
            id: SourceId::new("s"),
            municipality: "Asikkala".to_owned(),
            platform: PlatformKind::Dynasty,
            url: portal.parse().expect("url"),
            interval: Duration::from_mins(20),
            enabled: true,
            key_prefix: String::new(),
            show: 50,
            publishes: Publishes::default(),
            permission: None,
            successor_of: None,
        }
    }

    fn entry(title: &str, link: &str) -> FeedEntry {
        FeedEntry {
            native_id: link.to_owned(),
            id_step: IdStep::Link,
            link: link.parse().ok(),
            title: title.to_owned(),
            text: None,
            published: None,
            updated: None,
            categories: Vec::new(),
        }
    }

    /// From a feed that was had where it is configured.
    fn listed(source: &Source, entry: &FeedEntry) -> Result<ListedItem, Problem> {
        list(source, &feed_address(source), entry)
    }

    const PORTAL: &str = "https://k.example/djulkaisu/cgi/DREQUEST.PHP";

    #[test]
    fn titles_split_on_the_first_slash_only() {
        let link = "http://K.example:80/djulkaisu/cgi/dreQUEST.PHP?id=20261273-7&page=meetingitem";
        let entry = entry(
            "Konserni-, kuljetus- ja 2. jaosto 2025-2029 27.08.2026 / Kaava II / ehdotus",
            link,
        );
        let item = listed(&source(PORTAL), &entry).expect("listed");
        assert_eq!(item.title, "Kaava II / ehdotus");
        assert_eq!(
            item.body.as_deref(),
            Some("Konserni-, kuljetus- ja 2. jaosto 2025-2029")
        );
        assert_eq!(
            item.held_on.map(|d| d.to_string()).as_deref(),
            Some("2026-08-27")
        );
        assert_eq!(item.position, Some(7));
        assert_eq!(
            item.url.as_str(),
            "https://k.example/djulkaisu/cgi/DREQUEST.PHP?page=meetingitem&id=20261273-7"
        );
    }

    #[test]
    fn titles_without_a_slash_or_a_date_stay_whole() {
        let link = "https://k.example/djulkaisu/cgi/DREQUEST.PHP?page=meetingitem&id=1-1";
        for title in ["Kaupunginvaltuusto 01.01.2026", "Kaava / ehdotus"] {
            let item = listed(&source(PORTAL), &entry(title, link)).expect("listed");
            assert_eq!(
                (item.title.as_str(), item.body, item.held_on),
                (title, None, None)
            );
        }
    }

    #[test]
    fn a_date_no_calendar_has_is_none_and_never_today() {
        let link = "https://k.example/cgi/DREQUEST.PHP?page=meetingitem&id=1-1";
        let item =
            listed(&source(PORTAL), &entry("Valtuusto 31.02.2026 / Asia", link)).expect("listed");
        assert_eq!(
            (item.body.as_deref(), item.held_on),
            (Some("Valtuusto"), None)
        );
    }

    #[test]
    fn links_elsewhere_are_refused() {
        for link in [
            "https://evil.example/cgi/DREQUEST.PHP?page=meetingitem&id=1-1",
            "https://k.example/cgi/DREQUEST.PHP?page=meeting&id=1",
            "https://k.example/cgi/DREQUEST.PHP?page=meetingitem&id=../1",
            "",
        ] {
            let problem =
                listed(&source(PORTAL), &entry("V 01.01.2026 / A", link)).expect_err("refused");
            assert_eq!(problem.kind, ProblemKind::UnusableEntry);
        }
    }

    #[test]
    fn a_portal_that_moved_may_lead_to_itself_and_to_where_it_was_but_to_nobody_else() {
        let moved = "https://moved.example/dynasty/cgi/DREQUEST.PHP";
        let served: Url = format!("{moved}?page=rss/meetingitems&show=50")
            .parse()
            .expect("url");
        let item = |portal: &str| {
            let link = format!("{portal}?page=meetingitem&id=1-2");
            list(&source(PORTAL), &served, &entry("V 01.01.2026 / A", &link))
        };
        let address = |portal: &str| item(portal).expect("listed").url.to_string();
        assert_eq!(
            address("http://moved.example:80/dynasty/cgi/dreQUEST.php"),
            format!("{moved}?page=meetingitem&id=1-2")
        );
        assert_eq!(address(PORTAL), format!("{PORTAL}?page=meetingitem&id=1-2"));
        assert!(item("https://evil.example/cgi/DREQUEST.PHP").is_err());
    }

    #[test]
    fn a_key_prefix_keeps_two_sources_apart() {
        let source = Source {
            key_prefix: "se".to_owned(),
            ..source(PORTAL)
        };
        let link = "https://k.example/cgi/DREQUEST.PHP?page=meetingitem&id=1-2";
        let item = listed(&source, &entry("V 01.01.2026 / A", link)).expect("listed");
        assert_eq!(item.key.as_str(), "se~1-2");
        assert!(item.url.as_str().ends_with("id=1-2"));
    }

    #[test]
    fn the_feed_address_follows_from_the_portal() {
        let url = feed_address(&source(PORTAL));
        assert_eq!(
            url.as_str(),
            "https://k.example/djulkaisu/cgi/DREQUEST.PHP?page=rss/meetingitems&show=50"
        );
    }
}
