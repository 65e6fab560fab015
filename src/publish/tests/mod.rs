//! Whole documents: what entries say, and the Atom document parsed back.

mod atom;
mod calendar;
mod content;
mod formats;
mod samples;

use super::Format;

#[test]
fn every_format_is_found_by_its_word_and_served_as_its_media_type() {
    for format in Format::ALL {
        assert_eq!(Format::from_word(format.word()), Some(*format));
        assert!(format.content_type().starts_with(format.media_type()));
    }
    assert_eq!(Format::from_word("exe"), None);
}
