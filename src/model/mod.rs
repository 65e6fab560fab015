//! Plain data shared by every stage: no IO, no clock, no SQL, no HTML.

pub mod change;
pub mod difference;
pub mod digest;
pub mod document;
pub mod dossier;
pub mod feed_item;
pub mod fetch_settings;
pub mod file_kind;
pub mod health;
pub mod ids;
pub mod item;
pub mod listing;
pub mod meeting;
pub mod minutes;
pub mod network;
pub mod operation;
pub mod page;
pub mod pdf;
pub mod poll;
pub mod problem;
pub mod published;
pub mod source;
pub mod table;
pub mod takedown;
pub mod voikko;
pub mod when;
