//! The addresses of pages for people.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;

use crate::serve::pages;

use super::{App, off_the_workers, unavailable};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(landing))
        .route("/style.css", get(style_sheet))
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
