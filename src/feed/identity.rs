//! Our identity rule: native id, else canonical link, else a hash of the content; never random.
//!
//! A rung that does not tell the entries of this feed apart is not used for the entries it
//! confuses: a `guid` that stands on entries with different links gives way to the links, and a
//! link that stands under different titles (every entry pointing at the front page) gives way to
//! the content.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::tally::Tally;
use crate::model::digest::sha256_hex;
use crate::model::feed_item::{FeedEntry, IdStep};
use crate::model::problem::ProblemKind;

/// An entry whose identity is not decided yet; the entry's own `native_id` and `id_step` mean
/// nothing.
pub(super) struct Candidate {
    /// What the feed itself calls the entry.
    pub(super) native: Option<String>,
    /// Everything else.
    pub(super) entry: FeedEntry,
}

/// Gives every entry its identity and leaves out what has none or has come before.
pub(super) fn assign(mut candidates: Vec<Candidate>, tally: &mut Tally) -> Vec<FeedEntry> {
    drop_confusing_ids(&mut candidates, tally);
    let confusing = confusing_links(&candidates);
    let mut seen = HashSet::new();
    let mut entries = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let Some(entry) = identified(candidate, &confusing, tally) else {
            continue;
        };
        if seen.insert(entry.native_id.clone()) {
            entries.push(entry);
        } else {
            let what = "entry that repeats an earlier one left out";
            tally.note(ProblemKind::UnusableEntry, what, &entry.native_id);
        }
    }
    entries
}

fn identified(
    candidate: Candidate,
    confusing: &HashSet<String>,
    tally: &mut Tally,
) -> Option<FeedEntry> {
    let Candidate { native, mut entry } = candidate;
    let link = entry.link.as_ref().map(ToString::to_string);
    (entry.native_id, entry.id_step) = match (native, link) {
        (Some(native), _) => (native, IdStep::Native),
        (None, Some(link)) if !confusing.contains(&link) => (link, IdStep::Link),
        (None, _) if !entry.title.is_empty() => {
            let what =
                "entry known only by title and date: an edited title will make it a new entry";
            tally.note(ProblemKind::WeakIdentity, what, &entry.title);
            (content_id(&entry.title, entry.published), IdStep::Content)
        }
        (None, _) => {
            let what = "entry without id, link and title left out";
            tally.note(
                ProblemKind::UnusableEntry,
                what,
                entry.text.as_deref().unwrap_or_default(),
            );
            return None;
        }
    };
    Some(entry)
}

fn content_id(title: &str, published: Option<Timestamp>) -> String {
    let published = published.map(|at| at.to_string()).unwrap_or_default();
    let hash = sha256_hex(format!("{title}\n{published}").as_bytes());
    format!("sha256:{hash}")
}

/// Takes away native ids that stand on entries with different links.
fn drop_confusing_ids(candidates: &mut [Candidate], tally: &mut Tally) {
    let links = candidates
        .iter()
        .filter_map(|c| Some((c.native.as_deref()?, c.entry.link.as_ref()?.as_str())));
    let confusing = with_several_values(links);
    for candidate in candidates {
        let repeated = candidate
            .native
            .take_if(|native| confusing.contains(native.as_str()));
        if let Some(native) = repeated {
            let what = "id that stands on entries with different links not used";
            tally.note(ProblemKind::WeakIdentity, what, &native);
        }
    }
}

/// Links of entries without a native id that stand under different titles.
fn confusing_links(candidates: &[Candidate]) -> HashSet<String> {
    let without_id = candidates
        .iter()
        .filter(|candidate| candidate.native.is_none());
    let titles =
        without_id.filter_map(|c| Some((c.entry.link.as_ref()?.as_str(), c.entry.title.as_str())));
    with_several_values(titles.filter(|(_, title)| !title.is_empty()))
}

/// The keys that come with more than one value.
fn with_several_values<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> HashSet<String> {
    let mut first = HashMap::new();
    let mut several = HashSet::new();
    for (key, value) in pairs {
        if *first.entry(key).or_insert(value) != value {
            several.insert(key.to_owned());
        }
    }
    several
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(native: &str, link: &str, title: &str) -> Candidate {
        let entry = FeedEntry {
            native_id: String::new(),
            id_step: IdStep::Native,
            link: link.parse().ok(),
            title: title.to_owned(),
            text: None,
            published: None,
            updated: None,
            categories: Vec::new(),
        };
        Candidate {
            native: Some(native.to_owned()).filter(|id| !id.is_empty()),
            entry,
        }
    }

    fn ids(candidates: Vec<Candidate>) -> (Vec<(IdStep, String)>, Vec<ProblemKind>) {
        let mut tally = Tally::default();
        let entries = assign(candidates, &mut tally);
        let problems = tally.into_problems().iter().map(|p| p.kind).collect();
        (
            entries
                .into_iter()
                .map(|e| (e.id_step, e.native_id))
                .collect(),
            problems,
        )
    }

    #[test]
    fn the_ladder_goes_from_id_to_link_to_content() {
        let (ids, problems) = ids(vec![
            candidate("g", "http://a.fi/1", "A"),
            candidate("", "http://a.fi/1", "B"),
            candidate("", "", "C"),
            candidate("", "", ""),
        ]);
        let hash = content_id("C", None);
        assert_eq!(
            ids,
            [
                (IdStep::Native, "g".to_owned()),
                (IdStep::Link, "http://a.fi/1".to_owned()),
                (IdStep::Content, hash)
            ]
        );
        assert_eq!(
            problems,
            [ProblemKind::WeakIdentity, ProblemKind::UnusableEntry]
        );
    }

    #[test]
    fn an_id_on_different_links_gives_way_to_the_links() {
        let (ids, problems) = ids(vec![
            candidate("g", "http://a.fi/1", "A"),
            candidate("g", "http://a.fi/2", "B"),
            candidate("h", "http://a.fi/3", "C"),
        ]);
        let ids: Vec<_> = ids.iter().map(|(_, id)| id.as_str()).collect();
        assert_eq!(ids, ["http://a.fi/1", "http://a.fi/2", "h"]);
        assert_eq!(problems, [ProblemKind::WeakIdentity]);
    }

    #[test]
    fn of_true_duplicates_the_first_wins() {
        let (ids, problems) = ids(vec![
            candidate("g", "http://a.fi/1", "A"),
            candidate("g", "http://a.fi/1", "A"),
        ]);
        assert_eq!((ids.len(), problems), (1, vec![ProblemKind::UnusableEntry]));
    }

    #[test]
    fn one_link_under_many_titles_loses_no_entry() {
        let (ids, _) = ids(vec![
            candidate("", "http://a.fi/", "A"),
            candidate("", "http://a.fi/", "B"),
        ]);
        assert!(
            ids.iter().all(|(step, _)| *step == IdStep::Content) && ids.len() == 2,
            "{ids:?}"
        );
    }
}
