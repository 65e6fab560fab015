//! The HTTP server: requests into archive queries, queries into published documents.

pub mod simulated;
