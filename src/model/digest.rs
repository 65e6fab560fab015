//! The one form in which contents are named: SHA-256 as lower-case hex.

use std::fmt::Write as _;
use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::minutes::{Handling, ItemReading};

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// SHA-256 of some bytes as lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The same of everything that is read to the end, however much, and how many bytes it is.
///
/// # Errors
/// Those of the reader.
pub fn sha256_of(mut from: impl Read) -> io::Result<(String, u64)> {
    let (mut digest, mut size, mut chunk) = (Sha256::new(), 0_u64, vec![0; CHUNK]);
    loop {
        let count = from.read(&mut chunk)?;
        let Some(read) = chunk.get(..count).filter(|read| !read.is_empty()) else {
            return Ok((hex(&digest.finalize()), size));
        };
        digest.update(read);
        size += u64::try_from(count).unwrap_or_default();
    }
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
    whole_hash(&item, handlings)
}

/// Whether a stored hash is that of a text. The hashes of the first archives were of the navigation, too.
pub fn is_content_hash(stored: &str, item: &ItemReading, handlings: &[Handling]) -> bool {
    stored == content_hash(item, handlings) || stored == whole_hash(item, handlings)
}

fn whole_hash(item: &ItemReading, handlings: &[Handling]) -> String {
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
        let long = vec![b'a'; 3 * super::CHUNK + 1];
        let read = super::sha256_of(long.as_slice()).expect("read");
        let size = u64::try_from(long.len()).expect("small");
        assert_eq!(read, (super::sha256_hex(&long), size));
    }
}
