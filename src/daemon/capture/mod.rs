//! A page as a fixture: the persons in it replaced by invented ones, everything else as served.

mod invented;
mod people;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use regex::{Captures, Regex};

use self::invented::Invented;
use self::people::{People, Word, is_high, is_municipality};
use self::view::View;
use crate::fetch::charset;
use crate::minutes::{mails, telephones};
use crate::model::ids::slug;
use crate::model::minutes::Reading;
use crate::vocab::Vocabulary;

/// The number that stands for every telephone.
const NOBODYS_NUMBER: &str = "000 000 0000";

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static CALL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)tel:[+\d][\d\s%()-]*").unwrap());
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?i)([a-z-]+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)"#).unwrap());
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\p{L}+").unwrap());

/// Attributes whose words are nobody's.
const TECHNICAL: [&str; 6] = ["class", "id", "style", "name", "type", "http-equiv"];

/// A page without persons.
#[derive(Clone, Debug)]
pub struct Captured {
    /// The page, in the charset it was served in.
    pub bytes: Vec<u8>,
    /// Names with what stands for them, each in the nominative.
    pub replaced: BTreeMap<String, String>,
    /// Words that might still be names: for a person to look at.
    pub doubtful: Vec<String>,
    /// What a person should know of the saved bytes.
    pub warnings: Vec<String>,
}

/// Replaces the persons of a page, consistently. `reading` is what the program reads from the page as it
/// came; names that only it shows to be names are found by it.
pub fn capture(bytes: &[u8], content_type: Option<&str>, reading: Option<&Reading>) -> Captured {
    let vocab = Vocabulary::in_force();
    let decoded = charset::decode(bytes, content_type);
    let view = View::of(&decoded.text);
    let people = people::people(&view, reading, vocab);
    let invented = Invented::for_people(&people);
    let mut edits = text_edits(&view, &people, &invented, vocab);
    for range in &view.rest {
        let markup = decoded.text.get(range.clone()).unwrap_or_default();
        let changed = without_persons(markup, &people, &invented, vocab);
        if changed != markup {
            edits.push((range.clone(), changed));
        }
    }
    let style = Letters::of(&decoded.text);
    let text = applied(&decoded.text, edits, style);
    let mut warnings = vec![];
    let saved = encoded(&text, decoded.charset, bytes);
    let again = charset::decode(&saved, None);
    if again.text != text {
        warnings.push(format!(
            "the charset {} was told by the header Content-Type alone, which a saved page does not have: \
             it reads as {}",
            decoded.charset, again.charset
        ));
    }
    let replaced = people
        .all()
        .filter_map(|name| Some((name.clone(), invented.name(name)?.to_owned())))
        .collect();
    Captured {
        doubtful: doubtful(&text, &people, &invented),
        bytes: saved,
        replaced,
        warnings,
    }
}

/// A range of the markup and what is put there.
type Edit = (Range<usize>, String);

/// Edits of the text: mails first, then telephones, then names.
fn text_edits(view: &View, people: &People, invented: &Invented, vocab: &Vocabulary) -> Vec<Edit> {
    let text = view.text();
    let mut changes: Vec<Edit> = vec![];
    let free = |changes: &[Edit], range: &Range<usize>| {
        changes
            .iter()
            .all(|(taken, _)| taken.end <= range.start || range.end <= taken.start)
    };
    for range in mails(text) {
        let mail = text.get(range.clone()).unwrap_or_default();
        changes.push((range, invented.mail(mail, vocab)));
    }
    for range in telephones(text) {
        if free(&changes, &range) {
            changes.push((range, NOBODYS_NUMBER.to_owned()));
        }
    }
    let words = people::words(view);
    for (no, word) in words.iter().enumerate() {
        let neighbours = [no.checked_sub(1), Some(no + 1)];
        let neighbours = neighbours
            .into_iter()
            .flatten()
            .filter_map(|no| words.get(no));
        if free(&changes, &word.range)
            && let Some(put) = replaced(word, neighbours, people, invented)
        {
            changes.push((word.range.clone(), put));
        }
    }
    let mut edits = vec![];
    for (range, put) in changes {
        let mut put = Some(put);
        for piece in view.pieces(range) {
            edits.push((piece, put.take().unwrap_or_default()));
        }
    }
    edits
}

/// What stands for a word of the text, when it is a name. A municipality is one only beside another name.
fn replaced<'w>(
    word: &Word,
    mut neighbours: impl Iterator<Item = &'w Word>,
    people: &People,
    invented: &Invented,
) -> Option<String> {
    if !is_high(&word.text) {
        return None;
    }
    let name = people.name_of(&word.text)?;
    if is_municipality(&word.text) {
        neighbours.find(|other| {
            is_high(&other.text)
                && !is_municipality(&other.text)
                && people.name_of(&other.text).is_some()
        })?;
    }
    invented.word(&word.text, name)
}

/// Markup, a comment or a script without persons.
fn without_persons(
    markup: &str,
    people: &People,
    invented: &Invented,
    vocab: &Vocabulary,
) -> String {
    let mut out = String::new();
    let mut at = 0;
    for range in mails(markup) {
        out.push_str(markup.get(at..range.start).unwrap_or_default());
        out.push_str(&invented.mail(markup.get(range.clone()).unwrap_or_default(), vocab));
        at = range.end;
    }
    out.push_str(markup.get(at..).unwrap_or_default());
    let out = CALL.replace_all(&out, "tel:0000000000");
    let words = |text: &str| {
        let put = |found: &Captures<'_>| {
            let word = found.get(0).map_or("", |word| word.as_str());
            plain_name(word, people, invented).unwrap_or_else(|| word.to_owned())
        };
        WORD.replace_all(text, put).into_owned()
    };
    if out.starts_with("<!--") {
        return words(&out);
    }
    if !out.starts_with('<') {
        return out.into_owned();
    }
    let attribute = |found: &Captures<'_>| {
        let (whole, name) = (&found[0], found[1].to_lowercase());
        if TECHNICAL.contains(&name.as_str()) {
            whole.to_owned()
        } else {
            words(whole)
        }
    };
    ATTRIBUTE.replace_all(&out, attribute).into_owned()
}

/// What stands for a word of an address or a tooltip: with dots or without, in capitals or not.
fn plain_name(word: &str, people: &People, invented: &Invented) -> Option<String> {
    if word.chars().count() < 3 || is_municipality(word) {
        return None;
    }
    if is_high(word)
        && let Some(name) = people.name_of(word)
    {
        return invented.word(word, name);
    }
    let name = people.all().find(|name| slug(name) == slug(word))?;
    let put = invented.name(name)?;
    Some(if is_high(word) {
        put.to_owned()
    } else {
        slug(put)
    })
}

/// How a page writes letters beyond ASCII.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letters {
    Plain,
    Named,
    Numbered,
}

impl Letters {
    fn of(text: &str) -> Self {
        if ["&auml;", "&ouml;"]
            .iter()
            .any(|entity| text.contains(entity))
        {
            Self::Named
        } else if ["&#228;", "&#246;"]
            .iter()
            .any(|entity| text.contains(entity))
        {
            Self::Numbered
        } else {
            Self::Plain
        }
    }

    fn written(self, text: &str) -> String {
        text.chars().map(|c| self.letter(c)).collect()
    }

    fn letter(self, c: char) -> String {
        let named = match c {
            '\u{e4}' => "auml",
            '\u{f6}' => "ouml",
            '\u{c4}' => "Auml",
            '\u{d6}' => "Ouml",
            _ => return c.to_string(),
        };
        match self {
            Self::Plain => c.to_string(),
            Self::Named => format!("&{named};"),
            Self::Numbered => format!("&#{};", u32::from(c)),
        }
    }
}

fn applied(text: &str, mut edits: Vec<Edit>, style: Letters) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, put) in edits {
        if range.start < at {
            continue;
        }
        out.push_str(text.get(at..range.start).unwrap_or_default());
        let is_markup = put.starts_with('<');
        out.push_str(&if is_markup { put } else { style.written(&put) });
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The text in the charset it came in, its byte order mark included.
fn encoded(text: &str, charset: &str, original: &[u8]) -> Vec<u8> {
    let mark = Encoding::for_bom(original).map_or(0, |(_, mark)| mark);
    let mut bytes = original.get(..mark).unwrap_or_default().to_vec();
    let encoding = Encoding::for_label(charset.as_bytes());
    match encoding {
        Some(wide) if wide == UTF_16LE => {
            bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        }
        Some(wide) if wide == UTF_16BE => {
            bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        }
        Some(encoding) => bytes.extend_from_slice(&encoding.encode(text).0),
        None => bytes.extend_from_slice(text.as_bytes()),
    }
    bytes
}

/// What might still be a name: doubtful words, and words that begin as a replaced name does.
fn doubtful(text: &str, people: &People, invented: &Invented) -> Vec<String> {
    let view = View::of(text);
    let mut found: BTreeSet<String> = people.doubtful.clone();
    let is_invented = |word: &str| {
        let mut all = people.all().filter_map(|name| invented.name(name));
        all.any(|name| {
            crate::vocab::Names::embedded()
                .form_of(word, name)
                .is_some()
        })
    };
    for word in people::words(&view) {
        let begins = |name: &String| {
            let beginning: String = name.to_lowercase().chars().take(4).collect();
            beginning.chars().count() == 4 && word.text.to_lowercase().starts_with(&beginning)
        };
        if is_high(&word.text) && people.all().any(begins) && !is_invented(&word.text) {
            found.insert(word.text);
        }
    }
    found.into_iter().collect()
}
