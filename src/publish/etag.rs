//! The opaque part of entity tags: a hash of the very bytes.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// 128 bits of SHA-256 in lower-case hex, without quotes: the same bytes give the same tag on every machine.
pub fn opaque(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .take(16)
        .fold(String::with_capacity(32), |mut hex, byte| {
            // Writing to a String cannot fail.
            if write!(hex, "{byte:02x}").is_err() {
                hex.clear();
            }
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_follow_the_bytes() {
        assert_eq!(opaque(b""), "e3b0c44298fc1c149afbf4c8996fb924");
        assert_ne!(opaque(b"a"), opaque(b"b"));
    }
}
