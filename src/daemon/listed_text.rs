//! Items of sources whose pages are not read: what the feed says is all the text there is.

use crate::decide::page::content_hash;
use crate::model::change::{NewVersion, VersionKind};
use crate::model::feed_item::ListedItem;
use crate::model::minutes::{ItemReading, Lang, Reading};

/// Which reader read it, stored with each version.
const PARSER: &str = "feed/1";

/// The feed's text as a reading. A feed does not say whether its text is of an agenda or of minutes.
pub fn reading_of(item: &ListedItem) -> Reading {
    Reading {
        item: ItemReading {
            title: Some(item.title.clone()),
            body: item.body.clone(),
            held_on: item.held_on,
            position: item.position,
            background: item.text.clone(),
            ..ItemReading::empty(Lang::Fi)
        },
        handlings: vec![],
        problems: vec![],
    }
}

/// The reading as a version to store.
pub fn feed_version(reading: Reading, kind: VersionKind) -> NewVersion {
    NewVersion {
        kind,
        changed_fields: ["title", "background"].map(str::to_owned).to_vec(),
        content_sha256: content_hash(&reading.item, &reading.handlings),
        reading,
        parser: PARSER.to_owned(),
    }
}
