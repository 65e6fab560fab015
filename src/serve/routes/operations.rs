//! The addresses by which the server itself is watched.

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;

use super::{App, plain};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
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

fn of_this_moment(status: StatusCode, text: &str) -> Response {
    let mut response = plain(status, text);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
