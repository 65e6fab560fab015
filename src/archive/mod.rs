//! The only code that knows SQL: the archive of items and the originals they were read from.
