//! What a CloudNC address points at: `/fi-FI/Toimielimet/{body}/Kokous_{day}/{slug}({content})`.
//!
//! The day in a meeting's address has no separators and may be two days (`1122025`): it is a name here,
//! never a date. An item is its content number, in the long address or in `/content/{number}/{node}`.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

/// The folder of the bodies; the Swedish name is assumed.
const BODY_FOLDERS: [&str; 2] = ["toimielimet", "organ"];
/// The folder under which portals list bodies in Finnish, as they write it.
pub(super) const FOLDER: &str = "Toimielimet";
/// The folder of items by number alone.
const CONTENT_FOLDER: &str = "content";
/// The folder of files.
const FILES: &str = "download";
/// The language that a portal without one in its address is asked in.
pub(super) const LANGUAGE: &str = "fi-FI";
/// Hosts of the vendor: a hint where the path says nothing.
const HOSTS: &str = ".cloudnc.fi";

#[expect(
    clippy::unwrap_used,
    reason = "constant patterns, used by every test of this module"
)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

static LANGUAGE_SEGMENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?i)[a-z]{2}-[a-z]{2}$"));
/// A meeting's part of an address ends with its day.
static MEETING_SEGMENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\p{L}[^/]*_\d{6,8}(?:\D.*)?$"));
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\((\d{1,12})\)$"));

/// What an address points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The portal itself.
    Front,
    /// The bodies of the portal.
    Bodies,
    /// A body, by its name in addresses, lower case.
    Body(String),
    /// A meeting: `{body}/{meeting}`, lower case.
    Meeting(String),
    /// An item.
    Item(Item),
    /// A file.
    File,
    /// Anything else.
    Elsewhere,
}

impl Target {
    /// What it is, in words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Front => "the front page".to_owned(),
            Self::Bodies => "the bodies".to_owned(),
            Self::Body(body) => format!("the body {body}"),
            Self::Meeting(meeting) => format!("the meeting {meeting}"),
            Self::Item(item) => format!("the item {}", item.number),
            Self::File => "a file".to_owned(),
            Self::Elsewhere => "a page that lists no meetings".to_owned(),
        }
    }

    /// The item, where it is one.
    pub(super) fn item(self) -> Option<Item> {
        if let Self::Item(item) = self {
            Some(item)
        } else {
            None
        }
    }
}

/// An item's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// The content number.
    pub(super) number: String,
    /// The meeting in a long address.
    pub(super) meeting: Option<String>,
}

/// Resolves an address; hosts are not compared.
pub(super) fn target(url: &Url) -> Target {
    let segments = segments(url);
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        [FILES, _, ..] => Target::File,
        [language] if is_language(language) => Target::Front,
        [language, rest @ ..] if is_language(language) => in_portal(rest),
        _ => Target::Elsewhere,
    }
}

fn in_portal(segments: &[&str]) -> Target {
    match segments {
        [CONTENT_FOLDER, number, ..] if is_number(number) => Target::Item(Item {
            number: (*number).to_owned(),
            meeting: None,
        }),
        [folder, rest @ ..] if BODY_FOLDERS.contains(folder) => in_bodies(rest),
        _ => Target::Elsewhere,
    }
}

fn in_bodies(segments: &[&str]) -> Target {
    let is_meeting = |segment: &&str| MEETING_SEGMENT.is_match(segment);
    let meeting = segments
        .iter()
        .skip(1)
        .position(is_meeting)
        .map(|at| at + 1);
    let Some((parts, below)) = meeting.and_then(|at| segments.split_at_checked(at + 1)) else {
        return match segments {
            [] => Target::Bodies,
            [body] => Target::Body((*body).to_owned()),
            _ => Target::Elsewhere,
        };
    };
    let meeting = parts.join("/");
    match below.last() {
        None => Target::Meeting(meeting),
        Some(last) => NUMBERED
            .captures(last)
            .and_then(|found| found.get(1))
            .map_or(Target::Elsewhere, |number| {
                Target::Item(Item {
                    number: number.as_str().to_owned(),
                    meeting: Some(meeting),
                })
            }),
    }
}

/// Whether the shape of an address is this platform's; a bare path is told by the vendor's host.
pub(super) fn is_endpoint(url: &Url) -> bool {
    match target(url) {
        Target::Bodies | Target::Body(_) | Target::Meeting(_) | Target::Item(_) => true,
        Target::Front | Target::File | Target::Elsewhere => url
            .host_str()
            .is_some_and(|host| host.to_ascii_lowercase().ends_with(HOSTS)),
    }
}

/// The portal that an address belongs to, in the language of the address.
pub(super) fn portal(url: &Url) -> Url {
    let language = url
        .path_segments()
        .and_then(|mut parts| parts.next())
        .filter(|part| is_language(part))
        .unwrap_or(LANGUAGE);
    let mut portal = url.clone();
    portal.set_path(language);
    portal.set_query(None);
    portal.set_fragment(None);
    portal
}

/// Whether a portal is asked in Finnish.
pub(super) fn is_finnish(portal: &Url) -> bool {
    portal
        .path()
        .trim_matches('/')
        .eq_ignore_ascii_case(LANGUAGE)
}

/// Path segments in lower case, brackets as they are, empty ones left out.
fn segments(url: &Url) -> Vec<String> {
    url.path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| {
            segment
                .to_lowercase()
                .replace("%28", "(")
                .replace("%29", ")")
        })
        .collect()
}

fn is_language(segment: &str) -> bool {
    LANGUAGE_SEGMENT.is_match(segment)
}

fn is_number(segment: &str) -> bool {
    (1..=12).contains(&segment.len()) && segment.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Target {
        target(
            &format!("https://mallila.cloudnc.fi{path}")
                .parse()
                .expect("url"),
        )
    }

    fn number(path: &str) -> Option<String> {
        of(path).item().map(|item| item.number)
    }

    #[test]
    fn both_forms_of_an_item_give_its_content_number() {
        let long = "/fi-FI/Toimielimet/Kunnanhallitus/Kokous_1592020/Talousarvio_20(16797)";
        assert_eq!(number(long).as_deref(), Some("16797"));
        let coded = long.replace('(', "%28").replace(')', "%29");
        assert_eq!(number(&coded).as_deref(), Some("16797"));
        assert_eq!(
            number("/fi-FI/content/16797/13127").as_deref(),
            Some("16797")
        );
        assert_eq!(number("/sv-FI/content/16797/23").as_deref(), Some("16797"));
        assert_eq!(number("/fi-FI/content/info"), None);
        // a decision of an officeholder is no item of a meeting
        assert_eq!(
            number("/fi-FI/Viranhaltijat/Rehtori/Hankinta_2026(1234)"),
            None
        );
        assert_eq!(
            number("/fi-FI/Toimielimet/Kunnanhallitus/Esittely(12)"),
            None
        );
    }

    #[test]
    fn bodies_and_meetings_are_named_by_their_place() {
        assert_eq!(of("/fi-FI"), Target::Front);
        assert_eq!(of("/fi-FI/"), Target::Front);
        assert_eq!(of("/fi-fi/toimielimet/"), Target::Bodies);
        assert_eq!(
            of("/fi-FI/Toimielimet/Koulutuksen_edistaumlmisen_valiokunta"),
            Target::Body("koulutuksen_edistaumlmisen_valiokunta".to_owned())
        );
        let meeting = Target::Meeting("kunnanhallitus/kokous_1122025".to_owned());
        assert_eq!(
            of("/fi-FI/Toimielimet/Kunnanhallitus/Kokous_1122025"),
            meeting
        );
        assert_eq!(
            of("/fi-FI/Toimielimet/Kunnanhallitus/Kokous_1122025/"),
            meeting
        );
        assert_eq!(
            of("/fi-FI/Toimielimet/Kunnanhallitus/Jasenet"),
            Target::Elsewhere
        );
        assert_eq!(of("/download/noname/%7BAB-1%7D/77"), Target::File);
        assert_eq!(of("/fi-FI/haku?n=23"), Target::Elsewhere);
    }

    #[test]
    fn a_portal_keeps_the_language_of_its_address() {
        let of = |text: &str| portal(&text.parse().expect("url")).to_string();
        assert_eq!(of("https://m.cloudnc.fi"), "https://m.cloudnc.fi/fi-FI");
        assert_eq!(
            of("https://m.cloudnc.fi/sv-FI/content/1/2?x=1#y"),
            "https://m.cloudnc.fi/sv-FI"
        );
    }
}
