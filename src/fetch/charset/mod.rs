//! Bytes to text: which charset a document really is in, whatever it says it is in.
//!
//! The order: byte order mark; UTF-16 without one (its zero bytes give it away); valid UTF-8 with at least
//! one letter beyond ASCII, which no text in another charset is by chance; what the document declares; what
//! `Content-Type` declares; the look of the bytes. Declared latin-1 means windows-1252, as in browsers.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, X_USER_DEFINED};

use crate::model::problem::{Problem, ProblemKind};

/// How far into a document its declaration is looked for.
const PRESCAN: usize = 4096;
/// How much is looked at to tell UTF-16 by its zero bytes.
const UTF16_SAMPLE: usize = 256;
/// Letters of UTF-8 for each broken byte from which on the text is UTF-8 with damage, not another charset.
const LETTERS_PER_FAULT: usize = 4;
/// UTF-8 read as windows-1252 and written again: a-umlaut, o-umlaut and a-ring as they look then.
const TWICE_ENCODED: [&str; 3] = ["\u{c3}\u{a4}", "\u{c3}\u{b6}", "\u{c3}\u{a5}"];

/// A document as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without byte order mark, otherwise as it came.
    pub text: String,
    /// The charset it was read in, by its WHATWG name (`UTF-8`, `windows-1252`).
    pub charset: &'static str,
    /// The declaration was wrong, or letters were lost.
    pub problem: Option<Problem>,
}

/// Decodes a document. `content_type` is the header field as sent. Never fails: what cannot be decoded
/// becomes U+FFFD and a problem.
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return finish(encoding, bytes.get(mark..).unwrap_or_default(), None);
    }
    let declared = Declared::of(bytes, content_type);
    let encoding = choose(bytes, &declared);
    finish(encoding, bytes, declared.fault(encoding, bytes))
}

fn choose(bytes: &[u8], declared: &Declared) -> &'static Encoding {
    if let Some(wide) = utf16_by_zeros(bytes) {
        return wide;
    }
    if bytes.is_ascii() || looks_like_utf8(bytes) {
        return UTF_8;
    }
    // Not UTF-8, so a declaration of UTF-8 is wrong; and UTF-16 would have shown its zeros.
    let single = |encoding: &&'static Encoding| ![UTF_8, UTF_16LE, UTF_16BE].contains(encoding);
    let inside = declared
        .inside
        .as_ref()
        .and_then(Label::encoding)
        .filter(single);
    let outside = declared
        .outside
        .as_ref()
        .and_then(Label::encoding)
        .filter(single);
    inside.or(outside).unwrap_or_else(|| guess(bytes))
}

/// The likeliest charset of a document that says nothing usable, for a Finnish site.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(Some(b"fi"), Utf8Detection::Deny)
}

fn finish(encoding: &'static Encoding, bytes: &[u8], fault: Option<String>) -> Decoded {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let detail = fault.or_else(|| damage(&text, encoding));
    let problem = detail.map(|detail| Problem::new(ProblemKind::Charset, detail));
    Decoded {
        text: text.into_owned(),
        charset: encoding.name(),
        problem,
    }
}

/// Letters that were lost, here or before the document was sent.
fn damage(text: &str, encoding: &'static Encoding) -> Option<String> {
    let name = encoding.name();
    let lost = text.matches('\u{fffd}').count();
    if lost > 0 {
        return Some(format!("{lost} letters could not be read as {name}"));
    }
    let twice = TWICE_ENCODED.into_iter().find(|pair| text.contains(pair))?;
    Some(format!(
        "\"{twice}\" in the text: it was encoded twice before it was sent"
    ))
}

/// UTF-16 without a byte order mark: in text of Latin letters every other byte is zero. Tables of small
/// numbers have such zeros as well, but between bytes that stand in no text.
fn utf16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let (mut pairs, mut high_first, mut low_first) = (0_usize, 0_usize, 0_usize);
    for pair in bytes.chunks_exact(2).take(UTF16_SAMPLE) {
        pairs += 1;
        match pair {
            [0, low] if is_text_byte(*low) => high_first += 1,
            [low, 0] if is_text_byte(*low) => low_first += 1,
            _ => {}
        }
    }
    let most = |count: usize| pairs >= 2 && count * 10 > pairs * 7;
    if most(low_first) {
        return Some(UTF_16LE);
    }
    most(high_first).then_some(UTF_16BE)
}

/// Letters, marks, and the controls that part lines and words.
fn is_text_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0xa0..)
}

/// Valid UTF-8, or UTF-8 with a few broken bytes: a content system that cuts a field in the middle of a
/// letter must not turn all its other letters into rubbish.
fn looks_like_utf8(bytes: &[u8]) -> bool {
    let (mut letters, mut faults) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        letters += chunk
            .valid()
            .chars()
            .filter(|letter| !letter.is_ascii())
            .count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    letters > 0 && letters >= faults * LETTERS_PER_FAULT
}

/// One declaration of a charset.
struct Label {
    words: String,
}

impl Label {
    fn encoding(&self) -> Option<&'static Encoding> {
        let encoding = Encoding::for_label(self.words.as_bytes());
        encoding.filter(|encoding| ![REPLACEMENT, X_USER_DEFINED].contains(encoding))
    }
}

/// What the document and its header say.
struct Declared {
    /// In the document: XML declaration, `<meta charset>`, `<meta http-equiv>`.
    inside: Option<Label>,
    /// In `Content-Type`.
    outside: Option<Label>,
}

impl Declared {
    fn of(bytes: &[u8], content_type: Option<&str>) -> Self {
        let start: Vec<u8> = bytes
            .iter()
            .copied()
            .filter(|byte| *byte != 0)
            .take(PRESCAN)
            .collect();
        let start = String::from_utf8_lossy(&start).to_ascii_lowercase();
        let inside = in_xml(&start).or_else(|| in_meta(&start));
        let outside = content_type.and_then(|field| in_parameter(&field.to_ascii_lowercase()));
        Self { inside, outside }
    }

    /// Says which declaration was wrong. The one that counts is the document's own, else the header's; the other
    /// is not looked at, as programs in between add headers nobody means.
    fn fault(&self, used: &'static Encoding, bytes: &[u8]) -> Option<String> {
        let (place, label) = match (&self.inside, &self.outside) {
            (Some(label), _) => ("the document", label),
            (None, Some(label)) => ("the Content-Type", label),
            (None, None) => return None,
        };
        let words = &label.words;
        let Some(declared) = label.encoding() else {
            return Some(format!("{place} declares an unknown charset \"{words}\""));
        };
        // Plain ASCII is the same in every charset declared in ASCII.
        let fits = declared == used || bytes.is_ascii() || is_wide(declared) && is_wide(used);
        (!fits).then(|| format!("{place} declares \"{words}\" but is {}", used.name()))
    }
}

/// "UTF-16" without an order means either order.
fn is_wide(encoding: &'static Encoding) -> bool {
    [UTF_16LE, UTF_16BE].contains(&encoding)
}

/// `<?xml version="1.0" encoding="..."?>`; blanks before it are common and harmless here.
fn in_xml(start: &str) -> Option<Label> {
    let declaration = start.trim_start().strip_prefix("<?xml")?;
    let (declaration, _) = declaration.split_once("?>")?;
    label_after(declaration, "encoding")
}

/// The first `<meta>` outside comments that names a charset.
fn in_meta(start: &str) -> Option<Label> {
    let mut rest = start;
    loop {
        let meta = rest.split_once("<meta");
        let comment = rest.split_once("<!--");
        rest = match (meta, comment) {
            (Some((before, _)), Some((earlier, inside))) if earlier.len() < before.len() => {
                inside.split_once("-->")?.1
            }
            (Some((_, tag)), _) => {
                let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
                if let Some(label) = label_after(tag, "charset") {
                    return Some(label);
                }
                after
            }
            (None, _) => return None,
        };
    }
}

/// `text/html; charset=...`.
fn in_parameter(field: &str) -> Option<Label> {
    let (_, parameters) = field.split_once(';')?;
    label_after(parameters, "charset")
}

/// The value after `name =`, quoted or not.
fn label_after(text: &str, name: &str) -> Option<Label> {
    let mut rest = text;
    loop {
        let (_, after) = rest.split_once(name)?;
        rest = after;
        let Some(value) = after.trim_start().strip_prefix('=') else {
            continue;
        };
        let value = value.trim_start().trim_start_matches(['"', '\'']);
        let ends =
            |each: char| each.is_whitespace() || matches!(each, '"' | '\'' | ';' | '>' | '/');
        let words = value.split(ends).next().unwrap_or_default().to_owned();
        return (!words.is_empty()).then_some(Label { words });
    }
}

#[cfg(test)]
mod tests;
