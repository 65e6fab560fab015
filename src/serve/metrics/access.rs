//! Who may read `/metrics`: decided by who is connected, never by what a request claims.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use crate::model::operation::MetricsAccess;

/// What proxies add: who comes through one is not on this machine, whatever the connection says.
const TRACES: [&str; 8] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-client-ip",
    "cf-connecting-ip",
    "via",
];

/// The address a connection comes from.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Whether whoever asks may read them.
pub fn is_allowed(access: MetricsAccess, peer: Option<Peer>, headers: &HeaderMap) -> bool {
    match access {
        MetricsAccess::All => true,
        MetricsAccess::Off => false,
        MetricsAccess::Loopback => {
            peer.is_some_and(|peer| is_local(peer.0.ip()))
                && TRACES.iter().all(|trace| !headers.contains_key(*trace))
        }
    }
}

fn is_local(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(access: MetricsAccess, from: &str, header: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(name) = header {
            headers.insert(name, "127.0.0.1".parse().expect("value"));
        }
        let peer = Peer(SocketAddr::new(from.parse().expect("address"), 50_000));
        is_allowed(access, Some(peer), &headers)
    }

    #[test]
    fn strangers_and_whoever_comes_through_a_proxy_are_refused() {
        let usual = MetricsAccess::Loopback;
        for near in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(asked(usual, near, None), "{near}");
            for trace in TRACES {
                assert!(!asked(usual, near, Some(trace)), "{near} {trace}");
            }
        }
        for far in ["192.0.2.7", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.7"] {
            assert!(!asked(usual, far, None), "{far}");
            assert!(!asked(usual, far, Some("x-forwarded-for")), "{far}");
            assert!(asked(MetricsAccess::All, far, None));
        }
        assert!(!is_allowed(usual, None, &HeaderMap::new()));
        assert!(!asked(MetricsAccess::Off, "127.0.0.1", None));
    }
}
