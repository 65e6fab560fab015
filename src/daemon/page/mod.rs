//! The page of an item: asked for, read, with its PDF where it has no text, decided upon and archived.

mod ask;
pub(super) mod check;
pub(super) mod paper;
mod taken_back;
