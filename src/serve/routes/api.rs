//! The addresses of the interface for programs.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, LINK};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;

use crate::serve::events::{self, EventsFault, EventsRequest};
use crate::serve::status;

use super::{App, off_the_workers, plain, unavailable};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/status", get(api_status))
        .route("/api/events", get(api_events))
}

async fn api_status(State(app): State<App>, headers: HeaderMap) -> Response {
    match off_the_workers(move || status::document(&*app.site)).await {
        Ok(Ok(document)) => document.respond(&headers),
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
