//! Which texts there are, by the page they stand on. Their names say what they are; the files show them.

use serde::Deserialize;

use super::item::{DossierWords, ItemWords};
use super::{ByWord, Phrase};

/// Declares a group of texts.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($field:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $(pub $field: Phrase),+ }
    };
}

/// Every text of a language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Names of the months, January first.
    pub months: [Phrase; 12],
    /// What every page has.
    pub site: SiteWords,
    /// Pages that say what went wrong.
    pub error: ErrorWords,
    /// The front page.
    pub front: FrontWords,
    /// The health of the sources.
    pub sources: SourcesWords,
    /// The page of one item.
    pub item: ItemWords,
    /// The page of one regional matter.
    pub dossier: DossierWords,
    /// Stages, and `unread` for what was not read yet.
    pub stage: ByWord,
    /// Outcomes.
    pub outcome: ByWord,
    /// How a source is.
    pub health: ByWord,
    /// What is wrong with a source, by the kind of trouble; `{count}` is a figure.
    pub finding: ByWord,
    /// How the last poll ended, and `unpolled` and `disabled`.
    pub poll: ByWord,
}

texts! {
    /// What every page has: header, footer, navigation.
    SiteWords {
        name, native, tagline, skip, menu, languages, search_label, search_button,
        front, search, sources, about, footer, opml, calendar, api, archive, moment,
    }
}

texts! {
    /// Pages that say what went wrong.
    ErrorWords {
        bad_title, bad, missing_title, missing, method_title, method, unavailable_title, unavailable, next,
    }
}

texts! {
    /// The front page.
    FrontWords {
        title, description, feeds, feeds_intro, all, all_about, archive, counts, versions, snapshot,
        snapshot_facts, no_snapshot,
    }
}

texts! {
    /// The health of the sources.
    SourcesWords {
        title, description, none, caption, municipality, last_ok, newest, state, never, unknown, in_a_row,
        problems, http_status, json,
    }
}
