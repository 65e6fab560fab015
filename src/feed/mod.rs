//! Feed bytes into a reading: repair, feed-rs, and our own identity rule.
