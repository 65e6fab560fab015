//! Whether a page still says a text, whatever markup stands between its words.

/// Texts of fewer letters may stand anywhere by chance: `Hyväksyttiin.`
const SHORT: usize = 30;
/// The share of a text that the page must still say, in hundredths, before it counts as there.
const MOSTLY: usize = 50;
/// Pieces of fewer letters say nothing alone.
const PIECE: usize = 3;

/// The words of a page, made for looking texts up.
pub(super) struct PageWords {
    /// Letters and digits alone: markup may break a word anywhere.
    tight: String,
    /// Its words, lower case.
    words: Vec<String>,
}

impl PageWords {
    /// Prepares what a reader of the page sees.
    pub(super) fn of(page: &str) -> Self {
        Self {
            tight: tight(page),
            words: words_of(page),
        }
    }

    /// Whether it says this.
    pub(super) fn has(&self, text: &str) -> bool {
        self.tight.contains(&tight(text))
    }

    /// How often it says a short text, by whole words.
    pub(super) fn times(&self, lines: &[String]) -> usize {
        times(&self.words, lines)
    }
}

/// The lines of a text that the page still says in full; `None` when it says most of the text no more.
pub(super) fn held(lines: &[String], page: &PageWords) -> Option<Vec<String>> {
    let letters = |lines: &[String]| {
        lines
            .iter()
            .map(|line| tight(line).chars().count())
            .sum::<usize>()
    };
    let kept: Vec<String> = lines
        .iter()
        .filter(|line| is_said(line, page))
        .cloned()
        .collect();
    let (all, there) = (letters(lines), letters(&kept));
    (all > 0 && there * 100 >= all * MOSTLY).then_some(kept)
}

/// Whether every piece of a line is there: what a reader takes away, such as telephones, stands between pieces.
fn is_said(line: &str, page: &PageWords) -> bool {
    let pieces = line.split([',', ';', '|', '(', ')']).map(tight);
    let mut telling = pieces
        .filter(|piece| piece.chars().count() >= PIECE)
        .peekable();
    if telling.peek().is_none() {
        return page.has(line);
    }
    telling.all(|piece| page.tight.contains(&piece))
}

/// Whether a text says all of these lines.
pub(super) fn says(text: &str, lines: &[String]) -> bool {
    let text = tight(text);
    let mut lines = lines
        .iter()
        .map(|line| tight(line))
        .filter(|line| !line.is_empty())
        .peekable();
    lines.peek().is_some() && lines.all(|line| text.contains(&line))
}

/// How often a text says a short one, by whole words.
pub(super) fn times_in(text: &str, lines: &[String]) -> usize {
    times(&words_of(text), lines)
}

fn times(words: &[String], lines: &[String]) -> usize {
    let told = words_of(&lines.join(" "));
    if told.is_empty() {
        return 0;
    }
    words
        .windows(told.len())
        .filter(|window| *window == told)
        .count()
}

/// Whether a text is so short that it may stand anywhere by chance.
pub(super) fn is_short(lines: &[String]) -> bool {
    lines
        .iter()
        .map(|line| tight(line).chars().count())
        .sum::<usize>()
        < SHORT
}

/// The lines of a text that say something.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(str::to_owned)
        .collect()
}

/// A text without the lines that are not kept, blank lines as they were.
pub(super) fn joined(text: &str, kept: &[String]) -> String {
    let stays = |line: &&str| line.trim().is_empty() || kept.iter().any(|kept| kept == line);
    let lines: Vec<&str> = text.lines().filter(stays).collect();
    lines.join("\n").trim().to_owned()
}

fn tight(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}
