//! The only code that opens outgoing sockets: one client with manners, limits and an address guard.

pub mod charset;
pub mod client;
pub mod error;
pub mod guard;
pub mod object_store;

mod budget;
mod conditional;
mod hosts;
mod redirect;
mod robots;
mod transport;

pub use client::{Answer, Client, Document, Request, RequestKind};
pub use error::FetchError;
pub use guard::Lookup;
pub use hosts::host_key;
pub use robots::RobotsVerdict;
