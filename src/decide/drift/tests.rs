//! Rules about vanishing fields.
