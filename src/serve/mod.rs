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
mod metrics;
mod opml;
mod pages;
mod places;
mod ready;
mod representation;
mod routes;
pub mod simulated;
pub mod site;
mod turns;

use std::io;
use std::sync::Arc;

use axum::extract::Request;
use futures_util::future::join_all;
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt as _, service_fn};

pub use accept::Limits;
pub use archive_site::ArchiveSite;
use metrics::HttpMetrics;
pub use site::Site;

/// A site that another one can take the place of while it is served.
pub struct Exchange {
    latest: watch::Sender<accept::Service>,
    /// Counts go on when another site takes the place of one.
    metrics: HttpMetrics,
}

impl Exchange {
    /// Begins with a site.
    pub fn new(site: Arc<dyn Site>) -> Self {
        let metrics = HttpMetrics::default();
        Self {
            latest: watch::Sender::new(routes::service(site, &metrics)),
            metrics,
        }
    }

    /// Answers later requests from another site, those of open connections too; what is being answered goes on.
    pub fn put(&self, site: Arc<dyn Site>) {
        self.latest
            .send_replace(routes::service(site, &self.metrics));
    }

    /// What answers each request from the site of that moment.
    fn service(&self) -> accept::Service {
        let latest = self.latest.subscribe();
        BoxCloneSyncService::new(service_fn(move |request: Request<Incoming>| {
            let service = latest.borrow().clone();
            service.oneshot(request)
        }))
    }
}

/// Serves the latest site at each address until `shutdown`, with the limits made for production.
///
/// Returns within [`Limits::grace`] and a second of the shutdown, whatever requests are in flight.
///
/// # Errors
///
/// When a listener's own address cannot be read; failing connections are logged and never end the server.
pub async fn serve(
    listeners: Vec<TcpListener>,
    site: &Exchange,
    shutdown: CancellationToken,
) -> io::Result<()> {
    for listener in &listeners {
        tracing::info!(address = %listener.local_addr()?, "serving HTTP");
    }
    let connections = places::available(Limits::default().connections) / listeners.len().max(1);
    let serving = listeners.into_iter().map(|listener| {
        accept::run(
            listener,
            site.service(),
            Limits {
                connections,
                open: site.metrics.open(),
                ..Limits::default()
            },
            shutdown.clone(),
        )
    });
    join_all(serving).await;
    Ok(())
}

/// Serves one site at one address, with other limits.
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
    let metrics = HttpMetrics::default();
    let service = routes::service(site, &metrics);
    let open = metrics.open();
    accept::run(listener, service, Limits { open, ..limits }, shutdown).await;
    Ok(())
}
