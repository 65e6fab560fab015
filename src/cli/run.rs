//! `seutu run`: the daemon and its HTTP server.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::listening::{self, HandedOver};
use super::poll::stop_on_signal;
use super::{Exit, Global, opening};
use crate::daemon::engine::Engine;
use crate::daemon::reload::Load;
use crate::daemon::run::{Daemon, run as run_daemon};
use crate::daemon::superior::Systemd;
use crate::serve::{ArchiveSite, Exchange};

/// Runs the command.
pub fn run(global: &Global) -> anyhow::Result<Exit> {
    // Before there are threads: it takes them out of the environment.
    let handed_over = listening::handed_over()?;
    let config = opening::config_to_write(global)?;
    let global = global.clone();
    let load: Load = Arc::new(move || opening::read_config(&global));
    opening::block_on(async {
        // Opening may take a while, and this signal ends whoever does not wait for it.
        let hangup = signal(SignalKind::hangup()).context("cannot wait for SIGHUP")?;
        let engine = opening::engine(config).await?;
        let listeners = listening::listeners(handed_over, engine.config.listen).await?;
        let daemon = Daemon::new(Arc::clone(&engine), load, Arc::new(Systemd));
        serve_and_poll(daemon, listeners, hangup).await?;
        opening::close(engine).await?;
        Ok(Exit::Done)
    })
}

/// As [`run`], for an engine whose configuration is not in a file and stays as it is.
pub async fn serve_as_is(engine: &Arc<Engine>) -> anyhow::Result<()> {
    let config = Arc::clone(&engine.config);
    let load: Load = Arc::new(move || Ok((*config).clone()));
    let hangup = signal(SignalKind::hangup()).context("cannot wait for SIGHUP")?;
    let listeners = listening::listeners(HandedOver::default(), engine.config.listen).await?;
    let daemon = Daemon::new(Arc::clone(engine), load, Arc::new(Systemd));
    serve_and_poll(daemon, listeners, hangup).await
}

/// Serves and polls until a signal comes; both end within seconds.
async fn serve_and_poll(
    daemon: Daemon,
    listeners: Vec<TcpListener>,
    hangup: Signal,
) -> anyhow::Result<()> {
    let daemon = Arc::new(daemon);
    let engine = daemon.in_force.engine();
    let stop = stop_on_signal(&engine.shutdown)?;
    tracing::info!(
        sources = engine.config.sources.len(),
        archive = %engine.config.archive_dir.display(),
        "serving {}", engine.config.public_url
    );
    let exchange = Exchange::new(site(&daemon, &engine));
    let server = crate::serve::serve(listeners, &exchange, engine.shutdown.clone());
    let beside = async { tokio::join!(follow(&daemon, &exchange), reload_at(hangup, &daemon)) };
    let work = async { tokio::join!(server, run_daemon(Arc::clone(&daemon))) };
    let (http, ()) = beside_until(work, beside).await;
    stop.abort();
    http.context("the HTTP server failed")?;
    tracing::info!("stopped");
    Ok(())
}

/// Runs `work` to its end, and something that is dropped then beside it.
async fn beside_until<T, U>(work: impl Future<Output = T>, beside: impl Future<Output = U>) -> T {
    let beside = async {
        beside.await;
        std::future::pending::<()>().await;
    };
    let (mut work, mut beside) = (pin!(work), pin!(beside));
    loop {
        tokio::select! {
            done = work.as_mut() => return done,
            () = beside.as_mut() => {}
        }
    }
}

/// What is served in the terms of an engine.
fn site(daemon: &Arc<Daemon>, engine: &Engine) -> Arc<ArchiveSite> {
    let (clock, asked) = (Arc::clone(&engine.clock), Arc::clone(daemon));
    let told = Arc::clone(daemon);
    let site = ArchiveSite::new(engine.reader.clone(), &engine.config)
        .with_clock(Arc::new(move || clock.now()))
        .with_changes(engine.writer.changes())
        .with_readiness(Arc::new(move || asked.ailments()))
        .with_vitals(Arc::new(move || told.vitals()));
    Arc::new(site)
}

/// Serves in the terms of each engine that comes into force.
async fn follow(daemon: &Arc<Daemon>, exchange: &Exchange) {
    let mut latest = daemon.in_force.follow();
    while latest.changed().await.is_ok() {
        let engine = Arc::clone(&latest.borrow_and_update());
        exchange.put(site(daemon, &engine));
    }
}

/// Reads the configuration again at each SIGHUP.
async fn reload_at(mut hangup: Signal, daemon: &Arc<Daemon>) {
    while hangup.recv().await.is_some() {
        // It is told and logged by itself why a configuration was refused.
        drop(daemon.reload().await);
    }
}
