//! An item page and a list of Dynasty.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| seutu_fuzz::page(
    seutu_fuzz::PlatformKind::Dynasty,
    bytes
));
