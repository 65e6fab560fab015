//! What strangers send: bombs, scripts for every reader, addresses that lead inside, clocks that jump.

mod asking;
mod bombs;
mod clocks;
mod cost;
mod entities;
mod identities;
pub mod inside;
mod joining;
mod markup;
mod memory;
mod names;
mod outputs;
mod poison;
mod polyglot;
mod resolver;
