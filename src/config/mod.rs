//! Configuration: TOML into checked values, with every fault reported at once by file and line.
