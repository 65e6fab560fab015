//! No secret leaves: addresses lose credentials and what follows `?`, and every known secret is blotted out wherever
//! it stands.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use regex::{Captures, Regex};

/// What stands in the place of a secret.
const MASK: &str = "***";

/// Shorter ones would blot out words that are none.
const SHORTEST: usize = 4;

/// Parts of the names of variables and settings that hold secrets.
const SECRET_NAMES: [&str; 7] = [
    "secret",
    "password",
    "passwd",
    "token",
    "api_key",
    "access_key",
    "credential",
];

static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>`]+"#).ok());

/// Blots out what nobody else may see.
#[derive(Debug, Default)]
pub struct Mask {
    /// The longest first, so that none is left in part.
    secrets: Vec<String>,
}

impl Mask {
    /// Knows the secrets of some texts and of the environment.
    pub fn of<'t>(
        texts: impl Iterator<Item = &'t str>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Self {
        let mut secrets = BTreeSet::new();
        for text in texts {
            secrets_of(text, &mut secrets);
        }
        for (name, value) in environment {
            if is_secret_name(&name) {
                secrets.insert(value);
            } else {
                secrets_of(&value, &mut secrets);
            }
        }
        let mut secrets: Vec<_> = secrets
            .into_iter()
            .filter(|known| known.chars().count() >= SHORTEST)
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { secrets }
    }

    /// The text without them.
    pub fn cover(&self, text: &str) -> String {
        let mut covered = masked(text);
        for secret in &self.secrets {
            covered = covered.replace(secret.as_str(), MASK);
        }
        covered
    }
}

/// Whether what is called so is a secret. Files of keys are named, not shown.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase();
    !name.ends_with("_file") && SECRET_NAMES.iter().any(|part| name.contains(part))
}

fn addresses(text: &str) -> impl Iterator<Item = &str> {
    let found = ADDRESS.as_ref().map(|form| form.find_iter(text));
    found.into_iter().flatten().map(|found| found.as_str())
}

/// An address in its parts: scheme, user with password, host with path, query, fragment.
struct Parts<'t> {
    scheme: &'t str,
    user: Option<&'t str>,
    place: &'t str,
    query: Option<&'t str>,
    fragment: Option<&'t str>,
}

fn parts(address: &str) -> Parts<'_> {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let (rest, fragment) = cut(rest, '#');
    let (rest, query) = cut(rest, '?');
    let host = rest.split('/').next().unwrap_or_default();
    let (user, place) = match host.rfind('@').and_then(|at| rest.split_at_checked(at)) {
        Some((user, place)) => (Some(user), place.trim_start_matches('@')),
        None => (None, rest),
    };
    Parts {
        scheme,
        user,
        place,
        query,
        fragment,
    }
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn secrets_of(text: &str, into: &mut BTreeSet<String>) {
    for address in addresses(text) {
        let parts = parts(address);
        let users = parts.user.into_iter().flat_map(|user| user.splitn(2, ':'));
        // The values of a query may be numbers and words that stand everywhere.
        let values = parts.query.into_iter().flat_map(|query| query.split('&'));
        let values = values
            .filter_map(|pair| pair.split_once('=').map(|pair| pair.1))
            .filter(|value| value.len() >= 12);
        for secret in users.chain(values) {
            into.insert(secret.to_owned());
            into.insert(percent_decode_str(secret).decode_utf8_lossy().into_owned());
        }
    }
}

/// Addresses without credentials, the values of their queries and their fragments.
fn masked(text: &str) -> String {
    let Some(form) = ADDRESS.as_ref() else {
        return MASK.to_owned();
    };
    let covered = form.replace_all(text, |found: &Captures<'_>| {
        let address = found.get(0).map_or("", |whole| whole.as_str());
        let parts = parts(address);
        let user = parts.user.map(|_| format!("{MASK}@")).unwrap_or_default();
        let query = parts.query.map(|query| {
            let pairs = query.split('&').map(|pair| match pair.split_once('=') {
                Some((name, _)) => format!("{name}={MASK}"),
                None => MASK.to_owned(),
            });
            format!("?{}", pairs.collect::<Vec<_>>().join("&"))
        });
        let fragment = parts.fragment.map(|_| format!("#{MASK}"));
        format!(
            "{}://{user}{}{}{}",
            parts.scheme,
            parts.place,
            query.unwrap_or_default(),
            fragment.unwrap_or_default()
        )
    });
    covered.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_what_is_secret_in_them() {
        let mask = Mask::default();
        for (text, covered) in [
            (
                "https://a:p@ss@portal.example/x",
                "https://***@portal.example/x",
            ),
            (
                "see https://portal.example/rss?show=30&key=abc.",
                "see https://portal.example/rss?show=***&key=***",
            ),
            (
                "https://portal.example/?abc#def",
                "https://portal.example/?***#***",
            ),
            (
                "https://portal.example/@name",
                "https://portal.example/@name",
            ),
            ("no address", "no address"),
        ] {
            assert_eq!(mask.cover(text), covered);
        }
    }

    #[test]
    fn a_known_secret_is_found_wherever_it_stands() {
        let texts = ["url = \"https://user1:hunter%212@portal.example/?token=abcdefghijkl\""];
        let environment = [
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "wJalrXUtn".to_owned()),
            ("HOME".to_owned(), "/root".to_owned()),
        ];
        let mask = Mask::of(texts.into_iter(), environment.into_iter());
        let covered = mask.cover("user1 hunter!2 hunter%212 abcdefghijkl wJalrXUtn /root");
        assert_eq!(covered, "*** *** *** *** *** /root");
        assert!(is_secret_name("MY_API_TOKEN") && !is_secret_name("SEUTU_EXPORT_SECRET_KEY_FILE"));
    }
}
