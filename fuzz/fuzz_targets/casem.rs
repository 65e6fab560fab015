//! An item page and a list of CaseM.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| seutu_fuzz::page(
    seutu_fuzz::PlatformKind::Casem,
    bytes
));
