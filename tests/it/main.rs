//! The one integration binary; each module names what it proves.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod demo_sites;
#[cfg(test)]
mod feeds;
#[cfg(test)]
mod fetch;
#[cfg(test)]
mod published;
#[cfg(test)]
mod support;
