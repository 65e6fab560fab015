//! Items in lists: one line each, the same on every page.

use crate::archive::{MARK_CLOSE, MARK_OPEN};
use crate::model::item::ItemRecord;
use crate::model::minutes::{Lang, Outcome, Stage};
use crate::publish::clean;

use super::super::site::{DoubtfulItem, MeetingAhead, SearchHit};
use super::asked::Asked;
use super::language::PageLanguage;

/// An item in a list.
#[derive(Clone, Debug)]
pub struct ItemLine {
    /// The way to its page.
    pub href: String,
    /// Title of the matter.
    pub title: String,
    /// Language of the title, where it is not that of the page.
    pub lang: Option<&'static str>,
    /// Where: `Asikkala, Sivistyslautakunta`.
    pub place: String,
    /// Language of those names, where it is not that of the page.
    pub names: Option<&'static str>,
    /// When: `14.3.2024`.
    pub day: Option<String>,
    /// What became of it, or its stage.
    pub state: String,
    /// The class of the state.
    pub class: &'static str,
    /// A passage in pieces, some of which are marked.
    pub passage: Vec<Piece>,
    /// Language of the passage, where it is not that of the page.
    pub said_in: Option<&'static str>,
}

/// A piece of a passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its text.
    pub text: String,
    /// Whether it was looked for.
    pub found: bool,
}

impl ItemLine {
    /// The line of an item.
    pub fn of(item: &ItemRecord, asked: &Asked) -> Self {
        let text = item.fields.as_ref().map(|fields| fields.lang);
        let (state, class) = state(asked.language, item.stage, item.outcome);
        Self {
            href: item_page(asked, item.uid.as_str()),
            title: clean::line(&item.title),
            lang: foreign(asked.language, text.unwrap_or(Lang::Fi)),
            place: place(&item.municipality, item.body.as_deref()),
            names: foreign(asked.language, Lang::Fi),
            day: item.held_on.map(|day| asked.language.day(day)),
            state,
            class,
            passage: Vec::new(),
            said_in: None,
        }
    }

    /// The line of a hit, with its passage.
    pub fn found(hit: &SearchHit, asked: &Asked) -> Self {
        let (state, class) = state(asked.language, hit.stage, hit.outcome);
        Self {
            href: item_page(asked, hit.uid.as_str()),
            title: clean::line(&hit.title),
            lang: foreign(asked.language, hit.lang),
            place: place(&hit.municipality, hit.body.as_deref()),
            names: foreign(asked.language, Lang::Fi),
            day: hit.date.map(|day| asked.language.day(day)),
            state,
            class,
            passage: hit.snippet.as_deref().map(pieces).unwrap_or_default(),
            said_in: foreign(asked.language, hit.lang),
        }
    }

    /// The line of an item that may belong to a network, with the reason for its passage.
    pub fn doubtful(item: &DoubtfulItem, asked: &Asked) -> Self {
        let reason = Piece {
            text: clean::line(&item.explanation),
            found: false,
        };
        Self {
            href: item_page(asked, item.uid.as_str()),
            title: clean::line(&item.title),
            lang: foreign(asked.language, Lang::Fi),
            place: place(&item.municipality, item.body.as_deref()),
            names: foreign(asked.language, Lang::Fi),
            day: item.date.map(|day| asked.language.day(day)),
            state: String::new(),
            class: "none",
            passage: vec![reason],
            said_in: foreign(asked.language, Lang::Fi),
        }
    }
}

/// A meeting to come, in a list.
#[derive(Clone, Debug)]
pub struct MeetingLine {
    /// Its day for machines.
    pub machine: String,
    /// Its day, and the hour where it is known.
    pub when: String,
    /// Municipality and body.
    pub place: String,
    /// Address of its page.
    pub href: Option<String>,
    /// How many items it has.
    pub items: String,
    /// Its items that belong to a network: the way to each and its title.
    pub of_networks: Vec<(String, String)>,
}

impl MeetingLine {
    /// The line of a meeting.
    pub fn of(meeting: &MeetingAhead, asked: &Asked) -> Self {
        let language = asked.language;
        let when = match meeting.starts_at {
            Some(at) => language.moment(at).text,
            None => language.day(meeting.held_on),
        };
        let items = &language.words().front.ahead_items;
        let of_networks = meeting.of_networks.iter();
        Self {
            machine: meeting.held_on.to_string(),
            when,
            place: clean::line(&format!("{}, {}", meeting.municipality, meeting.body)),
            href: meeting.url.as_deref().and_then(clean::web_address),
            items: items.with("count", meeting.items).to_string(),
            of_networks: of_networks
                .map(|(uid, title)| (item_page(asked, uid.as_str()), clean::line(title)))
                .collect(),
        }
    }
}

/// The way to the page of an item.
pub fn item_page(asked: &Asked, uid: &str) -> String {
    format!("{}items/{uid}", asked.home())
}

/// The tag of a text's language, where the page speaks another.
pub fn foreign(page: PageLanguage, text: Lang) -> Option<&'static str> {
    Some(text.word()).filter(|tag| *tag != page.tag())
}

/// What became of an item, and the class that shows it.
pub fn state(
    language: PageLanguage,
    stage: Option<Stage>,
    outcome: Option<Outcome>,
) -> (String, &'static str) {
    let words = language.words();
    match (stage, outcome) {
        (_, Some(outcome)) => {
            // What was put off comes up again.
            let open = matches!(
                outcome,
                Outcome::Tabled | Outcome::Returned | Outcome::Withdrawn
            );
            let class = if open { "agenda" } else { "decided" };
            (words.outcome.of(outcome.word()).to_string(), class)
        }
        (Some(Stage::Minutes), None) => (words.stage.of("minutes").to_string(), "decided"),
        (Some(Stage::Agenda), None) => (words.stage.of("agenda").to_string(), "agenda"),
        (None, None) => (words.stage.of("unread").to_string(), "none"),
    }
}

fn place(municipality: &str, body: Option<&str>) -> String {
    let parts = [Some(clean::line(municipality)), body.map(clean::line)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A passage cut where found words begin and end.
fn pieces(snippet: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut push = |text: &str, found| {
        // Spaces at the ends part the pieces, so only what lies between is cleaned up.
        let text = clean::text(text).replace('\n', " ");
        if !text.is_empty() {
            pieces.push(Piece { text, found });
        }
    };
    let mut parts = snippet.split(MARK_OPEN);
    push(parts.next().unwrap_or_default(), false);
    for part in parts {
        match part.split_once(MARK_CLOSE) {
            Some((found, rest)) => {
                push(found, true);
                push(rest, false);
            }
            None => push(part, true),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_words_are_pieces_of_their_own() {
        let text = format!("Verkoston {MARK_OPEN}sopimus{MARK_CLOSE} ja <b>\nmuu");
        let pieces: Vec<(String, bool)> = pieces(&text)
            .into_iter()
            .map(|piece| (piece.text, piece.found))
            .collect();
        assert_eq!(
            pieces,
            [
                ("Verkoston ".to_owned(), false),
                ("sopimus".to_owned(), true),
                (" ja <b> muu".to_owned(), false),
            ]
        );
    }
}
