//! A feed: repaired, parsed, its entries believed or not.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| seutu_fuzz::feed(bytes));
