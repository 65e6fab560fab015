//! The routes and what every answer has in common.

mod api;
mod downloads;
mod feeds;
mod operations;
mod pages;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_http::catch_panic::CatchPanicLayer;

use super::accept::Service;
use super::cache::Cache;
use super::downloads::Downloads;
use super::metrics::{HttpMetrics, count};
use super::pages::error::{self, Wrong};
use super::pages::{Asked, STYLE};
use super::representation::{Readers, Representation, Terms};
use super::site::{FeedStamp, Site, SiteFault, SiteStamp};

/// Nothing may be loaded or run but our own style sheet and pictures.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// What the handlers share.
#[derive(Clone)]
struct App {
    site: Arc<dyn Site>,
    /// Of the interface for programs, so that neither waits for the other's documents.
    answers: Arc<Cache<FeedStamp>>,
    cache: Arc<Cache<FeedStamp>>,
    pages: Arc<Cache<SiteStamp>>,
    style: Arc<Representation>,
    downloads: Downloads,
    metrics: HttpMetrics,
}

/// The whole server as one service.
pub fn service(site: Arc<dyn Site>, metrics: &HttpMetrics) -> Service {
    let style = Representation::new(
        Terms {
            content_type: "text/css; charset=utf-8",
            cache_control: "public, max-age=3600",
            readers: Readers::Ourselves,
        },
        STYLE.to_owned(),
        None,
    );
    let app = App {
        site,
        cache: Arc::new(Cache::counted(metrics.documents())),
        metrics: metrics.clone(),
        answers: Arc::default(),
        pages: Arc::default(),
        style: Arc::new(style),
        downloads: Downloads::default(),
    };
    let router = Router::new()
        .merge(pages::routes())
        .merge(feeds::routes())
        .merge(api::routes())
        .merge(downloads::routes())
        .merge(operations::routes())
        .fallback(nothing_there)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(metrics.clone(), count))
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

/// Said in a page to people, in plain text to programs.
async fn nothing_there(State(app): State<App>, uri: Uri) -> Response {
    let asked = Asked::of(uri.path(), uri.query());
    if asked.is_for_people() {
        error::page(&*app.site, &asked, &Wrong::Missing)
    } else {
        not_found().await
    }
}

async fn not_found() -> Response {
    plain(StatusCode::NOT_FOUND, "there is nothing at this address\n")
}

async fn method_not_allowed(State(app): State<App>, uri: Uri) -> Response {
    let asked = Asked::of(uri.path(), uri.query());
    if asked.is_for_people() {
        return error::page(&*app.site, &asked, &Wrong::Method);
    }
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

/// A file that is part of the program.
fn bundled(content_type: &'static str, text: &str, headers: &HeaderMap) -> Response {
    let terms = Terms {
        content_type,
        cache_control: "public, max-age=3600",
        readers: Readers::Ourselves,
    };
    Representation::new(terms, text.to_owned(), None).respond(headers)
}

/// Runs blocking work where it cannot stall other requests; a panic in it becomes a fault.
async fn off_the_workers<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SiteFault> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| SiteFault(error.to_string()))
}
