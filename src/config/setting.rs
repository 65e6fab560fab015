//! Types a setting may have: how each is read from TOML, from the environment, and printed back.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeValue;
use url::Url;

use super::units;
use crate::model::fetch_settings::{PrivateAddresses, RobotsPolicy};
use crate::model::file_kind::FileKind;
use crate::model::network::{Field, SubjectYear};
use crate::model::operation::MetricsAccess;
use crate::model::source::{AuthorityKind, PdfText, PlatformKind, Publishes};
use crate::model::takedown::{WhenGone, WhenRedacted};

/// A type that a setting may have.
pub(super) trait Setting: Sized {
    /// What a person has to write, with an example: completes "write ...".
    const WANTED: &'static str;

    /// The value, or the cause why there is none.
    fn read(raw: &DeValue<'_>) -> Result<Self, String>;

    /// The value of an environment variable.
    fn from_text(text: &str) -> Result<Self, String> {
        Self::read(&DeValue::String(text.into()))
    }

    /// TOML that reads back to the same value; `None` where leaving the key out says it.
    fn printed(&self) -> Option<String>;
}

/// Why a value of the wrong type is refused.
fn wrong_type(raw: &DeValue<'_>) -> String {
    format!("it is of type {}", raw.type_str())
}

fn text<'r>(raw: &'r DeValue<'_>) -> Result<&'r str, String> {
    raw.as_str().ok_or_else(|| wrong_type(raw))
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A setting that is one of a few words.
macro_rules! word_setting {
    ($kind:ty, $wanted:literal) => {
        impl Setting for $kind {
            const WANTED: &'static str = $wanted;

            fn read(raw: &DeValue<'_>) -> Result<Self, String> {
                let word = text(raw)?;
                Self::from_word(word).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|value| value.word()).collect();
                    format!("`{word}` is none of {}", known.join(", "))
                })
            }

            fn printed(&self) -> Option<String> {
                Some(quoted(self.word()))
            }
        }
    };
}

word_setting!(AuthorityKind, "one of the kinds, such as \"municipality\"");
word_setting!(PlatformKind, "one of the platforms, such as \"dynasty\"");
word_setting!(Publishes, "what the source publishes, such as \"items\"");
word_setting!(PdfText, "what is read as PDF, such as [\"attachments\"]");
word_setting!(
    FileKind,
    "kinds of attachments, such as [\"pdf\", \"docx\"]"
);
word_setting!(
    MetricsAccess,
    "who may read them: \"loopback\", \"all\" or \"off\""
);
word_setting!(WhenGone, "what follows, such as \"withdraw\"");
word_setting!(WhenRedacted, "what follows, such as \"follow\"");
word_setting!(
    SubjectYear,
    "the year a matter is about: \"coming\", \"running\", \"past\" or \"none\""
);
word_setting!(Field, "fields of an item, such as [\"title\"]");

/// A setting that is `true` or `false` in the file and an enum in the program.
macro_rules! flag_setting {
    ($kind:ty, $yes:path, $no:path) => {
        impl Setting for $kind {
            const WANTED: &'static str = bool::WANTED;

            fn read(raw: &DeValue<'_>) -> Result<Self, String> {
                bool::read(raw).map(|set| if set { $yes } else { $no })
            }

            fn from_text(text: &str) -> Result<Self, String> {
                bool::from_text(text).map(|set| if set { $yes } else { $no })
            }

            fn printed(&self) -> Option<String> {
                (*self == $yes).printed()
            }
        }
    };
}

flag_setting!(
    PrivateAddresses,
    PrivateAddresses::Allowed,
    PrivateAddresses::Refused
);
flag_setting!(RobotsPolicy, RobotsPolicy::Honoured, RobotsPolicy::Ignored);

impl Setting for bool {
    const WANTED: &'static str = "true or false, without quotes";

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        raw.as_bool().ok_or_else(|| wrong_type(raw))
    }

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error| format!("{error}"))
    }

    fn printed(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for u32 {
    const WANTED: &'static str = "a whole number, such as 5";

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        let number = raw.as_integer().ok_or_else(|| wrong_type(raw))?;
        Self::from_str_radix(number.as_str(), number.radix()).map_err(|error| error.to_string())
    }

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error| format!("{error}"))
    }

    fn printed(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for usize {
    const WANTED: &'static str = u32::WANTED;

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        u32::read(raw).and_then(|number| Self::try_from(number).map_err(|error| error.to_string()))
    }

    fn printed(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for f64 {
    const WANTED: &'static str = "a number, such as 2.5";

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        if let Some(whole) = raw.as_integer() {
            return whole
                .as_str()
                .parse()
                .map_err(|error| format!("{whole}: {error}"));
        }
        let number = raw.as_float().ok_or_else(|| wrong_type(raw))?;
        let number: Self = number
            .as_str()
            .parse()
            .map_err(|error| format!("{error}"))?;
        if number.is_finite() {
            Ok(number)
        } else {
            Err(format!("{number} is not finite"))
        }
    }

    fn printed(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

/// Sizes in bytes are the only 64-bit settings.
impl Setting for u64 {
    const WANTED: &'static str = "a size in quotes, such as \"16MiB\", \"64KiB\" or \"100B\"";

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        units::size(text(raw)?)
    }

    fn printed(&self) -> Option<String> {
        Some(quoted(&units::size_text(*self)))
    }
}

impl Setting for Duration {
    const WANTED: &'static str = "a duration in quotes, such as \"20m\", \"1h30m\" or \"500ms\"";

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        units::duration(text(raw)?)
    }

    fn printed(&self) -> Option<String> {
        Some(quoted(&units::duration_text(*self)))
    }
}

impl Setting for String {
    const WANTED: &'static str = "text in quotes";

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        text(raw).map(str::to_owned)
    }

    fn printed(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl Setting for PathBuf {
    const WANTED: &'static str = "a folder in quotes, such as \"/var/lib/seutu\"";

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        let path = text(raw)?;
        if path.is_empty() {
            Err("it is empty".to_owned())
        } else {
            Ok(path.into())
        }
    }

    fn printed(&self) -> Option<String> {
        Some(quoted(&self.to_string_lossy()))
    }
}

impl Setting for SocketAddr {
    const WANTED: &'static str = "an IP address with a port, such as \"127.0.0.1:8080\"";

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        text(raw)?.parse().map_err(|error| format!("{error}"))
    }

    fn printed(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

impl Setting for Url {
    const WANTED: &'static str = "a whole address, such as \"https://example.fi/\"";

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        let url = Self::parse(text(raw)?).map_err(|error| {
            if error == url::ParseError::RelativeUrlWithoutBase {
                "it does not begin with https://".to_owned()
            } else {
                error.to_string()
            }
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "the scheme `{}` is neither http nor https",
                url.scheme()
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it carries a name or a password".to_owned());
        }
        Ok(url)
    }

    fn printed(&self) -> Option<String> {
        Some(quoted(self.as_str()))
    }
}

impl<T: Setting> Setting for Option<T> {
    const WANTED: &'static str = T::WANTED;

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        T::read(raw).map(Some)
    }

    fn from_text(text: &str) -> Result<Self, String> {
        T::from_text(text).map(Some)
    }

    fn printed(&self) -> Option<String> {
        self.as_ref().and_then(T::printed)
    }
}

/// A setting that may be left empty: `""` says that there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Optional<T>(pub Option<T>);

impl<T: Setting> Setting for Optional<T> {
    const WANTED: &'static str = T::WANTED;

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        if raw.as_str() == Some("") {
            return Ok(Self(None));
        }
        T::read(raw).map(|value| Self(Some(value)))
    }

    fn printed(&self) -> Option<String> {
        self.0.as_ref().map_or_else(|| Some(quoted("")), T::printed)
    }
}

/// How a list of a type is asked for.
pub(super) trait Listed: Setting {
    /// Completes "write ...".
    const LIST_WANTED: &'static str;
}

impl Listed for String {
    const LIST_WANTED: &'static str = "a list of texts, such as [\"one\", \"two\"]";
}

impl Listed for PdfText {
    const LIST_WANTED: &'static str = PdfText::WANTED;
}

impl Listed for FileKind {
    const LIST_WANTED: &'static str = FileKind::WANTED;
}

impl Listed for Field {
    const LIST_WANTED: &'static str = Field::WANTED;
}

impl Listed for Vec<String> {
    const LIST_WANTED: &'static str = "a list of lists, such as [[\"one\", \"two\"], [\"three\"]]";
}

impl<T: Listed> Setting for Vec<T> {
    const WANTED: &'static str = T::LIST_WANTED;

    fn read(raw: &DeValue<'_>) -> Result<Self, String> {
        let list = raw.as_array().ok_or_else(|| wrong_type(raw))?;
        list.iter()
            .enumerate()
            .map(|(no, value)| {
                T::read(value.get_ref()).map_err(|cause| format!("element {}: {cause}", no + 1))
            })
            .collect()
    }

    /// Of a variable, whose elements stand between commas.
    fn from_text(text: &str) -> Result<Self, String> {
        let elements = text.split(',').map(str::trim);
        let elements = elements.filter(|element| !element.is_empty());
        elements.map(T::from_text).collect()
    }

    fn printed(&self) -> Option<String> {
        let elements: Option<Vec<_>> = self.iter().map(T::printed).collect();
        Some(format!("[{}]", elements?.join(", ")))
    }
}
