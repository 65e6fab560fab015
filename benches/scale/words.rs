//! Finnish of the fixtures, mixed anew: each word follows one it follows there, now and then grown to a compound.

use std::collections::BTreeMap;
use std::path::Path;

use fastrand::Rng;

/// Fewer letters make no word worth a search or a compound.
const LONG: usize = 5;

/// A model of text: which words follow which, as often as in the fixtures.
pub struct Words {
    /// Every word as often as it stands there.
    all: Vec<String>,
    /// What follows a word.
    after: BTreeMap<String, Vec<usize>>,
    /// Words that make the ends of compounds.
    long: Vec<usize>,
}

impl Words {
    /// Reads the pages below a folder.
    pub fn of(folder: &Path) -> anyhow::Result<Self> {
        let mut all = vec![];
        read(folder, &mut all)?;
        anyhow::ensure!(
            all.len() > 1_000,
            "{} has no pages to learn words from",
            folder.display()
        );
        let mut after: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, pair) in all.windows(2).enumerate() {
            if let [word, _] = pair {
                after.entry(word.clone()).or_default().push(at + 1);
            }
        }
        let is_long = |word: &String| word.chars().count() >= LONG;
        let long = (0..all.len())
            .filter(|at| all.get(*at).is_some_and(is_long))
            .collect();
        Ok(Self { all, after, long })
    }

    /// About so many letters of text, in sentences.
    pub fn text(&self, letters: usize, random: &mut Rng) -> String {
        let mut text = String::with_capacity(letters + 80);
        let mut at = random.usize(..self.all.len());
        let mut sentence = 0;
        while text.len() < letters {
            let word = self.word(at, random);
            text.push_str(&word);
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

    /// A word; one of forty is a compound or a number that hardly ever comes again.
    fn word(&self, at: usize, random: &mut Rng) -> String {
        let word = self.all.get(at).cloned().unwrap_or_default();
        match random.u8(..80) {
            0 => self.long(random).to_lowercase() + &self.long(random).to_lowercase(),
            1 => format!("{word} {}", random.u32(..100_000)),
            _ => word,
        }
    }

    fn long(&self, random: &mut Rng) -> &str {
        let at = self.long.get(random.usize(..self.long.len()));
        at.and_then(|at| self.all.get(*at))
            .map_or("", String::as_str)
    }

    fn next(&self, at: usize, random: &mut Rng) -> usize {
        let follows = self.all.get(at).and_then(|word| self.after.get(word));
        let next = follows.and_then(|next| next.get(random.usize(..next.len())));
        // One word of twenty leads somewhere else, else whole pages would come again.
        match next {
            Some(next) if random.u8(..20) > 0 => *next,
            Some(_) | None => random.usize(..self.all.len()),
        }
    }
}

/// The words between the tags of every page in a folder and those below it.
fn read(folder: &Path, words: &mut Vec<String>) -> anyhow::Result<()> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(&path, words)?;
        } else if path.extension().is_some_and(|end| end == "html") {
            let page = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            let body = page.split_once("<body").map_or("", |(_, body)| body);
            for (at, piece) in body.split('<').enumerate() {
                let text = piece.split_once('>').map_or("", |(_, text)| text);
                let is_word = |word: &&str| at > 0 && word.chars().any(char::is_alphabetic);
                let found = text
                    .split(|c: char| !c.is_alphanumeric() && c != '-')
                    .filter(is_word);
                words.extend(found.map(str::to_owned));
            }
        }
    }
    Ok(())
}
