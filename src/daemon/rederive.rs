//! Everything derived, derived again from the stored originals, without the network.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::task::spawn_blocking;

use super::engine::Engine;
use super::reading::read_page;
use super::recognition::{Listed, text_of};
use crate::archive::{DerivedVersion, OriginalRef, Reader};
use crate::decide::page::page as decide_page;
use crate::decide::page::content_hash;
use crate::model::change::PageChange;
use crate::model::ids::Uid;
use crate::model::item::{DuePage, ItemRecord};
use crate::model::page::AskedPage;
use crate::platform::platform;

/// Items per transaction and per look into the archive.
const AT_ONCE: u32 = 100;

/// What deriving again came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rederived {
    /// Items whose originals were read.
    pub items: u32,
    /// Items whose versions differ now.
    pub changed: Vec<Uid>,
    /// Items whose originals cannot be read at all by today's reader.
    pub unreadable: Vec<Uid>,
}
