//! The opaque part of entity tags: a hash of the very bytes.

use crate::model::digest::sha256_hex;

/// 128 bits of SHA-256 in lower-case hex, without quotes: the same bytes give the same tag on every machine.
pub fn opaque(bytes: &[u8]) -> String {
    sha256_hex(bytes).chars().take(32).collect()
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
