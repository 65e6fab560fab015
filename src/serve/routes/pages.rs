//! The addresses of pages for people: each in every language.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{Redirect, Response};
use axum::routing::{MethodRouter, get};

use crate::serve::pages::error::{self, Wrong};
use crate::serve::pages::language::PageLanguage;
use crate::serve::pages::{
    Asked, PageFault, about, dossier, front, item, network, search, sources,
};
use crate::serve::representation::Representation;
use crate::serve::site::{Site, SiteFault};

use super::{App, bundled, busy, off_the_workers};

/// Makes the route of a page; each language has its own.
type Route = fn() -> MethodRouter<App>;

pub(super) fn routes() -> Router<App> {
    let pages: [(&str, Route); 7] = [
        ("", || get(front_page)),
        ("networks/{slug}", || get(network_page)),
        ("search", || get(search_page)),
        ("sources", || get(sources_page)),
        ("about", || get(about_page)),
        ("items/{*uid}", || get(item_page)),
        ("dossiers/{slug}", || get(dossier_page)),
    ];
    let mut router = Router::new()
        .route("/style.css", get(style_sheet))
        .route("/icon.svg", get(icon));
    for language in PageLanguage::ALL {
        let prefix = language.prefix();
        for (path, page) in pages {
            router = router.route(&format!("/{prefix}{path}"), page());
        }
        if let Some(bare) = prefix.strip_suffix('/') {
            let redirect = move || async move { Redirect::permanent(prefix) };
            router = router.route(&format!("/{bare}"), get(redirect));
        }
    }
    router
}

async fn front_page(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    answer(app, &uri, &headers, front::page).await
}

async fn network_page(
    State(app): State<App>,
    Path(slug): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let build = move |site: &dyn Site, asked: &Asked| network::page(site, asked, &slug);
    answer(app, &uri, &headers, build).await
}

async fn search_page(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    answer(app, &uri, &headers, search::page).await
}

async fn sources_page(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    answer(app, &uri, &headers, sources::page).await
}

async fn item_page(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    answer(app, &uri, &headers, item::page).await
}

async fn dossier_page(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    answer(app, &uri, &headers, dossier::page).await
}

async fn about_page(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    answer(app, &uri, &headers, about::page).await
}

/// Sends a page as of the data that there are now, built off the async workers where nobody asked for it since
/// they changed, or the page that says what went wrong.
async fn answer<B>(app: App, uri: &Uri, headers: &HeaderMap, build: B) -> Response
where
    B: FnOnce(&dyn Site, &Asked) -> Result<Representation, PageFault> + Send + 'static,
{
    let asked = Asked::of(uri.path(), uri.query());
    let (of, with) = (asked.clone(), app.clone());
    let documents = app.documents(uri).clone();
    let made = off_the_workers(move || {
        let stamp = with.site.stamp();
        let key = of.key();
        documents
            .pages
            .get_or_build(&key, stamp, || build(&*with.site, &of))
    });
    let wrong = match made.await {
        Ok(Ok(page)) => return page.send(headers),
        Ok(Err(PageFault::Missing)) => Wrong::Missing,
        Ok(Err(PageFault::Gone)) => Wrong::Gone,
        Ok(Err(PageFault::Bad(bad))) => Wrong::Bad(format!("{} = {}", bad.name, bad.value)),
        Ok(Err(PageFault::Site(SiteFault::Costly(_)))) => return busy(&app, uri),
        Ok(Err(PageFault::Site(fault))) | Err(fault) => {
            tracing::error!(%fault, "a page could not be built");
            Wrong::Unavailable
        }
    };
    error::page(&*app.site, &asked, &wrong)
}

async fn icon(headers: HeaderMap) -> Response {
    let icon = include_str!("../templates/icon.svg");
    bundled("image/svg+xml", icon, &headers)
}

async fn style_sheet(State(app): State<App>, headers: HeaderMap) -> Response {
    app.style.respond(&headers)
}
