//! `/metrics`: the numbers of this process and its archive, in the text format of Prometheus (`OpenMetrics`).
//!
//! Labels are ids of the configuration, words of this program and templates of its routes: nothing that a portal or a
//! reader sent ever becomes one.

pub mod access;
mod http;
mod measured;
mod process;
mod row;

use std::fmt;
use std::sync::atomic::Ordering;

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::registry::Registry;

pub use http::{HttpMetrics, Lookups, count};
use measured::Measured;

use super::site::Operation;

/// What the text is, by its name.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Writes everything that is measured.
///
/// # Errors
/// When a value cannot be written, which is a bug.
pub fn text(http: &HttpMetrics, operation: Operation) -> Result<String, fmt::Error> {
    let mut text = String::new();
    http.write(&mut text)?;
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Measured {
        operation,
        open: http.open().load(Ordering::Relaxed),
        documents: http.documents().both(),
        process: process::Usage::now(),
    }));
    encode_registry(&mut text, &registry)?;
    encode_eof(&mut text)?;
    Ok(text)
}
