//! What strangers send: bombs, scripts for every reader, addresses that lead inside, clocks that jump.

mod asking;
mod bombs;
mod clocks;
mod identities;
pub mod inside;
mod markup;
mod memory;
mod outputs;
mod polyglot;
mod resolver;
