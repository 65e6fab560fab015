//! The one integration binary; each module names what it proves.

mod architecture;
#[cfg(test)]
mod demo_sites;
mod feeds;
