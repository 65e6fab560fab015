//! Addresses as the archive keeps them.

use url::Url;

/// An address as the archive keeps it: no default port, and https where the portal has it.
pub(super) fn tidy(mut url: Url, portal: &Url) -> Url {
    let same_host = url.host_str() == portal.host_str();
    let default_port = matches!(url.port(), None | Some(80 | 443));
    if same_host && default_port && portal.scheme() == "https" && url.scheme() == "http" {
        let moved = url.set_scheme("https").is_ok() && url.set_port(None).is_ok();
        debug_assert!(moved, "http and https are both special schemes");
    }
    if matches!(
        (url.scheme(), url.port()),
        ("http", Some(443)) | ("https", Some(80))
    ) && same_host
    {
        let cleared = url.set_port(None).is_ok();
        debug_assert!(cleared, "an address with a host has a port");
    }
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_kept_at_the_portals_scheme() {
        let portal: Url = "https://k.example/cgi/DREQUEST.PHP".parse().expect("url");
        let url = |text: &str| tidy(text.parse().expect("url"), &portal).to_string();
        assert_eq!(
            url("http://k.example:80/kokous/1-2.PDF"),
            "https://k.example/kokous/1-2.PDF"
        );
        assert_eq!(
            url("https://k.example:443/kokous/1-2.PDF#a"),
            "https://k.example/kokous/1-2.PDF"
        );
        assert_eq!(
            url("http://other.example/x.PDF"),
            "http://other.example/x.PDF"
        );
    }
}
