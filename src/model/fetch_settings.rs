//! How the one HTTP client behaves: who it says it is, how fast it asks, how much it takes.

use std::time::Duration;

/// Whether addresses that are not on the public Internet may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateAddresses {
    /// Loopback, private, link-local, metadata and all other special ranges are refused.
    Refused,
    /// Every address is taken; for tests and the demonstration only.
    Allowed,
}

/// Whether robots.txt is asked before an item page is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RobotsPolicy {
    /// RFC 9309 is followed.
    Honoured,
    /// robots.txt is never fetched.
    Ignored,
}

/// Everything `fetch` needs to know; plain data, resolved by the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchSettings {
    /// The `User-Agent` header, contact included; ASCII without control characters.
    pub user_agent: String,
    /// Pause between the end of one request to a host and the start of the next; zero is allowed.
    pub min_interval: Duration,
    /// Total time of one request with its redirects; waiting for the host's turn is not counted.
    pub timeout: Duration,
    /// Time for name resolution, TCP and TLS together.
    pub connect_timeout: Duration,
    /// Bytes of a body after decompression.
    pub max_body: u64,
    /// Bytes of all names and values of the header fields of one response.
    pub max_header_bytes: u64,
    /// A body that arrives slower than this over `min_speed_grace` is given up; 0 switches the rule off.
    pub min_bytes_per_second: u64,
    /// The length of each window the speed is measured over, the first included.
    pub min_speed_grace: Duration,
    /// How many redirects are followed.
    pub max_redirects: u32,
    /// Whether addresses outside the public Internet may be connected to.
    pub allow_private_addresses: PrivateAddresses,
    /// Whether robots.txt is asked before item pages.
    pub respect_robots: RobotsPolicy,
}

impl FetchSettings {
    /// The built-in values, with `contact` (an address of a page or of a person) in the `User-Agent`.
    pub fn defaults(contact: &str) -> Self {
        Self {
            user_agent: Self::user_agent_with(contact),
            min_interval: Duration::from_secs(1),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            max_body: 16 * 1024 * 1024,
            max_header_bytes: 64 * 1024,
            min_bytes_per_second: 128,
            min_speed_grace: Duration::from_secs(10),
            max_redirects: 5,
            allow_private_addresses: PrivateAddresses::Refused,
            respect_robots: RobotsPolicy::Honoured,
        }
    }

    /// `seutu/0.1.0 (+contact)`: name, version and whom to tell when the program misbehaves.
    pub fn user_agent_with(contact: &str) -> String {
        format!(
            "{}/{} (+{contact})",
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_names_program_version_and_contact() {
        let settings = FetchSettings::defaults("https://example.fi/seutu");
        let expected = format!(
            "seutu/{} (+https://example.fi/seutu)",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(settings.user_agent, expected);
        assert_eq!(settings.allow_private_addresses, PrivateAddresses::Refused);
    }
}
