//! What several tests need: servers to talk to, an engine to poll with, archives as text, the program.

pub mod contents;
pub mod origin;
pub mod portal;
pub mod program;
mod reply;
pub mod workshop;
