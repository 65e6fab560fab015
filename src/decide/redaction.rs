//! Words that a page loses after the time for appeals: its publisher took personal data out, as the law wants.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::model::item::DuePage;
use crate::model::minutes::{Handling, ItemReading, Reading};
use crate::model::when::{instant_on, later};

/// When the time for appeals against an item is over: so long after its minutes were first seen, or, where that is not
/// known, after its meeting or first sight; never sooner than so long after the meeting.
pub fn appeals_end(known: &DuePage, window: SignedDuration) -> Timestamp {
    let held = known.held_on.map(|day| instant_on(day, 0));
    let seen = known.minutes_since.or(held).unwrap_or(known.first_seen_at);
    later(held.map_or(seen, |held| seen.max(held)), window)
}

/// The words, lower case, that the stored texts say and the new ones do not, when the new ones only lose words;
/// nothing when the text was rewritten, which is an amendment.
///
/// What stands for a name that was taken out (dots, a letter, crosses) is no word.
pub fn lost_words(known: &DuePage, reading: &Reading) -> BTreeSet<String> {
    let Some(before) = &known.fields else {
        return BTreeSet::new();
    };
    let old = words(before, &known.handlings);
    let new = words(&reading.item, &reading.handlings);
    let lost: BTreeSet<String> = old.difference(&new).cloned().collect();
    let added = new.difference(&old).count();
    if added * 2 > lost.len() {
        return BTreeSet::new();
    }
    lost
}

fn words(item: &ItemReading, handlings: &[Handling]) -> BTreeSet<String> {
    let fields = [
        &item.title,
        &item.preparer,
        &item.presenter,
        &item.background,
        &item.proposal,
        &item.proceedings,
        &item.votes,
        &item.decision,
        &item.dissent,
        &item.conflicts,
        &item.competence,
        &item.appeal_text,
        &item.notified,
    ];
    let told = handlings
        .iter()
        .flat_map(|handling| [&handling.proposal, &handling.decision, &handling.text]);
    let titles = item.attachments.iter().map(|attachment| &attachment.title);
    let texts = fields.into_iter().chain(told).flatten().chain(titles);
    texts
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .map(str::to_lowercase)
        .filter(|word| is_word(word))
        .collect()
}

fn is_word(word: &str) -> bool {
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    let first = letters.next();
    let (more, others) = letters.fold((0, 0), |(all, others), letter| {
        (all + 1, others + u32::from(Some(letter) != first))
    });
    more >= 1 && others >= 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::page::tests::{known_page, now, reading};
    use crate::model::minutes::Stage;

    fn lost(before: &str, after: Option<&str>) -> Vec<String> {
        let mut old = reading(Stage::Minutes);
        old.item.background = Some(before.to_owned());
        let known = DuePage {
            fields: Some(old.item),
            ..known_page()
        };
        let mut new = reading(Stage::Minutes);
        new.item.background = after.map(str::to_owned);
        lost_words(&known, &new).into_iter().collect()
    }

    #[test]
    fn names_that_were_taken_out_are_lost_words() {
        let text = "Hakija Aino Esimerkki on muuttanut.";
        let cut = ["aino", "esimerkki"];
        assert_eq!(lost(text, Some("Hakija on muuttanut.")), cut);
        assert_eq!(lost(text, Some("Hakija N. N. xxxx … on muuttanut.")), cut);
        assert_eq!(
            lost(text, None),
            ["aino", "esimerkki", "hakija", "muuttanut", "on"]
        );
    }

    #[test]
    fn a_text_that_was_rewritten_or_has_grown_is_an_amendment() {
        assert!(lost("Hylättiin.", Some("Palautettiin.")).is_empty());
        assert!(lost("Yksi kaksi.", Some("Yksi kolme neljä.")).is_empty());
        assert!(lost("Yksi.", Some("Yksi.")).is_empty());
    }

    #[test]
    fn appeals_end_after_the_minutes_were_seen_and_the_meeting_was_held() {
        let window = SignedDuration::from_hours(24 * 45);
        let mut known = known_page();
        let held = instant_on(known.held_on.expect("day"), 0);
        assert_eq!(appeals_end(&known, window), later(held, window));
        known.minutes_since = Some(now());
        assert_eq!(appeals_end(&known, window), later(now(), window));
        known.held_on = None;
        known.minutes_since = None;
        assert_eq!(
            appeals_end(&known, window),
            later(known.first_seen_at, window)
        );
    }
}
