//! Who publishes, told from titles of pages and from hosts.

use url::Url;

use super::Publisher;
use crate::config::municipality_in;
use crate::model::source::AuthorityKind;
use crate::vocab::Vocabulary;

/// The publisher that titles name, the last one first, or else hosts.
pub(super) fn publisher<'a>(
    titles: &[String],
    hosts: impl Iterator<Item = &'a Url>,
) -> Option<Publisher> {
    let titles = || titles.iter().rev();
    let joint = titles().find_map(|title| {
        authority(title).filter(|publisher| publisher.kind != AuthorityKind::Municipality)
    });
    let registered = || {
        let hosts = hosts.filter_map(Url::host_str);
        let named = titles().map(String::as_str).find_map(municipality_in);
        named.or_else(|| hosts.into_iter().find_map(municipality_in))
    };
    joint
        .or_else(|| {
            registered().map(|known| Publisher {
                name: known.name.to_owned(),
                code: Some(known.code.to_owned()),
                kind: AuthorityKind::Municipality,
            })
        })
        .or_else(|| titles().find_map(|title| authority(title)))
}

/// The part of a title that ends in what an authority calls itself: `Päijät-Hämeen hyvinvointialue`.
fn authority(title: &str) -> Option<Publisher> {
    let words = &Vocabulary::in_force().discovery().authority_words;
    let parts = title.split(['|', ':', '–', '—', '•', '/']);
    parts.flat_map(|part| part.split(" - ")).find_map(|part| {
        let part = part.trim();
        let (name, last) = part.rsplit_once(' ')?;
        let last = last.to_lowercase();
        let (kind, _) = words.iter().find(|(_, words)| words.contains(&last))?;
        let is_name = name.chars().next().is_some_and(char::is_uppercase);
        let whole = if *kind == AuthorityKind::Municipality {
            name
        } else {
            part
        };
        is_name.then(|| Publisher {
            name: whole.to_owned(),
            code: None,
            kind: *kind,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(title: &str) -> Option<(String, AuthorityKind)> {
        let found = publisher(&[title.to_owned()], std::iter::empty())?;
        Some((found.name, found.kind))
    }

    #[test]
    fn titles_name_municipalities_and_others() {
        use AuthorityKind::{Municipality, WellbeingCounty};
        let pair = |name: &str, kind| Some((name.to_owned(), kind));
        assert_eq!(
            named("Esityslistat ja pöytäkirjat - Sysmän kunta"),
            pair("Sysmä", Municipality)
        );
        assert_eq!(
            named("Julkaisut | Päijät-Hämeen hyvinvointialue"),
            pair("Päijät-Hämeen hyvinvointialue", WellbeingCounty)
        );
        assert_eq!(
            named("Pöytäkirjat | Kuusijärven kaupunki"),
            pair("Kuusijärven", Municipality)
        );
        assert_eq!(named("Pöytäkirjat"), None);
    }
}
