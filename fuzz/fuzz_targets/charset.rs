//! The charset of a document, and its text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| seutu_fuzz::charset(bytes));
