//! Word patterns compiled once: stems, ends, parts, whole words, and several in a row.

use super::words::{Word, normal, without_dots};
use crate::model::network::pattern_words;

/// A compiled word pattern: one part for each word in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Part>);

/// What one word must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    shape: Shape,
    text: String,
    /// The same without dots and rings.
    plain: String,
}

/// Where in a word the text of a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Whole,
    Begins,
    Ends,
    Contains,
}

impl Part {
    fn new(word: &str) -> Self {
        let (open_left, rest) = word
            .strip_prefix('*')
            .map_or((false, word), |rest| (true, rest));
        let (open_right, rest) = rest
            .strip_suffix('*')
            .map_or((false, rest), |rest| (true, rest));
        let text = normal(rest);
        let shape = match (open_left, open_right) {
            (false, false) => Shape::Whole,
            (false, true) => Shape::Begins,
            (true, false) => Shape::Ends,
            (true, true) => Shape::Contains,
        };
        let plain = without_dots(&text);
        Self { shape, text, plain }
    }

    fn holds(&self, word: &Word) -> bool {
        self.shape.holds(&word.text, &self.text)
            || (word.may_lack_dots && self.shape.holds(&word.text, &self.plain))
    }
}

impl Shape {
    fn holds(self, word: &str, text: &str) -> bool {
        match self {
            Self::Whole => word == text,
            Self::Begins => word.starts_with(text),
            Self::Ends => word.ends_with(text),
            Self::Contains => word.contains(text),
        }
    }
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Self {
        Self(pattern_words(pattern).map(Part::new).collect())
    }

    /// How many words the pattern takes, where it holds at the beginning of these.
    pub(super) fn length_at(&self, words: &[Word]) -> Option<usize> {
        let Self(parts) = self;
        let row = words.get(..parts.len())?;
        let holds = parts.iter().zip(row).all(|(part, word)| part.holds(word));
        (holds && !parts.is_empty()).then_some(parts.len())
    }
}

/// Words in a row, by number: the first, and one past the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Span {
    /// Words from the end of one to the beginning of the other; neighbours are 1 apart.
    pub(super) fn distance(self, other: Self) -> usize {
        let between = |a: Self, b: Self| (b.from + 1).checked_sub(a.to);
        between(self, other)
            .or_else(|| between(other, self))
            .unwrap_or(0)
    }

    /// The words of both and everything between.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
        }
    }
}

/// Every place where one of the patterns holds.
pub(super) fn places<'p>(
    patterns: &'p [Pattern],
    words: &'p [Word],
) -> impl Iterator<Item = Span> + 'p {
    (0..words.len()).flat_map(move |from| {
        let rest = words.get(from..).unwrap_or_default();
        let lengths = patterns
            .iter()
            .filter_map(move |pattern| pattern.length_at(rest));
        lengths.map(move |length| Span {
            from,
            to: from + length,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::words::{file_name_words, words};
    use super::*;

    fn found(pattern: &str, text: &str) -> Vec<(usize, usize)> {
        let patterns = [Pattern::new(pattern)];
        places(&patterns, &words(text))
            .map(|span| (span.from, span.to))
            .collect()
    }

    #[test]
    fn stems_ends_parts_and_whole_words() {
        let text = "Verkoston kehittämisverkosto, VERKOSTO";
        assert_eq!(found("verkosto", text), [(2, 3)]);
        assert_eq!(found("Verkosto*", text), [(0, 1), (2, 3)]);
        assert_eq!(found("*verkosto", text), [(1, 2), (2, 3)]);
        assert_eq!(found("*verkosto*", text), [(0, 1), (1, 2), (2, 3)]);
    }

    #[test]
    fn several_words_and_words_with_hyphens_stand_in_a_row() {
        assert_eq!(
            found("päijät-häm*", "Päijät-Hämeen ja Päijät Häme"),
            [(0, 2), (3, 5)]
        );
        assert_eq!(found("stj-ohry", "STJ-OHRY:n ohry"), [(0, 2)]);
        assert_eq!(
            found("seudulli* verkosto*", "seudullinen hyvä verkosto"),
            []
        );
    }

    #[test]
    fn names_of_files_are_found_without_their_dots() {
        let pattern = [Pattern::new("yhteistyö*")];
        let count = |words: &[Word]| places(&pattern, words).count();
        assert_eq!(count(&file_name_words("Seudullinen_yhteistyo.pdf")), 1);
        assert_eq!(count(&words("Seudullinen yhteistyo")), 0);
    }

    #[test]
    fn distance_counts_words_in_either_direction() {
        let span = |from, to| Span { from, to };
        assert_eq!(span(0, 1).distance(span(1, 2)), 1);
        assert_eq!(span(4, 6).distance(span(0, 1)), 4);
        assert_eq!(span(0, 3).distance(span(1, 2)), 0);
    }
}
