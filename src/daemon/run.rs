//! The daemon: scheduler, control socket and shutdown. The HTTP server is started beside it by the command.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;

use super::clock::Uptime;
use super::control;
use super::engine::Engine;
use super::jobs::{look_for_damage, tick_on};
use super::poll::Running;
use super::pulse::Pulse;
use super::reload::{InForce, Load};
use super::status::Account;
use super::superior::{Superior, Word};
use crate::archive::Reader;
use crate::model::operation::Vitals;

/// How long running cycles may take to end after the signal; they are between two awaits at most.
const PATIENCE: Duration = Duration::from_secs(4);

/// A daemon, and what its parts share.
pub struct Daemon {
    /// The engine in force.
    pub in_force: InForce,
    /// Whether it gets anywhere.
    pub pulse: Pulse,
    uptime: Uptime,
    /// Who is told.
    pub(super) superior: Arc<dyn Superior>,
    pub(super) load: Load,
    pub(super) running: Running,
    /// Tasks that the end of the program waits for.
    pub(super) cycles: TaskTracker,
    pub(super) account: Account,
    /// One reload at a time.
    pub(super) reloading: Mutex<()>,
}

impl Daemon {
    /// A daemon that begins with `engine`, reads its configuration again with `load`, and tells `superior`.
    pub fn new(engine: Arc<Engine>, load: Load, superior: Arc<dyn Superior>) -> Self {
        let uptime = Uptime::start();
        Self {
            in_force: InForce::new(engine),
            pulse: Pulse::new(Arc::new(move || uptime.elapsed())),
            uptime,
            superior,
            load,
            running: Running::default(),
            cycles: TaskTracker::new(),
            account: Account::default(),
            reloading: Mutex::default(),
        }
    }

    /// The same, judged by another pulse.
    #[must_use]
    pub fn with_pulse(self, pulse: Pulse) -> Self {
        Self { pulse, ..self }
    }

    /// What is wrong now, in words; nothing when all is well.
    pub fn ailments(&self) -> Vec<String> {
        let ailments = self.pulse.ailments();
        ailments.iter().map(ToString::to_string).collect()
    }

    /// What it knows of itself, cheap enough to be asked often.
    pub fn vitals(&self) -> Vitals {
        let engine = self.in_force.engine();
        Vitals {
            ready: self.pulse.ailments().is_empty(),
            uptime: self.uptime.elapsed(),
            tick_age: self.pulse.since_tick(),
            now: Some(engine.clock.now()),
            least_free: engine.config.min_free,
            commits: engine.writer.vital().commits,
            work: engine.tally.work(),
            fetches: engine.client.outcomes(),
        }
    }

    /// Its state in one line.
    pub async fn status(&self) -> String {
        let engine = self.in_force.engine();
        let states = engine.read(Reader::source_states).await;
        let (states, mut ailments) = (states.unwrap_or_default(), self.ailments());
        ailments.truncate(2);
        let now = engine.clock.now();
        self.account
            .line(&engine.config.sources, &states, &ailments, now)
    }

    /// Tells the state.
    pub(super) async fn tell_status(&self) {
        let status = self.status().await;
        // Nothing is told after that it ends.
        if !self.in_force.engine().shutdown.is_cancelled() {
            self.superior.hear(&[Word::Status(status)]);
        }
    }
}

/// Runs until the engine's `shutdown` is cancelled.
///
/// Cancelling drops requests in flight; a transaction that has begun is finished by its writer.
pub async fn run(daemon: Arc<Daemon>) {
    let engine = daemon.in_force.engine();
    let socket = control::listen(&daemon);
    let refilled = Arc::clone(&engine);
    daemon.cycles.spawn(async move {
        if let Err(error) = refilled.refill_search().await {
            tracing::error!(
                error = format!("{error:#}"),
                "the search could not be filled; it goes on at the next start"
            );
        }
    });
    look_for_damage(&daemon);
    let status = Word::Status(daemon.status().await);
    daemon.superior.hear(&[Word::Ready, status]);
    tick_on(&daemon).await;
    let ending = "ending: requests in flight get a few seconds".to_owned();
    daemon
        .superior
        .hear(&[Word::Stopping, Word::Status(ending)]);
    drop(socket);
    daemon.cycles.close();
    if tokio::time::timeout(PATIENCE, daemon.cycles.wait())
        .await
        .is_err()
    {
        tracing::warn!("some cycles did not end in time; they are due again at the next start");
    }
}
