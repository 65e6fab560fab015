//! The running program: scheduler, cycles, shutdown; the place where all stages meet.
