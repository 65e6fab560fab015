//! Rules of health.
