//! Where feeds stand under the public address: known to who serves them and to who tells a hub of them.

use url::Url;

use crate::model::ids::slug;

use super::Format;

/// The name of the feed of everything.
pub const ALL: &str = "all";
/// The folder of the feeds of municipalities.
pub const MUNICIPALITIES: &str = "municipalities";
/// The folder of the feeds of dossiers.
pub const DOSSIERS: &str = "dossiers";
/// The ending of the name of a feed's digest.
pub const DAILY: &str = "daily";

/// The absolute address of a feed under the public address, which may have a path of its own.
pub fn feed(public: &Url, name: &str, format: Format, query: &str) -> String {
    let mut url = under(public, &format!("feeds/{name}.{}", format.word()));
    url.set_query(Some(query).filter(|query| !query.is_empty()));
    url.into()
}

/// The name of the feed of a municipality.
pub fn of_municipality(name: &str) -> String {
    format!("{MUNICIPALITIES}/{}", slug(name))
}

/// The name of the feed of a dossier.
pub fn of_dossier(slug: &str) -> String {
    format!("{DOSSIERS}/{slug}")
}

/// An address below the public one, whether or not that ends with a slash.
pub fn under(public: &Url, path: &str) -> Url {
    let mut url = public.clone();
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{base}/{path}"));
    url.set_query(None);
    url.set_fragment(None);
    url
}
