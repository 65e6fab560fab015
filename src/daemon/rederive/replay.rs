//! What the originals of a source's lists say today: how its items are listed, and the texts of those whose
//! pages are not read. The lists are read in the order they were fetched, deciding as the polls did.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use url::Url;

use super::kept::{Kept, kept_bytes};
use crate::archive::{DerivedVersion, ListOriginal, Reader};
use crate::daemon::inflight::{Inflight, Input, InputKind, ListRole};
use crate::daemon::lists::feed_text::feed_version;
use crate::daemon::reading::read_list;
use crate::decide::listing::{listing, met_before, text_hash, told_apart};
use crate::decide::lists::beside;
use crate::model::feed_item::ListedItem;
use crate::model::ids::{ItemKey, Uid};
use crate::model::item::KnownItem;
use crate::model::listing::{AskedList, ListAddress, ListReading, ListedMeeting};
use crate::model::source::{PlatformKind, Source};
use crate::platform::platform;
use crate::privacy::{Masked, mask_bytes};

/// Where the originals of one source's lists are read.
pub(super) struct Replay {
    pub(super) reader: Reader,
    pub(super) inflight: Inflight,
    pub(super) quarantined: Arc<BTreeSet<String>>,
    pub(super) source: Source,
}

/// What the lists of a source say today.
#[derive(Default)]
pub(super) struct Replayed {
    /// Each item as it was listed last, and when that began.
    pub(super) items: BTreeMap<ItemKey, (ListedItem, Timestamp)>,
    /// Texts of items whose pages are not read.
    pub(super) texts: BTreeMap<ItemKey, Vec<DerivedVersion>>,
    /// Hashes of originals in which a personal identity code can be read, of the time before they were masked.
    pub(super) unmasked: Vec<String>,
    /// Whether an original is not there any more.
    pub(super) incomplete: bool,
    /// How many of them should be there.
    pub(super) damaged: u32,
    /// Each meeting as lists named it, from first to last.
    pub(super) meetings: BTreeMap<(String, Date), Vec<ListedMeeting>>,
    known: BTreeMap<ItemKey, KnownItem>,
}

impl Replay {
    /// Reads every original.
    pub(super) fn run(&self) -> anyhow::Result<Replayed> {
        let lists = self.reader.lists_of(&self.source.id)?;
        let mut replayed = Replayed::default();
        for original in self.reader.list_originals(&self.source.id)? {
            if self.quarantined.contains(&original.sha256) {
                continue;
            }
            let bytes = match kept_bytes(&self.reader, &original.sha256, &original.url)? {
                Kept::Bytes(bytes) => bytes,
                Kept::Erased => {
                    replayed.incomplete = true;
                    continue;
                }
                Kept::Damaged => {
                    replayed.incomplete = true;
                    replayed.damaged += 1;
                    continue;
                }
            };
            let bytes = match mask_bytes(&bytes) {
                Masked::Clean => bytes,
                Masked::Bytes(masked) => {
                    replayed.unmasked.push(original.sha256.clone());
                    masked
                }
                Masked::Torn => {
                    replayed.unmasked.push(original.sha256.clone());
                    bytes
                }
            };
            let (list, role) = self.list_of(&lists, &original);
            if let Some(reading) = self.read((&list, role), &original, &bytes)? {
                replayed.note_meetings(&reading, &list);
                self.note(&mut replayed, role, &reading, &original);
            }
        }
        Ok(replayed)
    }

    /// The list that an address is of; what is no list beside the front came from the front, wherever that was.
    fn list_of(&self, lists: &[ListAddress], original: &ListOriginal) -> (ListAddress, ListRole) {
        let front = platform(self.source.platform).front(&self.source);
        let found = lists.iter().find(|list| list.url.as_str() == original.url);
        match found.filter(|_| front.url.as_str() != original.url) {
            Some(list) => (list.clone(), ListRole::Beside),
            None => (front, ListRole::Front),
        }
    }

    /// Old bytes may kill a new reader, so they are noted. `None`: they are no list.
    fn read(
        &self,
        (list, role): (&ListAddress, ListRole),
        original: &ListOriginal,
        bytes: &[u8],
    ) -> anyhow::Result<Option<ListReading>> {
        let url = Url::parse(&original.url).unwrap_or_else(|_| list.url.clone());
        let input = Input {
            source: self.source.id.clone(),
            platform: self.source.platform,
            url,
            content_type: original.content_type.clone(),
            sha256: original.sha256.clone(),
            kind: InputKind::List {
                source: Box::new(self.source.clone()),
                list: list.clone(),
                role,
            },
        };
        let _flight = self
            .inflight
            .note(&input, bytes)
            .context("cannot note an original in flight")?;
        let asked = AskedList {
            source: &self.source,
            list,
            served: &input.url,
        };
        Ok(read_list(asked, bytes, original.content_type.as_deref()).ok())
    }

    fn note(
        &self,
        replayed: &mut Replayed,
        role: ListRole,
        reading: &ListReading,
        original: &ListOriginal,
    ) {
        let reader = platform(self.source.platform);
        let mut items = reading.items.clone();
        if self.source.platform == PlatformKind::Feed {
            told_apart(&replayed.known_of(&items), &mut items);
            if items
                .iter()
                .any(|item| !replayed.known.contains_key(&item.key))
            {
                let all: Vec<_> = replayed.known.values().cloned().collect();
                met_before(&all, &mut items);
            }
        }
        let known = replayed.known_of(&items);
        let changes = listing(&known, &items);
        let changes = match role {
            ListRole::Front => changes,
            ListRole::Beside => beside(reader.front(&self.source).kind, changes),
        };
        for change in changes {
            let item = change.item();
            if !reader.reads_pages(&self.source) {
                replayed.note_text(item, original);
            }
            replayed.note_listing(item, &self.source, original.fetched_at);
        }
    }
}

impl Replayed {
    fn known_of(&self, items: &[ListedItem]) -> Vec<KnownItem> {
        let known = items.iter().filter_map(|item| self.known.get(&item.key));
        known.cloned().collect()
    }

    fn note_meetings(&mut self, reading: &ListReading, list: &ListAddress) {
        for meeting in reading.named_meetings(list) {
            let key = (meeting.body.clone(), meeting.held_on);
            let history = self.meetings.entry(key).or_default();
            // What a list says once more says nothing new.
            let before = history.iter().rfind(|known| known.list == meeting.list);
            if before != Some(&meeting) && !meeting.body.trim().is_empty() {
                history.push(meeting);
            }
        }
    }

    fn note_text(&mut self, item: &ListedItem, original: &ListOriginal) {
        let version = feed_version(item, self.known.get(&item.key));
        let texts = self.texts.entry(item.key.clone()).or_default();
        if texts.last().map(|last| &last.version.content_sha256) != Some(&version.content_sha256) {
            texts.push(DerivedVersion {
                version,
                seen_from: DerivedVersion::seen_after(texts, original.fetched_at),
                original: Some(original.sha256.clone()),
            });
        }
    }

    fn note_listing(&mut self, item: &ListedItem, source: &Source, at: Timestamp) {
        let before = self.known.get(&item.key);
        let mut item = item.clone();
        // A list that prints none takes none back.
        item.section_no = item
            .section_no
            .or(before.and_then(|known| known.listed_section));
        let known = KnownItem {
            key: item.key.clone(),
            uid: Uid::of(&source.municipality, &item.key),
            listed_title: item.title.clone(),
            listed_body: item.body.clone(),
            listed_on: item.held_on,
            listed_section: item.section_no,
            text_sha256: text_hash(&item),
            url: item.url.clone(),
        };
        self.known.insert(item.key.clone(), known);
        self.items.insert(item.key.clone(), (item, at));
    }
}
