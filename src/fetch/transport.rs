//! Connections: reqwest set up so that it does nothing on its own that this program would not do.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;

use super::error::{FetchError, root};
use super::guard::GuardedResolver;
use crate::model::fetch_settings::FetchSettings;

/// An idle connection is kept this long: item pages of one meeting follow each other closely.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Whether this machine knows certificate authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// The certificate authorities of the system.
    System,
    /// None were found; https requests fail one by one.
    Nobody,
}

/// Builds reqwest's client, without certificate authorities if the machine has none.
pub(super) fn build(
    settings: &FetchSettings,
    resolver: &Arc<GuardedResolver>,
) -> Result<(reqwest::Client, Trust), FetchError> {
    let installed = CryptoProvider::get_default().is_some()
        || rustls::crypto::ring::default_provider()
            .install_default()
            .is_ok();
    if !installed {
        tracing::debug!("another thread has installed the TLS provider");
    }
    match builder(settings, resolver).build() {
        Ok(client) => Ok((client, Trust::System)),
        Err(error) => {
            let bare = without_authorities(settings, resolver)?;
            tracing::warn!(cause = %root(&error), "no certificate authorities: https will fail");
            Ok((bare, Trust::Nobody))
        }
    }
}

/// A client that trusts nobody but still speaks http. Fails only if the settings are at fault.
pub(super) fn without_authorities(
    settings: &FetchSettings,
    resolver: &Arc<GuardedResolver>,
) -> Result<reqwest::Client, FetchError> {
    let bare = builder(settings, resolver).tls_certs_only([]).build();
    bare.map_err(|error| FetchError::Settings {
        reason: root(&error),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one door that method is closed for"
)]
fn builder(settings: &FetchSettings, resolver: &Arc<GuardedResolver>) -> reqwest::ClientBuilder {
    let header_limit = u32::try_from(settings.max_header_bytes).unwrap_or(u32::MAX);
    // By default reqwest would use proxies of the environment (which sees around the guard), send a Referer,
    // follow redirects unguarded, and wait for ever. Cookies are not compiled in. deflate has two meanings.
    reqwest::Client::builder()
        .user_agent(settings.user_agent.clone())
        .connect_timeout(settings.connect_timeout)
        .dns_resolver(Arc::clone(resolver))
        .no_proxy()
        .referer(false)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_deflate()
        .http2_max_header_list_size(header_limit)
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(KEEP_ALIVE)
}
