//! The one integration binary; each module names what it proves.

// `cfg(test)` tells clippy that helpers outside `#[test]` functions are test code too.
#[cfg(test)]
mod archive;
