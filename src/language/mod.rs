//! Finnish and Swedish for the full-text search: a text into base forms and compound parts.
//!
//! Voikko knows Finnish where the machine has it; stems and a list of compound heads do where it has not, and always
//! for Swedish and for words no dictionary knows. What comes out depends on nothing but the text and the engine.

mod compound;
mod fit;
mod lists;
mod stems;
mod voikko;
mod word;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use thiserror::Error;

use crate::model::voikko::VoikkoChoice;
pub use fit::{Fit, Met};
use lists::Lists;
use stems::{Stems, Tongue};
use voikko::Voikko;
pub use voikko::VoikkoError;
pub use word::places;

/// Changes when the rules here give other terms for the same text, so that archives are filled again.
const RULES: u32 = 2;
/// Stands before a form from the title or the decision, where it is stored once more: so that these are found first.
/// A private-use letter, which belongs to the token for every SQLite and which nobody types.
pub const FIRST: &str = "\u{E002}";
/// Words whose forms are remembered; a year of decisions of ten municipalities has fewer.
const REMEMBERED: usize = 100_000;
/// Base forms, or parts, of one item; a text with more is a register, not a decision.
const TERMS: usize = 4000;
/// Letters of a text that are analysed.
const LETTERS: usize = 400_000;

/// Why the word lists cannot be used.
#[derive(Debug, Error)]
pub enum LanguageError {
    /// The file is not the TOML expected.
    #[error("language.toml cannot be read: {0}; correct the line it names")]
    Syntax(#[from] toml::de::Error),
}

/// What is stored beside a text: words separated by spaces, in alphabetical order; `None` for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Base forms, and stems of words without one.
    pub bases: Option<String>,
    /// Parts of compounds that are words of their own.
    pub parts: Option<String>,
}

/// What a word of a query is looked for by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryForms {
    /// The word as typed and its base forms: they may stand in any text.
    pub words: BTreeSet<String>,
    /// Stems, which mean something among stored terms alone.
    pub stems: BTreeSet<String>,
}

/// The forms of one word, each once. Tens of thousands are remembered: a set takes 300 bytes for one form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Forms {
    /// Base forms of the dictionary.
    bases: Box<[String]>,
    /// Stem, where there is no base form.
    stems: Box<[String]>,
    parts: Box<[String]>,
}

/// What the name of an engine with a dictionary begins with.
const DICTIONARY: &str = "voikko ";

/// Whether the engine of that name, see [`Analyser::name`], has a dictionary.
pub fn has_dictionary(engine: &str) -> bool {
    engine.starts_with(DICTIONARY)
}

/// Analyses texts and queries; shared by all threads.
#[derive(Debug)]
pub struct Analyser {
    lists: Lists,
    stop: [HashSet<String>; 2],
    stems: Stems,
    voikko: Option<Mutex<Voikko>>,
    name: String,
    complaint: Option<String>,
    /// Of Finnish and of Swedish words.
    known: [Known; 2],
}

type Known = Mutex<HashMap<String, Arc<Forms>>>;

impl Analyser {
    /// The one without a dictionary, which every machine has.
    pub fn builtin() -> Arc<Self> {
        static BUILTIN: LazyLock<Arc<Analyser>> = LazyLock::new(|| Arc::new(Analyser::new(None)));
        Arc::clone(&BUILTIN)
    }

    /// The one the settings ask for. Where Voikko does not work the built-in one does its work, and
    /// [`Analyser::complaint`] says why.
    pub fn open(choice: &VoikkoChoice) -> Arc<Self> {
        let path = match choice {
            VoikkoChoice::Off => return Self::builtin(),
            VoikkoChoice::Auto => None,
            VoikkoChoice::Library(path) => Some(path.as_path()),
        };
        let lists = embedded();
        let (word, base) = &lists.probe;
        match Voikko::open(path, (word, base)) {
            Ok(voikko) => Arc::new(Self::new(Some(voikko))),
            Err(error) => {
                let mut fallback = Self::new(None);
                fallback.complaint = Some(error.to_string());
                Arc::new(fallback)
            }
        }
    }

    fn new(voikko: Option<Voikko>) -> Self {
        let lists = embedded();
        let name = match &voikko {
            Some(voikko) => format!("{DICTIONARY}{} / {RULES}", voikko.version()),
            None => format!("stems / {RULES}"),
        };
        Self {
            stop: lists.stop().map(|words| words.into_iter().collect()),
            stems: Stems::new(&lists),
            lists,
            voikko: voikko.map(Mutex::new),
            name,
            complaint: None,
            known: Default::default(),
        }
    }

    /// Name and version: what it finds differs when this differs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why the built-in rules stand in for Voikko, where they do.
    pub fn complaint(&self) -> Option<&str> {
        self.complaint.as_deref()
    }

    /// Base forms and compound parts of texts that belong together.
    pub fn terms(&self, texts: &[&str]) -> Terms {
        self.gather(&self.prepared(texts))
    }

    /// The same for an item; those of the texts that count most once more, after [`FIRST`].
    pub fn item_terms(&self, first: &[&str], rest: &[&str]) -> Terms {
        let texts = self.prepared(&[first, rest].concat());
        let of_first = self.gather(texts.split_at(first.len()).0);
        let of_all = self.gather(&texts);
        Terms {
            bases: with_first(of_all.bases, of_first.bases.as_deref()),
            parts: with_first(of_all.parts, of_first.parts.as_deref()),
        }
    }

    /// Texts that belong together in one spelling, each with its languages: a title alone seldom tells its language,
    /// so it has that of all.
    fn prepared(&self, texts: &[&str]) -> Vec<(String, &'static [Tongue])> {
        let plain: Vec<(String, [usize; 2])> = texts
            .iter()
            .map(|text| word::plain(shortened(text)))
            .map(|text| {
                let little = self.little_words(&text);
                (text, little)
            })
            .collect();
        let whole = plain
            .iter()
            .fold([0, 0], |[fi, sv], (_, [more_fi, more_sv])| {
                [fi + more_fi, sv + more_sv]
            });
        let with_tongues = plain.into_iter().map(|(text, little)| {
            let tongues = match tongues(little) {
                both if both.len() > 1 => tongues(whole),
                one => one,
            };
            (text, tongues)
        });
        with_tongues.collect()
    }

    fn gather(&self, texts: &[(String, &'static [Tongue])]) -> Terms {
        let surface: HashSet<&str> = texts
            .iter()
            .flat_map(|(text, _)| word::tokens(text))
            .collect();
        let (mut bases, mut parts) = (BTreeSet::new(), BTreeSet::new());
        for (text, tongues) in texts {
            let mut seen = HashSet::new();
            for token in word::tokens(text).filter(|token| word::is_word(token)) {
                if bases.len() >= TERMS || parts.len() >= TERMS {
                    break;
                }
                if self.is_little(token) || !seen.insert(token) {
                    continue;
                }
                for tongue in *tongues {
                    let forms = self.forms(*tongue, token);
                    // A base form that stands in the text is found there.
                    let absent = |form: &&String| !surface.contains(form.as_str());
                    bases.extend(forms.bases.iter().filter(absent).cloned());
                    bases.extend(forms.stems.iter().cloned());
                    parts.extend(forms.parts.iter().filter(absent).cloned());
                    if !forms.bases.is_empty() {
                        break;
                    }
                }
            }
        }
        parts.retain(|part| !bases.contains(part));
        Terms {
            bases: joined(&bases),
            parts: joined(&parts),
        }
    }

    /// What to look for when the dots and rings of a word were left out, as on a foreign keyboard.
    pub fn unfolded(&self, word: &str) -> QueryForms {
        let plain = word::plain(word);
        let mut found = QueryForms::default();
        for spelling in word::spellings(&plain, &self.lists) {
            let forms = self.query(&spelling);
            found.words.extend(forms.words);
            found.stems.extend(forms.stems);
        }
        found
    }

    /// What to look for when somebody types `word`, a single one.
    pub fn query(&self, word: &str) -> QueryForms {
        let plain = word::plain(word);
        let mut found = QueryForms::default();
        found.words.insert(plain.clone());
        if word::is_word(&plain) && !self.is_little(&plain) {
            for tongue in [Tongue::Finnish, Tongue::Swedish] {
                let forms = self.forms(tongue, &plain);
                found.words.extend(forms.bases.iter().cloned());
                found.stems.extend(forms.stems.iter().cloned());
            }
        }
        found
    }

    fn is_little(&self, token: &str) -> bool {
        self.stop.iter().any(|words| words.contains(token))
    }

    /// How many little words of Finnish and of Swedish a text has.
    fn little_words(&self, plain: &str) -> [usize; 2] {
        let mut counts = [0, 0];
        for token in word::tokens(plain) {
            for (count, words) in counts.iter_mut().zip(&self.stop) {
                *count += usize::from(words.contains(token));
            }
        }
        counts
    }

    fn forms(&self, tongue: Tongue, plain: &str) -> Arc<Forms> {
        let [finnish, swedish] = &self.known;
        let known = match tongue {
            Tongue::Finnish => finnish,
            Tongue::Swedish => swedish,
        };
        let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(forms) = lock().get(plain) {
            return Arc::clone(forms);
        }
        let forms = Arc::new(self.analysed(tongue, plain));
        let mut known = lock();
        // A register of names fills it with words that come once: those of before are not given up for them.
        if known.len() >= REMEMBERED {
            let mut keep = false;
            known.retain(|_, _| {
                keep = !keep;
                keep
            });
        }
        known.insert(plain.to_owned(), Arc::clone(&forms));
        forms
    }

    fn analysed(&self, tongue: Tongue, plain: &str) -> Forms {
        if let (Tongue::Finnish, Some(voikko)) = (tongue, &self.voikko) {
            let found = voikko
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .analyse(plain);
            let (mut bases, mut parts) = (BTreeSet::new(), BTreeSet::new());
            for analysis in found {
                let base = word::plain(&analysis.base);
                if !self.lists.whole.contains(&base) {
                    parts.extend(compound::parts(&base, &analysis));
                }
                bases.insert(base);
            }
            if !bases.is_empty() {
                return Forms {
                    bases: bases.into_iter().collect(),
                    stems: Box::default(),
                    parts: parts.into_iter().collect(),
                };
            }
        }
        self.stems.forms(tongue, plain)
    }
}

/// The built-in word lists. A build whose lists cannot be read finds words as they are written.
fn embedded() -> Lists {
    Lists::parse(lists::EMBEDDED).unwrap_or_else(|error| {
        tracing::error!(%error, "the word lists of this build cannot be read");
        Lists::default()
    })
}

/// The languages of a text by its little words; both where they do not tell.
fn tongues([finnish, swedish]: [usize; 2]) -> &'static [Tongue] {
    if finnish > 2 * swedish {
        &[Tongue::Finnish]
    } else if swedish > 2 * finnish {
        &[Tongue::Swedish]
    } else {
        &[Tongue::Finnish, Tongue::Swedish]
    }
}

fn shortened(text: &str) -> &str {
    let end = text.floor_char_boundary(LETTERS);
    text.get(..end).unwrap_or_default()
}

/// Terms with those of the first texts behind them, each marked.
fn with_first(all: Option<String>, first: Option<&str>) -> Option<String> {
    let marked = first
        .unwrap_or_default()
        .split_whitespace()
        .map(|term| format!("{FIRST}{term}"));
    let terms: Vec<String> = all.into_iter().chain(marked).collect();
    (!terms.is_empty()).then(|| terms.join(" "))
}

fn joined(terms: &BTreeSet<String>) -> Option<String> {
    let words: Vec<&str> = terms.iter().take(TERMS).map(String::as_str).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests;
