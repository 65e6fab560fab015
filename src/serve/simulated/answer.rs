//! One request to a simulated site into one answer, quirks and failures included.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use encoding_rs::Encoding;
use futures_util::stream::{self, Stream, StreamExt};
use percent_encoding::percent_decode_str;

use super::feed::{self, FeedKind};
use super::lists;
use super::plan::{
    self, FeedAnswer, FileKind, ItemPlan, PageAnswer, PlanError, PortalPlan, ValidatorKind,
};
use super::site::{Site, count};
use crate::model::minutes::Stage;

const HTML: &str = "text/html; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// The parts of a request that matter to a site.
#[derive(Debug)]
pub struct Asked {
    reading: bool,
    path: String,
    /// Path and query.
    address: String,
    parameters: Vec<(String, String)>,
    cookie: bool,
    if_none_match: Option<String>,
    if_modified_since: Option<String>,
}

impl Asked {
    /// Picks them from a request.
    pub fn of(request: &Request) -> Self {
        let query = request.uri().query().unwrap_or_default();
        let header = |name| text_of(request.headers(), name);
        Self {
            reading: matches!(*request.method(), Method::GET | Method::HEAD),
            path: request.uri().path().to_owned(),
            address: request.uri().to_string(),
            parameters: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            cookie: request.headers().contains_key(header::COOKIE),
            if_none_match: header(header::IF_NONE_MATCH),
            if_modified_since: header(header::IF_MODIFIED_SINCE),
        }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// An answer before it becomes HTTP.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Vec<u8>,
    /// Ends the connection after half the body.
    breaks_off: bool,
}

impl Answer {
    fn new(status: StatusCode, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![(header::CONTENT_TYPE, content_type.to_owned())];
        Self {
            status,
            headers,
            body: body.into(),
            breaks_off: false,
        }
    }

    fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, PLAIN, "not found\n")
    }

    fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, PLAIN, "unavailable\n")
            .with(header::RETRY_AFTER, "1")
    }

    fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Turns it into HTTP; a header value HTTP cannot carry is left out.
    pub fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        let length = self.body.len();
        let body = if self.breaks_off {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            Body::from_stream(half_of(self.body))
        } else {
            Body::from(self.body)
        };
        *response.body_mut() = body;
        response
    }
}

/// The first half of a body, then the end of the connection.
fn half_of(body: Vec<u8>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let half = body.len() / 2;
    let half = Bytes::from(body).slice(..half);
    let end = async {
        // Without a pause the server gives up before it has sent the head.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    };
    stream::iter([Ok(half)]).chain(stream::once(end))
}

/// Answers a request and counts it.
pub fn answer(site: &Site, asked: &Asked) -> Answer {
    count(&site.counts.total);
    if asked.cookie {
        count(&site.counts.with_cookie);
    }
    let answered = if asked.reading {
        route(site, asked)
    } else {
        Ok(Answer::new(
            StatusCode::METHOD_NOT_ALLOWED,
            PLAIN,
            "only GET and HEAD\n",
        ))
    };
    let answer = answered.unwrap_or_else(|error| {
        Answer::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            PLAIN,
            format!("{error}\n"),
        )
    });
    match &site.plan.pages.cookie_trap {
        Some(cookie) => answer.with(header::SET_COOKIE, cookie),
        None => answer,
    }
}

fn route(site: &Site, asked: &Asked) -> Result<Answer, PlanError> {
    if asked.path == "/robots.txt" {
        count(&site.counts.robots);
        return Ok(match site.plan.file("robots.txt") {
            Ok(rules) => Answer::new(StatusCode::OK, PLAIN, rules),
            Err(_) => Answer::not_found(),
        });
    }
    if site.plan.down {
        return Ok(Answer::unavailable());
    }
    if asked.path.to_ascii_lowercase().ends_with(".pdf") {
        return document();
    }
    if let Some(portal) = &site.plan.portal {
        return file(site, portal, asked);
    }
    let at_portal = asked.path.eq_ignore_ascii_case(&site.plan.portal_path());
    if site.plan.document.is_some() {
        if at_portal {
            items_feed(site, asked)
        } else {
            page(site, asked, &asked.path)
        }
    } else if at_portal {
        endpoint(site, asked)
    } else {
        Ok(Answer::not_found())
    }
}

/// The one document that every listed file is.
fn document() -> Result<Answer, PlanError> {
    let document = plan::text("document.pdf")?;
    Ok(Answer::new(StatusCode::OK, "application/pdf", document))
}

/// A bundled file of a portal that has nothing else.
fn file(site: &Site, portal: &PortalPlan, asked: &Asked) -> Result<Answer, PlanError> {
    let wanted = plain(&asked.address);
    let Some(found) = portal.file.iter().find(|file| plain(&file.at) == wanted) else {
        let documents = portal.documents.as_deref();
        return match documents.filter(|beginning| wanted.starts_with(beginning)) {
            Some(_) => document(),
            None => Ok(Answer::not_found()),
        };
    };
    match found.is {
        FileKind::Front => count(&site.counts.feeds),
        FileKind::List => {}
        FileKind::Item => count(&site.counts.pages),
    }
    let Some(name) = found.file(site.stage()) else {
        return Ok(Answer::not_found());
    };
    let text = site.localise(site.plan.file(name)?);
    let body = encoded(&text, &found.charset).ok_or_else(|| PlanError::Charset {
        site: site.plan.id.clone(),
        charset: found.charset.clone(),
    })?;
    Ok(Answer::new(StatusCode::OK, &found.content_type, body))
}

/// An address without percent-encoding.
fn plain(address: &str) -> String {
    percent_decode_str(address).decode_utf8_lossy().into_owned()
}

/// A text in a charset; `None` when nobody knows that.
fn encoded(text: &str, charset: &str) -> Option<Vec<u8>> {
    if charset.eq_ignore_ascii_case("utf-16le") {
        return Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    }
    let encoding = Encoding::for_label(charset.as_bytes())?;
    Some(encoding.encode(text).0.into_owned())
}

/// The platform's one address, told apart by `page=`.
fn endpoint(site: &Site, asked: &Asked) -> Result<Answer, PlanError> {
    match asked.parameter("page") {
        Some("rss/meetingitems") => items_feed(site, asked),
        Some("rss/meetings") => feed(site, asked, FeedKind::Meetings),
        Some("meetingitem") => page(site, asked, asked.parameter("id").unwrap_or_default()),
        Some(list) => self::list(site, asked, list),
        None => self::list(site, asked, "meeting_frames"),
    }
}

/// A page of a list, made from the items.
fn list(site: &Site, asked: &Asked, name: &str) -> Result<Answer, PlanError> {
    let Some(rss) = &site.plan.rss else {
        return Ok(Answer::not_found());
    };
    let id = asked.parameter("id").unwrap_or_default();
    let page = match name {
        "meeting_frames" | "meeting_handlers" => Some(lists::bodies(site, rss)?),
        "meetings" => lists::meetings(site, rss, id)?,
        "meeting" => lists::meeting(site, rss, id)?,
        _ => None,
    };
    Ok(page.map_or_else(Answer::not_found, |html| {
        Answer::new(StatusCode::OK, &site.plan.pages.content_type, html)
    }))
}

fn items_feed(site: &Site, asked: &Asked) -> Result<Answer, PlanError> {
    count(&site.counts.feeds);
    match site.next_feed_answer() {
        FeedAnswer::Ok => feed(site, asked, FeedKind::Items),
        FeedAnswer::Unavailable => Ok(Answer::unavailable()),
        FeedAnswer::BrokenOff => {
            // Unconditional: a 304 has no body that could break off.
            let body = feed::bytes(site, FeedKind::Items, site.stage(), None)?;
            let mut answer = Answer::new(StatusCode::OK, &site.plan.feed.content_type, body);
            answer.breaks_off = true;
            Ok(answer)
        }
        FeedAnswer::Login => Ok(Answer::new(StatusCode::OK, HTML, plan::text("login.html")?)),
    }
}

/// The feed with its validators, or 304.
fn feed(site: &Site, asked: &Asked, kind: FeedKind) -> Result<Answer, PlanError> {
    let show = asked.parameter("show").and_then(|show| show.parse().ok());
    let stage = site.stage();
    let body = feed::bytes(site, kind, stage, show)?;
    let unchanged = body == feed::bytes(site, kind, Stage::Agenda, show)?;
    let since = if unchanged { Stage::Agenda } else { stage };
    let (etag, modified) = validators(site, &body, since);
    let mut answer = if is_current(asked, etag.as_deref(), modified) {
        count(&site.counts.not_modified);
        Answer {
            status: StatusCode::NOT_MODIFIED,
            headers: Vec::new(),
            body: Vec::new(),
            breaks_off: false,
        }
    } else {
        Answer::new(StatusCode::OK, &site.plan.feed.content_type, body)
    };
    if let Some(etag) = etag {
        answer = answer.with(header::ETAG, etag);
    }
    if let Some(modified) = modified {
        answer = answer.with(header::LAST_MODIFIED, modified);
    }
    Ok(answer)
}

fn validators<'a>(site: &'a Site, body: &[u8], since: Stage) -> (Option<String>, Option<&'a str>) {
    let tag = feed::tag(body);
    let modified = Some(site.plan.feed.modified.at(since).as_str());
    match site.plan.feed.validators {
        ValidatorKind::Both => (Some(format!("\"{tag}\"")), modified),
        ValidatorKind::Etag => (Some(format!("\"{tag}\"")), None),
        ValidatorKind::WeakEtag => (Some(format!("W/\"{tag}\"")), None),
        ValidatorKind::LastModified => (None, modified),
    }
}

/// Whether the asker has this already (RFC 9110, 13.2.2: an entity tag rules out the date).
fn is_current(asked: &Asked, etag: Option<&str>, modified: Option<&str>) -> bool {
    if let Some(known) = &asked.if_none_match {
        let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        return etag.is_some_and(|etag| known.split(',').any(|tag| bare(tag) == bare(etag)));
    }
    match (asked.if_modified_since.as_deref(), modified) {
        (Some(known), Some(modified)) => not_newer(modified, known),
        _ => false,
    }
}

fn not_newer(modified: &str, known: &str) -> bool {
    match (
        httpdate::parse_http_date(modified),
        httpdate::parse_http_date(known),
    ) {
        (Ok(modified), Ok(known)) => modified <= known,
        _ => modified == known,
    }
}

fn page(site: &Site, asked: &Asked, key: &str) -> Result<Answer, PlanError> {
    count(&site.counts.pages);
    let Some((item, fault)) = site.next_page_answer(key.trim_start_matches('/')) else {
        return Ok(Answer::not_found());
    };
    if item.file(site.stage()).is_none() {
        return Ok(Answer::not_found());
    }
    let trapped = asked.cookie && site.plan.pages.cookie_trap.is_some();
    match fault {
        Some(PageAnswer::Notice) => Ok(Answer::new(
            StatusCode::OK,
            HTML,
            plan::text("maintenance.html")?,
        )),
        Some(PageAnswer::Wrong) => page_of(site, site.other_than(item)),
        None if trapped => page_of(site, site.other_than(item)),
        None => page_of(site, Some(item)),
    }
}

fn page_of(site: &Site, item: Option<&ItemPlan>) -> Result<Answer, PlanError> {
    let Some(file) = item.and_then(|item| item.file(site.stage())) else {
        return Ok(Answer::not_found());
    };
    let html = site.localise(site.plan.file(file)?);
    Ok(Answer::new(
        StatusCode::OK,
        &site.plan.pages.content_type,
        html,
    ))
}
