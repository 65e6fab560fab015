//! The one form in which contents are named: SHA-256 as lower-case hex.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::minutes::{Handling, ItemReading};

/// SHA-256 of some bytes as lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        write!(hex, "{byte:02x}").unwrap_or_default();
    }
    hex
}

/// SHA-256 of the canonical JSON of everything that makes a version: the fields but for navigation, which
/// changes when another item joins the meeting, and the earlier handlings.
pub fn content_hash(item: &ItemReading, handlings: &[Handling]) -> String {
    let item = ItemReading {
        previous: None,
        next: None,
        ..item.clone()
    };
    // Plain structs of texts and numbers: serialisation has no way to fail.
    let json = serde_json::to_string(&(item, handlings)).unwrap_or_default();
    sha256_hex(json.as_bytes())
}

#[cfg(test)]
mod tests {
    #[test]
    fn hashes_have_the_usual_form() {
        assert_eq!(
            super::sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
