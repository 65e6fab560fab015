//! Everything a cycle needs, opened once: archive, client, rules, clock.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::desks::Desks;
use super::inflight::Inflight;
use super::publishing::Publisher;
use super::tally::Tally;
use super::websub::Told;
use crate::archive::{Archive, ArchiveError, PageAccess, Reader, Writer};
use crate::config::Config;
use crate::fetch::Client;
use crate::language::Analyser;
use crate::model::ids::SourceId;
use crate::model::source::Source;
use crate::platform::platform;
use crate::recognise::Matcher;

/// Queries at a time: as many as the reader keeps connections for.
const QUERIES: usize = 4;

/// The opened parts, shared by every cycle.
pub struct Engine {
    /// The configuration in force.
    pub config: Arc<Config>,
    /// The one client.
    pub client: Client,
    /// The one writer.
    pub writer: Writer,
    /// Read-only connections.
    pub reader: Reader,
    /// Compiled recognition rules.
    pub matcher: Arc<Matcher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Inputs in flight.
    pub inflight: Inflight,
    /// This program's own file, which reads PDFs in a child process; none: no PDF is read.
    pub reader_program: Option<PathBuf>,
    /// SHA-256 of inputs that are not parsed any more.
    pub quarantined: Arc<BTreeSet<String>>,
    /// What cycles did since the start.
    pub tally: Arc<Tally>,
    /// Snapshots, one at a time.
    pub(super) publisher: Arc<Publisher>,
    /// What the hub was told.
    pub(super) told: Arc<Told>,
    /// Dossiers are joined by one at a time.
    pub(super) joining: Arc<tokio::sync::Mutex<()>>,
    queries: Arc<Semaphore>,
    /// Where documents are read.
    pub(super) desks: Desks,
    /// Cancelled when the program has to end.
    pub shutdown: CancellationToken,
}

/// Items whose search columns are filled in one transaction.
const REFILLED: u32 = 200;

/// Says once which engine finds the forms of words.
fn say_language(language: &Analyser) {
    let engine = language.name();
    match language.complaint() {
        None => tracing::info!(engine, "the search knows the forms of words"),
        Some(why) => tracing::info!(engine, why, "the search does without Voikko"),
    }
}

fn is_index_damage(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<ArchiveError>())
        .any(ArchiveError::is_index_damage)
}

impl Engine {
    /// Opens the archive for writing and prepares everything else.
    ///
    /// `reader_program` is this program's own binary: it reads left-over inputs in a child process.
    pub async fn open(
        config: Config,
        clock: Arc<dyn Clock>,
        reader_program: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let now = clock.now();
        let dir = config.archive_dir.clone();
        let choice = config.voikko.clone();
        let (archive, language) = spawn_blocking(move || {
            let language = Analyser::open(&choice);
            let archive = Archive::open(&dir, now)?.speaking(Arc::clone(&language));
            say_language(&language);
            Ok::<_, ArchiveError>((archive, language))
        })
        .await??;
        let writer = Writer::start(archive)?;
        let reader = Reader::open(&config.archive_dir)?.speaking(language);
        let client = Client::new(&config.fetch).context("cannot prepare the HTTP client")?;
        let mut engine = Self {
            quarantined: Arc::default(),
            inflight: Inflight::open(&config.archive_dir)
                .context("cannot make the folder of inputs in flight")?,
            matcher: Arc::new(Matcher::new(&config.networks)),
            shutdown: CancellationToken::new(),
            reader_program,
            tally: Arc::default(),
            publisher: Arc::default(),
            told: Arc::default(),
            joining: Arc::default(),
            queries: Arc::new(Semaphore::new(QUERIES)),
            desks: Desks::default(),
            config: Arc::new(config),
            client,
            writer,
            reader,
            clock,
        };
        if let Err(error) = engine.catch_up().await {
            // The writer has built the index again by now.
            if !is_index_damage(&error) {
                return Err(error);
            }
            engine.catch_up().await?;
        }
        engine.restore_pauses().await?;
        if let Some(program) = engine.reader_program.clone() {
            engine.judge_left_over(&program).await?;
        }
        engine.join_dossiers().await?;
        let quarantined = engine.read(Reader::quarantined).await?;
        let quarantined = quarantined.into_iter().map(|input| input.sha256);
        engine.quarantined = Arc::new(quarantined.collect());
        Ok(engine)
    }

    /// The same archive, clock and hosts by another configuration, which the archive does not know yet.
    ///
    /// # Errors
    /// When no HTTP client can be made of it.
    pub(super) fn with(&self, config: Config) -> anyhow::Result<Self> {
        let client = self.client.with(&config.fetch);
        Ok(Self {
            client: client.context("cannot prepare the HTTP client")?,
            matcher: Arc::new(Matcher::new(&config.networks)),
            config: Arc::new(config),
            writer: self.writer.clone(),
            reader: self.reader.clone(),
            clock: Arc::clone(&self.clock),
            inflight: self.inflight.clone(),
            reader_program: self.reader_program.clone(),
            quarantined: Arc::clone(&self.quarantined),
            tally: Arc::clone(&self.tally),
            publisher: Arc::clone(&self.publisher),
            told: Arc::clone(&self.told),
            joining: Arc::clone(&self.joining),
            queries: Arc::clone(&self.queries),
            desks: self.desks.clone(),
            shutdown: self.shutdown.clone(),
        })
    }

    /// Brings the archive in step with the configuration and with this program's language.
    async fn catch_up(&self) -> anyhow::Result<()> {
        self.register().await?;
        // A small archive at once; nobody waits for a large one, which whoever polls goes on with.
        self.refill_some().await?;
        self.judge_again().await?;
        Ok(())
    }

    /// Fills the search columns of items that another engine filled, in short transactions; goes on at the next start
    /// where it was interrupted.
    pub async fn refill_search(&self) -> anyhow::Result<()> {
        let mut filled = 0_u32;
        while !self.shutdown.is_cancelled() {
            let done = self.refill_some().await?;
            if done == 0 {
                break;
            }
            filled += done;
            tracing::info!(items = filled, "the search is being filled");
        }
        Ok(())
    }

    /// One step of it; says how many items it was.
    async fn refill_some(&self) -> anyhow::Result<u32> {
        let filled = self.writer.write(|batch| batch.refill_search(REFILLED));
        Ok(filled.await?)
    }

    /// Wipes the traces of what was taken out; where that fails, the next time does it.
    pub(super) async fn purge(&self) {
        match self.writer.purge().await {
            Ok(true) => {}
            Ok(false) => tracing::info!(
                "a reader keeps the archive open: traces of what was taken out stand in the write-ahead log until it ends"
            ),
            Err(error) => {
                tracing::error!(%error, "traces of what was taken out could not be wiped; it is tried again");
            }
        }
    }

    /// The source with an id.
    pub fn source(&self, id: &SourceId) -> Option<&Source> {
        self.config.sources.iter().find(|source| source.id == *id)
    }

    /// Runs a query on a read-only connection, off the async workers.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Reader) -> Result<T, ArchiveError> + Send + 'static,
    ) -> anyhow::Result<T> {
        let reader = self.reader.clone();
        let _turn = self.queries.acquire().await?;
        Ok(spawn_blocking(move || query(&reader)).await??)
    }

    /// Ends reading and writing: every acknowledged row is in the main file afterwards.
    pub async fn close(&self) -> anyhow::Result<()> {
        self.desks.leave().await;
        Ok(self.writer.close().await?)
    }

    /// Writes municipalities, sources and networks of the configuration into the archive.
    pub(super) async fn register(&self) -> anyhow::Result<()> {
        let config = Arc::clone(&self.config);
        let now = self.clock.now();
        self.writer
            .write(move |batch| {
                batch.register(
                    &config.municipalities,
                    &config.sources,
                    &config.networks,
                    now,
                )?;
                config.sources.iter().try_for_each(|source| {
                    let reader = platform(source.platform);
                    let access = match (reader.reads_pages(source), &source.permission) {
                        (false, _) => PageAccess::FeedOnly,
                        (true, Some(_)) => PageAccess::Permitted,
                        (true, None) => PageAccess::Unknown,
                    };
                    batch.set_front(&source.id, &reader.front(source), access)?;
                    batch.set_standing_lists(&source.id, &reader.lists(source), now)
                })
            })
            .await
            .context("cannot write municipalities, sources and networks into the archive")
    }

    /// A server's Retry-After outlives a restart.
    async fn restore_pauses(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        for (host, until) in self.read(move |reader| reader.paused_hosts(now)).await? {
            if let Ok(left) = std::time::Duration::try_from(until.duration_since(now)) {
                self.client.pause_host(&host, left);
            }
        }
        Ok(())
    }
}
