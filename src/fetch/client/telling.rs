//! Telling a server something: a form, sent by the same rules as every question.

use reqwest::header::CONTENT_TYPE;
use url::{Url, form_urlencoded};

use super::super::budget::{Deadline, OutOfTime};
use super::super::error::{FetchError, from_send, shown};
use super::super::redirect::Trip;
use super::{Client, Shared};

impl Client {
    /// Sends a form when it is the host's turn. The answer is in its status; its body is not read, and a redirect is
    /// no success, because a form must not wander.
    pub async fn tell(&self, url: &Url, fields: &[(&str, &str)]) -> Result<(), FetchError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut deadline = Deadline::new(self.shared.settings.timeout);
        self.shared
            .in_turn(url, &mut deadline, self.shared.send(url, form))
            .await?
    }
}

impl Shared {
    async fn send(&self, url: &Url, form: String) -> Result<(), FetchError> {
        let request = self
            .http
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let sent = request.send().await;
        let response =
            sent.map_err(|error| from_send(url, &error, self.settings.connect_timeout))?;
        if response.status().is_success() {
            return Ok(());
        }
        let status = response.status().as_u16();
        Err(self.failed(&response, &Trip::new(url, 0), status))
    }

    /// Does something with a host when it is its turn, within the deadline.
    pub(super) async fn in_turn<T>(
        &self,
        url: &Url,
        deadline: &mut Deadline,
        work: impl Future<Output = T>,
    ) -> Result<T, FetchError> {
        super::guard::check(url, self.settings.allow_private_addresses)?;
        if url.scheme() == "https" && self.trust == super::Trust::Nobody {
            return Err(FetchError::NoCertificates { url: shown(url) });
        }
        let host = super::host_key(url);
        let turn = self.hosts.turn(&host).await;
        let _turn = turn.map_err(|left| FetchError::HostPaused {
            url: shown(url),
            host: host.clone(),
            left,
        })?;
        // Never closed; taken after the turn, so that waiting for a slow host costs the others nothing.
        let _slot = self.slots.acquire().await.ok();
        let done = deadline.bound(work).await;
        done.map_err(|OutOfTime| FetchError::Deadline {
            url: shown(url),
            after: self.settings.timeout,
        })
    }
}
