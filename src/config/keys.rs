//! Walks over settings: the same list of keys reads a table, reads the environment, and prints.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use toml::de::{DeTable, DeValue};

use super::fault::{Faults, Syntax, remedy_for};
use super::setting::Setting;

/// What a list of keys is used for: each key is named once, with the value it stands for.
pub(super) trait Keys {
    /// A key that keeps its default where it is absent.
    fn optional<T: Setting>(&mut self, key: &'static str, value: &mut T);

    /// A key that must be there.
    fn required<T: Setting>(&mut self, key: &'static str, value: &mut T) {
        self.optional(key, value);
    }

    /// A key with a default whose value must lie in a range.
    fn bounded<T>(&mut self, key: &'static str, value: &mut T, _range: RangeInclusive<T>)
    where
        T: Setting + PartialOrd,
    {
        self.optional(key, value);
    }
}

/// A table of the file, with the byte offset where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableAt<'t> {
    /// The table.
    pub(super) table: &'t DeTable<'t>,
    /// Where it begins.
    pub(super) offset: usize,
}

impl TableAt<'_> {
    /// The text a key holds, where it is there and a text.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.table.get(key)?.get_ref().as_str()
    }

    /// Where the value of a key stands, or the table where there is none.
    pub(super) fn value(self, key: &str) -> usize {
        self.table
            .get(key)
            .map_or(self.offset, |value| value.span().start)
    }

    /// Where an element of a list stands, or its list.
    pub(super) fn element(self, key: &str, no: usize) -> usize {
        self.table
            .get(key)
            .and_then(|value| value.get_ref().as_array()?.get(no))
            .map_or_else(|| self.value(key), |element| element.span().start)
    }
}

/// Reads one table and gathers its faults.
pub(super) struct Reader<'r, 't> {
    name: &'r str,
    at: TableAt<'r>,
    known: Vec<&'static str>,
    faults: &'r mut Faults<'t>,
}

impl<'r, 't> Reader<'r, 't> {
    pub(super) fn new(name: &'r str, at: TableAt<'r>, faults: &'r mut Faults<'t>) -> Self {
        Self {
            name,
            at,
            known: Vec::new(),
            faults,
        }
    }

    /// Names a key that is read elsewhere, so that it is not unknown.
    pub(super) fn elsewhere(&mut self, key: &'static str) {
        self.known.push(key);
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self) {
        for (key, _) in self.at.table {
            let word: &str = key.get_ref();
            if !self.known.contains(&word) {
                self.faults.at(
                    key.span().start,
                    format!("unknown key `{word}` in {}", self.name),
                    remedy_for(word, &self.known),
                );
            }
        }
    }

    /// Reads the key into the value, which stays as it is where the key is absent or faulty.
    fn read<T: Setting>(&mut self, key: &'static str, value: &mut T) -> Found {
        self.known.push(key);
        let Some(raw) = self.at.table.get(key) else {
            return Found::Absent;
        };
        match T::read(raw.get_ref()) {
            Ok(read) => {
                *value = read;
                Found::Read
            }
            Err(cause) => {
                let shown = shown(raw.get_ref());
                self.faults.at(
                    raw.span().start,
                    format!("{}.{key}{shown} cannot be used: {cause}", bare(self.name)),
                    format!("write {}", T::WANTED),
                );
                Found::Faulty
            }
        }
    }
}

/// What came of looking for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Read,
    Absent,
    Faulty,
}

impl Keys for Reader<'_, '_> {
    fn optional<T: Setting>(&mut self, key: &'static str, value: &mut T) {
        self.read(key, value);
    }

    fn required<T: Setting>(&mut self, key: &'static str, value: &mut T) {
        if self.read(key, value) == Found::Absent && self.faults.syntax() == Syntax::Whole {
            self.faults.at(
                self.at.offset,
                format!("{} has no `{key}`: the key is required", self.name),
                format!("add `{key} =` with {}", T::WANTED),
            );
        }
    }

    fn bounded<T>(&mut self, key: &'static str, value: &mut T, range: RangeInclusive<T>)
    where
        T: Setting + PartialOrd,
    {
        if self.read(key, value) == Found::Read
            && let Some((what, remedy)) = out_of_range(value, &range)
        {
            let name = bare(self.name);
            self.faults
                .at(self.at.value(key), format!("{name}.{key} = {what}"), remedy);
        }
    }
}

/// Reads `SEUTU_<SECTION>_<KEY>` and remembers which variables it knew.
pub(super) struct EnvironmentReader<'r, 't> {
    /// `SEUTU_FETCH_`.
    prefix: String,
    variables: &'r BTreeMap<String, String>,
    known: Vec<String>,
    faults: &'r mut Faults<'t>,
}

impl<'r, 't> EnvironmentReader<'r, 't> {
    pub(super) fn new(
        section: &str,
        variables: &'r BTreeMap<String, String>,
        faults: &'r mut Faults<'t>,
    ) -> Self {
        let prefix = format!("SEUTU_{}_", section.to_uppercase());
        Self {
            prefix,
            variables,
            known: Vec::new(),
            faults,
        }
    }

    /// Reports the variables of this section that nobody asked for.
    pub(super) fn finish(self) {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        for name in self
            .variables
            .keys()
            .filter(|name| name.starts_with(&self.prefix))
        {
            if !known.contains(&name.as_str()) {
                let remedy = format!("unset it, or {}", remedy_for(name, &known));
                self.faults
                    .in_environment(format!("unknown variable {name}"), remedy);
            }
        }
    }

    fn read<T: Setting>(&mut self, key: &'static str, value: &mut T) -> Option<String> {
        let name = format!("{}{}", self.prefix, key.to_uppercase());
        self.known.push(name.clone());
        let text = self.variables.get(&name)?;
        match T::from_text(text) {
            Ok(read) => {
                *value = read;
                Some(name)
            }
            Err(cause) => {
                let what = format!("{name}={} cannot be used: {cause}", covered(text));
                // Quotes belong to the file; a variable is written without them.
                let wanted = T::WANTED.replace(" in quotes", "").replace('"', "");
                self.faults
                    .in_environment(what, format!("set it to {wanted}"));
                None
            }
        }
    }
}

impl Keys for EnvironmentReader<'_, '_> {
    fn optional<T: Setting>(&mut self, key: &'static str, value: &mut T) {
        self.read(key, value);
    }

    fn bounded<T>(&mut self, key: &'static str, value: &mut T, range: RangeInclusive<T>)
    where
        T: Setting + PartialOrd,
    {
        if let Some(name) = self.read(key, value)
            && let Some((what, remedy)) = out_of_range(value, &range)
        {
            self.faults.in_environment(format!("{name}={what}"), remedy);
        }
    }
}

/// Prints each key with its value, one to a line.
#[derive(Debug, Default)]
pub(super) struct Printer {
    /// The lines so far.
    pub(super) text: String,
}

impl Keys for Printer {
    fn optional<T: Setting>(&mut self, key: &'static str, value: &mut T) {
        if let Some(printed) = value.printed() {
            self.text.extend([key, " = ", &printed, "\n"]);
        }
    }
}

fn out_of_range<T>(value: &T, range: &RangeInclusive<T>) -> Option<(String, String)>
where
    T: Setting + PartialOrd,
{
    if range.contains(value) {
        return None;
    }
    let text = |value: &T| value.printed().unwrap_or_default();
    let side = if value < range.start() {
        "too little"
    } else {
        "too much"
    };
    let what = format!("{} cannot be used: it is {side}", text(value));
    let remedy = format!(
        "write a value from {} to {}",
        text(range.start()),
        text(range.end())
    );
    Some((what, remedy))
}

/// `[fetch]` as the name of keys: `fetch`.
fn bare(name: &str) -> &str {
    name.trim_matches(['[', ']'])
}

/// The faulty value, where it is short enough to be quoted.
fn shown(raw: &DeValue<'_>) -> String {
    raw.as_str()
        .filter(|text| text.chars().count() <= 80)
        .map_or_else(String::new, |text| format!(" = {:?}", covered(text)))
}

/// A value without what stands before an `@` like a name and a password: faults are read by others, and kept in logs.
/// What is no address is covered as well, for it was to become one.
fn covered(text: &str) -> Cow<'_, str> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    match rest.rsplit_once('@') {
        Some((user, host)) if !scheme.is_empty() || user.contains(':') => {
            format!("{scheme}...@{host}").into()
        }
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_are_covered_however_they_are_written() {
        for (text, shown) in [
            ("https://u:p@host/a", "https://...@host/a"),
            ("https://u:p/w@host/a", "https://...@host/a"),
            ("https://u:p@w@host", "https://...@host"),
            ("u:p@host", "...@host"),
            ("https://host/a", "https://host/a"),
            ("hallinto@kunta.example", "hallinto@kunta.example"),
            ("20 min", "20 min"),
        ] {
            assert_eq!(covered(text), shown, "{text}");
        }
    }
}
