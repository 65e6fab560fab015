//! Personal names as data: which words are names, which are invented, how a name is inflected.

use std::sync::LazyLock;

use serde::Deserialize;

/// The names that are built in.
const EMBEDDED: &str = include_str!("../../config/names.toml");

/// `config/names.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    given: Vec<String>,
    invented_given: Vec<String>,
    invented_surnames: Vec<String>,
    case_endings: Vec<(String, String)>,
    partitive_endings: Vec<String>,
    front_vowels: String,
    back_vowels: String,
}

/// Which form of a name a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The name itself.
    Nominative,
    /// The partitive.
    Partitive,
    /// The illative.
    Illative,
    /// Stem of the genitive with the ending of this number.
    Case(usize),
}

/// An invented name with its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventedName {
    nominative: String,
    stem: String,
    partitive: String,
    illative: String,
}

impl Names {
    /// The built-in names; a test parses them.
    pub fn embedded() -> &'static Self {
        static NAMES: LazyLock<Names> =
            LazyLock::new(|| toml::from_str(EMBEDDED).unwrap_or_default());
        &NAMES
    }

    /// Whether a word is a common given name, in any form.
    pub fn is_given(&self, word: &str) -> bool {
        self.given
            .iter()
            .any(|name| self.form_of(word, name).is_some())
    }

    /// Invented given names.
    pub fn invented_given(&self) -> Vec<InventedName> {
        self.invented_given
            .iter()
            .filter_map(|line| InventedName::parse(line))
            .collect()
    }

    /// Invented surnames.
    pub fn invented_surnames(&self) -> Vec<InventedName> {
        self.invented_surnames
            .iter()
            .filter_map(|line| InventedName::parse(line))
            .collect()
    }

    /// Which form of `name` a word is, if any; case is not compared.
    pub fn form_of(&self, word: &str, name: &str) -> Option<Form> {
        let (word, name) = (word.to_lowercase(), name.to_lowercase());
        if word == name {
            return Some(Form::Nominative);
        }
        let first: String = name.chars().take(2).collect();
        if name.chars().count() < 3 || !word.starts_with(&first) {
            return None;
        }
        let stems = stems(&name);
        for stem in &stems {
            let Some(ending) = word.strip_prefix(stem.as_str()) else {
                continue;
            };
            let case = self.case_endings.iter();
            let case = case
                .enumerate()
                .find(|(_, (back, front))| ending == back || ending == front);
            if let Some((number, _)) = case {
                return Some(Form::Case(number));
            }
            if is_illative(stem, ending) {
                return Some(Form::Illative);
            }
        }
        let short = name.strip_suffix("nen").map(|short| format!("{short}s"));
        let partitive = [Some(name.as_str()), short.as_deref()]
            .into_iter()
            .flatten();
        let strong = stems.iter().map(String::as_str);
        for stem in partitive.chain(strong) {
            let Some(ending) = word.strip_prefix(stem) else {
                continue;
            };
            if self.partitive_endings.iter().any(|known| known == ending) {
                return Some(Form::Partitive);
            }
            if is_illative(stem, ending) {
                return Some(Form::Illative);
            }
        }
        None
    }

    /// The form of an invented name.
    pub fn inflected(&self, name: &InventedName, form: Form) -> String {
        match form {
            Form::Nominative => name.nominative.clone(),
            Form::Partitive => name.partitive.clone(),
            Form::Illative => name.illative.clone(),
            Form::Case(number) => {
                let ending = self.case_endings.get(number);
                let ending = ending.map_or("", |(back, front)| {
                    if self.is_back(&name.stem) {
                        back
                    } else {
                        front
                    }
                });
                format!("{}{ending}", name.stem)
            }
        }
    }

    /// The name that a word is probably a form of: `Virtaselle` is of `Virtanen`.
    pub fn likely_nominative(&self, word: &str) -> String {
        for (back, front) in &self.case_endings {
            for ending in [back, front] {
                let stem = word.strip_suffix(ending.as_str());
                if let Some(short) = stem.and_then(|stem| stem.strip_suffix("se")) {
                    return format!("{short}nen");
                }
            }
        }
        self.without_long_ending(word)
            .unwrap_or_else(|| word.to_owned())
    }

    /// `Lindqvistille` without its ending; the short endings are those of names as well (`Martin`).
    fn without_long_ending(&self, word: &str) -> Option<String> {
        let endings = self.case_endings.iter();
        let mut endings = endings.flat_map(|(back, front)| [back, front]);
        let stem = endings.find_map(|ending| {
            let stem = word.strip_suffix(ending.as_str())?;
            (ending.chars().count() > 2 && stem.chars().count() > 3).then_some(stem)
        })?;
        let short = stem.strip_suffix('i').filter(|short| {
            let mut letters = short.chars().rev().take(2);
            letters.all(|letter| !is_vowel(letter))
        });
        Some(short.unwrap_or(stem).to_owned())
    }

    /// Vowel harmony: the last vowel that is one or the other decides, else the front.
    fn is_back(&self, stem: &str) -> bool {
        let telling = stem.chars().rev().find_map(|c| {
            if self.back_vowels.contains(c) {
                Some(true)
            } else {
                self.front_vowels.contains(c).then_some(false)
            }
        });
        telling.unwrap_or(false)
    }
}

impl InventedName {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some(Self {
            nominative: words.next()?,
            stem: words.next()?,
            partitive: words.next()?,
            illative: words.next()?,
        })
    }

    /// The name itself.
    pub fn name(&self) -> &str {
        &self.nominative
    }

    /// Two names joined, for pages with more people than there are names.
    #[must_use]
    pub fn joined(&self, last: &Self) -> Self {
        let join = |end: &str| format!("{}-{end}", self.nominative);
        Self {
            nominative: join(&last.nominative),
            stem: join(&last.stem),
            partitive: join(&last.partitive),
            illative: join(&last.illative),
        }
    }
}

/// The last vowel again and `n`, or `seen`.
fn is_illative(stem: &str, ending: &str) -> bool {
    let mut letters = ending.chars();
    let doubled = stem.chars().next_back() == letters.next() && letters.as_str() == "n";
    doubled || ending == "seen" && stem.ends_with("ee") || ending == "seen" && stem.ends_with("aa")
}

/// Everything that may stand before the endings of a name: too many rather than too few, for only
/// capitalised words of pages are compared with them.
fn stems(name: &str) -> Vec<String> {
    let mut stems = vec![name.to_owned()];
    if let Some(short) = name.strip_suffix("nen") {
        stems.push(format!("{short}se"));
        return stems;
    }
    let mut letters = name.chars();
    let last = letters.next_back().unwrap_or_default();
    let body = letters.as_str().to_owned();
    if !is_vowel(last) {
        stems.push(format!("{name}i"));
        if let Some(vowel) = body.chars().next_back()
            && last == 's'
        {
            stems.push(format!("{body}kse"));
            stems.extend(strengthened(&body, vowel));
        }
        return stems;
    }
    if let Some(weak) = weakened(&body) {
        stems.push(format!("{weak}{last}"));
        if last == 'i' {
            stems.push(format!("{weak}e"));
        }
    }
    if last == 'i' {
        stems.push(format!("{body}e"));
    }
    if last == 'e' {
        stems.push(format!("{name}e"));
        stems.extend(strengthened(name, last));
    }
    stems
}

fn is_vowel(c: char) -> bool {
    matches!(
        c,
        'a' | 'e' | 'i' | 'o' | 'u' | 'y' | '\u{e5}' | '\u{e4}' | '\u{f6}'
    )
}

/// Weak grade of the consonants before the last vowel: `virt` gives `virr`.
fn weakened(body: &str) -> Option<String> {
    const GRADES: [(&str, &str); 12] = [
        ("kk", "k"),
        ("pp", "p"),
        ("tt", "t"),
        ("nk", "ng"),
        ("nt", "nn"),
        ("mp", "mm"),
        ("lt", "ll"),
        ("rt", "rr"),
        ("ht", "hd"),
        ("t", "d"),
        ("p", "v"),
        ("k", ""),
    ];
    GRADES
        .iter()
        .find_map(|(strong, weak)| Some(format!("{}{weak}", body.strip_suffix(strong)?)))
}

/// Long vowel and strong grade of a name in `-as` or `-e`: `mallika` gives `mallikkaa`.
fn strengthened(body: &str, vowel: char) -> Vec<String> {
    let mut stems = vec![format!("{body}{vowel}")];
    let before = body.strip_suffix(vowel).unwrap_or(body);
    for (weak, strong) in [
        ("k", "kk"),
        ("p", "pp"),
        ("t", "tt"),
        ("d", "t"),
        ("v", "p"),
    ] {
        if let Some(root) = before.strip_suffix(weak) {
            stems.push(format!("{root}{strong}{vowel}{vowel}"));
        }
    }
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        let names: Names = toml::from_str(EMBEDDED).expect("names.toml");
        assert!(names.is_given("Maija"));
        assert_eq!(names.invented_given().len(), names.invented_given.len());
        assert_eq!(
            names.invented_surnames().len(),
            names.invented_surnames.len()
        );
    }

    #[test]
    fn forms_are_told_and_made_again() {
        let names = Names::embedded();
        let invented = names.invented_surnames();
        let mallikas = invented.first().expect("a name");
        for (word, name, expected) in [
            ("Virtanen", "Virtanen", "Mallikas"),
            ("Virtasen", "Virtanen", "Mallikkaan"),
            ("Virtaselle", "Virtanen", "Mallikkaalle"),
            ("Virtasta", "Virtanen", "Mallikasta"),
            ("Virtaseen", "Virtanen", "Mallikkaaseen"),
            ("Mäkelän", "Mäkelä", "Mallikkaan"),
            ("Mäkelää", "Mäkelä", "Mallikasta"),
            ("Mäkelään", "Mäkelä", "Mallikkaaseen"),
            ("Mäen", "Mäki", "Mallikkaan"),
            ("Niemen", "Niemi", "Mallikkaan"),
            ("Virran", "Virta", "Mallikkaan"),
            ("Lehdon", "Lehto", "Mallikkaan"),
            ("Backmanin", "Backman", "Mallikkaan"),
            ("Backmans", "Backman", "Mallikkaas"),
            ("Rautiaisella", "Rautiainen", "Mallikkaalla"),
            ("Salmisesta", "Salminen", "Mallikkaasta"),
            ("Kokkosen", "Kokkonen", "Mallikkaan"),
        ] {
            let form = names.form_of(word, name);
            let got = form.map(|form| names.inflected(mallikas, form));
            assert_eq!(got.as_deref(), Some(expected), "{word} of {name}");
        }
        for (word, name) in [
            ("Virtalan", "Virtanen"),
            ("Mäkinen", "Mäki"),
            ("Lahden", "Laine"),
        ] {
            assert_eq!(names.form_of(word, name), None, "{word} of {name}");
        }
        for (word, name) in [
            ("Virtaselle", "Virtanen"),
            ("Lindqvistille", "Lindqvist"),
            ("Mäkelälle", "Mäkelä"),
            ("Martin", "Martin"),
            ("Salla", "Salla"),
        ] {
            assert_eq!(names.likely_nominative(word), name);
        }
    }
}
