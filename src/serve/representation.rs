//! A document ready to be sent any number of times: its bytes, its compressed bytes, and their headers.

use std::io::Write;

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
}

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

    /// Bytes held in memory.
    pub fn size(&self) -> usize {
        self.identity.len() + self.gzip.as_ref().map_or(0, Bytes::len)
    }

    /// The answer to a GET with these headers. (For HEAD the router drops the body.)
    pub fn respond(&self, asked: &HeaderMap) -> Response {
        let (coding, body) = match (conditional::coding(asked), &self.gzip) {
            (Coding::Gzip, Some(gzip)) => (Coding::Gzip, gzip),
            (Coding::Gzip | Coding::Identity, _) => (Coding::Identity, &self.identity),
        };
        // A strong tag names one sequence of bytes, so each coding has its own.
        let tag = match coding {
            Coding::Identity => format!("\"{}\"", self.tag),
            Coding::Gzip => format!("\"{}-gzip\"", self.tag),
        };
        let mut response = Response::new(Body::empty());
        let fresh = conditional::not_modified(asked, &tag, self.last_modified);
        if fresh {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *response.body_mut() = Body::from(body.clone());
            put(
                response.headers_mut(),
                CONTENT_TYPE,
                self.terms.content_type,
            );
            if coding == Coding::Gzip {
                put(response.headers_mut(), CONTENT_ENCODING, "gzip");
            }
        }
        self.describe(response.headers_mut(), &tag);
        response
    }

    /// The headers a 304 carries as well.
    fn describe(&self, headers: &mut HeaderMap, tag: &str) {
        put(headers, ETAG, tag);
        put(headers, CACHE_CONTROL, self.terms.cache_control);
        put(headers, VARY, "Accept-Encoding");
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
