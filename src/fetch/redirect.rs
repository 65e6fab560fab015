//! Redirects, followed by hand: each hop is judged before anything is sent to it.

use url::Url;

use super::error::{FetchError, shown};

/// The way from the address asked for to the one that answers.
pub(super) struct Trip {
    here: Url,
    passed: Vec<Url>,
    limit: u32,
    all_permanent: bool,
    left_host: bool,
}

/// Whether the status is a redirect that is followed.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

impl Trip {
    pub(super) fn new(start: &Url, limit: u32) -> Self {
        let here = without_fragment(start.clone());
        Self {
            here,
            passed: Vec::new(),
            limit,
            all_permanent: true,
            left_host: false,
        }
    }

    /// Where the next request goes.
    pub(super) fn here(&self) -> &Url {
        &self.here
    }

    /// Whether the next request still goes to the host that was asked; if not, it gets no validators:
    /// they are that host's tokens, and nobody else's business.
    pub(super) fn is_at_home(&self) -> bool {
        !self.left_host
    }

    /// The end of the way, if every hop said that it is permanent and there was one.
    pub(super) fn permanent(&self) -> Option<Url> {
        (self.all_permanent && !self.passed.is_empty()).then(|| self.here.clone())
    }

    /// Takes one redirect, or says why not. `location` is the field as sent.
    pub(super) fn follow(
        &mut self,
        status: u16,
        location: Option<&[u8]>,
    ) -> Result<(), FetchError> {
        let target = self.target(location)?;
        let turns = self.passed.len() + 1;
        self.passed.push(self.here.clone());
        if self.passed.contains(&target) {
            return Err(FetchError::RedirectLoop {
                url: shown(&target),
            });
        }
        if u32::try_from(turns).is_ok_and(|turns| turns > self.limit) || turns > 64 {
            let url = self.passed.first().map(shown).unwrap_or_default();
            return Err(FetchError::TooManyRedirects {
                url,
                limit: self.limit,
            });
        }
        self.all_permanent &= matches!(status, 301 | 308);
        self.left_host |= !is_same_host(&self.here, &target);
        self.here = target;
        Ok(())
    }

    fn target(&self, location: Option<&[u8]>) -> Result<Url, FetchError> {
        let location = location.map(printable).unwrap_or_default();
        let bad = |reason| {
            let location = location.chars().take(200).collect();
            FetchError::BadRedirect {
                url: shown(&self.here),
                location,
                reason,
            }
        };
        if location.is_empty() {
            return Err(bad("the answer does not say where to"));
        }
        let target = self
            .here
            .join(&location)
            .map_err(|_syntax| bad("not an address"))?;
        // First, so that the other refusals, which quote the field as sent, never quote a password.
        if !target.username().is_empty() || target.password().is_some() {
            let url = shown(&self.here);
            let location = shown(&target);
            let reason = "it contains a user name or a password";
            return Err(FetchError::BadRedirect {
                url,
                location,
                reason,
            });
        }
        if !matches!(target.scheme(), "http" | "https") {
            return Err(bad("only http and https are followed"));
        }
        if self.here.scheme() == "https" && target.scheme() == "http" {
            return Err(bad("it leads from https to http"));
        }
        Ok(without_fragment(target))
    }
}

/// `Location` as text. Bytes that are not UTF-8 are percent-encoded as they are, so that the server gets its
/// own bytes back.
fn printable(location: &[u8]) -> String {
    if let Ok(text) = str::from_utf8(location) {
        return text.to_owned();
    }
    let ascii = |byte: &u8| {
        if byte.is_ascii() {
            char::from(*byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    location.iter().map(ascii).collect()
}

/// The same host, where moving from http to https at the usual ports is no move.
fn is_same_host(from: &Url, to: &Url) -> bool {
    let upgraded = from.scheme() == "http" && to.scheme() == "https";
    let usual_ports = from.port().is_none() && to.port().is_none();
    let same_port = from.port_or_known_default() == to.port_or_known_default();
    from.host() == to.host() && (same_port || upgraded && usual_ports)
}

fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trip(start: &str) -> Trip {
        Trip::new(&Url::parse(start).expect("address"), 3)
    }

    fn go(trip: &mut Trip, status: u16, to: &str) -> Result<(), FetchError> {
        trip.follow(status, Some(to.as_bytes()))
    }

    #[test]
    fn permanent_needs_every_hop_to_be() {
        let mut way = trip("http://a.example/feed#top");
        assert_eq!(way.permanent(), None);
        go(&mut way, 301, "/new").expect("followed");
        go(&mut way, 308, "https://a.example/new").expect("followed");
        assert_eq!(
            way.permanent().expect("permanent").as_str(),
            "https://a.example/new"
        );
        assert!(way.is_at_home());
        go(&mut way, 302, "/login").expect("followed");
        assert_eq!(way.permanent(), None);
    }

    #[test]
    fn another_host_or_port_gets_no_validators_even_on_the_way_back() {
        let mut way = trip("https://a.example/");
        go(&mut way, 302, "https://b.example/").expect("followed");
        assert!(!way.is_at_home());
        go(&mut way, 302, "https://a.example/other").expect("followed");
        assert!(!way.is_at_home());
        let mut port = trip("http://a.example/");
        go(&mut port, 302, "http://a.example:8080/").expect("followed");
        assert!(!port.is_at_home());
    }

    #[test]
    fn loops_and_long_chains_end() {
        let mut circle = trip("http://a.example/1");
        go(&mut circle, 302, "/2").expect("followed");
        let back = go(&mut circle, 302, "/1#again");
        assert!(
            matches!(back, Err(FetchError::RedirectLoop { .. })),
            "{back:?}"
        );
        let mut chain = trip("http://a.example/0");
        for step in ["/1", "/2", "/3"] {
            go(&mut chain, 302, step).expect("followed");
        }
        let fourth = go(&mut chain, 302, "/4");
        assert!(
            matches!(fourth, Err(FetchError::TooManyRedirects { limit: 3, .. })),
            "{fourth:?}"
        );
    }

    #[test]
    fn targets_that_are_not_followed() {
        for target in [
            "file:///etc/passwd",
            "ftp://b.example/",
            "javascript:alert(1)",
            "http://b.example/",
            "https://user:s3cret@b.example/",
            "ftp://user:s3cret@b.example/",
            "https://",
            "",
        ] {
            let refused = go(&mut trip("https://a.example/"), 301, target);
            assert!(
                matches!(refused, Err(FetchError::BadRedirect { .. })),
                "{target}: {refused:?}"
            );
            assert!(!format!("{refused:?}").contains("s3cret"), "{refused:?}");
        }
    }

    #[test]
    fn odd_bytes_of_a_location_are_kept() {
        let mut utf8 = trip("http://a.example/");
        go(&mut utf8, 302, "/pöytä").expect("followed");
        assert_eq!(utf8.here().path(), "/p%C3%B6yt%C3%A4");
        let mut latin = trip("http://a.example/");
        latin.follow(302, Some(b"/p\xf6yt\xe4")).expect("followed");
        assert_eq!(latin.here().path(), "/p%F6yt%E4");
    }
}
