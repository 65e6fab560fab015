//! The platform-independent reading of minutes: blocks, handlings, labelled sections, outcome.
