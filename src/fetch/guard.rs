//! The address guard: what is connected to is a public address, whatever the address or the DNS says.
//!
//! Two doors must both be closed, because the resolver is never asked about IP literals: `check` looks at
//! the host of every address and every redirect, `GuardedResolver` at what a name resolves to. The client
//! connects only to what the resolver let through, so a second, different DNS answer cannot slip in.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use tokio::sync::Semaphore;
use url::{Host, Url};

use super::error::{FetchError, shown};
use crate::model::fetch_settings::PrivateAddresses;

/// Names resolved at once. A resolver that never answers holds a thread of the runtime's blocking pool
/// until the system gives up, so they are counted until they really end.
const MAX_LOOKUPS: usize = 32;

/// The future of one name resolution.
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Resolves host names; the system's resolver in production, a table in tests.
pub trait Lookup: Send + Sync {
    /// All addresses of `name`. An empty answer counts as "no such host".
    fn lookup(&self, name: String) -> Looking;
}

/// The resolver of this machine (`getaddrinfo`).
pub(super) struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: String) -> Looking {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A name led to an address that is not public.
#[derive(Debug, Error)]
#[error("{0} is not a public address")]
pub(super) struct RefusedAddress(pub(super) IpAddr);

/// The resolver did not answer within the connect deadline.
#[derive(Debug, Error)]
#[error("the name was not resolved in time")]
pub(super) struct LookupTimeout;

/// Looks names up, in bounded time, and lets through only what the policy allows.
pub(super) struct GuardedResolver {
    lookup: Arc<dyn Lookup>,
    policy: PrivateAddresses,
    deadline: Duration,
    running: Arc<Semaphore>,
}

impl GuardedResolver {
    pub(super) fn new(
        lookup: Arc<dyn Lookup>,
        policy: PrivateAddresses,
        deadline: Duration,
    ) -> Self {
        Self {
            lookup,
            policy,
            deadline,
            running: Arc::new(Semaphore::new(MAX_LOOKUPS)),
        }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, running) = (Arc::clone(&self.lookup), Arc::clone(&self.running));
        let (policy, deadline) = (self.policy, self.deadline);
        Box::pin(async move {
            // Spawned, so that the permit lives as long as the lookup and not as long as our patience.
            let looking = tokio::spawn(async move {
                let _permit = running.acquire_owned().await.ok();
                lookup.lookup(name.as_str().to_owned()).await
            });
            let answer = tokio::time::timeout(deadline, looking).await;
            let found = answer.map_err(|_elapsed| LookupTimeout)???;
            let addresses: Addrs = Box::new(permitted(found, policy)?.into_iter());
            Ok(addresses)
        })
    }
}

/// All addresses, or a refusal if a single one is not allowed: an answer that mixes public and private
/// addresses is an attack or a fault, never a choice.
fn permitted(found: Vec<IpAddr>, policy: PrivateAddresses) -> io::Result<Vec<SocketAddr>> {
    if found.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the name has no address",
        ));
    }
    let bad = found
        .iter()
        .find(|address| !is_permitted(**address, policy));
    if let Some(address) = bad {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            RefusedAddress(*address),
        ));
    }
    Ok(found
        .into_iter()
        .map(|address| SocketAddr::new(address, 0))
        .collect())
}

/// Refuses addresses that are not http(s), carry credentials, or name a non-public IP in any spelling
/// (`url` has already normalised `0x7f.1`, `2130706433`, full-width digits and the like).
pub(super) fn check(url: &Url, policy: PrivateAddresses) -> Result<(), FetchError> {
    let bad = |reason| {
        Err(FetchError::BadUrl {
            url: shown(url),
            reason,
        })
    };
    if !matches!(url.scheme(), "http" | "https") {
        return bad("only http and https are");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return bad("it contains a user name or a password");
    }
    let address = match url.host() {
        None => return bad("it names no host"),
        Some(Host::Domain(_)) => return Ok(()),
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
    };
    if is_permitted(address, policy) {
        return Ok(());
    }
    Err(FetchError::Refused {
        url: shown(url),
        address,
    })
}

fn is_permitted(address: IpAddr, policy: PrivateAddresses) -> bool {
    match policy {
        PrivateAddresses::Allowed => true,
        PrivateAddresses::Refused => is_public(address),
    }
}

/// Whether an address is an ordinary public unicast address.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// The IANA special-purpose registry, and one metadata service that lives on a public address.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    let azure_metadata = [a, b, c, d] == [168, 63, 129, 16];
    !special && !azure_metadata
}

/// Only 2000::/3 is global unicast, which leaves out loopback, local, multicast, v4-mapped, v4-compatible and
/// NAT64 (64:ff9b::/96) at one stroke; inside it the protocol, 6to4 and documentation blocks are refused, since
/// they carry or lead to other addresses.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let global_unicast = (0x2000..=0x3fff).contains(&first);
    let special = matches!(
        (first, second),
        (0x2001, 0x0000..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0x0000..=0x0fff)
    );
    global_unicast && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_private_address_is_refused() {
        for host in [
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "0.0.0.0",
            "0",
            "127.0.0.1.",
            "１２７.０.０.１",
            "127。0。0。1",
            "10.0.0.5",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.10",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:93.184.215.14]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2002:a00:1::]",
            "[2001::1]",
            "[2001:db8::1]",
            "[2001:20::1]",
            "[3fff::1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fec0::1]",
            "[ff02::1]",
            "[100::1]",
            "[5f00::1]",
        ] {
            let url = Url::parse(&format!("http://{host}/")).expect(host);
            let refused = check(&url, PrivateAddresses::Refused);
            assert!(
                matches!(refused, Err(FetchError::Refused { .. })),
                "{host}: {refused:?}"
            );
            assert_eq!(check(&url, PrivateAddresses::Allowed), Ok(()), "{host}");
        }
    }

    #[test]
    fn public_addresses_and_names_pass() {
        for host in [
            "93.184.215.14",
            "172.32.0.1",
            "100.128.0.1",
            "[2001:14ba::1]",
            "kunta.example",
        ] {
            let url = Url::parse(&format!("https://{host}/")).expect(host);
            assert_eq!(check(&url, PrivateAddresses::Refused), Ok(()), "{host}");
        }
    }

    #[test]
    fn other_schemes_and_credentials_are_refused_always() {
        for text in [
            "file:///etc/passwd",
            "ftp://kunta.example/",
            "javascript:alert(1)",
            "http://a:b@kunta.example/",
        ] {
            let url = Url::parse(text).expect(text);
            let refused = check(&url, PrivateAddresses::Allowed);
            assert!(
                matches!(refused, Err(FetchError::BadUrl { .. })),
                "{text}: {refused:?}"
            );
        }
    }

    #[test]
    fn one_private_address_spoils_the_answer() {
        let mixed = ["93.184.215.14", "127.0.0.1"]
            .map(|text| text.parse().expect("address"))
            .to_vec();
        assert!(permitted(mixed.clone(), PrivateAddresses::Refused).is_err());
        assert_eq!(
            permitted(mixed, PrivateAddresses::Allowed)
                .expect("allowed")
                .len(),
            2
        );
        assert!(permitted(Vec::new(), PrivateAddresses::Allowed).is_err());
    }

    /// Answers each question with the next of its answers.
    struct Fickle(std::sync::Mutex<Vec<&'static str>>);

    impl Lookup for Fickle {
        fn lookup(&self, _name: String) -> Looking {
            let answer = crate::fetch::hosts::locked(&self.0).remove(0);
            Box::pin(async move { Ok(vec![answer.parse().expect("address")]) })
        }
    }

    #[tokio::test]
    async fn a_name_that_turns_private_is_refused_then() {
        let answers = vec!["93.184.215.14", "169.254.169.254"];
        let lookup = Arc::new(Fickle(answers.into()));
        let second = Duration::from_secs(1);
        let resolver = GuardedResolver::new(lookup, PrivateAddresses::Refused, second);
        let name = || "kunta.example".parse::<Name>().expect("name");
        let first: Vec<_> = resolver.resolve(name()).await.expect("public").collect();
        assert_eq!(first, ["93.184.215.14:0".parse().expect("address")]);
        assert!(resolver.resolve(name()).await.is_err());
    }
}
