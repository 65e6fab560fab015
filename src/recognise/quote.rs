//! Quotations: the found words with what stands around them, cut between words.

use std::ops::Range;

/// About how many characters a passage has.
const PASSAGE: usize = 120;

/// Characters that quoted words may have in a sentence.
const QUOTED: usize = 110;

/// Mark of what was left out.
const CUT: char = '…';

/// The found words with what stands around them in the same paragraph, as it stands in the text but
/// for runs of blanks; `…` where the paragraph goes on.
pub(super) fn passage(text: &str, found: &Range<usize>) -> String {
    let Some((before, words, after)) = around(text, found) else {
        return String::new();
    };
    let before = last_line(before);
    let after = after.lines().next().unwrap_or_default();
    let room = PASSAGE.saturating_sub(words.chars().count());
    let (left, right) = shares(before.chars().count(), after.chars().count(), room);
    let (head, head_cut) = ending(before, left);
    let (tail, tail_cut) = beginning(after, right);
    let mut out = String::new();
    if head_cut {
        out.push(CUT);
    }
    out.push_str(&one_line(&[head, words, tail].concat()));
    if tail_cut {
        out.push(CUT);
    }
    out
}

/// The found words alone, in one line; the middle is left out of many words.
pub(super) fn found_words(text: &str, found: &Range<usize>) -> String {
    let words = one_line(text.get(found.clone()).unwrap_or_default());
    if words.chars().count() <= QUOTED {
        return words;
    }
    let half = QUOTED / 2;
    let (head, _) = beginning(&words, half);
    let (tail, _) = ending(&words, half);
    format!("{} {CUT} {}", head.trim_end(), tail.trim_start())
}

fn around<'t>(text: &'t str, found: &Range<usize>) -> Option<(&'t str, &'t str, &'t str)> {
    Some((
        text.get(..found.start)?,
        text.get(found.clone())?,
        text.get(found.end..)?,
    ))
}

/// Splits the room between two sides; what one side does not need the other gets.
fn shares(left: usize, right: usize, room: usize) -> (usize, usize) {
    let half = room / 2;
    let left_share = left.min(half.max(room.saturating_sub(right)));
    (left_share, room.saturating_sub(left_share))
}

fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or_default()
}

/// At most so many characters from the beginning, cut between words; whether anything was cut.
fn beginning(text: &str, most: usize) -> (&str, bool) {
    let Some((end, _)) = text.char_indices().nth(most) else {
        return (text, false);
    };
    let (kept, rest) = text.split_at(end);
    if rest.trim().is_empty() {
        return (kept, false);
    }
    if rest.starts_with(char::is_whitespace) {
        return (kept.trim_end(), true);
    }
    // A cut through a word leaves the whole word out.
    (
        kept.rfind(char::is_whitespace)
            .and_then(|at| kept.get(..at))
            .unwrap_or_default(),
        true,
    )
}

/// At most so many characters from the end, cut between words; whether anything was cut.
fn ending(text: &str, most: usize) -> (&str, bool) {
    let length = text.chars().count();
    let Some(skip) = length.checked_sub(most).filter(|skip| *skip > 0) else {
        return (text, false);
    };
    let start = text
        .char_indices()
        .nth(skip)
        .map_or(text.len(), |(at, _)| at);
    let (rest, kept) = text.split_at(start);
    if rest.trim().is_empty() {
        return (kept, false);
    }
    if rest.ends_with(char::is_whitespace) {
        return (kept, true);
    }
    let whole_words = kept.find(char::is_whitespace).and_then(|at| kept.get(at..));
    (whole_words.unwrap_or_default().trim_start(), true)
}

/// Runs of blanks and line ends become one blank.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str, words: &str) -> Range<usize> {
        let start = text.find(words).expect("words");
        start..start + words.len()
    }

    #[test]
    fn a_short_paragraph_is_quoted_whole() {
        let text = "Eka kappale.\n\nToinen  kappale on tässä.\n\nKolmas.";
        assert_eq!(
            passage(text, &range(text, "kappale on")),
            "Toinen kappale on tässä."
        );
    }

    #[test]
    fn a_long_paragraph_is_cut_between_words() {
        let text = "sanoja ".repeat(40) + "osuma" + &" lisää".repeat(40);
        let quote = passage(&text, &range(&text, "osuma"));
        assert!(
            quote.starts_with("…sanoja ") && quote.ends_with(" lisää…"),
            "{quote}"
        );
        let length = quote.chars().count();
        assert!((100..=124).contains(&length), "{length}: {quote}");
        let inner = quote.trim_matches('…');
        assert!(text.contains(inner));
    }

    #[test]
    fn one_side_uses_what_the_other_does_not_need() {
        let text = "osuma".to_owned() + &" lisää".repeat(40);
        let quote = passage(&text, &range(&text, "osuma"));
        assert!(quote.chars().count() > 100, "{quote}");
        assert!(quote.starts_with("osuma lisää"), "{quote}");
    }

    #[test]
    fn a_word_without_end_is_left_out_whole() {
        let text = "ä".repeat(500) + " osuma " + &"ö".repeat(500);
        assert_eq!(passage(&text, &range(&text, "osuma")), "…osuma…");
    }

    #[test]
    fn many_found_words_lose_their_middle() {
        let text = "alku ".to_owned() + &"väli ".repeat(60) + "loppu";
        let words = found_words(&text, &(0..text.len()));
        assert!(
            words.starts_with("alku väli") && words.ends_with("väli loppu"),
            "{words}"
        );
        assert!(words.contains(" … "), "{words}");
        assert!(words.chars().count() <= QUOTED + 3);
    }
}
