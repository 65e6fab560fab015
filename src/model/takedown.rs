//! Taking items down: what people order, and what follows from removals at the source.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ids::Uid;
use super::minutes::worded_enum;

worded_enum! {
    /// What is done to an item that is taken down.
    TakedownAction {
        /// It is archived, and shown nowhere.
        Hide = "hide",
        /// Whatever names persons is taken out, for good.
        Redact = "redact",
        /// All its text is taken out, for good; key, days and hashes stay.
        Erase = "erase",
    }
}

worded_enum! {
    /// Why an item is taken down.
    TakedownReason {
        /// It says too much of a person.
        PersonalData = "personal_data",
        /// Its publisher took it back.
        SourceWithdrew = "source_withdrew",
        /// A court or an authority wants it.
        Legal = "legal",
        /// It should never have been archived.
        Mistake = "mistake",
    }
}

worded_enum! {
    /// What follows when a page is gone from its site after the time for appeals.
    WhenGone {
        /// Its item is marked as withdrawn and shown no more; its text stays.
        Withdraw = "withdraw",
        /// Besides, whatever names persons is taken out.
        Erase = "erase",
    }
}

worded_enum! {
    /// What follows when a page loses words after the time for appeals.
    WhenRedacted {
        /// Older versions lose them as well.
        Follow = "follow",
        /// Every version loses whatever names persons.
        EraseNames = "erase_names",
        /// Older versions stay as they are.
        Keep = "keep",
    }
}

worded_enum! {
    /// How an item came to be shown no more.
    Gone {
        /// Its publisher took it away.
        Withdrawn = "withdrawn",
        /// It is hidden by order.
        TakenDown = "taken_down",
        /// Its text was taken out by order, for good.
        Erased = "erased",
    }
}

/// What is said of an item that is shown no more: never a word of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoneItem {
    /// How it went.
    pub gone: Gone,
    /// Why.
    pub reason: TakedownReason,
    /// Since when.
    pub since: Timestamp,
}

/// Whether an item may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is here.
    Found,
    /// It was here; an address of it answers 410.
    Gone(GoneItem),
    /// Nobody knows it; an address of it answers 404.
    Unknown,
}

/// An order to take an item down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Takedown {
    /// What is done.
    pub action: TakedownAction,
    /// Why.
    pub reason: TakedownReason,
    /// More for whoever runs the archive; no names.
    pub note: Option<String>,
    /// The last day of it; `None` means for good.
    pub expires_on: Option<Date>,
}

/// A takedown in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakedownRecord {
    /// Which item.
    pub uid: Uid,
    /// Since when.
    pub at: Timestamp,
    /// What and why.
    #[serde(flatten)]
    pub takedown: Takedown,
}
