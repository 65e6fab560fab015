//! Versions below which a library has a fault that would be ours: `Cargo.lock` must not go back.

use std::collections::BTreeMap;
use std::path::Path;

/// Libraries that read what strangers send, and the first version without the faults that are known of them.
const LEAST: [(&str, [u64; 3]); 14] = [
    // RUSTSEC-2026-0193
    ("ammonia", [4, 1, 4]),
    // RUSTSEC-2026-0190
    ("anyhow", [1, 0, 104]),
    // RUSTSEC-2026-0007
    ("bytes", [1, 11, 1]),
    // RUSTSEC-2026-0258
    ("h2", [0, 4, 16]),
    ("lopdf", [0, 42, 0]),
    // RUSTSEC-2026-0194, RUSTSEC-2026-0195
    ("quick-xml", [0, 41, 0]),
    // RUSTSEC-2026-0346 to RUSTSEC-2026-0349
    ("rustls", [0, 23, 46]),
    // RUSTSEC-2026-0382, RUSTSEC-2026-0383
    ("rustls-webpki", [0, 103, 16]),
    ("time", [0, 3, 47]),
    // RUSTSEC-2026-0386
    ("tokio", [1, 54, 1]),
    // RUSTSEC-2026-0367 to RUSTSEC-2026-0369
    ("zip", [9, 0, 4]),
    // RUSTSEC-2026-0391, RUSTSEC-2026-0395 to RUSTSEC-2026-0406, RUSTSEC-2026-0410
    ("zstd", [0, 14, 3]),
    ("zstd-safe", [8, 2, 0]),
    ("zstd-sys", [2, 1, 2]),
];
/// The same of SQLite, whose source comes with its crate (RUSTSEC-2026-0459).
const LEAST_SQLITE: i32 = 3_054_001;

/// The numbers of `1.2.3-rc.1`.
fn numbers(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap_or_default();
    let numbers = plain.split('.').map(str::parse);
    numbers.collect::<Result<_, _>>().expect("numbers")
}

/// Libraries of a lock file that are too old.
fn too_old(lock: &str) -> Vec<String> {
    let lock: toml::Table = lock.parse().expect("TOML");
    let mut known: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock["package"].as_array().expect("packages") {
        let of = |name: &str| package[name].as_str().expect("text");
        known.entry(of("name")).or_default().push(of("version"));
    }
    let mut found = vec![];
    for (name, least) in LEAST {
        let versions = known.get(name).map(Vec::as_slice).unwrap_or_default();
        if versions.is_empty() {
            found.push(format!("{name} is none of ours any more: take it out"));
        }
        let old = versions
            .iter()
            .filter(|version| numbers(version).as_slice() < least.as_slice());
        found.extend(old.map(|version| format!("{name} {version}")));
    }
    found
}

#[test]
fn no_library_is_older_than_its_last_known_fault() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    let lock = std::fs::read_to_string(path).expect("Cargo.lock");
    assert_eq!(too_old(&lock), Vec::<String>::new());
    let sqlite = rusqlite::version_number();
    assert!(sqlite >= LEAST_SQLITE, "SQLite {sqlite}");
}

#[test]
fn an_older_one_is_found_beside_a_newer_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    let lock = std::fs::read_to_string(path).expect("Cargo.lock");
    let older = "\n[[package]]\nname = \"h2\"\nversion = \"0.4.9\"\n";
    assert_eq!(too_old(&format!("{lock}{older}")), ["h2 0.4.9"]);
}
