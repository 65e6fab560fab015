//! The routes and what every answer has in common.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, LINK, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::body::Incoming;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_http::catch_panic::CatchPanicLayer;

use crate::publish::Format;

use super::accept::Service;
use super::cache::Cache;
use super::downloads::{self, Downloads};
use super::events::{self, EventsFault, EventsRequest};
use super::feeds::{Feed, FeedFault};
use super::filters::FeedRequest;
use super::representation::{Readers, Representation, Terms};
use super::site::{Site, SiteFault};
use super::{pages, status};

/// Nothing may be loaded or run but our own style sheet and pictures.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// Said where a published file is asked for that there is not.
const NO_SNAPSHOT: &str = "there is no such snapshot: none is published yet, or a newer one took its place; \
                           /latest.json names the newest\n";

/// Said when all turns are taken.
const NO_TURN: &str = "too many downloads go on at once; try again in a minute\n";

/// What the handlers share.
#[derive(Clone)]
struct App {
    site: Arc<dyn Site>,
    cache: Arc<Cache>,
    style: Arc<Representation>,
    downloads: Downloads,
}

/// The whole server as one service.
pub fn service(site: Arc<dyn Site>) -> Service {
    let style = Representation::new(
        Terms {
            content_type: "text/css; charset=utf-8",
            cache_control: "public, max-age=3600",
            readers: Readers::Ourselves,
        },
        include_str!("templates/style.css").to_owned(),
        None,
    );
    let app = App {
        site,
        cache: Arc::default(),
        style: Arc::new(style),
        downloads: Downloads::default(),
    };
    let router = Router::new()
        .route("/", get(landing))
        .route("/style.css", get(style_sheet))
        .route("/feeds/{file}", get(feed))
        .route("/api/status", get(api_status))
        .route("/api/events", get(api_events))
        .route("/healthz", get(healthz))
        .route("/archive.db", get(download))
        .route("/latest.json", get(download))
        .route("/SHA256SUMS", get(download))
        .route("/schema.sql", get(download))
        .route("/data_dictionary.csv", get(download))
        .route("/snapshots/{file}", get(download))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(app);
    BoxCloneSyncService::new(ServiceExt::<Request<Incoming>>::map_response(
        router, finished,
    ))
}

/// The last step of every answer, outside of the router because the router itself adds headers.
fn finished(mut response: Response) -> Response {
    let status = response.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if status == StatusCode::NOT_MODIFIED {
        // The router measures the empty body; a 304 may only state the length a 200 would have.
        headers.remove(CONTENT_LENGTH);
    }
    response
}

async fn feed(
    State(app): State<App>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some((name, format)) = named(&file) else {
        return not_found().await;
    };
    let request = match FeedRequest::parse(&query.unwrap_or_default(), &*app.site) {
        Ok(request) => request,
        Err(bad) => return plain(StatusCode::BAD_REQUEST, &format!("{bad}\n")),
    };
    let Some(feed) = Feed::find(&*app.site, name, format, request) else {
        return not_found().await;
    };
    let built = off_the_workers(move || {
        let stamp = feed.stamp(&*app.site)?;
        let build = || feed.represent(&*app.site, stamp);
        app.cache.get_or_build(&feed.key(), stamp, build)
    });
    match built.await {
        Ok(Ok(document)) => document.respond(&headers),
        Ok(Err(FeedFault::Site(fault))) | Err(fault) => unavailable(&fault),
        Ok(Err(missing @ FeedFault::NoSuchPage(_))) => {
            plain(StatusCode::NOT_FOUND, &format!("{missing}\n"))
        }
    }
}

/// `sivistys.atom` as the name of a feed and its format.
fn named(file: &str) -> Option<(&str, Format)> {
    let (name, word) = file.rsplit_once('.')?;
    Some((name, Format::from_word(word)?))
}

async fn landing(State(app): State<App>, headers: HeaderMap) -> Response {
    match off_the_workers(move || pages::landing(&*app.site)).await {
        Ok(Ok(page)) => page.respond(&headers),
        Ok(Err(fault)) | Err(fault) => unavailable(&fault),
    }
}

async fn style_sheet(State(app): State<App>, headers: HeaderMap) -> Response {
    app.style.respond(&headers)
}

async fn api_status(State(app): State<App>, headers: HeaderMap) -> Response {
    match off_the_workers(move || status::document(&*app.site)).await {
        Ok(Ok(document)) => document.respond(&headers),
        Ok(Err(fault)) | Err(fault) => unavailable(&fault),
    }
}

async fn download(State(app): State<App>, request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/').to_owned();
    let Some(turn) = app.downloads.turn() else {
        return unavailable_for(
            NO_TURN,
            &SiteFault("too many downloads at a time".to_owned()),
        );
    };
    let asked = name.clone();
    match off_the_workers(move || app.site.public_file(&asked)).await {
        Ok(Ok(Some(found))) => downloads::respond(&name, found, turn, &request),
        Ok(Ok(None)) => plain(StatusCode::NOT_FOUND, NO_SNAPSHOT),
        Ok(Err(fault)) | Err(fault) => unavailable(&fault),
    }
}

/// Where to read on, beside the lines and also without any.
const LAST_SEQ: HeaderName = HeaderName::from_static("seutu-last-seq");

async fn api_events(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let asked = match EventsRequest::parse(&query.unwrap_or_default()) {
        Ok(asked) => asked,
        Err(bad) => return plain(StatusCode::BAD_REQUEST, &format!("{bad}\n")),
    };
    match off_the_workers(move || events::document(&*app.site, asked)).await {
        Ok(Ok(events)) => {
            let mut response = events.document.respond(&headers);
            let more = response.headers_mut();
            more.insert(LAST_SEQ, HeaderValue::from(events.last));
            if let Ok(link) = HeaderValue::from_str(&format!("<{}>; rel=\"next\"", events.next)) {
                more.insert(LINK, link);
            }
            let seen = HeaderValue::from_static("ETag, Link, Seutu-Last-Seq");
            more.insert(ACCESS_CONTROL_EXPOSE_HEADERS, seen);
            response
        }
        Ok(Err(EventsFault::Site(fault))) | Err(fault) => unavailable(&fault),
        Ok(Err(bad @ EventsFault::Bad(_))) => plain(StatusCode::BAD_REQUEST, &format!("{bad}\n")),
    }
}

async fn healthz() -> Response {
    let mut response = plain(StatusCode::OK, "ok\n");
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn not_found() -> Response {
    plain(StatusCode::NOT_FOUND, "there is nothing at this address\n")
}

async fn method_not_allowed() -> Response {
    plain(
        StatusCode::METHOD_NOT_ALLOWED,
        "only GET and HEAD are answered here\n",
    )
}

fn unavailable(fault: &SiteFault) -> Response {
    unavailable_for(
        "the archive cannot be read now; try again in a minute\n",
        fault,
    )
}

fn unavailable_for(reason: &str, fault: &SiteFault) -> Response {
    tracing::error!(%fault, "a request could not be answered");
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, reason);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// A bug in a handler: that request fails, the server lives.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer hands over the box"
)]
fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let said = cause.downcast_ref::<&str>().copied().map(str::to_owned);
    let said = said
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(cause = said, "a handler panicked");
    plain(
        StatusCode::INTERNAL_SERVER_ERROR,
        "something went wrong here; it has been logged\n",
    )
}

/// Errors are plain text, so that nothing quoted in them can be markup.
fn plain(status: StatusCode, text: &str) -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, headers, text.to_owned()).into_response()
}

/// Runs blocking work where it cannot stall other requests; a panic in it becomes a fault.
async fn off_the_workers<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SiteFault> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| SiteFault(error.to_string()))
}
