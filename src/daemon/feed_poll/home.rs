//! Whether a feed whose move was adopted answers at its configured address again.

use std::time::Instant;

use super::Poll;
use crate::daemon::engine::Engine;
use crate::daemon::inflight::ListRole;
use crate::daemon::lists::reading::parse;
use crate::daemon::received;
use crate::decide::moved::asks_at_home;
use crate::model::poll::{SourceState, Validators};
use crate::model::source::Source;
use crate::platform::platform;

/// The state of a source whose feed is back where the configuration says; `None` while it is not, or is
/// not asked.
pub(super) async fn returned(
    engine: &Engine,
    source: &Source,
    state: &SourceState,
) -> anyhow::Result<Option<SourceState>> {
    let now = engine.clock.now();
    let moved_to = state.moved_to.as_ref();
    if !asks_at_home(moved_to, state.failures, state.last_ok_at, now) {
        return Ok(None);
    }
    let unmoved = SourceState {
        moved_to: None,
        validators: Validators::default(),
        body_sha256: None,
        reading_sha256: None,
        gone_since: None,
        ..state.clone()
    };
    let poll = Poll {
        engine,
        source,
        state: &unmoved,
        front: platform(source.platform).front(source),
        started_at: now,
        watch: Instant::now(),
    };
    let is_back = poll.answers_itself().await?;
    Ok(is_back.then_some(unmoved))
}

impl Poll<'_> {
    /// Whether the front answers without a redirect and lists something.
    async fn answers_itself(&self) -> anyhow::Result<bool> {
        // Whatever goes wrong here, the feed is still had at the address it moved to.
        let Ok(Some(answer)) = self.ask().await else {
            return Ok(false);
        };
        let received = received::original(&answer, self.started_at).await?;
        let Some(original) = received.filter(|_| answer.final_url == self.front.url) else {
            return Ok(false);
        };
        let role = ListRole::Front;
        let read = parse(self.engine, self.source, &self.front, role, &original).await?;
        Ok(read.is_ok_and(|reading| {
            let lists = [
                reading.items.len(),
                reading.meetings.len(),
                reading.lists.len(),
            ];
            lists.into_iter().any(|listed| listed > 0)
        }))
    }
}
