//! What a panic said, for those who catch one.

use std::any::Any;

/// The words of a panic, as [`std::panic::catch_unwind`] hands it over; `None` where it has none.
pub fn panic_text(cause: &(dyn Any + Send)) -> Option<String> {
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| cause.downcast_ref::<String>().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_both_kinds_are_told() {
        assert_eq!(panic_text(&"one").as_deref(), Some("one"));
        assert_eq!(panic_text(&"two".to_owned()).as_deref(), Some("two"));
        assert_eq!(panic_text(&3), None);
    }
}
