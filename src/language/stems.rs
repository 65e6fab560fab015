//! Without a dictionary: stems by rule, and the heads of compounds by a list.

use std::collections::{BTreeMap, BTreeSet};

use frostem::{Algorithm, Stemmer};

use super::Forms;
use super::lists::Lists;

/// Letters that must stand before the head of a compound.
const MODIFIER: usize = 3;
/// Letters of the shortest stem of a head that is looked for.
const HEAD: usize = 3;

/// Which language's rules a word is cut by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Tongue {
    /// Finnish.
    Finnish,
    /// Swedish.
    Swedish,
}

/// Stems and the heads known by them.
pub(super) struct Stems {
    finnish: Stemmer,
    swedish: Stemmer,
    endings: Vec<(String, String)>,
    vowels: String,
    /// Stems of heads, each with the one that is stored for all of them.
    heads: BTreeMap<Tongue, BTreeMap<String, String>>,
    /// Stems of words whose parts are not searched.
    whole: BTreeSet<String>,
}

impl std::fmt::Debug for Stems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stems")
            .field("heads", &self.heads.len())
            .finish_non_exhaustive()
    }
}

impl Stems {
    pub(super) fn new(lists: &Lists) -> Self {
        let mut stems = Self {
            finnish: Stemmer::new(Algorithm::Finnish),
            swedish: Stemmer::new(Algorithm::Swedish),
            endings: lists.stem_endings.clone(),
            vowels: lists.vowels.clone(),
            heads: BTreeMap::new(),
            whole: BTreeSet::new(),
        };
        let [finnish, swedish] = lists.heads();
        for (tongue, heads) in [(Tongue::Finnish, finnish), (Tongue::Swedish, swedish)] {
            let mut known = BTreeMap::new();
            for head in heads {
                let stem = stems.stem(tongue, head);
                // Rules cut too much of some words, not always the same: `kunta`, `kuntien`.
                let bare = stems.settle(head);
                for variant in [&bare, &stem]
                    .into_iter()
                    .filter(|v| v.chars().count() >= HEAD)
                {
                    known.entry(variant.clone()).or_insert_with(|| stem.clone());
                }
            }
            stems.heads.insert(tongue, known);
        }
        stems.whole = [Tongue::Finnish, Tongue::Swedish]
            .into_iter()
            .flat_map(|tongue| lists.whole.iter().map(move |word| (tongue, word)))
            .map(|(tongue, word)| stems.stem(tongue, word))
            .collect();
        stems
    }

    /// The stem of a plain word, one for all its forms as far as rules reach.
    pub(super) fn stem(&self, tongue: Tongue, word: &str) -> String {
        let stem = match tongue {
            Tongue::Swedish => self.swedish.stem(word).into_owned(),
            Tongue::Finnish => self.settle(&self.finnish.stem(word)),
        };
        let head = self.heads.get(&tongue).and_then(|heads| heads.get(&stem));
        head.cloned().unwrap_or(stem)
    }

    /// Stem, and the heads it ends in.
    pub(super) fn forms(&self, tongue: Tongue, word: &str) -> Forms {
        let stem = self.stem(tongue, word);
        let parts = if self.whole.contains(&stem) {
            BTreeSet::new()
        } else {
            self.tails(tongue, &stem)
        };
        Forms {
            bases: Box::default(),
            stems: Box::from([stem]),
            parts: parts.into_iter().collect(),
        }
    }

    fn tails(&self, tongue: Tongue, stem: &str) -> BTreeSet<String> {
        let Some(heads) = self.heads.get(&tongue) else {
            return BTreeSet::new();
        };
        stem.char_indices()
            .skip(MODIFIER)
            .filter_map(|(at, _)| heads.get(stem.get(at..)?))
            .cloned()
            .collect()
    }

    /// Consonant gradation and other changes at the end of a stem, taken back.
    fn settle(&self, stem: &str) -> String {
        let bare = stem.trim_end_matches(|c| self.vowels.contains(c));
        let kept = if bare.chars().count() >= HEAD {
            bare
        } else {
            stem
        };
        self.endings
            .iter()
            .find_map(|(from, to)| {
                kept.strip_suffix(from.as_str())
                    .map(|head| format!("{head}{to}"))
            })
            .unwrap_or_else(|| kept.to_owned())
    }
}
