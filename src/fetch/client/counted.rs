//! Every request, and how many there were by how they ended.

use super::{Answer, Client, Request};
use crate::fetch::error::FetchError;
use crate::model::poll::PollOutcome;

impl Client {
    /// Fetches one document: waits for the host's turn, follows redirects, and returns the whole document,
    /// 304, or an error; never a part.
    pub async fn get(&self, request: Request) -> Result<Answer, FetchError> {
        let ended = self.travel(request).await;
        self.shared.ended.add(match &ended {
            Ok(answer) if answer.body.is_none() => PollOutcome::NotModified,
            Ok(_) => PollOutcome::Ok,
            Err(error) => error.outcome(),
        });
        ended
    }

    /// Documents asked for since the start, by how that ended.
    pub fn outcomes(&self) -> Vec<(PollOutcome, u64)> {
        self.shared.ended.counts()
    }
}
