//! The addresses by which the server itself is watched.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;

use super::{App, not_found, off_the_workers, plain, unavailable};
use crate::serve::metrics::access::{Peer, is_allowed};
use crate::serve::metrics::{CONTENT_TYPE, text};
use crate::serve::site::SiteFault;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
}

/// The process alone.
async fn healthz() -> Response {
    of_this_moment(StatusCode::OK, "ok\n")
}

/// Scheduler, archive and disk. Nothing is asked of the archive here: what is known is told.
async fn readyz(State(app): State<App>) -> Response {
    let unready = app.site.unready();
    if unready.is_empty() {
        return of_this_moment(StatusCode::OK, "ready\n");
    }
    let mut text = String::from("not ready\n");
    for reason in unready {
        text.extend([reason.replace(char::is_control, " ").as_str(), "\n"]);
    }
    let mut response = of_this_moment(StatusCode::SERVICE_UNAVAILABLE, &text);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("10"));
    response
}

/// The numbers of program and archive, for those who may read them; others find nothing.
async fn metrics(State(app): State<App>, request: Request) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    if !is_allowed(app.site.metrics_access(), peer, request.headers()) {
        return not_found().await;
    }
    let written = off_the_workers(move || {
        let operation = app.site.operation()?;
        text(&app.metrics, operation).map_err(|error| SiteFault::Unreadable(error.to_string()))
    });
    match written.await {
        Ok(Ok(text)) => {
            let mut response = of_this_moment(StatusCode::OK, &text);
            let kind = HeaderValue::from_static(CONTENT_TYPE);
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        Ok(Err(fault)) | Err(fault) => unavailable(&fault),
    }
}

fn of_this_moment(status: StatusCode, text: &str) -> Response {
    let mut response = plain(status, text);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
