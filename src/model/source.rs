//! Who publishes (municipality), where (source) and on which platform.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::file_kind::FileKind;
use super::ids::SourceId;

/// What kind of authority a municipality entry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorityKind {
    /// Municipality (kunta).
    #[default]
    Municipality,
    /// Joint municipal authority (kuntayhtymä).
    JointAuthority,
    /// Wellbeing services county (hyvinvointialue).
    WellbeingCounty,
    /// Regional council (maakunnan liitto).
    RegionalCouncil,
}

impl AuthorityKind {
    /// Every kind, in the order they are offered to people.
    pub const ALL: [Self; 4] = [
        Self::Municipality,
        Self::JointAuthority,
        Self::WellbeingCounty,
        Self::RegionalCouncil,
    ];

    /// The kind a configuration word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The word of configuration and archive.
    pub fn word(self) -> &'static str {
        match self {
            Self::Municipality => "municipality",
            Self::JointAuthority => "joint_authority",
            Self::WellbeingCounty => "wellbeing_county",
            Self::RegionalCouncil => "regional_council",
        }
    }
}

/// A municipality (kunta) or another authority that publishes minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Municipality {
    /// Name in Finnish, as Statistics Finland writes it.
    pub name: String,
    /// Statistics Finland's code as text: `016`.
    pub code: String,
    /// What kind of authority it is.
    pub kind: AuthorityKind,
    /// Name in Swedish, where there is one.
    pub name_sv: Option<String>,
    /// Region (maakunta).
    pub region: Option<String>,
}

/// Which reader understands a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformKind {
    /// Dynasty (Innofactor).
    Dynasty,
    /// CaseM (CloudNC).
    Casem,
    /// TWeb, also called KTweb (Triplan).
    Tweb,
    /// Any RSS, Atom or JSON feed: items are archived with what the feed says, no page is read.
    Feed,
}

impl PlatformKind {
    /// Every platform, in the order they are offered to people.
    pub const ALL: [Self; 4] = [Self::Dynasty, Self::Casem, Self::Tweb, Self::Feed];

    /// The word of configuration and archive.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dynasty => "dynasty",
            Self::Casem => "casem",
            Self::Tweb => "tweb",
            Self::Feed => "feed",
        }
    }

    /// The platform a configuration word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What a source publishes: most portals have a feed of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Publishes {
    /// Items of meetings.
    #[default]
    Items,
    /// Decisions of officeholders (viranhaltijapäätökset).
    OfficialDecisions,
}

impl Publishes {
    /// Every kind, in the order they are offered to people.
    pub const ALL: [Self; 2] = [Self::Items, Self::OfficialDecisions];

    /// The word of configuration and archive.
    pub fn word(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::OfficialDecisions => "official_decisions",
        }
    }

    /// The kind a configuration word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What is read as PDF beside what is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PdfText {
    /// The item's own PDF, beside its page.
    Items,
    /// Attachments (liitteet) of items.
    Attachments,
    /// The PDF of a whole meeting: its agenda (esityslista), then its minutes (pöytäkirja).
    Meetings,
}

impl PdfText {
    /// Every kind, in the order they are offered to people.
    pub const ALL: [Self; 3] = [Self::Items, Self::Attachments, Self::Meetings];

    /// The word of configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Attachments => "attachments",
            Self::Meetings => "meetings",
        }
    }

    /// The kind a configuration word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One place a municipality publishes at: a `[[source]]` block with every default filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Stable identity.
    pub id: SourceId,
    /// Name of the municipality it belongs to.
    pub municipality: String,
    /// Which reader understands it.
    pub platform: PlatformKind,
    /// The portal (or, for `feed`, the feed itself).
    pub url: Url,
    /// Time between two polls of the feed.
    pub interval: Duration,
    /// Whether it is polled.
    pub enabled: bool,
    /// Put before every item key, to keep two sources of one municipality apart; mostly empty.
    pub key_prefix: String,
    /// How many entries the feed is asked for.
    pub show: u32,
    /// Which of the portal's feeds is followed.
    pub publishes: Publishes,
    /// Who permitted that pages are read although robots.txt forbids it, and when; `None` where nobody did.
    pub permission: Option<String>,
    /// What is read as PDF beside what is needed.
    #[serde(default)]
    pub pdf: Vec<PdfText>,
    /// Kinds of attachments that are fetched; PDF among them where `pdf` asks for attachments.
    #[serde(default)]
    pub attachments: Vec<FileKind>,
    /// The source whose place this one took, when a municipality moved to another portal.
    pub successor_of: Option<SourceId>,
}
