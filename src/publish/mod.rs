//! Stored items into documents, without IO: one file per format.
