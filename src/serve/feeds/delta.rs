//! Only what changed (RFC 3229, instance manipulation `feed`): for readers that say which document they have.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, HeaderName};

use crate::model::digest::sha256_hex;
use crate::publish::entry::Entry;

/// The manipulations a client accepts.
pub const A_IM: HeaderName = HeaderName::from_static("a-im");
/// Those that were applied.
pub const IM: HeaderName = HeaderName::from_static("im");

/// Documents whose entries are remembered; an older one is sent whole again.
const MOST_REMEMBERED: usize = 256;

/// An entry in a state of it.
pub type Mark = u64;

/// Tells an entry, and a changed one from what it was.
pub fn mark(entry: &Entry) -> Mark {
    let hash = sha256_hex(format!("{} {}", entry.updated, entry.id).as_bytes());
    let (first, _) = hash.split_at_checked(16).unwrap_or_default();
    Mark::from_str_radix(first, 16).unwrap_or_default()
}

/// What stood in the documents that were sent lately, by their tags.
#[derive(Default)]
pub struct Memory {
    kept: Mutex<VecDeque<(String, Vec<Mark>)>>,
}

impl Memory {
    /// Remembers a document by the opaque part of its tag.
    pub fn remember(&self, tag: &str, marks: &[Mark]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|(known, _)| known == tag) {
            return;
        }
        if kept.len() >= MOST_REMEMBERED {
            kept.pop_front();
        }
        kept.push_back((tag.to_owned(), marks.to_vec()));
    }

    /// The remembered document that a client has, with what stood in it. `None` unless it asks for changes alone.
    pub fn known_to(&self, asked: &HeaderMap) -> Option<(String, Vec<Mark>)> {
        let wanted = asked.get_all(A_IM).iter();
        let mut wanted = wanted.filter_map(|value| value.to_str().ok());
        if !wanted.any(|value| value.split(',').any(is_feed)) {
            return None;
        }
        let tags = asked.get_all(IF_NONE_MATCH).iter();
        let tags: Vec<_> = tags.filter_map(|value| value.to_str().ok()).collect();
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |tag: &str| {
            let in_either_coding = [format!("\"{tag}\""), format!("\"{tag}-gzip\"")];
            tags.iter()
                .any(|tags| in_either_coding.iter().any(|coded| tags.contains(coded)))
        };
        kept.iter().rev().find(|(tag, _)| has(tag)).cloned()
    }
}

/// Whether a part of the header is `feed`, and not refused.
fn is_feed(part: &str) -> bool {
    let mut fields = part.split(';').map(str::trim);
    let named = fields
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("feed"));
    named && !fields.any(|field| matches!(field, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(manipulations: &'static str, tags: &'static str) -> HeaderMap {
        let value = axum::http::HeaderValue::from_static;
        HeaderMap::from_iter([(A_IM, value(manipulations)), (IF_NONE_MATCH, value(tags))])
    }

    #[test]
    fn only_who_asks_and_says_what_it_has_is_known() {
        let memory = Memory::default();
        memory.remember("aa", &[1, 2]);
        memory.remember("bb", &[3]);
        for (manipulations, tags, found) in [
            ("feed", "\"aa\"", Some("aa")),
            ("vcdiff, Feed;q=0.5", "W/\"bb-gzip\", \"x\"", Some("bb")),
            ("feed", "\"cc\"", None),
            ("feed", "*", None),
            ("feed;q=0", "\"aa\"", None),
            ("vcdiff", "\"aa\"", None),
        ] {
            let known = memory.known_to(&asked(manipulations, tags));
            assert_eq!(
                known.as_ref().map(|(tag, _)| tag.as_str()),
                found,
                "{manipulations} {tags}"
            );
        }
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let memory = Memory::default();
        for n in 0..=MOST_REMEMBERED {
            memory.remember(&n.to_string(), &[]);
        }
        let kept = memory.kept.lock().expect("kept");
        assert_eq!(kept.len(), MOST_REMEMBERED);
        assert_eq!(kept.front().map(|(tag, _)| tag.as_str()), Some("1"));
    }
}
