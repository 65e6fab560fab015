//! What is polled of a source, and whether its pages may be read: columns of table `source`.

use rusqlite::params;

use crate::model::ids::SourceId;
use crate::model::listing::{ListAddress, ListKind};

use super::error::ArchiveError;
use super::transaction::Batch;

/// Whether the pages of a source may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageAccess {
    /// robots.txt was not asked yet.
    Unknown,
    /// robots.txt lets us.
    Allowed,
    /// robots.txt forbids it.
    Disallowed,
    /// Somebody with the right to permitted it.
    Permitted,
    /// They are not read: the source is followed by what its feed says.
    FeedOnly,
}

impl PageAccess {
    fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Allowed => "allowed",
            Self::Disallowed => "disallowed",
            Self::Permitted => "permission",
            Self::FeedOnly => "feed_only",
        }
    }
}

impl Batch<'_> {
    /// Records what is polled of a source and whether its pages may be read; only the platform knows that.
    pub fn set_front(
        &self,
        source: &SourceId,
        front: &ListAddress,
        access: PageAccess,
    ) -> Result<(), ArchiveError> {
        let kind = match front.kind {
            ListKind::ItemFeed => "items",
            ListKind::MeetingFeed => "meetings",
            ListKind::Bodies | ListKind::Meetings | ListKind::Meeting | ListKind::Items => {
                "listing"
            }
        };
        self.archive
            .prepare_cached(
                "UPDATE source SET feed_url=?2, feed_kind=?3 WHERE slug=?1 AND (feed_url,feed_kind)<>(?2,?3)",
            )?
            .execute(params![source.as_str(), front.url.as_str(), kind])?;
        self.set_access(source, access)
    }

    /// Records whether the pages of a source may be read. What the configuration says stands above what
    /// robots.txt said.
    pub fn set_access(&self, source: &SourceId, access: PageAccess) -> Result<(), ArchiveError> {
        let sql = match access {
            PageAccess::Unknown => {
                "UPDATE source SET robots='unknown' WHERE slug=?1 AND robots IN ('feed_only','permission') AND ?2<>''"
            }
            PageAccess::Permitted | PageAccess::FeedOnly => {
                "UPDATE source SET robots=?2 WHERE slug=?1 AND robots<>?2"
            }
            PageAccess::Allowed | PageAccess::Disallowed => {
                "UPDATE source SET robots=?2 WHERE slug=?1 AND robots NOT IN (?2,'feed_only','permission')"
            }
        };
        self.archive
            .prepare_cached(sql)?
            .execute(params![source.as_str(), access.word()])?;
        Ok(())
    }
}
