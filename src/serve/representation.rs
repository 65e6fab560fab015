//! A document ready to be sent any number of times: its bytes, its compressed bytes, and their headers.

use std::io::Write;
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_TYPE, ETAG, LAST_MODIFIED, LINK, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use url::Url;

use crate::publish::etag;

use super::conditional::{self, Coding};
use super::feeds::delta::{IM, Mark};

/// What a kind of document is sent with.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `Cache-Control`.
    pub cache_control: &'static str,
    /// Who may read it from a script.
    pub readers: Readers,
}

/// Who may read an answer from a script in a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Pages of any site: public data.
    Anybody,
    /// Pages of this site.
    Ourselves,
}

/// What only feeds are sent with.
#[derive(Debug, Default)]
pub struct FeedFacts {
    /// What stands in it, to send only what is new the next time.
    pub marks: Vec<Mark>,
    /// Where hub and topic are (`WebSub`), as the value of `Link`.
    pub link: Option<String>,
}

/// A document in both codings. Sending shares the bytes, so slow readers cost no copies.
#[derive(Debug)]
pub struct Representation {
    terms: Terms,
    tag: String,
    last_modified: Option<Timestamp>,
    identity: Bytes,
    gzip: Option<Bytes>,
    /// Headers of this document alone.
    more: Vec<(HeaderName, String)>,
    feed: Option<FeedFacts>,
    /// Made when it is sent first: as it is, and as gzip.
    heads: [OnceLock<Head>; 2],
}

/// What stands before the body of one coding.
#[derive(Debug)]
struct Head {
    tag: String,
    /// Of a 200.
    whole: HeaderMap,
    /// Of a 304.
    unchanged: HeaderMap,
}

/// The document that an answer was made of, for whoever sends it again.
#[derive(Clone, Debug)]
pub struct Sent(pub Arc<Representation>);

impl Representation {
    /// Prepares a document; `last_modified` comes from the data, never from the clock.
    pub fn new(terms: Terms, document: String, last_modified: Option<Timestamp>) -> Self {
        let identity = Bytes::from(document);
        Self {
            terms,
            tag: etag::opaque(&identity),
            last_modified,
            gzip: compressed(&identity),
            identity,
            more: Vec::new(),
            feed: None,
            heads: [OnceLock::new(), OnceLock::new()],
        }
    }

    /// The same with another header, which pages of other sites may read as well.
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.more.push((name, value.into()));
        self
    }

    /// The same with a link to what comes next.
    pub fn leading_to(self, next: &Url) -> Self {
        self.with(LINK, format!("<{next}>; rel=\"next\""))
    }

    /// The same as a feed.
    pub fn of_feed(self, facts: FeedFacts) -> Self {
        Self {
            feed: Some(facts),
            ..self
        }
    }

    /// What stands in it, by the opaque part of its tag; `None` unless it is a feed.
    pub fn marks(&self) -> Option<(&str, &[Mark])> {
        Some((&self.tag, &self.feed.as_ref()?.marks))
    }

    /// Bytes held in memory.
    pub fn size(&self) -> usize {
        self.identity.len() + self.gzip.as_ref().map_or(0, Bytes::len)
    }

    /// The answer to a GET with these headers. (For HEAD the router drops the body.)
    pub fn respond(&self, asked: &HeaderMap) -> Response {
        let (coding, body) = self.coded(asked);
        let head = self.head(coding);
        let mut response = Response::new(Body::empty());
        if conditional::not_modified(asked, &head.tag, self.last_modified) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.headers_mut() = head.unchanged.clone();
        } else {
            *response.body_mut() = Body::from(body.clone());
            *response.headers_mut() = head.whole.clone();
        }
        response
    }

    /// The same, with a note of what it was made of.
    pub fn send(self: &Arc<Self>, asked: &HeaderMap) -> Response {
        let mut response = self.respond(asked);
        response.extensions_mut().insert(Sent(Arc::clone(self)));
        response
    }

    fn head(&self, coding: Coding) -> &Head {
        let [identity, gzip] = &self.heads;
        let of_coding = match coding {
            Coding::Identity => identity,
            Coding::Gzip => gzip,
        };
        of_coding.get_or_init(|| {
            let tag = self.tag(coding);
            let mut unchanged = HeaderMap::new();
            self.describe(&mut unchanged, &tag);
            let mut whole = unchanged.clone();
            self.describe_body(&mut whole, coding);
            Head {
                tag,
                whole,
                unchanged,
            }
        })
    }

    /// The answer with only what changed (RFC 3229): the body of `part`, the tag of this, the whole.
    pub fn respond_in_part(&self, part: &Self, asked: &HeaderMap) -> Response {
        let (coding, body) = part.coded(asked);
        let mut response = Response::new(Body::from(body.clone()));
        *response.status_mut() = StatusCode::IM_USED;
        let headers = response.headers_mut();
        part.describe_body(headers, coding);
        let (whole, _) = self.coded(asked);
        self.describe(headers, &self.tag(whole));
        put(headers, IM, "feed");
        // What is missing in it is missing only for who asked: nobody else may be given it.
        put(headers, CACHE_CONTROL, "no-store, im");
        response
    }

    fn coded(&self, asked: &HeaderMap) -> (Coding, &Bytes) {
        match (conditional::coding(asked), &self.gzip) {
            (Coding::Gzip, Some(gzip)) => (Coding::Gzip, gzip),
            (Coding::Gzip | Coding::Identity, _) => (Coding::Identity, &self.identity),
        }
    }

    /// A strong tag names one sequence of bytes, so each coding has its own.
    fn tag(&self, coding: Coding) -> String {
        match coding {
            Coding::Identity => format!("\"{}\"", self.tag),
            Coding::Gzip => format!("\"{}-gzip\"", self.tag),
        }
    }

    fn describe_body(&self, headers: &mut HeaderMap, coding: Coding) {
        put(headers, CONTENT_TYPE, self.terms.content_type);
        if coding == Coding::Gzip {
            put(headers, CONTENT_ENCODING, "gzip");
        }
    }

    /// The headers a 304 carries as well.
    fn describe(&self, headers: &mut HeaderMap, tag: &str) {
        put(headers, ETAG, tag);
        put(headers, CACHE_CONTROL, self.terms.cache_control);
        let vary = match &self.feed {
            Some(_) => "Accept-Encoding, A-IM",
            None => "Accept-Encoding",
        };
        put(headers, VARY, vary);
        if let Some(link) = self.feed.as_ref().and_then(|feed| feed.link.as_ref()) {
            put(headers, LINK, link);
        }
        if let Some(at) = self.last_modified {
            put(headers, LAST_MODIFIED, &conditional::http_date(at));
        }
        if self.terms.readers == Readers::Anybody {
            put(headers, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        }
        let mut seen = vec!["etag"];
        for (name, value) in &self.more {
            put(headers, name.clone(), value);
            seen.push(name.as_str());
        }
        if self.terms.readers == Readers::Anybody && !self.more.is_empty() {
            put(headers, ACCESS_CONTROL_EXPOSE_HEADERS, &seen.join(", "));
        }
    }
}

pub(super) fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Values are made by this program from hex, dates and constants, so none is ever refused.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The gzip form, where it is smaller. Its header holds no time, so equal bytes stay equal.
fn compressed(document: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(document).ok()?;
    let gzip = encoder.finish().ok()?;
    (gzip.len() < document.len()).then(|| Bytes::from(gzip))
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    #[tokio::test]
    async fn sending_shares_the_bytes() {
        let terms = Terms {
            content_type: "text/plain",
            cache_control: "no-cache",
            readers: Readers::Anybody,
        };
        let document = Representation::new(terms, "ab".repeat(100_000), None);
        for _ in 0..2 {
            let body = document.respond(&HeaderMap::new()).into_body();
            let sent = body.into_data_stream().next().await;
            let sent = sent.expect("a body").expect("no fault");
            assert_eq!(sent.len(), 200_000);
            assert_eq!(sent.as_ptr(), document.identity.as_ptr());
        }
    }
}
