//! The one integration binary; each module names what it proves.
// `cfg(test)` is always true here; it tells clippy that helpers may `expect` like the tests they serve.

#[cfg(test)]
mod config;
#[cfg(test)]
mod recognise;
