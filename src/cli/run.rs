//! `seutu run`: the daemon and its HTTP server.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::poll::stop_on_signal;
use super::{Exit, Global, opening};
use crate::daemon::engine::Engine;
use crate::daemon::run::run as run_daemon;
use crate::serve::ArchiveSite;

/// Runs the command.
pub fn run(global: &Global) -> anyhow::Result<Exit> {
    let config = opening::config_to_write(global)?;
    opening::block_on(async {
        let engine = opening::engine(config).await?;
        serve_and_poll(&engine).await?;
        opening::close(engine).await?;
        Ok(Exit::Done)
    })
}

/// Serves and polls until a signal comes; both end within seconds.
pub async fn serve_and_poll(engine: &Arc<Engine>) -> anyhow::Result<()> {
    let address = engine.config.listen;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; another program may use it: change [http] listen")
    })?;
    let stop = stop_on_signal(&engine.shutdown)?;
    tracing::info!(
        sources = engine.config.sources.len(),
        archive = %engine.config.archive_dir.display(),
        "serving {} on {address}", engine.config.public_url
    );
    let clock = Arc::clone(&engine.clock);
    let site = ArchiveSite::new(engine.reader.clone(), &engine.config);
    let site = Arc::new(site.with_clock(Arc::new(move || clock.now())));
    let server = crate::serve::serve(listener, site, engine.shutdown.clone());
    let (http, scheduler) = tokio::join!(server, run_daemon(Arc::clone(engine)));
    stop.abort();
    http.context("the HTTP server failed")?;
    scheduler.context("the scheduler failed")?;
    tracing::info!("stopped");
    Ok(())
}
