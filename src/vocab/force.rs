//! The vocabulary in force: the built-in one, or another that was read from a file. Readers take the one of their
//! moment, so that it can change while they work.

use std::sync::{PoisonError, RwLock};

use super::{EMBEDDED, VocabError, Vocabulary};

/// A vocabulary with the text it was made from.
#[derive(Debug)]
struct Loaded {
    text: String,
    vocabulary: Vocabulary,
}

/// What took the place of the built-in one.
static IN_FORCE: RwLock<Option<&Loaded>> = RwLock::new(None);

/// A vocabulary that was found good, before it is in force.
#[derive(Debug)]
pub struct Prepared(Option<Loaded>);

impl Prepared {
    /// From the text of a `vocabulary.toml`; without one, the built-in vocabulary.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn new(text: Option<String>) -> Result<Self, VocabError> {
        let Some(text) = text else {
            return Ok(Self(None));
        };
        let vocabulary = Vocabulary::parse(&text)?;
        Ok(Self(Some(Loaded { text, vocabulary })))
    }

    /// Puts it in force; says whether it differs from what was. Readers may still hold the one before, which
    /// therefore stays in memory: less than a megabyte for each change of the file.
    pub fn put_in_force(self) -> bool {
        let mut now = IN_FORCE.write().unwrap_or_else(PoisonError::into_inner);
        let before = now.map_or(EMBEDDED, |loaded| &loaded.text);
        let is_other = self.0.as_ref().map_or(EMBEDDED, |loaded| &loaded.text) != before;
        if is_other {
            *now = self.0.map(|loaded| &*Box::leak(Box::new(loaded)));
        }
        is_other
    }
}

fn loaded() -> Option<&'static Loaded> {
    *IN_FORCE.read().unwrap_or_else(PoisonError::into_inner)
}

impl Vocabulary {
    /// The vocabulary in force.
    pub fn in_force() -> &'static Self {
        loaded().map_or_else(Self::embedded, |loaded| &loaded.vocabulary)
    }

    /// The text of the vocabulary in force.
    pub fn text_in_force() -> &'static str {
        loaded().map_or(EMBEDDED, |loaded| &loaded.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faulty_text_never_comes_into_force() {
        assert!(Prepared::new(Some("labels = 1".to_owned())).is_err());
        assert_eq!(Vocabulary::text_in_force(), EMBEDDED);
        let builtin = Prepared::new(None).expect("the built-in one");
        assert!(!builtin.put_in_force(), "it is in force already");
    }
}
