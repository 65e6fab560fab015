//! Items of sources whose pages are not read: what the feed says is all the text there is.

use crate::decide::listing::text_hash;
use crate::decide::page::changed_fields;
use crate::model::change::{NewVersion, VersionKind};
use crate::model::digest::content_hash;
use crate::model::feed_item::ListedItem;
use crate::model::item::KnownItem;
use crate::model::minutes::{ItemReading, Lang, Reading};

/// Which reader read it, stored with each version.
pub const PARSER: &str = "feed/1";

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

/// The item's reading as a version to store; `before` is what the feed said of it last time.
pub fn feed_version(item: &ListedItem, before: Option<&KnownItem>) -> NewVersion {
    let reading = reading_of(item);
    let (kind, changed) = match before {
        None => (
            VersionKind::First,
            changed_fields(&ItemReading::empty(Lang::Fi), &[], &reading),
        ),
        Some(before) => (VersionKind::Amended, edited(before, item)),
    };
    NewVersion {
        kind,
        changed_fields: changed,
        content_sha256: content_hash(&reading.item, &reading.handlings),
        reading,
        parser: PARSER.to_owned(),
    }
}

/// Names of the fields that an edited entry changed.
fn edited(before: &KnownItem, item: &ListedItem) -> Vec<String> {
    [
        ("body", before.listed_body != item.body),
        ("held_on", before.listed_on != item.held_on),
        ("title", before.listed_title != item.title),
        ("background", before.text_sha256 != text_hash(item)),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(name, _)| name.to_owned())
    .collect()
}
