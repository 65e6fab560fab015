//! Letter-spaced text joined again: `P ä ä t ö s`, as some portals write it against copying.
//!
//! What may be real is left alone: initials, lists of letters (`A B C`), abbreviations. Wide gaps are
//! what tells words apart, so this must see the text before its spaces are folded.

/// Letters of a run at least.
const MIN_RUN: usize = 3;
/// ... where nothing but the run itself says that it is one word, and in capitals.
const MIN_BARE_RUN: usize = 4;
const MIN_CAPITALS: usize = 5;
/// A longer run is several words whose gaps were lost: joined it would be worse than spaced.
const MAX_RUN: usize = 32;
/// Two gaps at least make a line padded.
const MIN_GAPS: usize = 2;

/// A line with its letter-spaced words joined and its padding taken away; `None` where it is clean.
pub(in crate::platform) fn joined(line: &str) -> Option<String> {
    let words = words(line);
    let spaced = words.iter().any(Word::is_spaced);
    let padded = !spaced && is_padded(&words);
    if !spaced && !padded {
        return embedded(&words, line);
    }
    let mut out = String::with_capacity(line.len());
    out.push_str(outer(line, Side::Start));
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        if spaced && word.is_all_single() && word.tokens.len() <= MAX_RUN {
            out.push_str(&word.tokens.concat());
        } else {
            out.push_str(&word.with_runs_joined());
        }
    }
    out.push_str(outer(line, Side::End));
    Some(out)
}

/// What stands between two wide gaps.
struct Word<'a> {
    tokens: Vec<&'a str>,
}

impl Word<'_> {
    /// Whether it is one word set letter by letter.
    fn is_spaced(&self) -> bool {
        self.is_all_single() && is_word(&self.tokens, MIN_RUN)
    }

    /// Whether every token is one character.
    fn is_all_single(&self) -> bool {
        self.tokens.iter().all(|token| is_single(token))
    }

    /// The text with letter-spaced words between others joined.
    fn with_runs_joined(&self) -> String {
        let mut out: Vec<String> = Vec::new();
        let mut rest = self.tokens.as_slice();
        while let Some(first) = rest.first() {
            let letter = |token: &&&str| is_letter(token);
            let run: Vec<&str> = rest.iter().take_while(letter).copied().collect();
            if run.len() >= MIN_BARE_RUN && is_word(&run, MIN_BARE_RUN) {
                out.push(run.concat());
            } else if run.is_empty() {
                out.push((*first).to_owned());
            } else {
                out.push(run.join(" "));
            }
            rest = rest.get(run.len().max(1)..).unwrap_or_default();
        }
        out.join(" ")
    }
}

/// A line without wide gaps may still hold a letter-spaced word among others.
fn embedded(words: &[Word<'_>], line: &str) -> Option<String> {
    let [word] = words else {
        return None;
    };
    let out = word.with_runs_joined();
    let changed = out.split(' ').count() < word.tokens.len();
    changed.then(|| {
        let (start, end) = (outer(line, Side::Start), outer(line, Side::End));
        format!("{start}{out}{end}")
    })
}

/// Whether tokens of one character are a word: its first letter may be high, the others are low; or
/// all are high, and they are no list of letters.
fn is_word(tokens: &[&str], least: usize) -> bool {
    let letters: Vec<char> = tokens
        .iter()
        .filter_map(|token| token.chars().next().filter(|c| c.is_alphabetic()))
        .collect();
    let sane = (least..=MAX_RUN).contains(&letters.len()) && !is_series(&letters);
    let low = letters.iter().skip(1).all(|c| c.is_lowercase());
    let high = letters.iter().all(|c| c.is_uppercase()) && letters.len() >= MIN_CAPITALS;
    let all_letters = letters.len() + usize::from(ends_with_mark(tokens)) == tokens.len();
    sane && (low || high) && all_letters
}

fn ends_with_mark(tokens: &[&str]) -> bool {
    tokens
        .last()
        .is_some_and(|token| !token.chars().any(char::is_alphanumeric))
}

/// Whether letters follow one another in the alphabet: a list, not a word.
fn is_series(letters: &[char]) -> bool {
    let next = |(a, b): (&char, &char)| u32::from(*a) + 1 == u32::from(*b);
    letters.iter().zip(letters.iter().skip(1)).all(next)
}

/// Whether words are set apart by wide gaps throughout, as no column or label is.
fn is_padded(words: &[Word<'_>]) -> bool {
    let wide = words.len().saturating_sub(1);
    let narrow: usize = words.iter().map(|word| word.tokens.len() - 1).sum();
    let tokens = || words.iter().flat_map(|word| &word.tokens);
    let low = tokens()
        .filter(|token| token.starts_with(char::is_lowercase))
        .count();
    wide >= MIN_GAPS && wide >= narrow * 2 && low * 2 >= tokens().count()
}

/// A line taken apart at its wide gaps, and each part at its blanks.
fn words(line: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut blanks = MIN_GAPS;
    for token in line.split(char::is_whitespace) {
        if token.is_empty() {
            blanks += 1;
            continue;
        }
        match words.last_mut() {
            Some(word) if blanks == 0 => word.tokens.push(token),
            _ => words.push(Word {
                tokens: vec![token],
            }),
        }
        blanks = 0;
    }
    words
}

fn is_single(token: &str) -> bool {
    token.chars().count() == 1
}

fn is_letter(token: &str) -> bool {
    is_single(token) && token.chars().all(char::is_alphabetic)
}

/// Which end of a line.
#[derive(Clone, Copy)]
enum Side {
    Start,
    End,
}

/// The blanks at an end of a line.
fn outer(line: &str, side: Side) -> &str {
    let inner = match side {
        Side::Start => line.trim_start(),
        Side::End => line.trim_end(),
    };
    let cut = match side {
        Side::Start => line.strip_suffix(inner),
        Side::End => line.strip_prefix(inner),
    };
    cut.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(line: &str, wanted: &str) {
        assert_eq!(joined(line).as_deref(), Some(wanted), "{line}");
    }

    #[test]
    fn letter_spaced_words_are_joined() {
        is("P ä ä t ö s", "Päätös");
        is("P Ä Ä T Ö S", "PÄÄTÖS");
        is(
            "E h d o t u s   h y v ä k s y t t i i n .",
            "Ehdotus hyväksyttiin.",
        );
        is(
            "K u n n a n h a l l i t u s   1 2 . 3 . 2 0 2 6   §   1 2",
            "Kunnanhallitus 12.3.2026 § 12",
        );
        is(
            "L a u t a k u n t a\u{a0}\u{a0}\u{a0}j a\u{a0}\u{a0}\u{a0}n y t",
            "Lautakunta ja nyt",
        );
        is("Asian P ä ä t ö s § 12", "Asian Päätös § 12");
        is("  P ä ä t ö s  ", "  Päätös  ");
    }

    #[test]
    fn padded_words_lose_their_padding() {
        is(
            "Ehdotus   hyväksyttiin    yksimielisesti.",
            "Ehdotus hyväksyttiin yksimielisesti.",
        );
    }

    #[test]
    fn what_may_be_real_stays() {
        for line in [
            "§ 12",
            "A B C",
            "A B C D E F",
            "a b c d",
            "K. H.",
            "K H",
            "K H V",
            "Liite A ja B",
            "M. A. Mallikas",
            "x y z",
            "Vaihtoehdot A i B",
            "1 2 3 4 5",
            "Päätös   Ehdotus hyväksyttiin.",
            "Valmistelija    Kehityspäällikkö Maija Mallikas",
            "Vuosi   2025   2026   2027",
            "",
            "Ehdotus hyväksyttiin.",
        ] {
            assert_eq!(joined(line), None, "{line}");
        }
        let lost = "p ä ä t ö s ".repeat(8);
        assert_eq!(joined(lost.trim()), None, "words whose gaps were lost");
    }
}
