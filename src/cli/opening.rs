//! What most commands begin with: the configuration, a runtime, the engine or a reader.

use std::future::Future;
use std::sync::Arc;

use anyhow::Context as _;

use super::{Exit, Global};
use crate::archive::Reader;
use crate::config::{self, Config, ConfigFaults};
use crate::daemon::clock::{Clock, SystemClock};
use crate::daemon::engine::Engine;

/// Loads the configuration that the options name.
pub fn config(global: &Global) -> anyhow::Result<Config> {
    Ok(config::load(global.config.as_deref(), std::env::vars())?)
}

/// The same for commands that write: a folder that cannot be written is a fault among the others.
pub fn config_to_write(global: &Global) -> anyhow::Result<Config> {
    Ok(config::load_to_write(
        global.config.as_deref(),
        std::env::vars(),
    )?)
}

/// Opens the archive for reading; an archive that does not exist yet is an error with a remedy.
pub fn reader(config: &Config) -> anyhow::Result<Reader> {
    let dir = &config.archive_dir;
    anyhow::ensure!(
        dir.join("archive.db").exists(),
        "there is no archive in {} yet; `seutu poll` makes one",
        dir.display()
    );
    Ok(Reader::open(dir)?)
}

/// Opens everything for writing, with the machine's clock.
pub async fn engine(config: Config) -> anyhow::Result<Arc<Engine>> {
    engine_at(config, Arc::new(SystemClock)).await
}

/// Opens everything for writing, with another clock.
pub async fn engine_at(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Arc<Engine>> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    Ok(Arc::new(Engine::open(config, clock, Some(program)).await?))
}

/// Closes what [`engine`] opened. Every task that shares it must have ended.
pub async fn close(engine: Arc<Engine>) -> anyhow::Result<()> {
    match Arc::into_inner(engine) {
        Some(engine) => engine.close().await,
        None => Ok(()),
    }
}

/// Runs asynchronous work to its end.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?
        .block_on(work)
}

/// The exit that an error stands for.
pub fn exit_for(error: &anyhow::Error) -> Exit {
    if error
        .chain()
        .any(<dyn std::error::Error>::is::<ConfigFaults>)
    {
        Exit::WrongUse
    } else {
        Exit::Failed
    }
}
