//! Which known items the entries of a list are: a plain feed may give an id to another matter, or its ids may change.

use std::collections::BTreeSet;

use crate::daemon::engine::Engine;
use crate::decide::listing::{met_before, told_apart};
use crate::model::ids::ItemKey;
use crate::model::item::KnownItem;
use crate::model::listing::ListReading;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::{PlatformKind, Source};

/// What is known of the items of a reading. The entries of a plain feed may be given other keys by it, of which
/// the reading then tells.
pub(super) async fn known_items(
    engine: &Engine,
    source: &Source,
    reading: &mut ListReading,
) -> anyhow::Result<Vec<KnownItem>> {
    let mut known = with_keys(engine, source, reading).await?;
    if source.platform != PlatformKind::Feed {
        return Ok(known);
    }
    let apart = told_apart(&known, &mut reading.items);
    if apart > 0 {
        known = with_keys(engine, source, reading).await?;
        tell(
            reading,
            "ids that stood on other matters before, which are items of their own",
            apart,
        );
    }
    let keys: BTreeSet<&ItemKey> = known.iter().map(|known| &known.key).collect();
    if reading.items.iter().all(|item| keys.contains(&item.key)) {
        return Ok(known);
    }
    let id = source.id.clone();
    let titles: Vec<_> = reading
        .items
        .iter()
        .map(|item| item.title.clone())
        .collect();
    let alike = engine
        .read(move |reader| reader.known_items_by_titles(&id, &titles))
        .await?;
    let met = met_before(&alike, &mut reading.items);
    if met > 0 {
        known = with_keys(engine, source, reading).await?;
        tell(
            reading,
            "entries under other ids than before, which are the same by place, title and day",
            met,
        );
    }
    Ok(known)
}

fn tell(reading: &mut ListReading, what: &str, times: usize) {
    let detail = format!("{what} ({times} times)");
    let problem = Problem::new(ProblemKind::WeakIdentity, detail);
    reading.problems.push(problem);
}

async fn with_keys(
    engine: &Engine,
    source: &Source,
    reading: &ListReading,
) -> anyhow::Result<Vec<KnownItem>> {
    let id = source.id.clone();
    let keys: Vec<_> = reading.items.iter().map(|item| item.key.clone()).collect();
    engine
        .read(move |reader| reader.known_items_by_keys(&id, &keys))
        .await
}
