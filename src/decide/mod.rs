//! Pure decisions: what is known and what was said become what to do, and when to look again.
//!
//! Nothing here reads a clock, a socket or a database: time comes in as an argument, and what comes
//! out is data that one transaction can carry.

pub mod check;
pub mod listing;
pub mod moved;
pub mod page;
pub mod sanity;
pub mod schedule;

use sha2::{Digest, Sha256};

/// SHA-256 as lower-case hex, the form in which the archive names contents.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
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
