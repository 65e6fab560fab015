//! Links of entries: what may be followed, and the one form in which addresses are compared.

use url::Url;

/// The one form of an address: two addresses that mean the same page compare equal.
///
/// Scheme and host in small letters and the default port dropped (both by `Url` itself), no
/// fragment, query parameters sorted by name (equal names keep their order). Path and
/// percent-encoding stay as they are: servers may tell them apart.
pub fn canonical_link(url: &Url) -> Url {
    let mut canonical = url.clone();
    canonical.set_fragment(None);
    let Some(query) = url.query() else {
        return canonical;
    };
    let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    pairs.sort_by_key(|pair| pair.split_once('=').map_or(*pair, |(name, _)| name));
    let sorted = pairs.join("&");
    canonical.set_query(Some(sorted.as_str()).filter(|query| !query.is_empty()));
    canonical
}

/// The canonical address a link means, or nothing when it is not an address of the web.
///
/// Dynasty hosts write `&amp;` inside CDATA, so that the address still carries it after XML is
/// decoded.
pub(super) fn web_link(href: &str, base: &Url) -> Option<Url> {
    let href = href.trim().replace("&amp;", "&").replace("&#38;", "&");
    if href.is_empty() {
        return None;
    }
    let url = base.join(&href).ok()?;
    let on_the_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    on_the_web.then(|| canonical_link(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        canonical_link(&Url::parse(text).expect("address")).to_string()
    }

    #[test]
    fn one_page_has_one_address_whatever_the_port_the_order_or_the_fragment() {
        let wanted = "https://esimerkki.fi/cgi/DREQUEST.PHP?id=2024375-8&page=meetingitem";
        for variant in [
            "https://Esimerkki.FI:443/cgi/DREQUEST.PHP?page=meetingitem&id=2024375-8",
            "https://esimerkki.fi/cgi/DREQUEST.PHP?id=2024375-8&page=meetingitem#top",
            "https://esimerkki.fi/cgi/DREQUEST.PHP?&id=2024375-8&&page=meetingitem&",
        ] {
            assert_eq!(canonical(variant), wanted);
        }
        assert_eq!(
            canonical("http://esimerkki.fi:80/x?"),
            "http://esimerkki.fi/x"
        );
    }

    #[test]
    fn what_a_server_may_tell_apart_is_kept() {
        assert_eq!(
            canonical("http://a.fi:443/X/y?b=%2f&a=2&a=1"),
            "http://a.fi:443/X/y?a=2&a=1&b=%2f"
        );
        assert_eq!(
            canonical(&canonical("http://a.fi/?z&a=")),
            "http://a.fi/?a=&z"
        );
    }

    #[test]
    fn only_addresses_of_the_web_are_links() {
        let base = Url::parse("https://a.fi/cgi/rss").expect("address");
        assert_eq!(
            web_link(" DREQUEST.PHP?page=meetingitem&amp;id=12 ", &base)
                .map(String::from)
                .as_deref(),
            Some("https://a.fi/cgi/DREQUEST.PHP?id=12&page=meetingitem")
        );
        for refused in [
            "",
            "javascript:alert(1)",
            "mailto:x@a.fi",
            "file:///etc/passwd",
            "http://[",
        ] {
            assert_eq!(web_link(refused, &base), None, "{refused}");
        }
    }
}
