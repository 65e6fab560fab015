//! The addresses of the interface for programs.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, Uri};
use axum::response::Response;
use axum::routing::{MethodRouter, any, get};
use percent_encoding::percent_decode_str;

use crate::serve::api::{ApiFault, Asked, Desk, Document, Problem};
use crate::serve::site::SiteFault;

use super::{App, busy, off_the_workers};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/dossiers", document(Document::Dossiers))
        .route("/api/dossiers/{slug}", document(Document::Dossier))
        .route("/api/events", document(Document::Events))
        .route("/api/items", document(Document::Items))
        .route("/api/items/{*uid}", document(Document::Item))
        .route("/api/networks", document(Document::Networks))
        .route("/api/networks/{slug}/matrix", document(Document::Matrix))
        .route("/api/openapi.json", document(Document::OpenApi))
        .route("/api/sources", document(Document::Sources))
        .route("/api/status", document(Document::Status))
        .method_not_allowed_fallback(method_not_allowed)
        .route("/api", any(not_found))
        .route("/api/", any(not_found))
        .route("/api/{*rest}", any(not_found))
}

fn document(document: Document) -> MethodRouter<App> {
    get(move |state, request| answer(state, document, request))
}

async fn answer(State(app): State<App>, document: Document, request: Request) -> Response {
    let uri = request.uri().clone();
    let Some(asked) = asked(&uri) else {
        return Problem::not_found().respond(&*app.site, &uri);
    };
    let (at_work, documents) = (app.clone(), app.documents(&uri).clone());
    let written = off_the_workers(move || {
        let desk = Desk {
            site: &*at_work.site,
            cache: &documents.answers,
        };
        document.write(&desk, &asked)
    });
    match written.await {
        Ok(Ok(document)) => document.respond(request.headers()),
        Ok(Err(ApiFault::Problem(problem))) => problem.respond(&*app.site, &uri),
        Ok(Err(ApiFault::Site(SiteFault::Costly(_)))) => busy(&app, &uri),
        Ok(Err(ApiFault::Site(fault))) | Err(fault) => {
            tracing::error!(%fault, "a request could not be answered");
            let mut response = Problem::unavailable().respond(&*app.site, &uri);
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from_static("60"));
            response
        }
    }
}

/// What follows `/api/…/`, decoded, and the query string; `None` where that is no text.
fn asked(uri: &Uri) -> Option<Asked> {
    let path = uri.path().splitn(4, '/').nth(3).unwrap_or_default();
    let path = percent_decode_str(path).decode_utf8().ok()?;
    Some(Asked {
        path: path.into_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
    })
}

async fn not_found(State(app): State<App>, uri: Uri) -> Response {
    Problem::not_found().respond(&*app.site, &uri)
}

async fn method_not_allowed(State(app): State<App>, uri: Uri) -> Response {
    Problem::method_not_allowed().respond(&*app.site, &uri)
}
