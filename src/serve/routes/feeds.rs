//! The addresses of the merged feeds.

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;

use crate::publish::Format;
use crate::serve::feeds::{Feed, FeedFault};
use crate::serve::filters::FeedRequest;

use super::{App, not_found, off_the_workers, plain, unavailable};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/feeds/{file}", get(feed))
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
