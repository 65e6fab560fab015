//! Answers at hand: what was sent is sent again without asking the archive, while nothing has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;

use super::feeds::delta::A_IM;
use super::representation::Representation;
use super::site::SiteState;

/// Documents kept at a time.
const MOST_DOCUMENTS: usize = 256;
/// Bytes of them, the bytes of one that is known by two addresses counted twice.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Longest address that is kept, in bytes.
const LONGEST_TARGET: usize = 1024;

/// Documents by path and query as they were asked for, all of one state of the data.
#[derive(Default)]
pub struct Ready(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    state: Option<SiteState>,
    bytes: usize,
    documents: HashMap<Box<str>, (Arc<Representation>, Route)>,
}

/// Template of the route that made a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route(pub Arc<str>);

impl Ready {
    /// What a request asks for, if it is one whose answer may be kept: a GET of a whole document.
    pub fn target<B>(request: &Request<B>) -> Option<&str> {
        let is_whole = request.method() == Method::GET && !request.headers().contains_key(A_IM);
        let target = request.uri().path_and_query()?.as_str();
        (is_whole && target.len() <= LONGEST_TARGET).then_some(target)
    }

    /// The answer and the route it once came from, if the document was sent since the data came into this state.
    pub fn answer<B>(&self, request: &Request<B>, state: SiteState) -> Option<(Response, Route)> {
        let (document, route) = self.find(Self::target(request)?, state)?;
        Some((document.respond(request.headers()), route))
    }

    /// Keeps what was made of the data in this state, or in a later one; what is of another state goes.
    pub fn keep(&self, target: &str, state: SiteState, document: (Arc<Representation>, Route)) {
        let size = document.0.size();
        let mut kept = self.kept();
        let bytes = kept.bytes.saturating_add(size);
        let is_full = kept.documents.len() >= MOST_DOCUMENTS || bytes > MOST_BYTES;
        if kept.state != Some(state) || is_full {
            *kept = Kept {
                state: Some(state),
                ..Kept::default()
            };
        }
        if size > MOST_BYTES {
            return;
        }
        kept.bytes = kept.bytes.saturating_add(size);
        if let Some(before) = kept.documents.insert(target.into(), document) {
            kept.bytes = kept.bytes.saturating_sub(before.0.size());
        }
    }

    fn find(&self, target: &str, state: SiteState) -> Option<(Arc<Representation>, Route)> {
        let kept = self.kept();
        let found = kept.documents.get(target);
        found.filter(|_| kept.state == Some(state)).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::super::representation::{Readers, Terms};
    use super::super::site::SiteStamp;
    use super::*;

    fn now() -> SiteState {
        SiteState {
            stamp: SiteStamp::default(),
            minute: 1,
        }
    }

    fn document(text: &str) -> (Arc<Representation>, Route) {
        let terms = Terms {
            content_type: "text/plain",
            cache_control: "no-cache",
            readers: Readers::Ourselves,
        };
        let representation = Representation::new(terms, text.to_owned(), None);
        (Arc::new(representation), Route("/{name}".into()))
    }

    fn asked(method: &str, target: &str, header: (&str, &str)) -> Request<Body> {
        let request = Request::builder().method(method).uri(target);
        let (name, value) = header;
        request
            .header(name, value)
            .body(Body::empty())
            .expect("a request")
    }

    #[test]
    fn a_document_is_sent_again_until_data_or_minute_change() {
        let ready = Ready::default();
        ready.keep("/a?b", now(), document("x"));
        let later = SiteState { minute: 2, ..now() };
        assert!(ready.find("/a?b", now()).is_some());
        assert!(ready.find("/a", now()).is_none());
        assert!(ready.find("/a?b", later).is_none());
        ready.keep("/c", later, document("y"));
        assert!(
            ready.find("/a?b", now()).is_none(),
            "one state alone is kept"
        );
        assert!(ready.find("/c", later).is_some());
    }

    #[test]
    fn only_who_wants_the_whole_gets_it_from_here() {
        let ready = Ready::default();
        ready.keep("/a", now(), document("x"));
        for (method, header, found) in [
            ("GET", ("accept", "*/*"), true),
            ("HEAD", ("accept", "*/*"), false),
            ("POST", ("accept", "*/*"), false),
            ("GET", ("a-im", "feed"), false),
        ] {
            let request = asked(method, "http://kunta.example/a", header);
            assert_eq!(
                ready.answer(&request, now()).is_some(),
                found,
                "{method} {header:?}"
            );
        }
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let ready = Ready::default();
        for n in 0..=MOST_DOCUMENTS {
            ready.keep(&format!("/a?{n}"), now(), document("x"));
        }
        assert_eq!(ready.kept().documents.len(), 1);
        ready.keep("/large", now(), document(&"ab".repeat(MOST_BYTES)));
        assert!(ready.kept().documents.is_empty());
        for _ in 0..3 {
            ready.keep("/a", now(), document("x"));
        }
        assert_eq!(ready.kept().bytes, document("x").0.size());
        let long = "/".repeat(LONGEST_TARGET + 1);
        assert!(Ready::target(&asked("GET", &long, ("accept", "*/*"))).is_none());
    }
}
