//! The only code that knows SQL: the archive of items and the originals they were read from.
//!
//! Two files stand in one folder: `archive.db`, which is given to everybody, and `originals.db`, which keeps the bytes
//! as served. One [`Archive`] writes, alone, behind the lock `archive.lock`; [`Writer`] gives it to many tasks and
//! commits their work in groups; [`Reader`]s read at any time, whether a writer runs or not.

mod attachments;
mod bodies;
mod calendar;
mod checkup;
mod documents;
mod dossiers;
mod erasure;
mod error;
mod events;
mod export;
mod feed_query;
mod figures;
mod file_texts;
mod fronts;
mod glance;
mod health;
mod held;
mod item_list;
mod item_read;
mod items;
mod judgements;
mod known;
mod lists;
mod log_alarm;
mod mark;
mod matches;
mod meetings;
mod meta;
mod migrate;
mod open;
mod originals;
mod overview;
mod pages;
mod polls;
mod presence;
mod problems;
mod publication;
mod reader;
mod rederiving;
mod registry;
mod rewriting;
mod rows;
mod seals;
mod search;
mod search_entry;
mod search_index;
mod terms;
mod standing;
mod surroundings;
mod texts_seen;
mod takedown;
mod taken_back;
mod transaction;
mod trouble;
mod verify;
mod versions;
mod vital;
mod wiping;
mod writer;

#[cfg(test)]
mod plans;
#[cfg(test)]
mod testing;

pub use calendar::MeetingQuery;
pub use checkup::{FileCheckup, checkup, damage, sqlite_version};
pub use dossiers::{Joinable, JoinedUpTo, LeftOut};
pub use error::ArchiveError;
pub use events::{EventPage, EventRecord};
pub use export::{EXPORTED, ExportState, ExportTable, Part, Selection};
pub use feed_query::{FeedQuery, FeedStamp, WithdrawnItems};
pub use figures::{Figures, Sizes, Verified, note_verified};
pub use file_texts::HadFile;
pub use fronts::PageAccess;
pub use glance::{DoubtfulItem, MeetingAhead, MonthCount, PollDay};
pub use health::FindingNews;
pub use item_list::{ItemCursor, ItemPage, ItemQuery};
pub use items::{ListedRow, PagePlan};
pub use judgements::Judgement;
pub use lists::{Backfill, FoundList};
pub use meetings::MeetingNews;
pub use open::{ARCHIVE_FILE, Archive, LOCK_FILE, ORIGINALS_FILE};
pub use originals::{OriginalCursor, OriginalRef};
pub use overview::{Counts, SourceOverview};
pub use pages::PageTime;
pub use polls::FeedState;
pub use presence::is_there;
pub use problems::{ProblemRecord, ProblemScope, QuarantineRecord};
pub use publication::{Beside, CopyFacts, Edition, PublicFile, PublicFolder, Stop, snapshot};
pub use reader::{Commit, Reader};
pub use rederiving::ListOriginal;
pub use rewriting::DerivedVersion;
pub use seals::{OtherRow, Unsealed};
pub use search::{
    FacetKind, FacetValue, MARK_CLOSE, MARK_OPEN, MeetingHit, PageSource, Results, SearchHit,
    SearchQuery, UnknownName,
};
pub use texts_seen::TextsQuery;
pub use transaction::Batch;
pub use verify::{Checked, Finding, verify, verify_watched};
pub use vital::{Changes, Ping, Vital, free_space};
pub use writer::Writer;
