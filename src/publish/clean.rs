//! What every text goes through before it is published: only characters XML 1.0 allows, no tricks with
//! writing direction, no contact details.

use url::Url;

use crate::privacy::without_contacts;

/// A text of several lines: forbidden characters dropped, contact details replaced.
pub fn text(raw: &str) -> String {
    // A feed copies texts to places the municipality cannot take them back from.
    without_contacts(&characters(raw)).into_owned()
}

/// A text of one line: as [`text`], and every run of white space becomes one space.
pub fn line(raw: &str) -> String {
    let cleaned = text(raw);
    cleaned.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Drops what a document must not hold. The XML writer writes such characters as they are, and one
/// of them makes strict readers refuse the whole feed.
pub fn characters(raw: &str) -> String {
    let unix = raw.replace("\r\n", "\n");
    unix.chars()
        .map(|c| if c == '\r' { '\n' } else { c })
        .filter(|&c| is_publishable(c))
        .collect()
}

/// The XML 1.0 `Char` production, less the discouraged ranges and the direction overrides
/// that make a text read differently from what it says.
fn is_publishable(c: char) -> bool {
    match c {
        '\t' | '\n' => true,
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{fdd0}'..='\u{fdef}' => false,
        other => u32::from(other) & 0xfffe != 0xfffe,
    }
}

/// An address that may be linked to: http or https, without user name and password.
pub fn web_address(raw: &str) -> Option<String> {
    let mut url = Url::parse(raw).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_no_document_may_hold_are_dropped() {
        let hostile = "a\0b\u{1}c\u{1b}d\u{c}e\u{fffe}f\u{ffff}g\u{1ffff}h\u{85}i\u{202e}j\u{2066}k\r\nl\rm\tn";
        assert_eq!(characters(hostile), "abcdefghijk\nl\nm\tn");
        assert_eq!(characters("Kärkölä – 50 % 🏛"), "Kärkölä – 50 % 🏛");
    }

    #[test]
    fn contact_details_are_replaced_and_numbers_of_matters_stay() {
        for contact in [
            "etunimi.sukunimi@example.fi",
            "etunimi.sukunimi(at)example.fi",
            "040 123 4567",
            "+358 50 1234567",
            "+358 (0)40 123 4567",
            "0501234567",
        ] {
            let cleaned = line(&format!("Lisätietoja {contact}, kiitos"));
            assert_eq!(
                cleaned, "Lisätietoja [yhteystieto poistettu], kiitos",
                "{contact}"
            );
        }
        for kept in [
            "0123456-7",
            "ASDno-2024-375",
            "123/00.01.02/2024",
            "04-05-2024",
            "14.03.2024",
            "04.05.2024 klo 16",
        ] {
            assert_eq!(line(kept), kept);
        }
    }

    #[test]
    fn only_web_addresses_are_linked() {
        assert_eq!(
            web_address("https://u:p@example.fi/a b").as_deref(),
            Some("https://example.fi/a%20b")
        );
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "java\tscript:x",
            "file:///etc/passwd",
            "nowhere",
        ] {
            assert_eq!(web_address(bad), None, "{bad}");
        }
    }
}
