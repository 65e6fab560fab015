//! A page's letters as a reader sees them, each with the place in the markup it came from.

use std::ops::Range;

use html_escape::decode_html_entities;

/// Elements that do not end a word: some pages split words between them.
const INLINE: [&str; 13] = [
    "a", "abbr", "b", "em", "font", "i", "ins", "mark", "small", "span", "strong", "u", "wbr",
];

/// An entity is not longer than this.
const LONGEST_ENTITY: usize = 12;

/// One letter as shown.
#[derive(Clone, Debug)]
struct Letter {
    shown: char,
    /// Bytes of the markup; empty for the end of a line that a tag made.
    from: Range<usize>,
}

/// The text of a page, and everything that is not text.
#[derive(Debug, Default)]
pub(super) struct View {
    letters: Vec<Letter>,
    /// Where each byte of `text` belongs among the letters.
    text: String,
    places: Vec<usize>,
    /// Tags, comments and scripts, as ranges of the markup.
    pub(super) rest: Vec<Range<usize>>,
}

impl View {
    /// Takes a page apart.
    pub(super) fn of(markup: &str) -> Self {
        let mut view = Self::default();
        let mut at = 0;
        while let Some(left) = markup.get(at..).filter(|left| !left.is_empty()) {
            at += if let Some(length) = not_text(left) {
                view.tag(left.get(..length).unwrap_or_default(), at..at + length);
                length
            } else {
                view.letter(left, at)
            };
        }
        view.text = view.letters.iter().map(|letter| letter.shown).collect();
        view.places = view
            .text
            .char_indices()
            .enumerate()
            .flat_map(|(no, (_, c))| std::iter::repeat_n(no, c.len_utf8()))
            .collect();
        view
    }

    /// The text as shown, blocks on lines of their own.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The pieces of the markup that a range of the text stands in: several where tags split it.
    pub(super) fn pieces(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let first = self.places.get(range.start).copied();
        let last = range
            .end
            .checked_sub(1)
            .and_then(|end| self.places.get(end).copied());
        let (Some(first), Some(last)) = (first, last) else {
            return vec![];
        };
        let mut pieces: Vec<Range<usize>> = vec![];
        for letter in self.letters.get(first..=last).unwrap_or_default() {
            match pieces.last_mut() {
                Some(piece) if piece.end == letter.from.start => piece.end = letter.from.end,
                Some(_) | None => pieces.push(letter.from.clone()),
            }
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }

    /// Whether markup stands between the letter at a byte of the text and the one before it.
    pub(super) fn is_seam(&self, at: usize) -> bool {
        let place = self.places.get(at).copied().unwrap_or_default();
        let before = place.checked_sub(1).and_then(|no| self.letters.get(no));
        let here = self.letters.get(place);
        matches!((before, here), (Some(before), Some(here)) if before.from.end != here.from.start)
    }

    fn tag(&mut self, tag: &str, range: Range<usize>) {
        let name: String = tag
            .trim_start_matches(['<', '/'])
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        if !INLINE.contains(&name.to_ascii_lowercase().as_str()) {
            self.letters.push(Letter {
                shown: '\n',
                from: range.end..range.end,
            });
        }
        self.rest.push(range);
    }

    /// Adds the next letter or entity; returns its length in the markup.
    fn letter(&mut self, left: &str, at: usize) -> usize {
        let (shown, length) = entity(left).unwrap_or_else(|| {
            let first = left.chars().next().unwrap_or_default();
            (first.to_string(), first.len_utf8().max(1))
        });
        for (no, c) in shown.chars().enumerate() {
            let from = if no == 0 {
                at..at + length
            } else {
                at + length..at + length
            };
            let shown = if c == '\u{a0}' || c == '\r' { ' ' } else { c };
            self.letters.push(Letter { shown, from });
        }
        length
    }
}

/// The length of a comment, a script, a style or a tag that stands at the beginning.
fn not_text(left: &str) -> Option<usize> {
    let ends = |end: &str| {
        let place = left.to_ascii_lowercase().find(end);
        place.map_or(left.len(), |place| place + end.len())
    };
    if !left.starts_with('<') {
        return None;
    }
    if left.starts_with("<!--") {
        return Some(ends("-->"));
    }
    let head: String = left
        .chars()
        .take(8)
        .collect::<String>()
        .to_ascii_lowercase();
    for (open, close) in [("<script", "</script>"), ("<style", "</style>")] {
        if head.starts_with(open) {
            return Some(ends(close));
        }
    }
    let is_tag = left
        .chars()
        .nth(1)
        .is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
    is_tag.then(|| end_of_tag(left))
}

/// A `>` inside quotes ends no tag.
fn end_of_tag(left: &str) -> usize {
    let mut quote = None;
    for (at, c) in left.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '>') => return at + 1,
            (Some(_) | None, _) => {}
        }
    }
    left.len()
}

fn entity(left: &str) -> Option<(String, usize)> {
    let end = left.strip_prefix('&')?.find(';')? + 2;
    let written = left.get(..end).filter(|_| end <= LONGEST_ENTITY)?;
    let decoded = decode_html_entities(written);
    (decoded != written).then(|| (decoded.into_owned(), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_knows_where_it_came_from() {
        let markup = "<p title='a>b'>M&auml;<b>kel</b>&#228;</p><!-- x --><td>y</td>";
        let view = View::of(markup);
        assert_eq!(view.text().trim(), "Mäkelä\n\n\ny");
        let word = view.text().find("Mäkelä").expect("word");
        let pieces: Vec<&str> = view
            .pieces(word..word + "Mäkelä".len())
            .into_iter()
            .filter_map(|piece| markup.get(piece))
            .collect();
        assert_eq!(pieces, ["M&auml;", "kel", "&#228;"]);
        assert!(view.is_seam(word + "Mä".len()) && !view.is_seam(word + 1));
    }
}
