//! The addresses of published files.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::serve::downloads;
use crate::serve::site::SiteFault;

use super::{App, off_the_workers, plain, unavailable, unavailable_for};

/// Said where a published file is asked for that there is not.
const NO_SNAPSHOT: &str = "there is no such snapshot: none is published yet, or a newer one took its place; \
                           /latest.json names the newest\n";

/// Said when all turns are taken.
const NO_TURN: &str = "too many downloads go on at once; try again in a minute\n";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/archive.db", get(download))
        .route("/latest.json", get(download))
        .route("/SHA256SUMS", get(download))
        .route("/schema.sql", get(download))
        .route("/data_dictionary.csv", get(download))
        .route("/snapshots/{file}", get(download))
}

async fn download(State(app): State<App>, request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/').to_owned();
    let Some(turn) = app.downloads.turn() else {
        return unavailable_for(
            NO_TURN,
            &SiteFault::Unreadable("too many downloads at a time".to_owned()),
        );
    };
    let asked = name.clone();
    match off_the_workers(move || app.site.public_file(&asked)).await {
        Ok(Ok(Some(found))) => downloads::respond(&name, found, turn, &request),
        Ok(Ok(None)) => plain(StatusCode::NOT_FOUND, NO_SNAPSHOT),
        Ok(Err(fault)) | Err(fault) => unavailable(&fault),
    }
}
