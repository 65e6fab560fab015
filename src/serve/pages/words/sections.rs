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
    /// The page of a network.
    pub network: NetworkWords,
    /// The matrix.
    pub matrix: MatrixWords,
    /// Charts.
    pub chart: ChartWords,
    /// Search.
    pub search: SearchWords,
    /// The health of the sources.
    pub sources: SourcesWords,
    /// The page of one item.
    pub item: ItemWords,
    /// The page of one regional matter.
    pub dossier: DossierWords,
    /// About this service.
    pub about: AboutWords,
    /// Names of the facets of a search.
    pub facet: ByWord,
    /// How far a member is with a matter.
    pub member_state: ByWord,
    /// Why nothing is known of a member.
    pub unknown_reason: ByWord,
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
        bad_title, bad, missing_title, missing, method_title, method, unavailable_title, unavailable,
        busy_title, busy, broken_title, broken, next,
    }
}

texts! {
    /// The front page.
    FrontWords {
        title, description, as_of, new, new_all, nothing_new, ahead, ahead_none, ahead_items, months,
        more, feeds, feeds_intro, all, all_about, archive, counts, versions, snapshot,
        snapshot_facts, no_snapshot,
    }
}

texts! {
    /// The health of the sources.
    SourcesWords {
        title, description, none, caption, municipality, last_ok, newest, state, never, unknown, in_a_row,
        problems, http_status, json, items, missing, awaiting, sections, history,
    }
}

texts! {
    /// The page of a network.
    NetworkWords {
        members, members_intro, matrix, newest, none, all, months, doubtful, doubtful_intro, feeds,
    }
}

texts! {
    /// The matrix.
    MatrixWords { title, caption, matter, tally, differs, since, legend, empty, whole }
}

texts! {
    /// Charts.
    ChartWords { months_summary, minutes, others, month, table, strip_summary }
}

texts! {
    /// Search.
    SearchWords {
        title, title_of, description, label, hint, total, total_at_least, narrow, chosen, remove, more, results,
        previous, next, pages, too_long, empty_archive, no_words, nothing, most, tips, feed,
    }
}

texts! {
    /// About this service.
    AboutWords {
        title, description, what, what_text, followed, how, how_text, manners, errors, removal, removal_text,
        contact, no_contact, removal_law, rights, rights_text, personal, data, data_text, feeds_text, api_text,
        program, program_text,
    }
}
