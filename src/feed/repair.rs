//! Repairs of XML text that feed-rs refuses or misreads, made before it and counted.
//!
//! The text is already decoded, so the XML declaration is dropped whatever charset it names: left
//! in place it would make feed-rs decode a second time. Comments, processing instructions and the
//! document type go with it; entities that a document type defines are therefore never expanded.

use encoding_rs::WINDOWS_1252;

use super::FeedError;
use super::tally::Tally;

/// The XML text with everything repaired that can be, starting at its first tag.
pub(super) fn repair(text: &str, url: &str, tally: &mut Tally) -> Result<String, FeedError> {
    let out = String::with_capacity(text.len());
    let mut repairer = Repairer {
        rest: text,
        out,
        url,
        tally,
    };
    while !repairer.rest.is_empty() {
        repairer.copy_until(|c| matches!(c, '<' | '&'));
        match repairer.rest.chars().next() {
            Some('<') => repairer.markup()?,
            Some(_) => repairer.reference(),
            None => {}
        }
    }
    Ok(repairer.out)
}

/// The text without what stands before the document: blanks, a byte order mark, a server's
/// warnings.
pub(super) fn from_start_of_document<'a>(text: &'a str, tally: &mut Tally) -> &'a str {
    let trimmed =
        text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || !is_legal(c));
    if trimmed.len() < text.len() {
        tally.repaired("blanks before the document removed", "");
    }
    let begins = trimmed.find(['<', '{']).unwrap_or(0);
    let Some((junk, _)) = trimmed
        .split_once("<?xml ")
        .filter(|_| !trimmed.starts_with('{'))
    else {
        return after_junk(trimmed, begins, tally);
    };
    // A declaration quoted inside the feed is not the beginning of the document.
    let roots = ["<rss", "<feed", "xmlns", "<html", "<!"];
    let quoted = roots.iter().any(|root| junk.contains(root));
    after_junk(trimmed, if quoted { begins } else { junk.len() }, tally)
}

fn after_junk<'a>(text: &'a str, length: usize, tally: &mut Tally) -> &'a str {
    match text.split_at_checked(length) {
        Some((junk, rest)) if !junk.is_empty() => {
            tally.repaired("text before the document removed", junk);
            rest
        }
        _ => text,
    }
}

/// Whether XML 1.0 allows the character.
pub(super) fn is_legal(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => c >= ' ',
    }
}

struct Repairer<'a> {
    rest: &'a str,
    out: String,
    url: &'a str,
    tally: &'a mut Tally,
}

impl<'a> Repairer<'a> {
    /// Takes `length` bytes off the front; a length inside a letter takes nothing and cannot happen
    /// here.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn copy_until(&mut self, stop: impl Fn(char) -> bool) {
        let length = self.rest.find(stop).unwrap_or(self.rest.len());
        let part = self.take(length);
        self.push_legal(part);
    }

    /// Copies one sign of markup.
    fn copy_one(&mut self) {
        let sign = self.take(1);
        self.out.push_str(sign);
    }

    fn push_legal(&mut self, part: &str) {
        for (index, run) in part.split(|c| !is_legal(c)).enumerate() {
            if index > 0 {
                self.tally.repaired("control character removed", "");
            }
            self.out.push_str(run);
        }
    }

    fn markup(&mut self) -> Result<(), FeedError> {
        let rest = self.rest;
        if rest.starts_with("<![CDATA[") {
            let section = self.take_through("]]>")?;
            self.push_legal(section);
        } else if rest.starts_with("<!--") {
            self.take_through("-->")?;
        } else if rest.starts_with("<?") {
            self.take_through("?>")?;
        } else if rest
            .get(..9)
            .is_some_and(|start| start.eq_ignore_ascii_case("<!DOCTYPE"))
        {
            self.document_type()?;
        } else if rest
            .chars()
            .nth(1)
            .is_some_and(|c| c == '/' || c == '_' || c.is_alphabetic())
        {
            self.tag();
        } else {
            self.tally.repaired("stray < written as &lt;", "");
            self.take(1);
            self.out.push_str("&lt;");
        }
        Ok(())
    }

    fn take_through(&mut self, end: &str) -> Result<&'a str, FeedError> {
        let found = self
            .rest
            .find(end)
            .ok_or_else(|| FeedError::truncated(self.url, end))?;
        Ok(self.take(found + end.len()))
    }

    fn tag(&mut self) {
        let mut quote = None;
        self.copy_one();
        loop {
            self.copy_until(|c| matches!(c, '>' | '"' | '\'' | '&'));
            let Some(c) = self.rest.chars().next() else {
                return;
            };
            if c == '&' {
                self.reference();
                continue;
            }
            self.copy_one();
            match quote {
                None if c == '>' => return,
                None => quote = Some(c),
                Some(open) if open == c => quote = None,
                Some(_) => {}
            }
        }
    }

    /// Skips a document type; one that defines anything is worth telling.
    fn document_type(&mut self) -> Result<(), FeedError> {
        let (mut depth, mut quote, mut end) = (0_usize, None, None);
        let mut defines = false;
        for (at, c) in self.rest.char_indices() {
            match (quote, c) {
                (Some(open), _) => quote = (open != c).then_some(open),
                (None, '"' | '\'') => quote = Some(c),
                (None, '[') => (depth, defines) = (depth + 1, true),
                (None, ']') => depth = depth.saturating_sub(1),
                (None, '>') if depth == 0 => {
                    end = Some(at + 1);
                    break;
                }
                _ => {}
            }
        }
        let length = end.ok_or_else(|| FeedError::truncated(self.url, "<!DOCTYPE"))?;
        let skipped = self.take(length);
        if defines {
            self.tally
                .repaired("document type with definitions removed", skipped);
        }
        Ok(())
    }

    /// Writes one `&`, a reference or not, as feed-rs can read it.
    fn reference(&mut self) {
        self.take(1);
        let length = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '#'))
            .unwrap_or(self.rest.len());
        let name = self.rest.get(..length).unwrap_or_default();
        let closed = self
            .rest
            .get(length..)
            .is_some_and(|after| after.starts_with(';'));
        if name.is_empty() || name == "#" || !closed {
            self.tally.repaired("bare & written as &amp;", "");
            self.out.push_str("&amp;");
            return;
        }
        self.take(length + 1);
        if let Some(number) = name.strip_prefix('#') {
            self.numbered(number);
        } else {
            self.named(name);
        }
    }

    fn numbered(&mut self, number: &str) {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        match code.ok().and_then(char::from_u32) {
            // &#150; means the dash of windows-1252 to everybody who writes it.
            Some(c @ '\u{80}'..='\u{9f}') => {
                self.tally
                    .repaired("windows-1252 reference written as its letter", number);
                let byte = u8::try_from(u32::from(c)).unwrap_or(b'?');
                let bytes = [byte];
                let (letter, _, _) = WINDOWS_1252.decode(&bytes);
                self.out
                    .extend(letter.chars().filter(|letter| !letter.is_control()));
            }
            Some(c) if is_legal(c) => {
                let reference = format!("&#{};", u32::from(c));
                self.out.push_str(&reference);
            }
            _ => self
                .tally
                .repaired("illegal character reference removed", number),
        }
    }

    fn named(&mut self, name: &str) {
        let reference = format!("&{name};");
        if matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") {
            self.out.push_str(&reference);
            return;
        }
        let letter = html_escape::decode_html_entities(&reference);
        if letter == reference {
            self.tally
                .repaired("unknown entity kept as text", &reference);
        } else {
            self.tally
                .repaired("undefined entity written as its letter", &reference);
        }
        self.out
            .push_str(&quick_xml::escape::escape(letter.as_ref()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(text: &str) -> (String, Vec<String>) {
        let mut tally = Tally::default();
        let out = repair(text, "u", &mut tally).expect("closed");
        (
            out,
            tally
                .into_problems()
                .into_iter()
                .map(|p| p.detail)
                .collect(),
        )
    }

    #[test]
    fn sound_text_is_left_alone() {
        let sound = "<a b='1 &amp; 2'>&lt;x&#228;<![CDATA[a & b &auml; <x>]]></a>";
        assert_eq!(repaired(sound), (sound.to_owned(), Vec::new()));
    }

    #[test]
    fn the_declaration_goes_whatever_it_says() {
        let (out, told) = repaired("<?xml version='1.0' encoding='UTF-16'?><!-- a --><a/>");
        assert_eq!((out.as_str(), told.len()), ("<a/>", 0));
    }

    #[test]
    fn ampersands_and_references_are_made_readable() {
        for (given, wanted) in [
            (
                "<a b=\"x?p=1&id=2\">A & B &</a>",
                "<a b=\"x?p=1&amp;id=2\">A &amp; B &amp;</a>",
            ),
            (
                "<a>P&ouml;yt&auml;kirja &nope; &LT;</a>",
                "<a>Pöytäkirja &amp;nope; &lt;</a>",
            ),
            (
                "<a>&#0;&#1;&#xFFFE;&#xD800;&#999999999999;&#;x</a>",
                "<a>&amp;#;x</a>",
            ),
            ("<a>&#150;&#x41;</a>", "<a>–&#65;</a>"),
            (
                "<a>1 < 2\u{0}\u{1b}\u{ffff}<![CDATA[\u{1}]]></a>",
                "<a>1 &lt; 2<![CDATA[]]></a>",
            ),
        ] {
            let (out, told) = repaired(given);
            assert_eq!(out, wanted);
            assert!(!told.is_empty(), "{given}");
        }
    }

    #[test]
    fn definitions_of_a_document_type_are_removed_and_told() {
        let (out, told) = repaired("<!DOCTYPE a [<!ENTITY l \"]>\"><!ENTITY m '&l;'>]><a>&m;</a>");
        assert_eq!(out, "<a>&amp;m;</a>");
        assert!(
            told.iter().any(|told| told.starts_with("document type")),
            "{told:?}"
        );
        assert_eq!(
            repaired("<!doctype rss PUBLIC 'a' \"b\"><a/>"),
            ("<a/>".to_owned(), Vec::new())
        );
    }

    #[test]
    fn what_never_closes_is_an_error() {
        for open in [
            "<a><![CDATA[x</a>",
            "<a><!-- x</a>",
            "<?xml x",
            "<!DOCTYPE a [",
        ] {
            assert!(repair(open, "u", &mut Tally::default()).is_err(), "{open}");
        }
    }

    #[test]
    fn the_document_begins_after_blanks_marks_and_warnings() {
        for (given, wanted) in [
            ("\u{feff}\r\n <?xml x?><rss/>", "<?xml x?><rss/>"),
            (
                "<br />\n<b>Warning</b>: x<br />\n<?xml x?><rss/>",
                "<?xml x?><rss/>",
            ),
            ("Notice: x <rss/>", "<rss/>"),
            (
                "<rss><![CDATA[<?xml x?>]]></rss>",
                "<rss><![CDATA[<?xml x?>]]></rss>",
            ),
            ("{\"a\":\"<?xml \"}", "{\"a\":\"<?xml \"}"),
            ("none", "none"),
        ] {
            assert_eq!(from_start_of_document(given, &mut Tally::default()), wanted);
        }
    }
}
