//! Why a document could not be had, in words that say what failed and what to do about it.

use std::error::Error as StdError;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use thiserror::Error;
use url::Url;

use super::guard::{LookupTimeout, RefusedAddress};
use crate::model::poll::{CertificateFault, PollOutcome};

/// One variant per cause. `url` is the address of the hop that failed, without credentials.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(
    missing_docs,
    reason = "each variant's fields are explained by its message"
)]
pub enum FetchError {
    /// The client itself could not be built.
    #[error(
        "the HTTP client cannot be built: {reason}; check [fetch] contact in the configuration"
    )]
    Settings { reason: String },
    /// An address this program does not fetch from at all.
    #[error("{url}: this address is not fetched: {reason}; correct the address of the source")]
    BadUrl { url: String, reason: &'static str },
    /// The guard refused the host's address.
    #[error(
        "{url}: the host leads to {address}, which is not a public address; \
         correct the address of the source, or check the DNS of this machine"
    )]
    Refused { url: String, address: IpAddr },
    /// A `Retry-After` of this host is not over yet; nothing was sent.
    #[error(
        "{url}: {host} asked to be left alone for another {} s; nothing to do, it is asked again then",
        left.as_secs()
    )]
    HostPaused {
        url: String,
        host: String,
        left: Duration,
    },
    /// The host's name could not be resolved.
    #[error(
        "{url}: the host name could not be resolved ({reason}); \
         check the name, and the network and DNS of this machine"
    )]
    Dns { url: String, reason: String },
    /// No connection could be opened.
    #[error(
        "{url}: no connection ({reason}); \
         the server may be down: it is tried again, else check the network of this machine"
    )]
    Connect { url: String, reason: String },
    /// Name resolution, TCP and TLS took too long together.
    #[error(
        "{url}: no connection within {} s; \
         the server may be down: it is tried again, else check the network of this machine",
        after.as_secs_f32()
    )]
    ConnectTimeout { url: String, after: Duration },
    /// The certificate or the handshake was not accepted. Never retried without TLS.
    #[error(
        "{url}: TLS failed ({reason}); \
         tell the site's owner, and check the clock and ca-certificates of this machine"
    )]
    Tls {
        url: String,
        reason: String,
        certificate: Option<CertificateFault>,
    },
    /// This machine has no certificate authorities to check anybody with.
    #[error(
        "{url}: this machine has no certificate authorities; \
         install the package ca-certificates and start seutu again"
    )]
    NoCertificates { url: String },
    /// What came was not an HTTP response.
    #[error("{url}: the answer is not valid HTTP ({reason}); it is tried again")]
    Protocol { url: String, reason: String },
    /// The total deadline passed.
    #[error("{url}: not finished within {} s; it is tried again, or raise [fetch] timeout", after.as_secs_f32())]
    Deadline { url: String, after: Duration },
    /// The body came slower than the minimum speed.
    #[error("{url}: the body came slower than {limit} bytes a second; it is tried again")]
    TooSlow { url: String, limit: u64 },
    /// The body is larger than allowed, counted after decompression.
    #[error(
        "{url}: the body is larger than {limit} bytes; raise [fetch] max_body if that is right"
    )]
    TooLarge { url: String, limit: u64 },
    /// The header fields are larger than allowed.
    #[error("{url}: the header fields are larger than {limit} bytes; tell the site's owner")]
    HeadersTooLarge { url: String, limit: u64 },
    /// The body broke off or could not be decompressed; nothing of it is used.
    #[error(
        "{url}: the body broke off or is damaged ({reason}); nothing of it was used, it is tried again"
    )]
    BodyBroken { url: String, reason: String },
    /// A content coding that was not asked for or was applied twice.
    #[error(
        "{url}: the body is encoded as \"{encoding}\", which was not asked for; tell the site's owner"
    )]
    Encoding { url: String, encoding: String },
    /// A status that is neither a document nor 304.
    #[error("{url}: the server answered {status}{}", advice(*status, *retry_after))]
    Status {
        url: String,
        host: String,
        status: u16,
        retry_after: Option<Duration>,
    },
    /// 304 although nothing conditional was asked.
    #[error("{url}: the server answered 304 to a request without conditions; it is tried again")]
    UnaskedNotModified { url: String },
    /// More redirects than allowed.
    #[error("{url}: more than {limit} redirects; correct the address of the source")]
    TooManyRedirects { url: String, limit: u32 },
    /// A redirect led to an address of the same chain.
    #[error("{url}: the redirects go round in a circle; correct the address of the source")]
    RedirectLoop { url: String },
    /// A redirect without a usable target.
    #[error("{url}: redirect to \"{location}\" not followed: {reason}")]
    BadRedirect {
        url: String,
        location: String,
        reason: &'static str,
    },
}

/// The second half of the message about a status.
fn advice(status: u16, retry_after: Option<Duration>) -> String {
    let words = match status {
        401 | 403 => ": it does not let this program in; ask the site's owner",
        404 => ": nothing is there; check the address of the source",
        410 => ": it says the document is gone for good; check the address of the source",
        429 => ": too many requests; it is asked again later",
        204..=206 => ": that is not a whole document; it is tried again",
        500..=599 => ": the fault is at the server; it is tried again",
        _ => "; it is tried again",
    };
    match retry_after {
        Some(wait) => format!("{words} (not sooner than in {} s)", wait.as_secs()),
        None => words.to_owned(),
    }
}

impl FetchError {
    /// The archive's word for this failure.
    pub fn outcome(&self) -> PollOutcome {
        match self {
            Self::Refused { .. } | Self::HostPaused { .. } | Self::BadUrl { .. } => {
                PollOutcome::Blocked
            }
            Self::ConnectTimeout { .. } | Self::Deadline { .. } | Self::TooSlow { .. } => {
                PollOutcome::Timeout
            }
            Self::Settings { .. }
            | Self::Dns { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::NoCertificates { .. }
            | Self::Protocol { .. }
            | Self::TooLarge { .. }
            | Self::HeadersTooLarge { .. }
            | Self::BodyBroken { .. }
            | Self::Encoding { .. }
            | Self::Status { .. }
            | Self::UnaskedNotModified { .. }
            | Self::TooManyRedirects { .. }
            | Self::RedirectLoop { .. }
            | Self::BadRedirect { .. } => PollOutcome::HttpError,
        }
    }

    /// The HTTP status, where the failure is one.
    pub fn status(&self) -> Option<u16> {
        if let Self::Status { status, .. } = self {
            return Some(*status);
        }
        matches!(self, Self::UnaskedNotModified { .. }).then_some(304)
    }

    /// What is wrong with the server's certificate, where that is the cause.
    pub fn certificate(&self) -> Option<CertificateFault> {
        if let Self::Tls { certificate, .. } = self {
            return *certificate;
        }
        None
    }

    /// How long the host wants to be left alone, 0 to 24 h.
    pub fn retry_after(&self) -> Option<Duration> {
        if let Self::HostPaused { left, .. } = self {
            return Some(*left);
        }
        if let Self::Status { retry_after, .. } = self {
            return *retry_after;
        }
        None
    }

    /// The `host_key` of the host that wants to be left alone or answered with a status: after a redirect
    /// not the one that was asked.
    pub fn host(&self) -> Option<&str> {
        if let Self::HostPaused { host, .. } | Self::Status { host, .. } = self {
            return Some(host);
        }
        None
    }

    /// Whether the cause may be this machine or its network rather than the host; when every host fails
    /// like this at once, no source is to blame.
    pub fn is_our_side(&self) -> bool {
        matches!(
            self,
            Self::Dns { .. }
                | Self::Connect { .. }
                | Self::ConnectTimeout { .. }
                | Self::NoCertificates { .. }
                | Self::Settings { .. }
        )
    }
}

/// The address as it may be shown: without user name and password.
pub(super) fn shown(url: &Url) -> String {
    if url.username().is_empty() && url.password().is_none() {
        return url.to_string();
    }
    let mut bare = url.clone();
    // Both fail only for addresses that cannot hold credentials, which have none.
    let cleared = bare.set_username("").and(bare.set_password(None));
    cleared.map_or_else(
        |()| "an address with credentials".to_owned(),
        |()| bare.to_string(),
    )
}

/// Finds out why no response came, from the chain of causes below reqwest's error.
pub(super) fn from_send(url: &Url, error: &reqwest::Error, connect: Duration) -> FetchError {
    let url = shown(url);
    if let Some(RefusedAddress(address)) = find(error) {
        return FetchError::Refused {
            url,
            address: *address,
        };
    }
    if find::<LookupTimeout>(error).is_some() {
        return FetchError::ConnectTimeout {
            url,
            after: connect,
        };
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return FetchError::Tls {
            url,
            reason: tls.to_string(),
            certificate: certificate_fault(tls),
        };
    }
    let reason = root(error);
    if error.is_dns() {
        return FetchError::Dns { url, reason };
    }
    if error.is_timeout() {
        return FetchError::ConnectTimeout {
            url,
            after: connect,
        };
    }
    if error.is_connect() {
        return FetchError::Connect { url, reason };
    }
    FetchError::Protocol { url, reason }
}

/// What is wrong with the certificate, where the handshake failed because of it.
fn certificate_fault(error: &rustls::Error) -> Option<CertificateFault> {
    use rustls::CertificateError as Cause;
    let rustls::Error::InvalidCertificate(cause) = error else {
        return None;
    };
    let faults: [(bool, CertificateFault); 5] = [
        (
            matches!(cause, Cause::Expired | Cause::ExpiredContext { .. }),
            CertificateFault::Expired,
        ),
        (
            matches!(cause, Cause::NotValidYet | Cause::NotValidYetContext { .. }),
            CertificateFault::NotYetValid,
        ),
        (
            matches!(cause, Cause::UnknownIssuer) || is_authority(cause),
            CertificateFault::UnknownIssuer,
        ),
        (
            matches!(
                cause,
                Cause::NotValidForName | Cause::NotValidForNameContext { .. }
            ),
            CertificateFault::WrongName,
        ),
        (matches!(cause, Cause::Revoked), CertificateFault::Revoked),
    ];
    let found = faults.into_iter().find(|(is, _)| *is);
    Some(found.map_or(CertificateFault::Other, |(_, fault)| fault))
}

/// Whether a server shows an authority's certificate as its own, which is how most that are signed by
/// themselves are made. The verifier has a word for it, rustls has none.
fn is_authority(cause: &rustls::CertificateError) -> bool {
    matches!(cause, rustls::CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity"))
}

/// The innermost cause, which is the one that says something.
pub(super) fn root(error: &(dyn StdError + 'static)) -> String {
    let mut deepest = error;
    while let Some(next) = deepest.source() {
        deepest = next;
    }
    deepest.to_string()
}

/// The first cause of type `T`. An `io::Error` hides its content from `source`, so it is opened.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<T>() {
            return Some(found);
        }
        let inside = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if let Some(found) = inside.and_then(|inner| find(inner as &(dyn StdError + 'static))) {
            return Some(found);
        }
        next = cause.source();
    }
    None
}

#[cfg(test)]
mod tests;
