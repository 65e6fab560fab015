//! Built documents, kept until their data changes: conditional requests rebuild nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

use super::feeds::delta::Memory;
use super::metrics::Lookups;
use super::representation::Representation;

/// Documents kept at a time; filters are free text, so strangers can ask for any number.
const MOST_DOCUMENTS: usize = 64;
/// Bytes kept at a time.
const MOST_BYTES: usize = 16 * 1024 * 1024;

struct Kept<S> {
    key: String,
    stamp: S,
    document: Arc<Representation>,
}

/// The kept documents, least recently used first, each with the stamp `S` of the data it was made of.
pub struct Cache<S> {
    kept: Mutex<Vec<Kept<S>>>,
    /// Taken by those who build, each key always the same one.
    building: Box<[Mutex<()>]>,
    lookups: Arc<Lookups>,
    /// What stood in feeds that were sent, for those who want only what changed since.
    pub memory: Memory,
}

/// How many documents may be built at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builders {
    /// One: a crowd must not keep every processor and all memory.
    One,
    /// Those whose number is bounded before they get here: only the same document is built once for all.
    AsManyAsHaveTurns,
}

impl Builders {
    /// Locks of those who build; of many, two documents seldom share one.
    fn locks(self) -> Box<[Mutex<()>]> {
        let locks = match self {
            Self::One => 1,
            Self::AsManyAsHaveTurns => 64,
        };
        std::iter::repeat_with(Mutex::default).take(locks).collect()
    }
}

impl<S> Default for Cache<S> {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            building: Builders::One.locks(),
            lookups: Arc::default(),
            memory: Memory::default(),
        }
    }
}

impl<S: Copy + PartialEq> Cache<S> {
    /// An empty one that says how often it could answer.
    pub fn new(lookups: Arc<Lookups>, builders: Builders) -> Self {
        Self {
            lookups,
            building: builders.locks(),
            ..Self::default()
        }
    }

    /// The document of `key` as of `stamp`, built where it is missing or out of date. A crowd that asks for the same
    /// one waits for it instead of building it again.
    pub fn get_or_build<E>(
        &self,
        key: &str,
        stamp: S,
        build: impl FnOnce() -> Result<Representation, E>,
    ) -> Result<Arc<Representation>, E> {
        if let Some(found) = self.get(key, stamp) {
            self.lookups.hit();
            return Ok(found);
        }
        let building = self.building(key);
        if let Some(found) = self.get(key, stamp) {
            return Ok(found);
        }
        self.lookups.miss();
        let document = Arc::new(build()?);
        if let Some((tag, marks)) = document.marks() {
            self.memory.remember(tag, marks);
        }
        self.put(key, stamp, &document);
        drop(building);
        Ok(document)
    }

    /// Waits until nobody builds who has the same lock.
    fn building(&self, key: &str) -> Option<MutexGuard<'_, ()>> {
        let first = Sha256::digest(key).first().copied()?;
        let place = usize::from(first).checked_rem(self.building.len())?;
        let lock = self.building.get(place)?;
        Some(lock.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept<S>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, key: &str, stamp: S) -> Option<Arc<Representation>> {
        let mut kept = self.kept();
        let at = kept
            .iter()
            .position(|entry| entry.key == key && entry.stamp == stamp)?;
        let entry = kept.remove(at);
        let document = Arc::clone(&entry.document);
        kept.push(entry);
        Some(document)
    }

    fn put(&self, key: &str, stamp: S, document: &Arc<Representation>) {
        let mut kept = self.kept();
        kept.retain(|entry| entry.key != key);
        kept.push(Kept {
            key: key.to_owned(),
            stamp,
            document: Arc::clone(document),
        });
        let mut bytes: usize = kept.iter().map(|entry| entry.document.size()).sum();
        while !kept.is_empty() && (kept.len() > MOST_DOCUMENTS || bytes > MOST_BYTES) {
            bytes -= kept.remove(0).document.size();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::super::representation::{Readers, Terms};
    use super::*;

    fn document(text: &str) -> Representation {
        let terms = Terms {
            content_type: "text/plain",
            cache_control: "no-cache",
            readers: Readers::Ourselves,
        };
        Representation::new(terms, text.to_owned(), None)
    }

    fn asked(cache: &Cache<i64>, key: &str, seq: i64) -> bool {
        let mut built = false;
        let made = cache.get_or_build(key, seq, || {
            built = true;
            Ok::<_, Infallible>(document("x"))
        });
        assert!(made.is_ok());
        built
    }

    #[test]
    fn a_document_is_built_once_for_each_state_of_the_data() {
        let cache = Cache::default();
        assert!(asked(&cache, "all", 1));
        assert!(!asked(&cache, "all", 1));
        assert!(asked(&cache, "all", 2));
        assert!(asked(&cache, "all", 1), "only the newest state is kept");
    }

    #[test]
    fn documents_of_searches_are_built_side_by_side_and_the_same_one_is_built_once() {
        let cache = Cache::<i64>::new(Arc::default(), Builders::AsManyAsHaveTurns);
        let met = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            // These two do not share a lock; were they built in turn, they would not meet.
            for key in ["a", "b"] {
                let (cache, met) = (&cache, &met);
                scope.spawn(move || {
                    let made = cache.get_or_build(key, 1, || {
                        met.wait();
                        Ok::<_, Infallible>(document(key))
                    });
                    assert!(made.is_ok());
                });
            }
        });
        assert!(!asked(&cache, "a", 1) && !asked(&cache, "b", 1));
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let cache = Cache::default();
        assert!(asked(&cache, "first", 1));
        for n in 0..MOST_DOCUMENTS {
            assert!(asked(&cache, &n.to_string(), 1));
        }
        assert_eq!(cache.kept().len(), MOST_DOCUMENTS);
        assert!(
            asked(&cache, "first", 1),
            "the least recently used was dropped"
        );
        let large = cache.get_or_build("large", 1, || {
            Ok::<_, Infallible>(document(&"ab".repeat(MOST_BYTES)))
        });
        assert!(large.is_ok());
        assert!(cache.kept().is_empty());
    }
}
