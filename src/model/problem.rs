//! What went wrong, as data: recorded, shown and counted, never lost and never a feed entry.

use serde::{Deserialize, Serialize};

/// What kind of thing a problem is; the words are stored in the archive and shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// A date could not be read; the field stays empty.
    UnreadableDate,
    /// A feed entry has no usable identity or link and was left out.
    UnusableEntry,
    /// The feed's own id or link could not tell entries apart; a lower rung of the identity ladder was used.
    WeakIdentity,
    /// The feed had to be repaired before it could be read.
    FeedRepaired,
    /// The feed has more entries than one poll takes.
    TooManyEntries,
    /// A feed that had entries came back with none.
    FeedShrank,
    /// The declared charset was wrong, or letters could not be decoded.
    Charset,
    /// A field was longer than its limit and was cut.
    FieldCut,
    /// The page has no readable text.
    NoText,
    /// The page gives no body, date or section number where its kind should have one.
    MissingHeader,
    /// Minutes without a decision.
    NoDecision,
    /// No handling on the page matches the page's own header.
    NoCurrentHandling,
    /// Page and feed disagree about body, date or title.
    Disagreement,
    /// The page says something in a shape this program does not know.
    UnknownShape,
    /// The page changes on every fetch; its versions are limited.
    Restless,
    /// The input made a reader crash and is not parsed any more.
    Quarantined,
    /// Fields vanished from a page although their text is still there: the markup changed. What was read
    /// before is kept.
    Drift,
    /// The page lists an attachment that its server does not have, or does not have any more.
    AttachmentGone,
    /// A personal identity code (henkilötunnus) is published; it is not stored.
    IdentityCode,
    /// The same in the text of a file: an attachment, or the PDF of a meeting.
    IdentityCodeInFile,
}

impl ProblemKind {
    /// The kind a stored word names.
    pub fn from_word(word: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::from(word)).ok()
    }

    /// The stored word, the same as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::UnreadableDate => "unreadable_date",
            Self::UnusableEntry => "unusable_entry",
            Self::WeakIdentity => "weak_identity",
            Self::FeedRepaired => "feed_repaired",
            Self::TooManyEntries => "too_many_entries",
            Self::FeedShrank => "feed_shrank",
            Self::Charset => "charset",
            Self::FieldCut => "field_cut",
            Self::NoText => "no_text",
            Self::MissingHeader => "missing_header",
            Self::NoDecision => "no_decision",
            Self::NoCurrentHandling => "no_current_handling",
            Self::Disagreement => "disagreement",
            Self::UnknownShape => "unknown_shape",
            Self::Restless => "restless",
            Self::Quarantined => "quarantined",
            Self::Drift => "drift",
            Self::AttachmentGone => "attachment_gone",
            Self::IdentityCode => "identity_code",
            Self::IdentityCodeInFile => "identity_code_in_file",
        }
    }
}

/// One thing that could not be read or trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind of problem it is.
    pub kind: ProblemKind,
    /// What was seen, in words a person understands, quoting the input where that helps.
    pub detail: String,
}

impl Problem {
    /// Records a problem.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }
}
