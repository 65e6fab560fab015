//! The only code that knows anybody's HTML, without IO: one folder per platform.
