//! Another client in the place of one: other settings, the same manners towards the hosts.

use std::sync::Arc;

use super::{Client, Shared};
use crate::fetch::error::FetchError;
use crate::fetch::guard::{GuardedResolver, Lookup, SystemLookup};
use crate::fetch::transport::{Trust, build};
use crate::model::fetch_settings::FetchSettings;

impl Client {
    /// A client of other settings that owes the hosts what this one does: their turns, pauses and rules.
    /// Requests of this one go on.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with(&self, settings: &FetchSettings) -> Result<Self, FetchError> {
        let old = &self.shared;
        if old.settings == *settings {
            return Ok(self.clone());
        }
        let (http, trust) = transport(settings, Arc::new(SystemLookup))?;
        Ok(Self {
            shared: Arc::new(Shared {
                http,
                trust,
                settings: settings.clone(),
                hosts: old.hosts.spaced(settings.min_interval),
                robots: Arc::clone(&old.robots),
                slots: Arc::clone(&old.slots),
                ended: Arc::clone(&old.ended),
            }),
        })
    }
}

/// What sends requests by these settings.
pub(super) fn transport(
    settings: &FetchSettings,
    lookup: Arc<dyn Lookup>,
) -> Result<(reqwest::Client, Trust), FetchError> {
    let (policy, deadline) = (settings.allow_private_addresses, settings.connect_timeout);
    let resolver = Arc::new(GuardedResolver::new(lookup, policy, deadline));
    build(settings, &resolver)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn another_client_leaves_the_hosts_alone_that_asked_for_it() {
        let mut settings = FetchSettings::defaults("https://example.fi/seutu");
        let client = Client::new(&settings).expect("client");
        client.pause_host("portal.example:443", Duration::from_hours(1));
        settings.timeout += Duration::from_secs(1);
        let other = client.with(&settings).expect("client");
        let paused = other.paused_hosts();
        assert_eq!(paused.len(), 1);
        assert_eq!(paused[0].0, "portal.example:443");
        other.pause_host("another.example:443", Duration::from_hours(1));
        assert_eq!(client.paused_hosts().len(), 2, "both know it");
    }
}
