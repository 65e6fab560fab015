//! The program as people and scripts see it: output, messages, exit codes, signals.
