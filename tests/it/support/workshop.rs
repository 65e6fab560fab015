//! A folder, a configuration and a clock that moves as told: everything to open an engine with.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use seutu::config::Config;
use seutu::daemon::clock::{Clock as _, SimulatedClock};
use seutu::daemon::cycle::Scope;
use seutu::daemon::engine::Engine;
use seutu::daemon::poll::round;
use seutu::daemon::report::{SourceReport, nobody};
use seutu::model::source::PlatformKind;
use tempfile::TempDir;
use url::Url;

/// Three days before the meetings of [`super::portal::Paper`]s.
pub const MORNING: &str = "2026-11-09T06:00:00Z";

/// Rules that find a network by the title alone; `verkosto` is in, `seudullinen` is for a person to see.
pub const RULES: &str = r#"
[[network]]
slug = "sivistys"
name = "Sivistyksen verkosto"
members = ["Kuusijärvi"]
[[network.rule]]
name = "verkoston nimi"
fields = ["title"]
words = ["verkosto*"]
weight = 7.0
[[network.rule]]
name = "seudullisuus"
fields = ["title"]
words = ["seudulli*"]
weight = 4.0
"#;

/// What a test's configuration says.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// More lines of section `[archive]`.
    pub archive: String,
    /// Lines of section `[fetch]`.
    pub fetch: String,
    /// Lines of section `[poll]`.
    pub poll: String,
    /// Lines of section `[snapshot]`.
    pub snapshot: String,
    /// Address of the HTTP server.
    pub listen: String,
    /// Networks and their rules.
    pub networks: String,
    /// Who permitted that pages are read, for every source.
    permission: Option<&'static str>,
    sources: Vec<(String, &'static str, Url)>,
}

impl Default for Sheet {
    fn default() -> Self {
        Self {
            archive: String::new(),
            fetch: "min_interval = \"0s\"\nallow_private_addresses = true\n".to_owned(),
            poll: String::new(),
            snapshot: String::new(),
            listen: "127.0.0.1:1".to_owned(),
            networks: RULES.to_owned(),
            permission: None,
            sources: vec![],
        }
    }
}

impl Sheet {
    /// One Dynasty source, `kuusijarvi` of Kuusijärvi.
    pub fn of(portal: Url) -> Self {
        Self::default().with("kuusijarvi", PlatformKind::Dynasty, portal)
    }

    /// Another source; the first one belongs to Kuusijärvi, the others to municipalities named after them.
    pub fn with(mut self, id: &str, platform: PlatformKind, url: Url) -> Self {
        self.sources.push((id.to_owned(), platform.word(), url));
        self
    }

    /// Pages may be read whatever robots.txt says.
    pub fn permitted(self, by: &'static str) -> Self {
        Self {
            permission: Some(by),
            ..self
        }
    }

    /// More lines of section `[fetch]`.
    pub fn fetching(mut self, lines: &str) -> Self {
        self.fetch.push_str(lines);
        self
    }

    /// The configuration as TOML.
    pub fn toml(&self, archive: &Path) -> String {
        let Self {
            archive: more,
            fetch,
            poll,
            snapshot,
            listen,
            networks,
            permission,
            sources,
        } = self;
        let mut text = format!(
            "[archive]\ndir = {archive:?}\n{more}\n[http]\nlisten = \"{listen}\"\n[fetch]\n{fetch}\n[poll]\n{poll}\n[snapshot]\n{snapshot}\n"
        );
        for (number, (id, platform, url)) in sources.iter().enumerate() {
            let name = municipality(number, id);
            write!(
                text,
                "[[municipality]]\nname = \"{name}\"\ncode = \"{}\"\n[[source]]\nid = \"{id}\"\n\
                 municipality = \"{name}\"\nplatform = \"{platform}\"\nurl = \"{url}\"\nshow = 30\n",
                901 + number
            )
            .expect("a string");
            if let Some(by) = permission {
                writeln!(text, "permission = \"{by}\"").expect("a string");
            }
        }
        text + networks
    }
}

fn municipality(number: usize, id: &str) -> String {
    if number == 0 {
        "Kuusijärvi".to_owned()
    } else {
        id.to_owned()
    }
}

/// Opens engines on one folder, with one clock.
pub struct Workshop {
    /// The clock of every engine opened here.
    pub clock: SimulatedClock,
    /// The configuration of engines opened from now on.
    pub sheet: Sheet,
    /// Stands in for this program when left-over inputs are read; none: they are not judged.
    pub reader: Option<PathBuf>,
    dir: TempDir,
}

impl Workshop {
    /// An empty folder on the morning of [`MORNING`].
    pub fn new(sheet: Sheet) -> Self {
        Self {
            clock: SimulatedClock::new(MORNING.parse().expect("instant"), 0),
            sheet,
            reader: None,
            dir: TempDir::new().expect("folder"),
        }
    }

    /// The archive's folder.
    pub fn archive(&self) -> PathBuf {
        self.dir.path().join("archive")
    }

    /// Writes the configuration into a file for the program.
    pub fn config_file(&self) -> PathBuf {
        let file = self.dir.path().join("seutu.toml");
        std::fs::write(&file, self.sheet.toml(&self.archive())).expect("configuration");
        file
    }

    /// Opens an engine.
    pub async fn open(&self) -> Arc<Engine> {
        let text = self.sheet.toml(&self.archive());
        let config = Config::parse("test.toml", &text, [].into_iter()).expect("configuration");
        let clock = Arc::new(self.clock.clone());
        let engine = Engine::open(config, clock, self.reader.clone()).await;
        Arc::new(engine.expect("engine"))
    }

    /// Opens an engine, runs one round of everything that is due, and closes it.
    pub async fn round(&self) -> Vec<SourceReport> {
        self.round_of(Scope::Due).await
    }

    /// The same with another scope.
    pub async fn round_of(&self, scope: Scope) -> Vec<SourceReport> {
        let engine = self.open().await;
        let reports = turn(&engine, scope).await;
        close(engine).await;
        reports
    }

    /// One round with one source: its report.
    pub async fn poll(&self) -> SourceReport {
        let mut reports = self.round_of(Scope::Due).await;
        assert_eq!(reports.len(), 1, "one source is due: {reports:?}");
        reports.remove(0)
    }

    /// Moves the clock on.
    pub fn pass(&self, time: SignedDuration) {
        self.clock.advance(time);
    }

    /// Moves the clock on by days.
    pub fn pass_days(&self, days: i64) {
        self.pass(SignedDuration::from_hours(24 * days));
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The only value a query finds in the archive, as text; `null` stands for NULL.
    pub fn value(&self, sql: &str) -> String {
        let rows = self.rows(sql);
        assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
        rows[0].clone()
    }

    /// What a query finds in the archive, one line per row.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        super::contents::rows(&self.archive(), sql)
    }

    /// The only instant a query finds.
    pub fn instant(&self, sql: &str) -> Timestamp {
        self.value(sql).parse().expect("instant")
    }
}

/// One round with an open engine.
pub async fn turn(engine: &Arc<Engine>, scope: Scope) -> Vec<SourceReport> {
    round(engine, &[], scope, &nobody()).await.expect("round")
}

/// Closes an engine; nobody may share it.
pub async fn close(engine: Arc<Engine>) {
    let engine = Arc::into_inner(engine).expect("the only owner");
    engine.close().await.expect("closed");
}

/// Hours, for moving the clock.
pub fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}
