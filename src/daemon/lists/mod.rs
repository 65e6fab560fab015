//! Lists: checked when they are due, read, and what they list archived.

pub(super) mod check;
pub(super) mod feed_text;
mod identity;
pub(super) mod listed;
pub(super) mod reading;
