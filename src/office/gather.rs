//! The text of one part, gathered as its elements go by.

use quick_xml::events::{BytesRef, Event};

use super::form::Form;
use super::{MOST_LETTERS, OfficeFault};

/// Elements in elements; documents have a few dozen.
const MOST_DEPTH: usize = 2_000;

/// Text under construction.
pub(super) struct Gathering<'f> {
    form: &'f Form,
    out: String,
    depth: usize,
    /// Elements with text that are open.
    inside: usize,
    /// Elements that are open within one that is left out, itself included.
    skipped: usize,
    /// Letters that may still come.
    left: usize,
}

impl<'f> Gathering<'f> {
    pub(super) fn new(form: &'f Form, left: usize) -> Self {
        Self {
            form,
            out: String::new(),
            depth: 0,
            inside: 0,
            skipped: 0,
            left,
        }
    }

    /// Takes in what comes next.
    pub(super) fn take(&mut self, event: &Event<'_>) -> Result<(), OfficeFault> {
        match event {
            Event::Start(tag) => return self.open(tag.local_name().as_ref()),
            Event::End(tag) => self.close(tag.local_name().as_ref()),
            Event::Empty(tag) if self.skipped == 0 => self.part(tag.local_name().as_ref()),
            Event::Text(text) => return self.add(text),
            Event::CData(text) => return self.add(text),
            Event::GeneralRef(reference) => {
                if let Some(letter) = letter(reference) {
                    return self.add(letter.encode_utf8(&mut [0; 4]));
                }
            }
            Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::Eof => {}
        }
        Ok(())
    }

    fn open(&mut self, name: &str) -> Result<(), OfficeFault> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            let what = format!("elements stand {MOST_DEPTH} deep in each other");
            return Err(OfficeFault::TooBig(what));
        }
        if self.skipped > 0 || self.form.skipped.contains(&name) {
            self.skipped += 1;
        } else if self.form.text.contains(&name) {
            self.inside += 1;
        }
        Ok(())
    }

    fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        if self.form.text.contains(&name) {
            self.inside = self.inside.saturating_sub(1);
        }
        self.part(name);
    }

    /// What an element that ends parts.
    fn part(&mut self, name: &str) {
        if self.form.lines.contains(&name) {
            let end = self.out.trim_end_matches([' ', '\t']).len();
            self.out.truncate(end);
            self.out.push('\n');
        } else if self.form.blanks.contains(&name) {
            self.out.push('\t');
        }
    }

    fn add(&mut self, text: &str) -> Result<(), OfficeFault> {
        if self.inside == 0 || self.skipped > 0 {
            return Ok(());
        }
        for letter in text.chars() {
            let Some(left) = self.left.checked_sub(1) else {
                let what = format!("its text has more than {MOST_LETTERS} letters");
                return Err(OfficeFault::TooBig(what));
            };
            self.left = left;
            // Lines of the file are not lines of the text.
            let is_break = matches!(letter, '\n' | '\r');
            self.out.push(if is_break { ' ' } else { letter });
        }
        Ok(())
    }

    /// Letters that may still come.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// The text, without empty lines at its ends.
    pub(super) fn finish(self) -> String {
        self.out.trim().to_owned()
    }
}

/// The letter that a reference stands for; documents declare none of their own.
fn letter(reference: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return Some(letter);
    }
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}
