//! Whether an item belongs to a network, with quoted evidence.
