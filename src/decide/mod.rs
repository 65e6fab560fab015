//! Pure decisions: what is known and what was said become what to do, and when to look again.
