//! What happens to the characters of a page: spaces folded, invisible ones dropped, NFC.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Folds the spaces of a stretch of text. A tab in the result is a wide gap: a tab stop of the word
/// processor, which Dynasty writes as several hard spaces between a label and its value.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = Gap::default();
    let mut add = |c: char| {
        if c.is_whitespace() {
            gap.add(c);
        } else if !is_invisible(c) {
            gap.write(&mut out);
            out.push(c);
        }
    };
    // Nearly all text is composed already, and composing costs as much as reading the page.
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        text.chars().for_each(&mut add);
    } else {
        text.nfc().for_each(&mut add);
    }
    gap.write(&mut out);
    out
}

/// The same for text that stands alone: no gaps, no blanks at the ends.
pub(in crate::platform) fn clean_text(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Spaces seen since the last visible character.
#[derive(Default)]
struct Gap {
    soft: usize,
    hard: usize,
}

impl Gap {
    fn add(&mut self, c: char) {
        match c {
            '\u{a0}' | '\u{2007}' | '\u{202f}' => self.hard += 1,
            '\u{2002}' | '\u{2003}' => self.hard += 2,
            _ => self.soft += 1,
        }
    }

    fn write(&mut self, out: &mut String) {
        if self.hard >= 2 {
            out.push('\t');
        } else if self.hard + self.soft > 0 {
            out.push(' ');
        }
        *self = Self::default();
    }
}

/// Soft hyphens, zero-width marks, directional marks and controls: never part of a word.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    ) || (c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_hyphens() {
        assert_eq!(fold("Päätös\u{a0}\u{a0} Ehdotus"), "Päätös\tEhdotus");
        assert_eq!(fold("597\u{a0}000  euroa"), "597 000 euroa");
        assert_eq!(
            clean_text(" toiminta\u{ad}suunnitelma\u{200b} \n x "),
            "toimintasuunnitelma x"
        );
        assert_eq!(clean_text("a\u{308}"), "ä");
    }
}
