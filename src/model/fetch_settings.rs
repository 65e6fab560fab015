//! Manners and limits of the one HTTP client, every default filled in.

use std::time::Duration;

/// Whether addresses of private, loopback, link-local and metadata networks may be fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrivateAddresses {
    /// Refused, also when a name resolves to one or a redirect leads to one.
    #[default]
    Refused,
    /// Allowed: only for tests and the demo, which talk to loopback.
    Allowed,
}

/// Whether robots.txt decides about item pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RobotsPolicy {
    /// A page that robots.txt forbids is not fetched.
    #[default]
    Honoured,
    /// Fetched anyway: only with the publisher's permission.
    Ignored,
}

/// Manners and limits of the one HTTP client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchSettings {
    /// The whole User-Agent: `seutu/0.1.0 (+https://example.fi/seutu)`.
    pub user_agent: String,
    /// Least time between two requests to one host.
    pub min_interval: Duration,
    /// Longest time for a whole request, redirects and body included.
    pub timeout: Duration,
    /// Longest time until a connection stands.
    pub connect_timeout: Duration,
    /// Most bytes of a body after decompression.
    pub max_body: u64,
    /// Most bytes of the headers of one answer.
    pub max_header_bytes: u64,
    /// A body slower than this many bytes a second is given up, once the grace has passed.
    pub min_bytes_per_second: u64,
    /// How long a body may be slower than that.
    pub min_speed_grace: Duration,
    /// Most redirects followed in one request.
    pub max_redirects: u32,
    /// Whether private addresses may be fetched.
    pub private_addresses: PrivateAddresses,
    /// Whether robots.txt decides about item pages.
    pub robots: RobotsPolicy,
}
