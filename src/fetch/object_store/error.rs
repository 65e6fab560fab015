//! Why an object store did not do what was asked, in its own code and with what to do about it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::super::error::FetchError;

/// One variant per cause; none shows a key or a signature.
#[derive(Debug, Error)]
#[expect(
    missing_docs,
    reason = "each variant's fields are explained by its message"
)]
pub enum StoreError {
    /// The client itself could not be built.
    #[error(transparent)]
    Client(FetchError),
    /// Endpoint and bucket make no address.
    #[error(
        "bucket {bucket} of {endpoint} has no address ({reason}); check --out and [export] s3_endpoint and s3_path_style"
    )]
    Address {
        endpoint: String,
        bucket: String,
        reason: String,
    },
    /// A local file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// More parts than a store takes.
    #[error("{} is too large for an object store; export fewer tables at once", path.display())]
    TooLarge { path: PathBuf },
    /// No answer, or none that could be read to its end.
    #[error(
        "s3://{bucket}/{key}: {reason}; check [export] s3_endpoint and the network, then export again"
    )]
    Unreachable {
        bucket: String,
        key: String,
        reason: String,
    },
    /// There is no way to the store, now or later.
    #[error("s3://{bucket}/{key}: {reason}; check [export] s3_endpoint")]
    Barred {
        bucket: String,
        key: String,
        reason: String,
    },
    /// The store says no.
    #[error(
        "s3://{bucket}/{key}: {code} ({status}){}; {}",
        said(message),
        advice(code)
    )]
    Refused {
        bucket: String,
        key: String,
        status: u16,
        code: String,
        message: String,
    },
    /// An answer that means nothing.
    #[error(
        "s3://{bucket}/{key}: the answer cannot be read ({reason}); check that [export] s3_endpoint is an S3-compatible store"
    )]
    Unreadable {
        bucket: String,
        key: String,
        reason: String,
    },
}

impl StoreError {
    pub(super) fn unreadable(bucket: &str, key: &str, reason: &impl ToString) -> Self {
        Self::Unreadable {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            reason: reason.to_string(),
        }
    }

    /// Whether the same request may succeed a little later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, code, .. } => {
                *status >= 500
                    || *status == 429
                    || matches!(
                        code.as_str(),
                        "InternalError" | "RequestTimeout" | "ServiceUnavailable" | "SlowDown"
                    )
            }
            Self::Barred { .. }
            | Self::Client(_)
            | Self::Address { .. }
            | Self::File { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable { .. } => false,
        }
    }
}

fn said(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(": {}", message.trim_end_matches('.'))
    }
}

fn advice(code: &str) -> &'static str {
    match code {
        "NoSuchBucket" => "make the bucket, or correct --out",
        "SignatureDoesNotMatch" => "check the secret key and [export] s3_region",
        "InvalidAccessKeyId" => "check the access key id",
        "AccessDenied" => "give the key the rights to list, put and delete under this prefix",
        "RequestTimeTooSkewed" => "set the clock of this machine",
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "TemporaryRedirect" => {
            "name the bucket's own region in [export] s3_region"
        }
        "ExpiredToken" => "renew the temporary key",
        "SlowDown" | "ServiceUnavailable" | "InternalError" => {
            "the store is busy: export again later"
        }
        _ => "see the store's documentation of this code",
    }
}
