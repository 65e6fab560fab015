//! The one integration binary; each module names what it proves.
//!
//! `cfg(test)` is always true here; it tells clippy that what the tests share may `expect` as they do.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod archive;
#[cfg(test)]
mod casem;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod config;
#[cfg(test)]
mod daemon;
#[cfg(test)]
mod demo_sites;
#[cfg(test)]
mod documentation;
#[cfg(test)]
mod dossiers;
#[cfg(test)]
mod export;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod feeds;
#[cfg(test)]
mod fetch;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod page_variants;
#[cfg(test)]
mod pdf;
#[cfg(test)]
mod platforms;
#[cfg(test)]
mod published;
#[cfg(test)]
mod recognise;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tweb;
