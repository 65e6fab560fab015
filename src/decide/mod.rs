//! Pure decisions: what is known and what was said become what to do, and when to look again.
//!
//! Nothing here reads a clock, a socket or a database: time comes in as an argument, and what comes
//! out is data that one transaction can carry.

pub mod check;
pub mod drift;
pub mod health;
pub mod listing;
pub mod lists;
pub mod moved;
pub mod page;
pub mod redaction;
pub mod sanity;
pub mod schedule;
