//! The hub (`WebSub`) is told which feeds changed, so that their subscribers need not ask.
//!
//! What it was told is not kept over a restart: every feed is named to it once at the start, and a hub that finds
//! nothing new in one tells nobody.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use url::Url;

use super::engine::Engine;
use crate::archive::{ArchiveError, FeedQuery, FeedStamp, Reader};
use crate::model::when::later;
use crate::publish::{Format, address};

/// The wait after the first failure; it doubles with every other one.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// Failures after which the wait grows no more: two hours.
const MOST_DOUBLINGS: u32 = 8;

/// What the hub was told; held by whoever tells it.
#[derive(Debug, Default)]
pub(super) struct Told {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How each feed was when it was last looked at, by its name.
    seen: BTreeMap<String, FeedStamp>,
    /// Addresses of feeds that changed and of which the hub does not know yet.
    pending: BTreeSet<String>,
    /// Failures in a row.
    failures: u32,
    /// The hub is left alone until then.
    not_before: Option<Timestamp>,
}

/// Tells the hub of every feed that changed since it was last told, where there is a hub. What it does not take is
/// told again, later and later, as long as the program runs.
pub async fn tell_hub(engine: &Engine) {
    let Some(hub) = engine.config.feeds.hub.0.clone() else {
        return;
    };
    // A look that is still telling need not be waited for.
    let Ok(mut state) = engine.told.state.try_lock() else {
        return;
    };
    if let Err(error) = look(engine, &mut state).await {
        tracing::error!(
            error = format!("{error:#}"),
            "cannot say which feeds changed"
        );
        return;
    }
    let now = engine.clock.now();
    if state.not_before.is_some_and(|at| now < at) {
        return;
    }
    while let Some(topic) = state.pending.first().cloned() {
        if engine.shutdown.is_cancelled() {
            return;
        }
        if let Err(error) = tell(engine, &hub, &topic).await {
            let doublings = state.failures.min(MOST_DOUBLINGS);
            let wait = FIRST_WAIT.checked_mul(1 << doublings).unwrap_or(FIRST_WAIT);
            state.failures = state.failures.saturating_add(1);
            state.not_before = Some(later(engine.clock.now(), wait));
            let left = state.pending.len();
            tracing::warn!(%error, left, "the hub was not told; it is told again in {} s", wait.as_secs());
            return;
        }
        state.pending.remove(&topic);
        state.failures = 0;
        state.not_before = None;
    }
}

async fn tell(engine: &Engine, hub: &Url, topic: &str) -> Result<(), crate::fetch::FetchError> {
    let form = [("hub.mode", "publish"), ("hub.url", topic)];
    engine.client.tell(hub, &form).await
}

/// Notes which feeds are other than they were.
async fn look(engine: &Engine, state: &mut State) -> anyhow::Result<()> {
    let queries = standing(engine);
    let stamps = engine.read(move |reader| stamps(reader, queries)).await?;
    for (name, stamp) in stamps {
        if state.seen.get(&name) != Some(&stamp) {
            for format in Format::ALL {
                let topic = address::feed(&engine.config.public_url, &name, *format, "");
                state.pending.insert(topic);
            }
            state.seen.insert(name, stamp);
        }
    }
    Ok(())
}

/// The feeds of the configuration, by their names.
fn standing(engine: &Engine) -> Vec<(String, FeedQuery)> {
    let mut all = vec![(address::ALL.to_owned(), FeedQuery::default())];
    for network in &engine.config.networks {
        let query = FeedQuery {
            network: Some(network.slug.clone()),
            ..FeedQuery::default()
        };
        all.push((network.slug.clone(), query));
    }
    for municipality in &engine.config.municipalities {
        let query = FeedQuery {
            municipality: Some(municipality.name.clone()),
            ..FeedQuery::default()
        };
        all.push((address::of_municipality(&municipality.name), query));
    }
    all
}

fn stamps(
    reader: &Reader,
    mut queries: Vec<(String, FeedQuery)>,
) -> Result<Vec<(String, FeedStamp)>, ArchiveError> {
    for slug in reader.dossier_slugs()? {
        let name = address::of_dossier(&slug);
        let query = FeedQuery {
            dossier: Some(slug),
            ..FeedQuery::default()
        };
        queries.push((name, query));
    }
    let stamps = queries.into_iter();
    stamps
        .map(|(name, query)| Ok((name, reader.feed_stamp(&query)?)))
        .collect()
}
