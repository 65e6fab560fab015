//! Texts of feeds as plain text: one line for titles, paragraphs for bodies.
//!
//! HTML goes through html5gum, a tokenizer of the HTML standard without a tree: it is linear in
//! length, depth and number of attributes, where tree builders take minutes over a hostile
//! megabyte. It has no unsafe code and no dependency.

use html_escape::decode_html_entities;
use html5gum::Tokenizer;
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use unicode_normalization::UnicodeNormalization;

use super::parse::{Markup, RawText};

/// One line: tags dropped, entities decoded once, blanks collapsed, letters composed.
pub(super) fn line(raw: &RawText) -> String {
    let text = match raw.markup {
        Markup::Plain => decode_html_entities(&raw.content).into_owned(),
        Markup::Html => Walker::walk(&raw.content).out,
    };
    one_line(&text)
}

/// Paragraphs separated by one blank line, list items as `- ` lines.
pub(super) fn paragraphs(raw: &RawText) -> String {
    let text = match raw.markup {
        Markup::Plain => decode_html_entities(&raw.content).into_owned(),
        Markup::Html => {
            let walked = Walker::walk(&raw.content);
            // Without a tag it is plain text whose line ends mean something.
            if walked.met_tag {
                walked.out
            } else {
                decode_html_entities(&raw.content).into_owned()
            }
        }
    };
    tidy(&text)
}

/// The first `most` letters, and whether that left something out.
pub(super) fn cut(text: String, most: usize) -> (String, bool) {
    match text.char_indices().nth(most) {
        Some((end, _)) => (
            text.get(..end).unwrap_or_default().trim_end().to_owned(),
            true,
        ),
        None => (text, false),
    }
}

fn one_line(text: &str) -> String {
    let words: Vec<String> = text
        .split_whitespace()
        .map(clean)
        .filter(|w| !w.is_empty())
        .collect();
    words.join(" ")
}

/// Letters only: what cannot be seen, or cannot be written in XML, would make equal texts differ.
fn clean(word: &str) -> String {
    let visible = |c: &char| {
        !c.is_control()
            && !matches!(
                c,
                '\u{ad}' | '\u{200b}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            )
    };
    word.chars().filter(visible).nfc().collect()
}

/// Collapses blanks inside lines and blank lines between them.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for line in text.lines().map(one_line) {
        if line.is_empty() {
            blank = !out.is_empty();
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank { "\n\n" } else { "\n" });
        }
        blank = false;
        out.push_str(&line);
    }
    out
}

enum Piece {
    Text(String),
    Open(String),
    Close(String),
}

#[derive(Default)]
struct Walker {
    out: String,
    met_tag: bool,
    /// The element whose text is not for readers, while inside one.
    hidden: Option<String>,
}

impl Walker {
    fn walk(html: &str) -> Self {
        let closed = with_loose_end_escaped(html);
        let mut emitter =
            CallbackEmitter::new(|event: CallbackEvent<'_>, _: html5gum::Span<()>| piece(&event));
        emitter.naively_switch_states(true);
        let mut walker = Self::default();
        for Ok(piece) in Tokenizer::new_with_emitter(closed.as_str(), emitter) {
            walker.take(piece);
        }
        walker
    }

    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) if self.hidden.is_none() => self.push(&text),
            Piece::Text(_) => {}
            Piece::Open(name) => {
                self.met_tag = true;
                self.separate(&name);
                if self.hidden.is_none() && matches!(name.as_str(), "script" | "style" | "template")
                {
                    self.hidden = Some(name);
                }
            }
            Piece::Close(name) => {
                self.met_tag = true;
                if self.hidden.as_deref() == Some(name.as_str()) {
                    self.hidden = None;
                } else if name != "li" {
                    self.separate(&name);
                }
            }
        }
    }

    /// In HTML the end of a line is a blank like any other.
    fn push(&mut self, text: &str) {
        self.out.extend(
            text.chars()
                .map(|c| if c.is_whitespace() { ' ' } else { c }),
        );
    }

    fn separate(&mut self, name: &str) {
        self.out.push_str(match name {
            "li" => "\n- ",
            "br" | "tr" | "dt" | "dd" => "\n",
            "td" | "th" => " ",
            "p" | "div" | "ul" | "ol" | "dl" | "table" | "blockquote" | "pre" | "section"
            | "article" | "header" | "footer" | "hr" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                "\n\n"
            }
            _ => "",
        });
    }
}

fn piece(event: &CallbackEvent<'_>) -> Option<Piece> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match event {
        CallbackEvent::String { value } => Some(Piece::Text(text(value))),
        CallbackEvent::OpenStartTag { name } => Some(Piece::Open(text(name))),
        CallbackEvent::EndTag { name } => Some(Piece::Close(text(name))),
        CallbackEvent::AttributeName { .. }
        | CallbackEvent::AttributeValue { .. }
        | CallbackEvent::CloseStartTag { .. }
        | CallbackEvent::Comment { .. }
        | CallbackEvent::Doctype { .. }
        | CallbackEvent::Error(_) => None,
    }
}

/// A `<` that no `>` follows is a sign in plain text; as a tag it would swallow the rest.
fn with_loose_end_escaped(html: &str) -> String {
    let (sound, loose) = match html.rsplit_once('>') {
        Some((before, after)) => (format!("{before}>"), after),
        None => (String::new(), html),
    };
    sound + &loose.replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(content: &str) -> RawText {
        RawText {
            content: content.to_owned(),
            markup: Markup::Html,
        }
    }

    #[test]
    fn titles_are_decoded_once_and_lose_their_tags() {
        for (given, wanted) in [
            ("keitti&ouml;n &ndash; hanke", "keittiön – hanke"),
            ("Pöytäkirja – 5 € & muuta", "Pöytäkirja – 5 € & muuta"),
            ("<b>A</b>&nbsp;\n <i>B</i>", "A B"),
            ("&amp;auml; &lt;x&gt; &amp;lt;", "&auml; <x> &lt;"),
            ("1 < 2 ja 3 <x", "1 < 2 ja 3 <x"),
            ("a\u{308}\u{ad}iti\u{0}\u{9f}&#0;&#1;", "äiti\u{fffd}"),
        ] {
            assert_eq!(line(&html(given)), wanted);
        }
    }

    #[test]
    fn bodies_keep_paragraphs_and_lists() {
        let given = "<p>Yksi\n kaksi</p><p>Kolme<br>neljä</p><ul><li>a</li> <li><b>b</b></li></ul><div>loppu</div>\
                     <script>if (a < b) {}</script><style>p {}</style>";
        assert_eq!(
            paragraphs(&html(given)),
            "Yksi kaksi\n\nKolme\nneljä\n\n- a\n- b\n\nloppu"
        );
    }

    #[test]
    fn plain_text_keeps_its_lines() {
        assert_eq!(
            paragraphs(&html("a &amp; b\n\n\n c \nd\n")),
            "a & b\n\nc\nd"
        );
        let plain = RawText {
            content: "a <b>\nc".to_owned(),
            markup: Markup::Plain,
        };
        assert_eq!(paragraphs(&plain), "a <b>\nc");
    }

    #[test]
    fn cutting_counts_letters() {
        assert_eq!(cut("äöå".to_owned(), 2), ("äö".to_owned(), true));
        assert_eq!(cut("äöå".to_owned(), 3), ("äöå".to_owned(), false));
    }
}
