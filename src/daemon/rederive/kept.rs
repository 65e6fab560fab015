//! The stored bytes of an original, or why there are none.

use crate::archive::{ArchiveError, Reader};

/// What is there under a hash.
pub(super) enum Kept {
    /// The bytes.
    Bytes(Vec<u8>),
    /// Nothing, knowingly: they were erased, or never kept.
    Erased,
    /// Nothing, or nothing that can be unpacked: `seutu verify` names it.
    Damaged,
}

/// Looks an original up; what it was of is said in the log when it is damaged.
pub(super) fn kept_bytes(reader: &Reader, sha256: &str, of: &str) -> Result<Kept, ArchiveError> {
    match reader.original(sha256) {
        Err(error @ ArchiveError::Codec { .. }) => {
            tracing::error!(of, %error, "an original is damaged: `seutu verify` names it");
            Ok(Kept::Damaged)
        }
        Ok(None) if reader.is_erased(sha256)? => Ok(Kept::Erased),
        Ok(None) => Ok(Kept::Damaged),
        Ok(Some(bytes)) => Ok(Kept::Bytes(bytes)),
        Err(error) => Err(error),
    }
}
