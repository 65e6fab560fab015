//! Searches take turns: what strangers type costs the most, and must not keep feeds and pages waiting.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Uri;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use url::form_urlencoded;

/// Searches at a time: as many as keep a small machine's processors at work.
const AT_ONCE: usize = 2;
/// How long one waits for its turn. A crowd of usual searches is through by then; whoever is not is told to come back.
const WAIT: Duration = Duration::from_millis(300);

/// The turns of searches.
#[derive(Clone, Debug)]
pub(super) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Turns {
    /// A turn, held until the answer is made; `None` where others have theirs for too long.
    pub(super) async fn next(&self) -> Option<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.0).acquire_owned();
        timeout(WAIT, turn).await.ok()?.ok()
    }
}

/// Whether words are looked for.
pub(super) fn is_search(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .any(|(name, words)| name == "q" && !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_are_looked_for_make_a_search() {
        for (address, is) in [
            ("/search?q=koulu", true),
            ("/feeds/all.atom?municipality=lahti&q=koulu+tie", true),
            ("/api/items?%71=koulu", true),
            ("/search", false),
            ("/search?q=", false),
            ("/search?q=+%20&municipality=lahti", false),
            ("/feeds/all.atom?limit=20", false),
        ] {
            let uri: Uri = address.parse().expect("an address");
            assert_eq!(is_search(&uri), is, "{address}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_all_turns_taken_waits_a_little_and_gets_none() {
        let turns = Turns::default();
        let mut taken = vec![];
        for _ in 0..AT_ONCE {
            taken.push(turns.next().await.expect("a turn"));
        }
        assert!(turns.next().await.is_none());
        taken.pop();
        assert!(turns.next().await.is_some());
    }
}
