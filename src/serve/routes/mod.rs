//! The routes and what every answer has in common.

mod api;
mod downloads;
mod feeds;
mod operations;
mod pages;

use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::future::{self, Either};
use hyper::body::Incoming;
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt as _, service_fn};
use tower_http::catch_panic::CatchPanicLayer;

use super::accept::Service;
use super::api::{BUSY, Problem};
use super::cache::{Builders, Cache};
use super::downloads::Downloads;
use super::metrics::{HttpMetrics, count};
use super::pages::error::{self, Wrong};
use super::pages::{Asked, STYLE};
use super::ready::{Ready, Route};
use super::representation::{Readers, Representation, Sent, Terms};
use super::site::{FeedStamp, Site, SiteFault, SiteStamp, SiteState};
use super::turns::{self, Turns};
use crate::model::panic::panic_text;

/// Nothing may be loaded or run but our own style sheet and pictures.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// Seconds after which a search that found no room may be asked for again.
const BUSY_SECONDS: &str = "5";

/// What the handlers share.
#[derive(Clone)]
struct App {
    site: Arc<dyn Site>,
    /// What was made without a search, and what searches made: neither waits for the other's documents.
    usual: Documents,
    found: Documents,
    style: Arc<Representation>,
    turns: Turns,
    downloads: Downloads,
    ready: Arc<Ready>,
    metrics: HttpMetrics,
}

/// Documents that were made, each kind by itself, so that none waits for the other's.
#[derive(Clone)]
struct Documents {
    answers: Arc<Cache<FeedStamp>>,
    feeds: Arc<Cache<FeedStamp>>,
    pages: Arc<Cache<SiteStamp>>,
}

impl Documents {
    fn new(metrics: &HttpMetrics, builders: Builders) -> Self {
        Self {
            answers: Arc::new(Cache::new(Arc::default(), builders)),
            feeds: Arc::new(Cache::new(metrics.documents(), builders)),
            pages: Arc::new(Cache::new(Arc::default(), builders)),
        }
    }
}

impl App {
    /// Where what an address asks for is kept.
    fn documents(&self, uri: &Uri) -> &Documents {
        if turns::is_search(uri) {
            &self.found
        } else {
            &self.usual
        }
    }
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
        usual: Documents::new(metrics, Builders::One),
        found: Documents::new(metrics, Builders::AsManyAsHaveTurns),
        metrics: metrics.clone(),
        style: Arc::new(style),
        turns: Turns::default(),
        downloads: Downloads::default(),
        ready: Arc::default(),
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
        .layer(from_fn_with_state(app.clone(), as_asked))
        .layer(from_fn_with_state(app.clone(), in_turn))
        .layer(from_fn_with_state(metrics.clone(), count))
        .with_state(app.clone());
    BoxCloneSyncService::new(service_fn(move |request: Request<Incoming>| {
        let began = Instant::now();
        let state = app.site.state();
        match state.and_then(|state| app.ready.answer(&request, state)) {
            Some((response, Route(route))) => {
                app.metrics.add(&route, &response, began);
                if *route == *feeds::FEED {
                    app.metrics.documents().hit();
                }
                Either::Left(future::ready(Ok(finished(response))))
            }
            None => Either::Right(answered(router.clone(), app.ready.clone(), request, state)),
        }
    }))
}

/// Answers by the handlers, and keeps what they answered with, as of a state from before they looked.
async fn answered(
    router: Router,
    ready: Arc<Ready>,
    request: Request<Incoming>,
    state: Option<SiteState>,
) -> Result<Response, Infallible> {
    let target = Ready::target(&request).map(str::to_owned);
    let mut response = router.oneshot(request).await?;
    let sent = response.extensions_mut().remove::<Sent>();
    let route = response.extensions_mut().remove::<Route>();
    if let (Some(target), Some(state), Some(Sent(document)), Some(route)) =
        (target, state, sent, route)
    {
        ready.keep(&target, state, (document, route));
    }
    Ok(finished(response))
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
    let said = panic_text(&*cause).unwrap_or_default();
    tracing::error!(cause = said, "a handler panicked");
    let text = "something went wrong here; it has been logged\n";
    let mut response = plain(StatusCode::INTERNAL_SERVER_ERROR, text);
    response.extensions_mut().insert(Panicked);
    response
}

/// Marks the answer to a request whose handler panicked.
#[derive(Clone, Copy, Debug)]
struct Panicked;

/// Says of a handler that panicked in the form of its address: a problem to programs, a page to people, else in plain
/// text; also where that form is what cannot be made.
async fn as_asked(State(app): State<App>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let response = next.run(request).await;
    if response.extensions().get::<Panicked>().is_none() {
        return response;
    }
    let told = catch_unwind(AssertUnwindSafe(|| {
        in_form(&app, &uri, Problem::broken, &Wrong::Broken)
    }));
    told.ok().flatten().unwrap_or(response)
}

/// A problem to programs, a page to people; `None` at addresses that are answered in plain text.
fn in_form(app: &App, uri: &Uri, problem: fn() -> Problem, wrong: &Wrong) -> Option<Response> {
    if uri.path().starts_with("/api/") {
        return Some(problem().respond(&*app.site, uri));
    }
    let asked = Asked::of(uri.path(), uri.query());
    asked
        .is_for_people()
        .then(|| error::page(&*app.site, &asked, wrong))
}

/// Has searches wait for their turn, a little.
async fn in_turn(State(app): State<App>, request: Request, next: Next) -> Response {
    if !turns::is_search(request.uri()) {
        return next.run(request).await;
    }
    let uri = request.uri().clone();
    match app.turns.next().await {
        Some(turn) => {
            // Who goes away leaves a search behind that runs on: its turn ends with it and not before.
            let made = tokio::spawn(async move {
                let _turn = turn;
                next.run(request).await
            });
            made.await
                .unwrap_or_else(|error| unavailable(&SiteFault::Unreadable(error.to_string())))
        }
        None => busy(&app, &uri),
    }
}

/// Says in the form of its address that there is no room for a search.
fn busy(app: &App, uri: &Uri) -> Response {
    let told = in_form(app, uri, Problem::busy, &Wrong::Busy);
    let mut response =
        told.unwrap_or_else(|| plain(StatusCode::SERVICE_UNAVAILABLE, &format!("{BUSY}\n")));
    let seconds = HeaderValue::from_static(BUSY_SECONDS);
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
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
        .map_err(|error| SiteFault::Unreadable(error.to_string()))
}
