//! Whether a page is the page that was asked for.
//!
//! Dynasty keeps state on the server and can answer 200 with another page (seen live 2026). A page is
//! believed when, in this order,
//! 1. it links the item's own file `/kokous/{key}.PDF`, or an attachment of the item;
//! 2. it names itself by an address with the key (canonical link, form);
//! 3. its neighbours in the navigation surround the key: both, or the one next to it;
//! 4. the key stands in it outside the navigation, and the page is no list of items.
//!
//! Otherwise it is another page, even if its text looks right: better a page read again than a
//! decision under the wrong matter.

use std::collections::BTreeSet;

use scraper::Html;
use url::Url;

use super::chrome::{Step, Survey};
use super::refs::{Key, Target, target};
use super::selectors::{LINK, OWN};
use crate::model::ids::ItemKey;

/// What a page proves about itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It is the page asked for.
    Proven,
    /// It is the page of another item.
    Other(String),
    /// It proves nothing.
    Nothing,
}

/// Climbs the ladder.
pub(super) fn prove(key: &Key, survey: &Survey, html: &Html, base: &Url) -> Proof {
    let links_own_file = survey
        .links
        .iter()
        .any(|link| key.is_own_document(&link.target) || key.is_own_attachment(&link.target));
    if links_own_file {
        return Proof::Proven;
    }
    let own = own_address(html, base);
    let between = between_neighbours(survey);
    if own.as_ref() == Some(key)
        || between
            .as_ref()
            .is_some_and(|between| between.contains(key))
    {
        return Proof::Proven;
    }
    let other = other_file(key, survey).or_else(|| own.map(|other| other.text()));
    match other.or_else(|| between.map(|between| between.text())) {
        Some(other) => Proof::Other(other),
        None if named_outside_navigation(key, survey) => Proof::Proven,
        None => Proof::Nothing,
    }
}

/// The one item that a page without an address claims to be.
pub(super) fn claimed_key(html: &str) -> Option<ItemKey> {
    let base = Url::parse("http://page.invalid/cgi/DREQUEST.PHP").ok()?;
    let html = super::super::markup::parse(html).ok()?;
    let of = |link: &str| base.join(link).ok().map(|url| target(&url));
    let targets: Vec<Target> = html
        .select(&LINK)
        .filter_map(|link| of(link.value().attr("href")?))
        .collect();
    let file = targets
        .iter()
        .filter_map(|target| target.file().or_else(|| target.attached_to()))
        .find(|key| key.position.is_some_and(|position| position > 0))
        .cloned();
    file.or_else(|| own_address(&html, &base))
        .map(|key| ItemKey::new(key.text()))
}

fn other_file(key: &Key, survey: &Survey) -> Option<String> {
    let files = survey.links.iter().filter(|link| link.step != Step::Appeal);
    let mut targets = files.map(|link| &link.target);
    targets.find_map(|target| {
        let item = target.file().filter(|key| key.position != Some(0));
        let decision = target.meeting_file().filter(|_| key.is_decision());
        item.map(Key::text).or_else(|| decision.map(str::to_owned))
    })
}

fn own_address(html: &Html, base: &Url) -> Option<Key> {
    html.select(&OWN).find_map(|element| {
        let address = ["href", "content", "action"]
            .iter()
            .find_map(|name| element.value().attr(name))?;
        target(&base.join(address).ok()?).item().cloned()
    })
}

/// The positions that the navigation leaves for the page itself.
#[derive(Debug)]
struct Between {
    meeting: String,
    after: Option<u32>,
    before: Option<u32>,
}

impl Between {
    fn contains(&self, key: &Key) -> bool {
        let Some(position) = key.position else {
            return false;
        };
        let next_to = |other: u32, step: i64| i64::from(position) == i64::from(other) + step;
        self.meeting == key.number
            && match (self.after, self.before) {
                (Some(after), Some(before)) => after < position && position < before,
                (Some(after), None) => next_to(after, 1),
                (None, Some(before)) => next_to(before, -1),
                (None, None) => false,
            }
    }

    fn text(&self) -> String {
        let position = |n: Option<u32>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
        format!(
            "an item of meeting {} between {} and {}",
            self.meeting,
            position(self.after),
            position(self.before)
        )
    }
}

fn between_neighbours(survey: &Survey) -> Option<Between> {
    let previous = survey.neighbour(Step::Previous);
    let next = survey.neighbour(Step::Next);
    let meeting = previous.or(next)?.number.clone();
    Some(Between {
        meeting,
        after: previous.and_then(|key| key.position),
        before: next.and_then(|key| key.position),
    })
}

fn named_outside_navigation(key: &Key, survey: &Survey) -> bool {
    let named: BTreeSet<String> = survey
        .links
        .iter()
        .filter(|link| link.step == Step::None)
        .filter_map(|link| link.target.item().map(Key::text))
        .collect();
    named.len() == 1 && named.contains(&key.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::markup::parse;
    use crate::vocab::Vocabulary;

    fn proof(body: &str) -> Proof {
        let html = parse(&format!("<html><body>{body}</body></html>")).expect("parsed");
        let base: Url = "https://k.example/cgi/DREQUEST.PHP?page=meetingitem&id=2024375-8"
            .parse()
            .expect("url");
        let survey = Survey::of(&html, &base, Vocabulary::embedded());
        prove(
            &Key::parse("2024375-8").expect("key"),
            &survey,
            &html,
            &base,
        )
    }

    const PREVIOUS: &str = "<a href='?page=meetingitem&id=2024375-7'>Edellinen asia</a>";
    const NEXT: &str = "<a href='?id=2024375-9&amp;page=meetingitem'>Seuraava&nbsp;asia</a>";

    #[test]
    fn own_files_prove() {
        assert_eq!(
            proof("<a href='../kokous/2024375-8.pdf'>x</a>"),
            Proof::Proven
        );
        assert_eq!(
            proof("<a href='http://k.example:80/kokous/2024375-8-123.PDF'>x</a>"),
            Proof::Proven
        );
        assert_eq!(
            proof("<a href='../kokous/2024375-9.PDF'>x</a>"),
            Proof::Other("2024375-9".to_owned())
        );
        assert_eq!(
            proof("<a href='../kokous/2024375-80.PDF'>x</a>"),
            Proof::Other("2024375-80".to_owned())
        );
    }

    #[test]
    fn neighbours_prove_only_around_the_key() {
        assert_eq!(proof(&format!("{PREVIOUS}{NEXT}")), Proof::Proven);
        assert_eq!(proof(NEXT), Proof::Proven);
        let self_as_next = "<a href='?page=meetingitem&id=2024375-8'>Seuraava asia</a>";
        assert!(matches!(proof(self_as_next), Proof::Other(_)));
    }

    #[test]
    fn lists_and_bare_text_prove_nothing() {
        let list = "<a href='?page=meetingitem&id=2024375-8'>A</a><a href='?page=meetingitem&id=2024375-9'>B</a>";
        assert_eq!(proof(list), Proof::Nothing);
        assert_eq!(
            proof("<p>Pöytäkirja 14.03.2024/Pykälä 39</p>"),
            Proof::Nothing
        );
    }

    #[test]
    fn a_saved_page_tells_its_key() {
        let page = "<body><a href='../kokous/2024375-0-1.PDF'>Muutoksenhakuohje</a><a href='../kokous/2024375-8.PDF'>x</a>";
        assert_eq!(claimed_key(page), Some(ItemKey::new("2024375-8")));
    }
}
