//! Finnish municipalities by code, so that a new `[[municipality]]` need not be looked up.

use crate::model::ids::slug;

/// One municipality to a line: code, blank, name.
const REGISTER: &str = include_str!("../../config/municipalities.txt");

/// A municipality (kunta) as Statistics Finland names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisteredMunicipality {
    /// Code, with its zeros: `016`.
    pub code: &'static str,
    /// Name in Finnish.
    pub name: &'static str,
}

/// Endings of names and of their genitives, without dots.
const GENITIVES: [(&str, &str); 14] = [
    ("", "n"),
    ("nen", "sen"),
    ("joki", "joen"),
    ("maki", "maen"),
    ("lahti", "lahden"),
    ("jarvi", "jarven"),
    ("niemi", "niemen"),
    ("lampi", "lammen"),
    ("salmi", "salmen"),
    ("ranta", "rannan"),
    ("nki", "ngin"),
    ("tti", "tin"),
    ("rku", "run"),
    ("e", "een"),
];

/// Every municipality, by code.
pub fn registered_municipalities() -> impl Iterator<Item = RegisteredMunicipality> {
    let lines = REGISTER.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(' '))
        .map(|(code, name)| RegisteredMunicipality { code, name })
}

/// The municipality that a text names in plain words (a page's title), or a host with letters and digits
/// after it (`asikkalad10`); the longest name wins.
pub fn municipality_in(text: &str) -> Option<RegisteredMunicipality> {
    let wanted = slug(text);
    let words: Vec<&str> = wanted.split('-').collect();
    registered_municipalities()
        .filter(|known| {
            let name = slug(known.name);
            let parts: Vec<&str> = name.split('-').collect();
            words.windows(parts.len()).any(|window| {
                window
                    .iter()
                    .zip(&parts)
                    .enumerate()
                    .all(|(no, (word, part))| {
                        if no + 1 == parts.len() {
                            is_form(word, part)
                        } else {
                            word == part
                        }
                    })
            })
        })
        .max_by_key(|known| known.name.chars().count())
}

/// Whether a word of an address or a title is a name: itself, in the genitive (`hollolan`), or with what
/// vendors put after it (`asikkalad10`, `porvoofi`).
fn is_form(word: &str, name: &str) -> bool {
    let digits = |c: char| c.is_ascii_digit();
    let bare = word.trim_end_matches(digits);
    let language = bare.strip_suffix("fi").or_else(|| bare.strip_suffix("se"));
    let vendor = bare.strip_suffix('d').filter(|_| bare != word);
    [Some(bare), language, vendor]
        .into_iter()
        .flatten()
        .map(|word| word.trim_end_matches(digits))
        .any(|word| word == name)
        || GENITIVES.iter().any(|(ending, genitive)| {
            let stem = name.strip_suffix(ending);
            stem.is_some_and(|stem| word.strip_prefix(stem) == Some(genitive))
        })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_three_digits_and_nobodys_twice() {
        let all: Vec<_> = registered_municipalities().collect();
        assert_eq!(all.len(), 309);
        let codes: BTreeSet<_> = all.iter().map(|known| known.code).collect();
        let names: BTreeSet<_> = all.iter().map(|known| slug(known.name)).collect();
        assert_eq!((codes.len(), names.len()), (309, 309));
        assert!(codes.iter().all(|code| code.len() == 3));
    }

    #[test]
    fn the_configured_municipalities_have_the_codes_of_the_register() {
        let config = crate::config::Config::parse(
            "embedded",
            crate::config::Config::embedded_text(),
            [].into_iter(),
        )
        .expect("embedded");
        for configured in &config.municipalities {
            let known = registered_municipalities().find(|known| known.name == configured.name);
            if let Some(known) = known {
                assert_eq!(known.code, configured.code, "{}", configured.name);
            }
        }
    }

    #[test]
    fn a_title_or_a_host_names_its_municipality() {
        let name = |text: &str| municipality_in(text).map(|known| known.name);
        assert_eq!(
            name("Dynasty tietopalvelu : Asikkalan kunta"),
            Some("Asikkala")
        );
        assert_eq!(name("asikkalad10.oncloudos.com"), Some("Asikkala"));
        assert_eq!(name("kauniainen10fi.oncloudos.com"), Some("Kauniainen"));
        assert_eq!(name("hollola.cloudnc.fi"), Some("Hollola"));
        assert_eq!(
            name("Esityslistat ja pöytäkirjat - Mänttä-Vilppula"),
            Some("Mänttä-Vilppula")
        );
        assert_eq!(name("127.0.0.1"), None);
        assert_eq!(
            name("Esityslistat ja pöytäkirjat | Kuusijärven kaupunki"),
            None
        );
    }
}
