//! Meetings as readers of the archive see them.

use jiff::Timestamp;
use jiff::civil::Date;

use super::listing::MeetingStatus;
use super::minutes::Outcome;

/// A meeting with those of its items that belong to a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingRecord {
    /// Public key: municipality, body and day.
    pub uid: String,
    /// Name of the municipality.
    pub municipality: String,
    /// Body (toimielin).
    pub body: String,
    /// Its day.
    pub held_on: Date,
    /// When it begins, where a page says so.
    pub starts_at: Option<Timestamp>,
    /// Number of the meeting as printed: `10/2026`.
    pub number: Option<String>,
    /// How far it has come; `None` where nothing says so.
    pub status: Option<MeetingStatus>,
    /// Its page.
    pub url: Option<String>,
    /// Place.
    pub place: Option<String>,
    /// When its papers were published.
    pub published_on: Option<Date>,
    /// First sight.
    pub first_seen_at: Timestamp,
    /// When what is known of it, or of one of its items here, last changed.
    pub changed_at: Timestamp,
    /// How often what lists say of the meeting has changed.
    pub revision: u32,
    /// When it disappeared.
    pub withdrawn_at: Option<Timestamp>,
    /// Items that belong to a network, in their order.
    pub items: Vec<MeetingItem>,
}

/// An item of a meeting in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingItem {
    /// Section number (pykälä).
    pub section_no: Option<u32>,
    /// Title of the matter.
    pub title: String,
    /// Outcome, in minutes.
    pub outcome: Option<Outcome>,
    /// Address of its page.
    pub url: String,
    /// Names of the networks it belongs to.
    pub networks: Vec<String>,
    /// When its text last changed.
    pub changed_at: Timestamp,
}
