//! Personal data in texts and bytes: identity codes and contact details are found and taken out.

mod contact;
mod identity_code;
mod names;
mod reading;

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::Deserialize;

pub use contact::without_contacts;
pub use identity_code::{Masked, code_in_text, mask_bytes, masked_text};
pub use names::{cut_lines, without_names};
pub use reading::{clean_listing, clean_reading};

/// The words that stand where something was taken out; a faulty file leaves them empty, which a test forbids.
static MARKERS: LazyLock<Markers> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("../../config/texts.toml"))
        .map(|file| file.privacy)
        .unwrap_or_default()
});

/// The part of the file that is read here.
#[derive(Debug, Default, Deserialize)]
struct File {
    privacy: Markers,
}

/// Section `[privacy]` of the texts.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Markers {
    /// Stands for a telephone number or an e-mail address.
    pub contact: String,
    /// Stands for a personal identity code (henkilötunnus).
    pub identity_code: String,
    /// Stands for a text that was erased.
    pub erased: String,
}

/// The words that stand where something was taken out.
pub fn markers() -> &'static Markers {
    &MARKERS
}

/// A text as it may be stored: no identity code, no contact details.
pub fn clean(text: &str) -> Cow<'_, str> {
    match identity_code::replaced(text) {
        Cow::Borrowed(text) => without_contacts(text),
        Cow::Owned(text) => Cow::Owned(without_contacts(&text).into_owned()),
    }
}

#[cfg(test)]
mod tests;
