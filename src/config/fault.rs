//! Faults of the configuration: every one with its place, cause and remedy, all reported together.

use std::fmt;

/// One fault of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, or `environment`.
    pub file: String,
    /// Line, from 1; 0 where there is none.
    pub line: usize,
    /// Column in characters, from 1; 0 where there is none.
    pub column: usize,
    /// What is wrong and why.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}; {}", self.what, self.remedy)
    }
}

/// Every fault found in one run, in the order of the file; printed one to a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigFaults(pub Vec<Fault>);

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (no, fault) in self.0.iter().enumerate() {
            if no > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigFaults {}

/// Gathers faults of one file while it is read.
#[derive(Debug)]
pub(super) struct Faults<'t> {
    file: String,
    text: &'t str,
    found: Vec<Fault>,
    syntax: Syntax,
}

/// Whether the text is TOML at all; consequences of broken syntax are not reported as faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// It is.
    Whole,
    /// Parts of it could not be read, so that keys may seem to be missing.
    Broken,
}

impl<'t> Faults<'t> {
    pub(super) fn new(file: &str, text: &'t str) -> Self {
        Self {
            file: file.to_owned(),
            text,
            found: Vec::new(),
            syntax: Syntax::Whole,
        }
    }

    /// Whether something may only seem wrong because the text around it could not be read.
    pub(super) fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// Records a fault at a byte offset of the text.
    pub(super) fn at(&mut self, offset: usize, what: impl Into<String>, remedy: impl Into<String>) {
        let (line, column) = line_and_column(self.text, offset);
        self.found.push(Fault {
            file: self.file.clone(),
            line,
            column,
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    /// Records what the TOML parser could not read.
    pub(super) fn syntax_error(&mut self, error: &toml::de::Error) {
        self.syntax = Syntax::Broken;
        let offset = error.span().map_or(0, |span| span.start);
        let cause = error.message().replace('\n', " ");
        self.at(
            offset,
            format!("not TOML: {cause}"),
            "correct the text at this place",
        );
    }

    /// Records a fault of an environment variable.
    pub(super) fn in_environment(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        self.found.push(Fault {
            file: "environment".to_owned(),
            line: 0,
            column: 0,
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    /// Records a fault whose place is already known.
    pub(super) fn push(&mut self, fault: Fault) {
        self.found.push(fault);
    }

    /// Where an offset is in the file.
    pub(super) fn place(&self, offset: usize) -> Place {
        let (line, column) = line_and_column(self.text, offset);
        Place {
            file: self.file.clone(),
            line,
            column,
        }
    }

    /// Whether nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All faults in the order of the file.
    pub(super) fn into_sorted(self) -> ConfigFaults {
        let mut found = self.found;
        found.sort_by_key(|fault| (fault.line, fault.column));
        found.dedup();
        ConfigFaults(found)
    }
}

/// A place in a configuration file. All places are equal: where a value was written is no part of
/// what the configuration says.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The file.
    pub file: String,
    /// Line, from 1; 0 where there is none.
    pub line: usize,
    /// Column in characters, from 1; 0 where there is none.
    pub column: usize,
}

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

/// Words alike enough to be meant, for remedies: the nearest of the known ones.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), *candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// "did you mean" where something is near, otherwise everything that is known.
pub(super) fn remedy_for(word: &str, known: &[&str]) -> String {
    nearest(word, known).map_or_else(
        || match known {
            [] => "write one first: none is known here".to_owned(),
            known => format!("known here: {}", known.join(", ")),
        },
        |near| format!("did you mean `{near}`?"),
    )
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_not_bytes() {
        assert_eq!(line_and_column("a\nä = Ä x", "a\nä = Ä ".len()), (2, 7));
        assert_eq!(line_and_column("", 0), (1, 1));
        assert_eq!(line_and_column("ab", 99), (1, 3));
    }

    #[test]
    fn faults_print_sorted_one_to_a_line() {
        let mut faults = Faults::new("seutu.toml", "a\nb\nc");
        faults.at(4, "second", "do this");
        faults.at(2, "first", "do that");
        faults.in_environment("third", "unset it");
        assert_eq!(
            faults.into_sorted().to_string(),
            "environment: third; unset it\nseutu.toml:2:1: first; do that\nseutu.toml:3:1: second; do this"
        );
    }

    #[test]
    fn only_near_words_are_suggested() {
        assert_eq!(
            nearest("intervall", &["interval", "timeout"]),
            Some("interval")
        );
        assert_eq!(nearest("colour", &["interval", "timeout"]), None);
    }
}
