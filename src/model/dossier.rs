//! Dossiers: one regional matter as the members of a network handle it, and how their texts differ.
//!
//! `archive::Reader` gives them: `dossiers(network)`, `dossier(slug)`, `dossiers_of(uid)` and `matrix(network)`;
//! `publish::diff::wording::compare(&DossierRecord)` holds the members' texts against each other.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::difference::Run;
use super::ids::Uid;
use super::item::ItemRecord;
use super::minutes::{Outcome, worded_enum};

worded_enum! {
    /// How far a member has come with a regional matter. The words are those of the view `network_matrix`.
    MemberState {
        /// Nothing of it was published, as far as a source tells that is up and complete.
        NotSeen = "not seen",
        /// It is under way: on an agenda, or left on the table or returned and so to come again.
        OnAgenda = "on agenda",
        /// Its latest handling ended with a decision.
        Decided = "decided",
        /// Nothing of it is known, and what is known of the source does not allow to say that there is nothing.
        Unknown = "unknown",
    }
}

worded_enum! {
    /// Why nothing can be said of a member that was not seen.
    UnknownReason {
        /// No source of it is followed.
        NoSource = "no source",
        /// Its source was never polled with success.
        NeverPolled = "never polled",
        /// Its source fails: what was published since is not known.
        SourceDown = "source down",
        /// Section numbers are missing from its minutes of that time.
        SectionsMissing = "sections missing",
        /// Lists or pages of that time could not be read.
        PagesUnread = "pages unread",
        /// It is followed only since a later day than that on which the matter came up.
        FollowedLater = "followed later",
        /// It has so many items of the network that the older ones stand in no dossier.
        TooManyItems = "too many items",
        /// What the archive holds of its item is not what was written.
        Damaged = "damaged",
    }
}

worded_enum! {
    /// How an item came to its dossier.
    JoinMethod {
        /// Its title names the subject.
        Title = "title",
        /// Its text does.
        Text = "text",
        /// Its text refers to another item of the dossier, or that one to it: body, day and section number.
        Reference = "reference",
        /// It has the diary number of another item of the dossier in the same municipality.
        Diary = "diary",
        /// A person said so.
        Human = "human",
    }
}

/// A dossier in a line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DossierSummary {
    /// Its name in addresses and commands; never changes.
    pub slug: String,
    /// Its name for people.
    pub title: String,
    /// Slug of the network.
    pub network: String,
    /// What it is about: the key of a subject of the configuration, else its title.
    pub subject: String,
    /// The year it is about; `None` for what is not yearly.
    pub year: Option<i16>,
    /// Members of the network.
    pub members: u32,
    /// How many have decided.
    pub decided: u32,
    /// How many have it on an agenda.
    pub on_agenda: u32,
    /// How many have not been seen to handle it.
    pub not_seen: u32,
    /// Of how many nothing can be said.
    pub unknown: u32,
    /// Day of its first meeting.
    pub first_on: Option<Date>,
    /// Day of its latest meeting, which may be to come.
    pub last_on: Option<Date>,
    /// When an item came, went or changed, or the dossier was renamed.
    pub changed_at: Timestamp,
    /// Slug of the dossier of the same subject before it: last year's plan.
    pub predecessor: Option<String>,
    /// Slug of the one after it.
    pub successor: Option<String>,
}

/// Where a member stands with a dossier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberCell {
    /// Name of the municipality.
    pub municipality: String,
    /// How far it is.
    pub state: MemberState,
    /// Day of the meeting that tells so; `None` where nothing was seen or no day is known.
    pub on: Option<Date>,
    /// What came of it at that meeting; also of what was left on the table.
    pub outcome: Option<Outcome>,
    /// Whether the decision says something else than was proposed; `None` without a decision, or where only one of
    /// the two texts is known.
    pub differs: Option<bool>,
    /// Its items, in the order of their meetings.
    pub items: Vec<Uid>,
    /// Why nothing can be said: exactly where `state` is [`MemberState::Unknown`].
    pub why: Option<UnknownReason>,
    /// Since when that is so, where known.
    pub why_since: Option<Date>,
}

/// A dossier with where each member stands: a line of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixLine {
    /// The dossier.
    pub summary: DossierSummary,
    /// Every member, in the order of their names.
    pub cells: Vec<MemberCell>,
}

impl From<(DossierSummary, Vec<MemberCell>)> for MatrixLine {
    fn from((summary, cells): (DossierSummary, Vec<MemberCell>)) -> Self {
        Self { summary, cells }
    }
}

/// An item of a dossier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DossierItem {
    /// The item.
    pub item: ItemRecord,
    /// How it came here.
    pub method: JoinMethod,
    /// How sure that is, from 0 to 1; a person is always sure.
    pub confidence: f64,
    /// Why, to quote: the words found, the reference as printed, the diary number, or the person's reason.
    pub note: String,
}

/// A dossier with everything in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DossierRecord {
    /// Its line.
    pub summary: DossierSummary,
    /// Every member, in the order of their names.
    pub cells: Vec<MemberCell>,
    /// Its items that are not withdrawn, in the order of their meetings, also of municipalities that are no members.
    pub items: Vec<DossierItem>,
}

worded_enum! {
    /// Which texts are held against each other.
    WordingOf {
        /// Proposals.
        Proposal = "proposal",
        /// Decisions.
        Decision = "decision",
    }
}

/// The texts of one kind, held against the model text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordingComparison {
    /// Which texts.
    pub of: WordingOf,
    /// The model: the text most items share, else the one nearest to all others.
    pub model: String,
    /// The items whose text it is, in their order in the dossier.
    pub model_items: Vec<Uid>,
    /// Every item that has such a text, in the order of the dossier.
    pub texts: Vec<MemberWording>,
}

/// One text held against the model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MemberWording {
    /// The item.
    pub uid: Uid,
    /// Name of the municipality.
    pub municipality: String,
    /// Body (toimielin).
    pub body: Option<String>,
    /// Day of the meeting.
    pub held_on: Option<Date>,
    /// What became of the proposal.
    pub outcome: Option<Outcome>,
    /// Its text, whole.
    pub text: String,
    /// The share of words common with the model, from 0 (none) to 1 (the same words in the same order).
    pub similarity: f64,
    /// From the model to this text; empty where both say the same.
    pub differences: Vec<Run>,
}

/// A dossier as stored, as far as joining items has to know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredDossier {
    /// Its slug: it has this one for ever.
    pub slug: String,
    /// Its name for people.
    pub title: String,
    /// Key of its subject; `None` where no subject of the configuration was recognised.
    pub subject: Option<String>,
    /// The year it is about.
    pub year: Option<i16>,
    /// Whether a person made it: the rules put nothing into it.
    pub is_made_by_hand: bool,
    /// The items the rules put into it.
    pub items: Vec<Uid>,
    /// The items a person put into it, with the reasons.
    pub joined: Vec<(Uid, String)>,
    /// The items a person took out of it.
    pub parted: Vec<Uid>,
}

/// What a dossier is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct DossierPlan {
    /// Its slug, as stored or new.
    pub slug: String,
    /// Its title, unless a person has given it another one.
    pub title: String,
    /// Key of its subject.
    pub subject: Option<String>,
    /// The year it is about.
    pub year: Option<i16>,
    /// Slug of the one before it.
    pub predecessor: Option<String>,
    /// Its items, in the order of their public keys.
    pub items: Vec<PlacedItem>,
}

/// An item in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedItem {
    /// The item.
    pub uid: Uid,
    /// How it came there.
    pub method: JoinMethod,
    /// How sure that is, from 0 to 1.
    pub confidence: f64,
    /// Why, to quote.
    pub note: String,
}
