//! What several tests need: servers to talk to.

pub mod origin;
mod reply;
