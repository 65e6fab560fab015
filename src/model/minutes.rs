//! What is read from an item page: the current handling, earlier handlings, and what was unclear.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use url::Url;

use super::ids::ItemKey;
use super::problem::Problem;

/// Declares an enum whose variants have one stored word each.
macro_rules! worded_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every value, in the order people meet them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in the archive, in JSON and in addresses.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value a word names.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(super) use worded_enum;

worded_enum! {
    /// How far the text has come.
    Stage {
        /// Agenda (esityslista): a proposal, never a decision.
        Agenda = "agenda",
        /// Minutes (pöytäkirja).
        Minutes = "minutes",
    }
}

worded_enum! {
    /// What became of the proposal, judged from the decision text of the current handling alone.
    Outcome {
        /// Accepted as proposed.
        Accepted = "accepted",
        /// Accepted with changes.
        Amended = "amended",
        /// Rejected.
        Rejected = "rejected",
        /// Left on the table (pöydälle).
        Tabled = "tabled",
        /// Returned for preparation (palautettu valmisteluun).
        Returned = "returned",
        /// Noted for information (merkittiin tiedoksi).
        Noted = "noted",
        /// Somebody was elected or appointed.
        Elected = "elected",
        /// Taken off the agenda.
        Withdrawn = "withdrawn",
        /// A decision of another or unclear kind.
        Other = "other",
    }
}

worded_enum! {
    /// How the decision can be appealed against.
    AppealKind {
        /// Claim for rectification (oikaisuvaatimus).
        Rectification = "rectification",
        /// Municipal appeal (kunnallisvalitus).
        MunicipalAppeal = "municipal_appeal",
        /// Administrative appeal (hallintovalitus).
        AdministrativeAppeal = "administrative_appeal",
        /// Procurement rectification or appeal (hankintaoikaisu).
        Procurement = "procurement",
        /// No appeal allowed (muutoksenhakukielto).
        NoAppeal = "no_appeal",
        /// Instructions of another kind.
        Other = "other",
    }
}

worded_enum! {
    /// Language of the text.
    Lang {
        /// Finnish.
        Fi = "fi",
        /// Swedish.
        Sv = "sv",
    }
}

/// A file listed on the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Number as printed, without the word: `4`. None for background material.
    pub number: Option<String>,
    /// Title as printed, without number and file size.
    pub title: String,
    /// Address of the file.
    pub url: Url,
}

/// One handling of the matter: the current one or an earlier one found on the same page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handling {
    /// Body (toimielin) as printed, abbreviation included: `KASOPLTK`.
    pub body: Option<String>,
    /// Day of that meeting.
    pub held_on: Option<Date>,
    /// Section number (pykälä).
    pub section_no: Option<u32>,
    /// Proposal (päätösehdotus).
    pub proposal: Option<String>,
    /// Decision (päätös).
    pub decision: Option<String>,
    /// What became of the proposal.
    pub outcome: Option<Outcome>,
    /// The rest of its text: background and proceedings, labels included, no telephone or e-mail.
    pub text: Option<String>,
}

/// Every field of an item page. Texts keep paragraphs (blank line between them), list items (`- `)
/// and table rows (cells joined by ` | `); `None` means the page does not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemReading {
    /// Language, from the page header's words.
    pub lang: Lang,
    /// Agenda or minutes, from the page header; `None` when nothing says which.
    pub stage: Option<Stage>,
    /// Whether minutes have been checked (tarkastettu), where the platform says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes_checked: Option<bool>,
    /// Body (toimielin), full name from the page header.
    pub body: Option<String>,
    /// Day of the meeting, from the page header.
    pub held_on: Option<Date>,
    /// Position on the agenda (asianro), from the key or an agenda's header.
    pub position: Option<u32>,
    /// Section number (pykälä), from the header of minutes; an agenda has none.
    pub section_no: Option<u32>,
    /// Title of the matter.
    pub title: Option<String>,
    /// Diary numbers (diaarinumero, asianumero) of the matter exactly as printed.
    pub diary_numbers: Vec<String>,
    /// Preparer (valmistelija): office and name as printed, no telephone or e-mail.
    pub preparer: Option<String>,
    /// Presenter (esittelijä): office and name as printed, no telephone or e-mail.
    pub presenter: Option<String>,
    /// Background (selostus, perustelut, kuvaus).
    pub background: Option<String>,
    /// Proposal (päätösehdotus).
    pub proposal: Option<String>,
    /// Proceedings (käsittely).
    pub proceedings: Option<String>,
    /// Votes (äänestys).
    pub votes: Option<String>,
    /// Decision (päätös). Always `None` on an agenda.
    pub decision: Option<String>,
    /// What became of the proposal. Always `None` on an agenda.
    pub outcome: Option<Outcome>,
    /// Dissenting opinion (eriävä mielipide).
    pub dissent: Option<String>,
    /// Conflicts of interest (esteellisyys, jäävi).
    pub conflicts: Option<String>,
    /// Competence and legal basis (toimivalta).
    pub competence: Option<String>,
    /// How the decision can be appealed against.
    pub appeal_kind: Option<AppealKind>,
    /// Appeal text (muutoksenhaku) as printed.
    pub appeal_text: Option<String>,
    /// Notified parties (tiedoksianto, jakelu).
    pub notified: Option<String>,
    /// Listed files in page order.
    pub attachments: Vec<Attachment>,
    /// Key of the previous item of the meeting.
    pub previous: Option<ItemKey>,
    /// Key of the next item of the meeting.
    pub next: Option<ItemKey>,
    /// The same item as PDF.
    pub pdf_url: Option<Url>,
}

impl ItemReading {
    /// A reading that says nothing yet.
    pub fn empty(lang: Lang) -> Self {
        Self {
            lang,
            stage: None,
            minutes_checked: None,
            body: None,
            held_on: None,
            position: None,
            section_no: None,
            title: None,
            diary_numbers: vec![],
            preparer: None,
            presenter: None,
            background: None,
            proposal: None,
            proceedings: None,
            votes: None,
            decision: None,
            outcome: None,
            dissent: None,
            conflicts: None,
            competence: None,
            appeal_kind: None,
            appeal_text: None,
            notified: None,
            attachments: vec![],
            previous: None,
            next: None,
            pdf_url: None,
        }
    }
}

/// An item page, read as far as it could be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The current handling with everything around it.
    pub item: ItemReading,
    /// Earlier handlings on the same page, in page order.
    pub handlings: Vec<Handling>,
    /// What was unclear.
    pub problems: Vec<Problem>,
}
