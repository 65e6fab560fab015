//! `seutu demo`: the daemon on bundled simulated municipal sites.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;
use url::Url;

use super::dossier::table_of_states;
use super::opening::WrongUse;
use super::poll::summary;
use super::run::serve_as_is;
use super::sources::health;
use super::table::{Table, printable};
use super::{Exit, Global, opening, progress, say};
use crate::archive::{FeedQuery, Reader, SourceOverview};
use crate::config::Config;
use crate::daemon::clock::SimulatedClock;
use crate::daemon::cycle::Scope;
use crate::daemon::engine::Engine;
use crate::daemon::poll::round;
use crate::daemon::report::SourceReport;
use crate::model::dossier::DossierSummary;
use crate::model::fetch_settings::PrivateAddresses;
use crate::model::item::ItemRecord;
use crate::model::minutes::Stage;
use crate::model::network::Verdict;
use crate::model::source::{Municipality, Publishes, Source};
use crate::serve::simulated::{SimulatedSites, SimulatedSource};

/// Options of `demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Port of the HTTP server on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// One cycle of agendas, one of minutes, print what was archived, exit
    #[arg(long)]
    once: bool,
    /// With --once: keep the archive in DIR, which must be empty or not exist yet
    #[arg(long, value_name = "DIR", requires = "once")]
    keep: Option<PathBuf>,
}

/// The morning on which the demonstration begins: its agendas are out, no meeting was held yet.
const BEGINS: &str = "2026-11-09T06:00:00Z";

/// From then to the day when all minutes of the bundled meetings are out.
const UNTIL_MINUTES: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How many times faster than life the watched demonstration runs: eight hours in a second.
const SPEED: i32 = 8 * 3600;

/// When the sites turn their agendas into minutes, in real time: ten simulated days later, when the last
/// meeting was held.
const MINUTES_AFTER: Duration = Duration::from_secs(31);

/// A look at what is due every second: three looks per simulated day.
const LOOK: Duration = Duration::from_secs(1);

/// What the failing site asks for in Retry-After, and a little.
const PAUSE: Duration = Duration::from_millis(1500);

/// The configuration beside an archive that is kept.
const SETTINGS: &str = "demo.toml";

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    opening::block_on(async {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let sites = SimulatedSites::start()
            .await
            .context("cannot start the simulated sites")?;
        let dir = match &args.keep {
            Some(dir) => kept(dir)?,
            None => folder.path(),
        };
        let config = configuration(&sites, dir, args.port)?;
        if args.once {
            let settings = config.effective_toml();
            once(global, &sites, config).await?;
            args.keep
                .as_deref()
                .map_or(Ok(()), |dir| keep_settings(dir, &settings))?;
            Ok(Exit::Done)
        } else {
            Box::pin(watch(&sites, config, args.keep.as_deref())).await
        }
    })
}

/// The folder to keep the archive in, made where it is missing: nothing of another archive may be in it.
fn kept(dir: &Path) -> anyhow::Result<&Path> {
    let cannot = |cause| {
        let place = dir.display();
        WrongUse(format!(
            "cannot make the folder {place}: {cause}; name one that is empty or does not exist yet, where this user may write"
        ))
    };
    std::fs::create_dir_all(dir).map_err(cannot)?;
    let mut inside = std::fs::read_dir(dir).map_err(cannot)?;
    if inside.next().is_some() {
        let what = format!(
            "{} is not empty; name an empty folder or one that does not exist yet",
            dir.display()
        );
        return Err(WrongUse(what).into());
    }
    Ok(dir)
}

/// Leaves the configuration beside the archive: the built-in one has none of its sources.
fn keep_settings(dir: &Path, settings: &str) -> anyhow::Result<()> {
    let file = dir.join(SETTINGS);
    std::fs::write(&file, settings).with_context(|| format!("cannot write {}", file.display()))?;
    let (dir, file) = (dir.display(), file.display());
    say(&format!(
        "\nThe archive is kept in {dir}, with its configuration: seutu --config {file} sources\nIts sites have ended, so \
         polls fail; everything else works.\n"
    ))
}

/// The built-in configuration with the simulated region in place of the real one; the network's rules
/// are the real ones.
fn configuration(sites: &SimulatedSites, folder: &Path, port: u16) -> anyhow::Result<Config> {
    let mut config = Config::parse(
        "the embedded configuration",
        Config::embedded_text(),
        [].into_iter(),
    )?;
    let simulated = sites.config();
    config.archive_dir = folder
        .canonicalize()
        .with_context(|| format!("cannot use {}", folder.display()))?;
    config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    config.public_url = Url::parse(&format!("http://{}/", config.listen))?;
    config.poll.look_interval = LOOK;
    config.fetch.min_interval = Duration::ZERO;
    config.fetch.allow_private_addresses = PrivateAddresses::Allowed;
    config.municipalities = simulated.iter().map(municipality).collect();
    config.sources = simulated
        .iter()
        .map(|site| source(site, config.poll.interval))
        .collect();
    for network in &mut config.networks {
        network.members = simulated
            .iter()
            .filter(|site| site.is_member)
            .map(|site| site.municipality.clone())
            .collect();
    }
    Ok(config)
}

fn municipality(site: &SimulatedSource) -> Municipality {
    Municipality {
        name: site.municipality.clone(),
        code: site.code.clone(),
        kind: site.kind,
        name_sv: None,
        region: None,
    }
}

fn source(site: &SimulatedSource, interval: Duration) -> Source {
    Source {
        id: site.id.clone(),
        municipality: site.municipality.clone(),
        platform: site.platform,
        url: site.url.clone(),
        interval,
        enabled: true,
        key_prefix: String::new(),
        show: 30,
        publishes: Publishes::default(),
        permission: site.permission.clone(),
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    }
}

async fn once(global: &Global, sites: &SimulatedSites, config: Config) -> anyhow::Result<()> {
    let clock = SimulatedClock::new(BEGINS.parse()?, 0);
    let engine = opening::engine_at(config, Arc::new(clock.clone())).await?;
    let watcher = progress::watcher(global);
    let agendas = round(&engine, &[], Scope::Due, &watcher).await?;
    say("First cycle: the agendas are out.\n")?;
    say(&summary(&agendas))?;
    sites.advance();
    clock.advance(UNTIL_MINUTES);
    tokio::time::sleep(PAUSE).await;
    let minutes = round(&engine, &[], Scope::Due, &watcher).await?;
    say("\nTwo weeks later: the meetings were held, the minutes are out.\n")?;
    say(&summary(&minutes))?;
    say(&format!(
        "\nWhat is archived now:\n\n{}",
        archived(&engine).await?
    ))?;
    say(&dossiers(&engine).await?)?;
    say(&outcome(&agendas, &minutes))?;
    opening::close(engine).await
}

/// The archive's own view of each source: one row, and in it a cell for each thing worth a look.
async fn archived(engine: &Engine) -> anyhow::Result<String> {
    let overview = engine.read(Reader::source_overview).await?;
    let query = FeedQuery {
        limit: 1000,
        ..Default::default()
    };
    let items = engine.read(move |reader| reader.feed_items(&query)).await?;
    let mut table = Table::new(COLUMNS);
    for source in &overview {
        let own = items.iter().filter(|item| item.source == source.source);
        table.row(cells(source, &own.collect::<Vec<_>>()));
    }
    let findings = engine.read(|reader| reader.findings(None)).await?;
    let lines = findings.iter().map(|found| {
        let finding = &found.finding;
        format!(
            "{}: {}\n",
            finding.severity.word(),
            printable(&finding.text)
        )
    });
    Ok(table.render() + "\n" + &lines.collect::<String>())
}

/// Who has decided what, for the dossier that most members have handled.
async fn dossiers(engine: &Engine) -> anyhow::Result<String> {
    let networks = engine.config.networks.iter();
    let slugs: Vec<String> = networks.map(|network| network.slug.clone()).collect();
    let mut tables = String::new();
    for slug in slugs {
        let rows = engine.read(move |reader| reader.matrix(&slug)).await?;
        let seen = |dossier: &DossierSummary| dossier.decided + dossier.on_agenda;
        let most = rows.iter().max_by_key(|(dossier, _)| seen(dossier));
        if let Some((dossier, cells)) = most {
            let title = printable(&dossier.title);
            tables.extend([format!("\n{title}\n\n"), table_of_states(cells)]);
        }
    }
    Ok(tables)
}

/// Columns of [`archived`], with a cell of [`cells`] for each.
const COLUMNS: [&str; 8] = [
    "municipality",
    "platform",
    "health",
    ">items",
    ">agendas",
    ">minutes",
    "network item",
    "outcome",
];

fn cells(source: &SourceOverview, own: &[&ItemRecord]) -> [String; COLUMNS.len()] {
    let staged = |stage| own.iter().filter(|item| item.stage == Some(stage)).count();
    let network = own.iter().find(|item| {
        let mut matches = item.matches.iter();
        matches.any(|found| found.verdict == Verdict::In)
    });
    let outcome = network.and_then(|item| item.outcome);
    [
        source.municipality.clone(),
        source.platform.clone(),
        health(source).to_owned(),
        own.len().to_string(),
        staged(Stage::Agenda).to_string(),
        staged(Stage::Minutes).to_string(),
        network.map(|item| item.uid.to_string()).unwrap_or_default(),
        outcome.map_or("", |outcome| outcome.word()).to_owned(),
    ]
}

fn outcome(agendas: &[SourceReport], minutes: &[SourceReport]) -> String {
    let turned: u32 = minutes.iter().map(|report| report.minutes_published).sum();
    let mut text = format!("\n{turned} agendas became minutes.\n");
    for (cycle, reports) in [("first", agendas), ("second", minutes)] {
        for report in reports.iter().filter(|report| report.failed()) {
            let error = report.error.as_deref().unwrap_or("no reason given");
            text.extend([format!(
                "{} failed in the {cycle} cycle: {}\n",
                report.source,
                printable(error)
            )]);
        }
    }
    text
}

async fn watch(
    sites: &SimulatedSites,
    config: Config,
    kept: Option<&Path>,
) -> anyhow::Result<Exit> {
    let clock = SimulatedClock::new(BEGINS.parse()?, SPEED);
    let address = config.public_url.clone();
    let engine = opening::engine_at(config, Arc::new(clock)).await?;
    say(&format!(
        "seutu demo: {address}\nEight hours pass every second; after {} seconds all meetings were held and the agendas turn into minutes.\nCtrl-C ends it; {}.",
        MINUTES_AFTER.as_secs(),
        kept.map_or("nothing is kept".to_owned(), |folder| format!(
            "the archive stays in {}",
            folder.display()
        ))
    ))?;
    let minutes = sites.advance_after(MINUTES_AFTER);
    let served = serve_as_is(&engine).await;
    minutes.abort();
    opening::close(engine).await?;
    served.map(|()| Exit::Done)
}
