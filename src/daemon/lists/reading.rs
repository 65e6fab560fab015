//! Reads the bytes of a list off the async workers, with the guards that every reader has.

use anyhow::Context as _;
use url::Url;

use crate::daemon::engine::Engine;
use crate::daemon::inflight::{Input, InputKind, ListRole};
use crate::daemon::reading::read_list;
use crate::model::change::Original;
use crate::model::digest::sha256_hex;
use crate::model::listing::{AskedList, ListAddress, ListReading};
use crate::model::source::Source;

/// Reads a list; an input in quarantine is not parsed. The inner error says why nothing was read.
pub async fn parse(
    engine: &Engine,
    source: &Source,
    list: &ListAddress,
    role: ListRole,
    original: &Original,
) -> anyhow::Result<Result<ListReading, String>> {
    let what = if list.kind.is_feed() { "feed" } else { "list" };
    if engine.quarantined.contains(&original.sha256) {
        return Ok(Err(format!(
            "the {what} is in quarantine: reading it killed the program"
        )));
    }
    let input = Input {
        source: source.id.clone(),
        platform: source.platform,
        // After a redirect relative addresses hang on the address that answered.
        url: Url::parse(&original.url).unwrap_or_else(|_| list.url.clone()),
        content_type: original.content_type.clone(),
        sha256: original.sha256.clone(),
        kind: InputKind::List {
            source: Box::new(source.clone()),
            list: list.clone(),
            role,
        },
    };
    let (source, list) = (source.clone(), list.clone());
    let bytes = original.body.clone();
    let inflight = engine.inflight.clone();
    let read = engine.desks.parse(move || -> std::io::Result<_> {
        let _flight = inflight.note(&input, &bytes)?;
        let asked = AskedList {
            source: &source,
            list: &list,
            served: &input.url,
        };
        let content_type = input.content_type.as_deref();
        Ok(read_list(asked, &bytes, content_type).map_err(|fault| fault.to_string()))
    });
    match read.await {
        Ok(read) => read.context("cannot note an input in flight"),
        Err(panic) => Ok(Err(format!("the reader of {what}s gave up: {panic}"))),
    }
}

/// SHA-256 of what was read: pages carry tokens, so their bytes differ although they say the same.
pub fn reading_hash(reading: &ListReading) -> String {
    // Plain structs of texts and numbers: serialisation has no way to fail.
    let json = serde_json::to_string(reading).unwrap_or_default();
    sha256_hex(json.as_bytes())
}
