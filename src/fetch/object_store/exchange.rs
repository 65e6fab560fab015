//! One request to an object store and its answer: retries with back-off, and refusals in the store's own words.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use reqwest::{Method, RequestBuilder, Response};
use url::Url;

use super::super::budget::{BodyLimits, Overflow, collect};
use super::super::error::{FetchError, from_send, root};
use super::{Patience, StoreError};

/// Most bytes of an answer that are read: a page of a listing, or an error.
const MAX_ANSWER: u64 = 8 << 20;

/// A body must move on at this speed over this time.
const MIN_SPEED: u64 = 128;
const SPEED_WINDOW: Duration = Duration::from_secs(30);

/// What is asked, apart from the signed address.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    method: Method,
    key: String,
    body: Option<Bytes>,
    media_type: Option<String>,
}

impl Ask {
    pub(super) fn get(key: &str) -> Self {
        Self {
            method: Method::GET,
            key: key.to_owned(),
            body: None,
            media_type: None,
        }
    }

    pub(super) fn put(key: &str, body: Bytes) -> Self {
        Self {
            method: Method::PUT,
            body: Some(body),
            ..Self::get(key)
        }
    }

    pub(super) fn post(key: &str) -> Self {
        Self {
            method: Method::POST,
            body: Some(Bytes::new()),
            ..Self::get(key)
        }
    }

    pub(super) fn delete(key: &str) -> Self {
        Self {
            method: Method::DELETE,
            ..Self::get(key)
        }
    }

    pub(super) fn with(self, body: String) -> Self {
        Self {
            body: Some(body.into()),
            ..self
        }
    }

    pub(super) fn typed(self, media_type: &str) -> Self {
        Self {
            media_type: Some(media_type.to_owned()),
            ..self
        }
    }
}

/// An answer that is no refusal.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The tag of what was stored.
    pub(super) etag: Option<String>,
    /// The body.
    pub(super) text: String,
}

/// Requests to one bucket.
pub(super) struct Exchange {
    http: reqwest::Client,
    bucket: String,
    connect_timeout: Duration,
    patience: Patience,
}

impl Exchange {
    pub(super) fn new(
        http: reqwest::Client,
        bucket: &str,
        connect_timeout: Duration,
        patience: Patience,
    ) -> Self {
        Self {
            http,
            bucket: bucket.to_owned(),
            connect_timeout,
            patience,
        }
    }

    /// Sends until it is answered, or the fault is one that another try would not mend.
    pub(super) async fn ask(
        &self,
        ask: &Ask,
        signed: impl Fn() -> Url,
    ) -> Result<Asked, StoreError> {
        let (mut pause, mut left) = (self.patience.pause, self.patience.tries);
        loop {
            left = left.saturating_sub(1);
            match self.once(ask, signed()).await {
                Err(error) if error.may_pass() && left > 0 => {
                    tracing::warn!(%error, left, "the object store is asked again");
                    // A little apart, so that many exports do not come back together.
                    tokio::time::sleep(pause.mul_f64(1.0 + fastrand::f64() / 4.0)).await;
                    pause *= 2;
                }
                done => return done,
            }
        }
    }

    async fn once(&self, ask: &Ask, url: Url) -> Result<Asked, StoreError> {
        // The address without its query: what is shown must not carry the signature.
        let mut plain = url.clone();
        plain.set_query(None);
        let request = self.request(ask, url);
        let sent = request.send().await;
        let response = sent.map_err(|error| self.unsent(ask, &plain, error))?;
        let status = response.status();
        let etag = response.headers().get(ETAG);
        let etag = etag.and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let text = self.text(ask, response).await?;
        // An upload in parts is answered 200 before it is known whether it succeeds.
        let is_late_refusal = ask.method == Method::POST && element(&text, "Error").is_some();
        if status.is_success() && !is_late_refusal {
            return Ok(Asked { etag, text });
        }
        Err(self.refused(&ask.key, status.as_u16(), &text))
    }

    /// Why a request got no answer.
    fn unsent(&self, ask: &Ask, plain: &Url, error: reqwest::Error) -> StoreError {
        if error.is_timeout() && !error.is_connect() {
            let seconds = self.patience.longest.as_secs_f32();
            return self.unreachable(ask, &format!("no answer within {seconds} s"));
        }
        let cause = from_send(plain, &error.without_url(), self.connect_timeout);
        if let FetchError::Tls { .. } | FetchError::Refused { .. } = cause {
            return StoreError::Barred {
                bucket: self.bucket.clone(),
                key: ask.key.clone(),
                reason: cause.to_string(),
            };
        }
        self.unreachable(ask, &cause)
    }

    fn request(&self, ask: &Ask, url: Url) -> RequestBuilder {
        let request = self.http.request(ask.method.clone(), url);
        let mut request = request.timeout(self.patience.longest);
        if let Some(media_type) = &ask.media_type {
            request = request.header(CONTENT_TYPE, media_type);
        }
        if let Some(body) = &ask.body {
            // Named even when it is 0, which stores insist on.
            request = request
                .header(CONTENT_LENGTH, body.len())
                .body(body.clone());
        }
        request
    }

    async fn text(&self, ask: &Ask, response: Response) -> Result<String, StoreError> {
        let limits = BodyLimits {
            max: MAX_ANSWER,
            overflow: Overflow::Refuse,
            bytes_per_second: MIN_SPEED,
            window: SPEED_WINDOW,
        };
        let bytes = collect(response.bytes_stream(), &limits).await;
        let bytes = bytes.map_err(|fault| {
            use super::super::budget::BodyFault::{Broken, TooLarge, TooSlow};
            let reason = match fault {
                TooLarge => "the answer is too large".to_owned(),
                TooSlow => "the answer came too slowly".to_owned(),
                Broken(error) => root(&error.without_url()),
            };
            self.unreachable(ask, &reason)
        })?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn unreachable(&self, ask: &Ask, cause: &impl ToString) -> StoreError {
        StoreError::Unreachable {
            bucket: self.bucket.clone(),
            key: ask.key.clone(),
            reason: cause.to_string(),
        }
    }

    fn refused(&self, key: &str, status: u16, body: &str) -> StoreError {
        let word = |name| element(body, name).filter(|text| text.len() < 500);
        StoreError::Refused {
            bucket: self.bucket.clone(),
            key: key.to_owned(),
            status,
            code: word("Code").unwrap_or_else(|| plain_code(status).to_owned()),
            message: word("Message").unwrap_or_default(),
        }
    }
}

/// What a status without an error document stands for; a HEAD or a proxy gives none.
fn plain_code(status: u16) -> &'static str {
    match status {
        301 | 307 => "PermanentRedirect",
        403 => "AccessDenied",
        404 => "NoSuchKey",
        503 => "SlowDown",
        _ => "no error code",
    }
}

/// The text of the first element of a name. Errors of stores are flat and have no namespaces.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = html_escape::decode_html_entities(text);
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
