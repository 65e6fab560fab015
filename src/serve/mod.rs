//! The HTTP server: requests into archive queries, queries into published documents.

pub mod accept;
mod api;
mod archive_site;
mod cache;
mod calendar;
mod conditional;
mod downloads;
pub mod feeds;
pub mod filters;
mod opml;
mod pages;
mod places;
mod ready;
mod representation;
mod routes;
pub mod simulated;
pub mod site;

use std::io;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use accept::Limits;
pub use archive_site::ArchiveSite;
pub use site::Site;

/// Serves `site` until `shutdown`, with the limits made for production.
///
/// Returns within [`Limits::grace`] and a second of the shutdown, whatever requests are in flight.
///
/// # Errors
///
/// When the listener's own address cannot be read; failing connections are logged and never end the server.
pub async fn serve(
    listener: TcpListener,
    site: Arc<dyn Site>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let limits = Limits {
        connections: places::available(Limits::default().connections),
        ..Limits::default()
    };
    serve_within(listener, site, limits, shutdown).await
}

/// As [`serve`], with other limits.
///
/// # Errors
///
/// As [`serve`].
pub async fn serve_within(
    listener: TcpListener,
    site: Arc<dyn Site>,
    limits: Limits,
    shutdown: CancellationToken,
) -> io::Result<()> {
    tracing::info!(address = %listener.local_addr()?, "serving HTTP");
    accept::run(listener, routes::service(site), limits, shutdown).await;
    Ok(())
}
