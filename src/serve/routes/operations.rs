//! The addresses by which the server itself is watched.

use axum::Router;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;

use super::{App, plain};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/healthz", get(healthz))
}

async fn healthz() -> Response {
    let mut response = plain(StatusCode::OK, "ok\n");
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
