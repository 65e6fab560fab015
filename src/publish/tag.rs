//! Permanent identities of entries and feeds: `tag:` URIs (RFC 4151).

use std::fmt::Write;

use jiff::civil::Date;

use crate::model::ids::{SourceId, Uid};

/// Who mints the identities, and since when: `seutu.invalid,2026`.
///
/// RFC 4151 wants a domain the minter owns. This program runs at many places and owns none, and the
/// address it is served from (`public_url`) moves while identities must not. So the default is a name
/// that RFC 2606 keeps from ever belonging to anybody: it can clash with nobody's tags, and two
/// installations give the same item the same identity. An operator who owns a domain may set it, once, before
/// the first reader subscribes: every identity changes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagAuthority(String);

impl Default for TagAuthority {
    fn default() -> Self {
        Self("seutu.invalid,2026".to_owned())
    }
}

impl TagAuthority {
    /// Takes `domain,date`, where the date is `2026`, `2026-11` or `2026-11-22`; `None` if it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (domain, date) = text.split_once(',')?;
        let domain_ok = !domain.is_empty()
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && label
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            });
        let lengths: Vec<usize> = date.split('-').map(str::len).collect();
        let date_ok = date.chars().all(|c| c.is_ascii_digit() || c == '-')
            && matches!(lengths.as_slice(), [4] | [4, 2] | [4, 2, 2]);
        (domain_ok && date_ok).then(|| Self(text.to_owned()))
    }

    /// Identity of an item's entry, in every format: `tag:seutu.invalid,2026:item/asikkala/2024375-8`.
    pub fn item_id(&self, uid: &Uid) -> String {
        self.mint("item", uid.as_str())
    }

    /// Identity of a feed with its filters, whatever page: `tag:seutu.invalid,2026:feed/sivistys`.
    pub fn feed_id(&self, feed: &str) -> String {
        self.mint("feed", feed)
    }

    /// Identity of the entry of a day in a feed's digest: `tag:seutu.invalid,2026:digest/sivistys/2026-11-22`.
    pub fn digest_id(&self, feed: &str, day: Date) -> String {
        self.mint("digest", &format!("{feed}/{day}"))
    }

    /// Identity of a municipality's own feed, which has none of its own in RSS.
    pub fn source_id(&self, source: &SourceId) -> String {
        self.mint("source", source.as_str())
    }

    /// Scheme of a category.
    pub fn scheme(&self, name: &str) -> String {
        self.mint("scheme", name)
    }

    fn mint(&self, kind: &str, name: &str) -> String {
        let mut out = format!("tag:{}:{kind}/", self.0);
        for byte in name.bytes() {
            let kept = byte.is_ascii_alphanumeric() || b"-._~!$'()*+,;=:@/?".contains(&byte);
            if kept {
                out.push(char::from(byte));
            } else if write!(out, "%{byte:02X}").is_err() {
                // Writing to a String cannot fail.
                return out;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::ItemKey;

    #[test]
    fn the_identity_of_an_item_is_written_in_stone() {
        let uid = Uid::of("Asikkala", &ItemKey::new("2024375-8"));
        assert_eq!(
            TagAuthority::default().item_id(&uid),
            "tag:seutu.invalid,2026:item/asikkala/2024375-8"
        );
    }

    #[test]
    fn keys_with_other_characters_stay_one_valid_uri() {
        let uid = Uid::of("Asikkala", &ItemKey::new("https://example.fi/ä b#c&<d>%"));
        let id = TagAuthority::default().item_id(&uid);
        assert_eq!(
            id,
            "tag:seutu.invalid,2026:item/asikkala/https://example.fi/%C3%A4%20b%23c%26%3Cd%3E%25"
        );
    }

    #[test]
    fn only_a_domain_and_a_date_name_a_minter() {
        for good in [
            "seutu.example.fi,2026",
            "example.fi,2026-11",
            "example.fi,2026-11-22",
        ] {
            assert!(TagAuthority::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "example.fi",
            "example.fi,",
            "example..fi,2026",
            "Example.fi,2026",
            "a b,2026",
            "example.fi,26",
        ] {
            assert!(TagAuthority::parse(bad).is_none(), "{bad}");
        }
    }
}
