//! The client: what every request carries, in which order the rules are applied, and what an answer is.

mod counted;
mod renewing;
mod telling;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use reqwest::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, LOCATION};
use tokio::sync::Semaphore;
use url::Url;

use super::budget::{BodyFault, BodyLimits, Deadline, Overflow, collect, header_bytes};
use super::conditional;
use super::error::{FetchError, from_send, root, shown};
use super::guard::{self, Lookup, SystemLookup};
use super::hosts::{Hosts, host_key};
use super::redirect::{Trip, is_redirect};
use super::robots::{MAX_ROBOTS, Robots, RobotsVerdict};
use super::transport::Trust;
use crate::model::fetch_settings::{FetchSettings, RobotsPolicy};
use crate::model::operation::OutcomeCounts;
use crate::model::poll::Validators;
use renewing::transport;

/// Requests under way at once, over all hosts; bounds memory (each may hold `max_body`) and sockets.
pub const MAX_REQUESTS: usize = 64;

/// What kind of document is asked for; it decides the `Accept` field and the size limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// RSS, Atom or JSON feed.
    Feed,
    /// An HTML page.
    Page,
    /// A file of any kind, of at most so many bytes.
    File(u64),
    /// robots.txt; read up to 500 KiB and cut there.
    Robots,
}

impl RequestKind {
    fn accept(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Feed => {
                "application/atom+xml, application/rss+xml, application/feed+json, \
                 application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.7, */*;q=0.1"
            }
            Self::Page => "text/html, application/xhtml+xml, */*;q=0.1",
            Self::File(_) => "*/*",
            Self::Robots => "text/plain, */*;q=0.1",
        })
    }
}

/// One document to be had.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its address; a fragment is not sent.
    pub url: Url,
    /// What it is expected to be.
    pub kind: RequestKind,
    /// What the last full answer was marked with; empty for an unconditional request.
    pub validators: Validators,
}

/// A document, or the news that there is no new one.
#[derive(Clone, Debug)]
pub struct Answer {
    /// 200, 203 or 304.
    pub status: u16,
    /// The document; `None` on 304. It may be empty: whether that is right is for its reader to say.
    pub body: Option<Document>,
    /// The validators to store with the document, together or not at all. Empty when another host than the
    /// one asked answered: they are that host's, and the next request goes to the first one again.
    pub validators: Validators,
    /// How long asking again is pointless, by the server's word (RFC 9111); at most 30 days.
    pub fresh_for: Option<Duration>,
    /// Where the document lives now, if every redirect on the way was permanent.
    pub permanent: Option<Url>,
    /// The address that answered.
    pub final_url: Url,
}

/// A body, whole and decompressed.
#[derive(Clone, Debug)]
pub struct Document {
    /// The bytes; their charset is decided by `charset::decode`.
    pub bytes: Bytes,
    /// `Content-Type` as sent, with bytes beyond UTF-8 replaced.
    pub content_type: Option<String>,
}

/// The one HTTP client; clones share its connections, pauses and rules.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    http: reqwest::Client,
    trust: Trust,
    settings: FetchSettings,
    hosts: Hosts,
    robots: Arc<Robots>,
    slots: Arc<Semaphore>,
    ended: Arc<OutcomeCounts>,
}

/// What one hop led to.
enum Hop {
    Moved {
        status: u16,
        location: Option<Vec<u8>>,
    },
    Arrived(Box<Answer>),
}

impl Client {
    /// Builds the client. Fails only if the settings cannot be sent, such as a User-Agent with a line end;
    /// a machine without certificate authorities gets a client whose https requests fail one by one.
    pub fn new(settings: &FetchSettings) -> Result<Self, FetchError> {
        Self::with_lookup(settings, Arc::new(SystemLookup))
    }

    /// The same with another way to resolve names; what it answers is guarded all the same.
    pub fn with_lookup(
        settings: &FetchSettings,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, FetchError> {
        let (http, trust) = transport(settings, lookup)?;
        Ok(Self::assemble(settings, http, trust))
    }

    fn assemble(settings: &FetchSettings, http: reqwest::Client, trust: Trust) -> Self {
        let hosts = Hosts::new(settings.min_interval);
        let settings = settings.clone();
        let (robots, slots) = (Arc::default(), Arc::new(Semaphore::new(MAX_REQUESTS)));
        let shared = Shared {
            http,
            trust,
            settings,
            hosts,
            robots,
            slots,
            ended: Arc::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The whole way of one request.
    async fn travel(&self, request: Request) -> Result<Answer, FetchError> {
        let settings = &self.shared.settings;
        let mut trip = Trip::new(&request.url, settings.max_redirects);
        let mut deadline = Deadline::new(settings.timeout);
        loop {
            match self.shared.hop(&request, &trip, &mut deadline).await? {
                Hop::Arrived(answer) => return Ok(*answer),
                Hop::Moved { status, location } => trip.follow(status, location.as_deref())?,
            }
        }
    }

    /// Whether robots.txt lets this program read `url`. Fetches it, with the same manners, when it is not
    /// known; `Err` when that says nothing about the rules (the host is paused or refused, or the fault may
    /// be on this machine's side).
    pub async fn robots_allow(&self, url: &Url) -> Result<RobotsVerdict, FetchError> {
        if self.shared.settings.respect_robots == RobotsPolicy::Ignored {
            return Ok(RobotsVerdict::Allowed);
        }
        let ask = |url| {
            let validators = Validators::default();
            self.get(Request {
                url,
                kind: RequestKind::Robots,
                validators,
            })
        };
        let (verdict, delay) = self.shared.robots.verdict(url, ask).await?;
        self.shared.hosts.set_crawl_delay(&host_key(url), delay);
        Ok(verdict)
    }

    /// Sends nothing to `host` (a `host_key`) for `wait`, at most 24 h: restores a stored pause.
    pub fn pause_host(&self, host: &str, wait: Duration) {
        self.shared.hosts.pause(host, wait);
    }

    /// The hosts that asked to be left alone, by `host_key`, with the time left; to be stored.
    pub fn paused_hosts(&self) -> Vec<(String, Duration)> {
        self.shared.hosts.paused()
    }
}

impl Shared {
    /// One request and its answer, when it is this host's turn. The turn is given back before the next
    /// hop takes one, so two hosts that redirect to each other cannot block each other.
    async fn hop(
        &self,
        request: &Request,
        trip: &Trip,
        deadline: &mut Deadline,
    ) -> Result<Hop, FetchError> {
        self.in_turn(trip.here(), deadline, self.exchange(request, trip))
            .await?
    }

    async fn exchange(&self, request: &Request, trip: &Trip) -> Result<Hop, FetchError> {
        let url = trip.here();
        let nothing = Validators::default();
        let sent = if trip.is_at_home() {
            &request.validators
        } else {
            &nothing
        };
        let mut headers = conditional::conditions(sent);
        let conditional = !headers.is_empty();
        headers.insert(ACCEPT, request.kind.accept());
        let response = self.http.get(url.clone()).headers(headers).send().await;
        let response =
            response.map_err(|error| from_send(url, &error, self.settings.connect_timeout))?;
        let limit = self.settings.max_header_bytes;
        if header_bytes(response.headers()) > limit {
            return Err(FetchError::HeadersTooLarge {
                url: shown(url),
                limit,
            });
        }
        match response.status().as_u16() {
            // The bodies of redirects and errors are never read: nobody needs them, and they can be bombs.
            status if is_redirect(status) => {
                let location = response.headers().get(LOCATION);
                let location = location.map(|value| value.as_bytes().to_vec());
                Ok(Hop::Moved { status, location })
            }
            304 if conditional => {
                let answer = not_modified(&response, trip, sent);
                Ok(Hop::Arrived(Box::new(answer)))
            }
            304 => Err(FetchError::UnaskedNotModified { url: shown(url) }),
            // 204 to 206 and 226 are no whole documents, and were not asked for.
            200 | 203 => {
                let answer = self.document(response, request.kind, trip).await?;
                Ok(Hop::Arrived(Box::new(answer)))
            }
            status => Err(self.failed(&response, trip, status)),
        }
    }

    async fn document(
        &self,
        response: Response,
        kind: RequestKind,
        trip: &Trip,
    ) -> Result<Answer, FetchError> {
        let url = trip.here();
        refuse_encoding(&response, url)?;
        let limits = self.limits(kind);
        let announced = response.content_length().unwrap_or(0);
        if announced > limits.max && limits.overflow == Overflow::Refuse {
            return Err(FetchError::TooLarge {
                url: shown(url),
                limit: limits.max,
            });
        }
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type =
            content_type.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let mut answer = Answer {
            status: response.status().as_u16(),
            body: None,
            validators: if trip.is_at_home() {
                conditional::validators(response.headers())
            } else {
                Validators::default()
            },
            fresh_for: conditional::fresh_for(response.headers()),
            permanent: trip.permanent(),
            final_url: url.clone(),
        };
        let bytes = collect(response.bytes_stream(), &limits).await;
        let bytes = bytes.map_err(|fault| body_error(fault, url, &limits))?;
        refuse_second_layer(&bytes, url)?;
        answer.body = Some(Document {
            bytes,
            content_type,
        });
        Ok(answer)
    }

    fn limits(&self, kind: RequestKind) -> BodyLimits {
        let (max, overflow) = match kind {
            RequestKind::Feed | RequestKind::Page => (self.settings.max_body, Overflow::Refuse),
            RequestKind::File(most) => (most, Overflow::Refuse),
            RequestKind::Robots => (MAX_ROBOTS.min(self.settings.max_body), Overflow::Cut),
        };
        BodyLimits {
            max,
            overflow,
            bytes_per_second: self.settings.min_bytes_per_second,
            window: self.settings.min_speed_grace,
        }
    }

    /// A status that is no document; a wait it asks for is kept for the whole host, by everybody.
    fn failed(&self, response: &Response, trip: &Trip, status: u16) -> FetchError {
        let retry_after = conditional::pause(status, response.headers());
        let host = host_key(trip.here());
        if let Some(wait) = retry_after {
            self.hosts.pause(&host, wait);
        }
        FetchError::Status {
            url: shown(trip.here()),
            host,
            status,
            retry_after,
        }
    }
}

fn not_modified(response: &Response, trip: &Trip, sent: &Validators) -> Answer {
    Answer {
        status: 304,
        body: None,
        validators: conditional::renewed(response.headers(), sent),
        fresh_for: conditional::fresh_for(response.headers()),
        permanent: trip.permanent(),
        final_url: trip.here().clone(),
    }
}

/// A coding that is still named after decoding was not understood; its bytes would pass for a document.
fn refuse_encoding(response: &Response, url: &Url) -> Result<(), FetchError> {
    let named = response.headers().get_all(CONTENT_ENCODING).iter();
    let left: Vec<_> = named
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    if left
        .iter()
        .all(|coding| matches!(coding.trim(), "" | "identity"))
    {
        return Ok(());
    }
    Err(FetchError::Encoding {
        url: shown(url),
        encoding: left.join(", "),
    })
}

/// gzip in gzip declared once, or twice in two fields, of which the decoder sees the first only. No feed or page
/// begins with these bytes.
fn refuse_second_layer(bytes: &Bytes, url: &Url) -> Result<(), FetchError> {
    let layer = match bytes.get(..4) {
        Some([0x1f, 0x8b, ..]) => "gzip",
        Some([0x28, 0xb5, 0x2f, 0xfd]) => "zstd",
        _ => return Ok(()),
    };
    Err(FetchError::Encoding {
        url: shown(url),
        encoding: format!("{layer}, undeclared"),
    })
}

fn body_error(fault: BodyFault<reqwest::Error>, url: &Url, limits: &BodyLimits) -> FetchError {
    let url = shown(url);
    match fault {
        BodyFault::TooLarge => FetchError::TooLarge {
            url,
            limit: limits.max,
        },
        BodyFault::TooSlow => FetchError::TooSlow {
            url,
            limit: limits.bytes_per_second,
        },
        BodyFault::Broken(error) => FetchError::BodyBroken {
            url,
            reason: root(&error),
        },
    }
}

#[cfg(test)]
mod tests;
