//! Finnish of the fixtures, mixed anew: each word follows one it follows there, now and then grown to a compound.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use fastrand::Rng;
use serde_json::Value;

/// Fewer letters make no word worth a search or a compound.
const LONG: usize = 5;
/// Fewer words are a name or a number, not text.
const SENTENCE: usize = 3;

/// A model of text: which words follow which, as often as in the fixtures.
pub struct Words {
    /// Every word as often as it stands there.
    all: Vec<String>,
    /// For each of them, where all words stand that follow the same word.
    after: Vec<usize>,
    follows: Vec<Vec<usize>>,
    /// Words that make compounds.
    long: Vec<usize>,
}

impl Words {
    /// Reads what pages are expected to say, and the documents of the search fixtures.
    pub fn of(fixtures: &Path) -> anyhow::Result<Self> {
        let mut all = vec![];
        read(&fixtures.join("platforms"), &mut all)?;
        let documents = std::fs::read_to_string(fixtures.join("search/documents.jsonl"))?;
        for line in documents.lines() {
            learn(&serde_json::from_str(line)?, &mut all);
        }
        anyhow::ensure!(
            all.len() > 1_000,
            "{} has no texts to learn words from",
            fixtures.display()
        );
        let mut of_word: HashMap<&str, usize> = HashMap::new();
        let (mut after, mut follows) = (vec![], Vec::<Vec<usize>>::new());
        for (at, word) in all.iter().enumerate() {
            let entry = *of_word.entry(word).or_insert(follows.len());
            if entry == follows.len() {
                follows.push(vec![]);
            }
            if let (Some(list), true) = (follows.get_mut(entry), at + 1 < all.len()) {
                list.push(at + 1);
            }
            after.push(entry);
        }
        let long = (0..all.len())
            .filter(|at| {
                all.get(*at)
                    .is_some_and(|word| word.chars().count() >= LONG && !word.contains('-'))
            })
            .collect();
        Ok(Self {
            all,
            after,
            follows,
            long,
        })
    }

    /// About so many letters of text, in sentences.
    pub fn text(&self, letters: usize, random: &mut Rng) -> String {
        let mut text = String::with_capacity(letters + 80);
        let mut at = random.usize(..self.all.len());
        let mut sentence = 0;
        while text.len() < letters {
            self.word(at, random, &mut text);
            sentence += 1;
            if sentence >= 8 && random.u8(..6) == 0 {
                text.push_str(". ");
                sentence = 0;
            } else {
                text.push(' ');
            }
            at = self.next(at, random);
        }
        text
    }

    /// A word; one of twenty is a compound, some of them common and most of them rare, one of forty a number.
    fn word(&self, at: usize, random: &mut Rng, text: &mut String) {
        let word = self.all.get(at).map_or("", String::as_str);
        match random.u8(..40) {
            0 | 1 => {
                text.push_str(&self.long(random).to_lowercase());
                text.push_str(&self.long(random).to_lowercase());
            }
            2 => {
                text.push_str(word);
                text.push(' ');
                text.push_str(&random.u32(..100_000).to_string());
            }
            _ => text.push_str(word),
        }
    }

    /// A long word; those at the beginning come more often than those at the end.
    fn long(&self, random: &mut Rng) -> &str {
        let within = random.usize(1..=self.long.len());
        let at = self.long.get(random.usize(..within));
        at.and_then(|at| self.all.get(*at))
            .map_or("", String::as_str)
    }

    fn next(&self, at: usize, random: &mut Rng) -> usize {
        let follows = self.after.get(at).and_then(|of| self.follows.get(*of));
        let next = follows
            .filter(|next| !next.is_empty())
            .and_then(|next| next.get(random.usize(..next.len())));
        // One word of twenty leads somewhere else, else whole pages would come again.
        match next {
            Some(next) if random.u8(..20) > 0 => *next,
            Some(_) | None => random.usize(..self.all.len()),
        }
    }
}

/// The texts of every JSON file in a folder and those below it.
fn read(folder: &Path, words: &mut Vec<String>) -> anyhow::Result<()> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(&path, words)?;
        } else if path.extension().is_some_and(|end| end == "json") {
            let text = std::fs::read_to_string(&path)?;
            let value = serde_json::from_str(&text)
                .with_context(|| format!("{} is not JSON", path.display()))?;
            learn(&value, words);
        }
    }
    Ok(())
}

fn learn(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.contains("//") => {
            let found: Vec<&str> = text
                .split(|c: char| !c.is_alphanumeric() && c != '-')
                .filter(|word| word.chars().any(char::is_alphabetic))
                .collect();
            if found.len() >= SENTENCE {
                words.extend(found.into_iter().map(str::to_owned));
            }
        }
        Value::Array(values) => values.iter().for_each(|value| learn(value, words)),
        Value::Object(values) => values.values().for_each(|value| learn(value, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
