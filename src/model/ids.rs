//! Identities: what names a source, an item inside its platform, and an item to the world.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Declares a string newtype with the conversions every identity needs.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a text that is already in its canonical form.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The identity as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// The `id` of a `[[source]]` block: stable for ever.
    SourceId
}

text_id! {
    /// The platform's own key of an item: `2024375-8` in Dynasty, known from the feed alone and
    /// the same on agenda and minutes.
    ItemKey
}

text_id! {
    /// The public key of an item, `asikkala/2024375-8`: municipality slug / item key. Never changes.
    Uid
}

impl Uid {
    /// Joins a municipality's slug and the platform's key.
    pub fn of(municipality: &str, key: &ItemKey) -> Self {
        Self(format!("{}/{key}", slug(municipality)))
    }
}

/// Makes a name usable in an address: lower case ASCII letters and digits, words joined by `-`.
///
/// `Kärkölä` becomes `karkola`, `Kasvatus- ja opetuslautakunta` becomes `kasvatus-ja-opetuslautakunta`.
pub fn slug(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.nfd().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !is_combining(c) && !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    if out.ends_with('-') {
        out.pop();
    }
    out
}

fn is_combining(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_ascii_and_stable() {
        assert_eq!(slug("Kärkölä"), "karkola");
        assert_eq!(slug("Kasvatus- ja opetuslautakunta"), "kasvatus-ja-opetuslautakunta");
        assert_eq!(slug("  Sysmä (kunta) "), "sysma-kunta");
        assert_eq!(slug("Åbo – stad"), "abo-stad");
    }

    #[test]
    fn uid_joins_municipality_and_key() {
        let uid = Uid::of("Asikkala", &ItemKey::new("2024375-8"));
        assert_eq!(uid.as_str(), "asikkala/2024375-8");
    }
}
