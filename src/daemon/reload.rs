//! Another configuration in force without a new start: connections, archive, and the hosts' turns and pauses stay,
//! and cycles that run end by the configuration they began with.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::engine::Engine;
use super::run::Daemon;
use super::superior::Word;
use super::words;
use crate::config::Config;

/// Reads the configuration again; an error says everything that is wrong with it.
pub type Load = Arc<dyn Fn() -> anyhow::Result<Config> + Send + Sync>;

/// The engine in force; a reload puts another one in its place. Clones share it.
#[derive(Clone)]
pub struct InForce(watch::Sender<Arc<Engine>>);

impl InForce {
    /// Begins with an engine.
    pub fn new(engine: Arc<Engine>) -> Self {
        Self(watch::Sender::new(engine))
    }

    /// The engine that new work begins with.
    pub fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.0.borrow())
    }

    /// Tells of every engine that comes into force later.
    pub fn follow(&self) -> watch::Receiver<Arc<Engine>> {
        self.0.subscribe()
    }

    fn put(&self, engine: Engine) -> Arc<Engine> {
        let engine = Arc::new(engine);
        self.0.send_replace(Arc::clone(&engine));
        engine
    }
}

impl Daemon {
    /// Puts the configuration in force that is read now. One that is refused changes nothing.
    ///
    /// # Errors
    /// Why it was refused; that is logged and stands in the status too.
    pub async fn reload(&self) -> anyhow::Result<()> {
        let _turn = self.reloading.lock().await;
        self.superior.hear(&[Word::Reloading]);
        let done = self.take_over().await;
        match &done {
            Ok(()) => self.account.refused(None),
            Err(error) => {
                let why = format!("{error:#}");
                tracing::error!(
                    error = why,
                    "the configuration is refused; the one before stays in force"
                );
                self.account.refused(Some(why));
            }
        }
        let status = Word::Status(self.status().await);
        self.superior.hear(&[Word::Ready, status]);
        done
    }

    async fn take_over(&self) -> anyhow::Result<()> {
        let load = Arc::clone(&self.load);
        let read = spawn_blocking(move || load()).await?;
        let old = self.in_force.engine();
        let (config, kept) = read?.beside(&old.config);
        if !kept.is_empty() {
            tracing::warn!(
                settings = kept.join(", "),
                "these settings change only when the daemon is started again; until then they stay as they were"
            );
        }
        let words = words::read(&config)?;
        let new = old.with(config).context("cannot go on with it")?;
        new.register().await?;
        if words.put_in_force() {
            tracing::info!(
                "the vocabulary has changed; `seutu rederive` reads by it what is archived"
            );
        }
        let new = self.in_force.put(new);
        tracing::info!(
            sources = new.config.sources.len(),
            networks = new.config.networks.len(),
            "the configuration was read again and is in force"
        );
        // Rules that changed concern the whole archive; nobody waits for that.
        self.cycles.spawn(async move { judge(&new).await });
        Ok(())
    }

    /// Judges again what a round that began before the last reload may have judged by the rules before it.
    pub(super) async fn catch_up_with(&self, began_with: &Arc<Engine>) {
        let now = self.in_force.engine();
        if !Arc::ptr_eq(&now, began_with) {
            judge(&now).await;
        }
    }
}

/// Brings verdicts and dossiers in step with the rules in force.
async fn judge(engine: &Engine) {
    let done = async {
        engine.judge_again().await?;
        engine.join_dossiers().await
    };
    if let Err(error) = done.await {
        tracing::error!(
            error = format!("{error:#}"),
            "what is archived cannot be judged by the rules in force; the next start does it"
        );
    }
}
