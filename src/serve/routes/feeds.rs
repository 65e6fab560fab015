//! The addresses of the merged feeds, the calendar and the list of feeds.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use crate::publish::Format;
use crate::serve::cache::Cache;
use crate::serve::calendar::CalendarRequest;
use crate::serve::feeds::{Feed, FeedFault};
use crate::serve::filters::FeedRequest;
use crate::serve::opml;
use crate::serve::representation::Representation;
use crate::serve::site::{FeedStamp, Site, SiteFault};

use super::{App, bundled, busy, not_found, off_the_workers, plain, unavailable};

/// Template of the addresses of feeds.
pub(super) const FEED: &str = "/feeds/{*path}";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(FEED, get(feed))
        .route("/feed.css", get(style_sheet))
        .route("/calendar.ics", get(calendar))
        .route("/opml.xml", get(list))
}

async fn feed(
    State(app): State<App>,
    Path(path): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Some((name, format)) = named(&path) else {
        return not_found().await;
    };
    let request = match FeedRequest::parse(uri.query().unwrap_or_default(), &*app.site) {
        Ok(request) => request,
        Err(bad) => return plain(StatusCode::BAD_REQUEST, &format!("{bad}\n")),
    };
    let (name, at_work) = (name.to_owned(), app.clone());
    let documents = app.documents(&uri).clone();
    let answered = off_the_workers(move || {
        let found = Feed::find(&*at_work.site, &name, format, request)?;
        found
            .map(|feed| answer((&*at_work.site, &documents.feeds), &feed, &headers))
            .transpose()
    });
    match answered.await {
        Ok(Ok(Some(response))) => response,
        Ok(Ok(None)) => not_found().await,
        Ok(Err(FeedFault::Site(SiteFault::Costly(_)))) => busy(&app, &uri),
        Ok(Err(FeedFault::Site(fault))) | Err(fault) => unavailable(&fault),
        Ok(Err(FeedFault::BadFilter(bad))) => plain(StatusCode::BAD_REQUEST, &format!("{bad}\n")),
        Ok(Err(missing @ (FeedFault::NoSuchPage(_) | FeedFault::NoSuchArchive(_)))) => {
            plain(StatusCode::NOT_FOUND, &format!("{missing}\n"))
        }
    }
}

/// The document, or what changed in it since the one a client has, where it wants no more.
fn answer(
    (site, kept): (&dyn Site, &Cache<FeedStamp>),
    feed: &Feed,
    headers: &HeaderMap,
) -> Result<Response, FeedFault> {
    let now = site.now()?;
    let stamp = feed.stamp(site)?;
    let key = feed.key(now);
    let build = || feed.represent(site, (stamp, now));
    let document = kept.get_or_build(&key, stamp, build)?;
    let Some((tag, known)) = kept.memory.known_to(headers) else {
        return Ok(document.send(headers));
    };
    if document.marks().is_none_or(|(current, _)| current == tag) {
        return Ok(document.send(headers));
    }
    let changes = kept.get_or_build(&format!("{key}&im={tag}"), stamp, || {
        let changes = feed.represent_changes(site, (stamp, now), &known);
        changes.map_err(Some)?.ok_or(None)
    });
    match changes {
        Ok(changes) => Ok(document.respond_in_part(&changes, headers)),
        // Nothing new, or nothing else: the whole is the answer.
        Err(None) => Ok(document.send(headers)),
        Err(Some(fault)) => Err(fault),
    }
}

async fn calendar(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let asked = match CalendarRequest::parse(&query.unwrap_or_default(), &*app.site) {
        Ok(asked) => asked,
        Err(bad) => return plain(StatusCode::BAD_REQUEST, &format!("{bad}\n")),
    };
    let built = off_the_workers(move || {
        let now = app.site.now()?;
        let (stamp, meetings) = (asked.stamp(&*app.site)?, app.site.meetings_stamp()?);
        let build = || asked.represent(&*app.site, now);
        app.usual
            .feeds
            .get_or_build(&asked.key(now, &meetings), stamp, build)
    });
    sent(built.await, &headers)
}

async fn list(State(app): State<App>, headers: HeaderMap) -> Response {
    let built = off_the_workers(move || opml::list(&*app.site).map(Arc::new));
    sent(built.await, &headers)
}

async fn style_sheet(headers: HeaderMap) -> Response {
    let style = include_str!("../templates/feed.css");
    bundled("text/css; charset=utf-8", style, &headers)
}

fn sent(
    built: Result<Result<Arc<Representation>, SiteFault>, SiteFault>,
    headers: &HeaderMap,
) -> Response {
    match built {
        Ok(Ok(document)) => document.send(headers),
        Ok(Err(fault)) | Err(fault) => unavailable(&fault),
    }
}

/// `municipalities/asikkala.atom` as the name of a feed and its format.
fn named(path: &str) -> Option<(&str, Format)> {
    let (name, word) = path.rsplit_once('.')?;
    Some((name, Format::from_word(word)?))
}
