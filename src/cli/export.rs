//! `seutu export`: the archive as files for other programs, in a folder or an object store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::ValueEnum;
use url::Url;

use super::opening::WrongUse;
use super::table::Table;
use super::{Exit, Global, opening, say};
use crate::archive::{EXPORTED, Reader, Selection};
use crate::config::{Config, ExportSettings};
use crate::daemon::clock::{Clock as _, SystemClock};
use crate::daemon::export::{ExportWish, into_folder, stage, upload};
use crate::fetch::object_store::{BucketStyle, ObjectStore, Patience, StoreAddress, StoreKey};
use crate::publish::export::{Manifest, TableFormat};

/// The region of a store that has none.
const REGION: &str = "us-east-1";

/// Options of `export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Format of the files; parquet is divided by year
    #[arg(long, value_enum)]
    format: FormatWord,
    /// Folder, or s3://bucket/prefix
    #[arg(long, value_name = "DIR-or-s3-URL")]
    out: String,
    /// A table or view; repeatable [default: the public views and the tables readers use]
    #[arg(long = "table", value_name = "NAME", num_args = 1..)]
    tables: Vec<String>,
    /// Only what changed after this event: `seq` in the manifest of the export before
    #[arg(long, value_name = "SEQ")]
    since: Option<i64>,
    /// Only rows of meetings of this year
    #[arg(long)]
    year: Option<i64>,
    /// CSV for spreadsheets: semicolons, a byte order mark, and ' before what would run as a formula
    #[arg(long)]
    spreadsheet: bool,
}

/// Words of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatWord {
    Csv,
    Jsonl,
    Parquet,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config(global)?;
    let reader = opening::reader(&config)?;
    let wish = wish(args, &reader)?;
    may_write_to(&config, Path::new(&args.out))?;
    let manifest = match args.out.strip_prefix("s3://") {
        Some(place) => into_store(&config, &reader, &wish, place)?,
        None => into_folder(&reader, &wish, Path::new(&args.out))?,
    };
    say(&summary(&manifest))?;
    Ok(Exit::Done)
}

/// The archive's own folders are no place for exports: their files would stand among those it lives from.
fn may_write_to(config: &Config, out: &Path) -> anyhow::Result<()> {
    let own = [
        config.archive_dir.clone(),
        config.archive_dir.join("public"),
    ];
    let Ok(out) = out.canonicalize() else {
        return Ok(());
    };
    if own
        .iter()
        .any(|own| own.canonicalize().is_ok_and(|own| own == out))
    {
        let what = format!(
            "{} is the archive's own folder: name another one in --out",
            out.display()
        );
        return Err(WrongUse(what).into());
    }
    Ok(())
}

fn wish(args: &Args, reader: &Reader) -> anyhow::Result<ExportWish> {
    let format = match (args.format, args.spreadsheet) {
        (FormatWord::Csv, false) => TableFormat::Csv,
        (FormatWord::Csv, true) => TableFormat::SpreadsheetCsv,
        (FormatWord::Jsonl, false) => TableFormat::JsonLines,
        (FormatWord::Parquet, false) => TableFormat::Parquet,
        (_, true) => {
            let what = "--spreadsheet is for --format csv: leave it out, or export CSV";
            return Err(WrongUse(what.to_owned()).into());
        }
    };
    let (known, newest) = reader.exportable()?;
    if let Some(since) = args.since.filter(|since| *since > newest || *since < 0) {
        let what = format!(
            "--since {since} is no event of this archive, whose newest is {newest}: give `seq` of the manifest of an \
             export before, and export all where the archive was begun anew"
        );
        return Err(WrongUse(what).into());
    }
    let mut tables = args.tables.clone();
    if tables.is_empty() {
        tables = EXPORTED.map(str::to_owned).to_vec();
    }
    tables.sort();
    tables.dedup();
    if let Some(unknown) = tables.iter().find(|name| !known.contains(name)) {
        let what = format!(
            "there is no table or view {unknown}: name some of {}",
            known.join(", ")
        );
        return Err(WrongUse(what).into());
    }
    Ok(ExportWish {
        tables,
        format,
        selection: Selection {
            since: args.since,
            year: args.year,
        },
    })
}

/// Writes into a temporary folder, so that the archive is not held while the network is waited for.
fn into_store(
    config: &Config,
    reader: &Reader,
    wish: &ExportWish,
    place: &str,
) -> anyhow::Result<Manifest> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        let what = "--out s3:// names no bucket: write s3://bucket/prefix";
        return Err(WrongUse(what.to_owned()).into());
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let store = store(config, bucket, &variable)?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let staged = stage(reader, wish, folder.path())?;
    let named = format!("s3://{place}");
    opening::block_on(async { upload(&staged, &store, prefix, &named).await })?;
    Ok(staged.manifest)
}

/// What an environment says.
type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

fn store(config: &Config, bucket: &str, variable: Variables<'_>) -> anyhow::Result<ObjectStore> {
    let settings = &config.export;
    let region = settings.s3_region.0.clone();
    let region = region
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .unwrap_or_else(|| REGION.to_owned());
    let address = StoreAddress {
        endpoint: endpoint(settings, &region, variable)?,
        region,
        style: if settings.s3_path_style {
            BucketStyle::Path
        } else {
            BucketStyle::Host
        },
        bucket: bucket.to_owned(),
    };
    let key = key(settings, variable)?;
    let now = Arc::new(|| SystemClock.now());
    let patience = Patience::default();
    Ok(ObjectStore::new(
        &config.fetch,
        &address,
        Some(&key),
        patience,
        now,
    )?)
}

fn endpoint(
    settings: &ExportSettings,
    region: &str,
    variable: Variables<'_>,
) -> anyhow::Result<Url> {
    if let Some(endpoint) = &settings.s3_endpoint.0 {
        return Ok(endpoint.clone());
    }
    let named = variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL"));
    let text = named.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com/"));
    text.parse()
        .with_context(|| format!("{text} is no address of a store: see [export] s3_endpoint"))
}

/// The key: from files, else from the environment.
fn key(settings: &ExportSettings, variable: Variables<'_>) -> anyhow::Result<StoreKey> {
    let remedy = "set access_key_file and secret_key_file in [export], or AWS_ACCESS_KEY_ID and \
                  AWS_SECRET_ACCESS_KEY in the environment";
    match (&settings.access_key_file.0, &settings.secret_key_file.0) {
        (Some(access), Some(secret)) => Ok(StoreKey {
            access: secret_in(access)?,
            secret: secret_in(secret)?,
            token: None,
        }),
        (None, None) => Ok(StoreKey {
            access: variable("AWS_ACCESS_KEY_ID")
                .with_context(|| format!("no key for the store: {remedy}"))?,
            secret: variable("AWS_SECRET_ACCESS_KEY")
                .with_context(|| format!("no secret key for the store: {remedy}"))?,
            token: variable("AWS_SESSION_TOKEN"),
        }),
        (Some(_), None) | (None, Some(_)) => anyhow::bail!("half a key for the store: {remedy}"),
    }
}

fn secret_in(path: &PathBuf) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("cannot read the key in {}", path.display()))?;
    let line = text.trim();
    anyhow::ensure!(
        !line.is_empty() && !line.contains(char::is_whitespace),
        "{} does not hold a key on one line",
        path.display()
    );
    Ok(line.to_owned())
}

fn summary(manifest: &Manifest) -> String {
    let mut table = Table::new(["table", ">rows", ">files", ">bytes"]);
    for exported in &manifest.tables {
        let own = manifest
            .files
            .iter()
            .filter(|file| file.table == exported.name);
        let (files, bytes) = own.fold((0, 0), |(files, bytes), file| {
            (files + 1, bytes + file.bytes)
        });
        table.row([
            exported.name.clone(),
            exported.rows.to_string(),
            files.to_string(),
            bytes.to_string(),
        ]);
    }
    format!(
        "{}\nthe archive as of {}, event {}\n",
        table.render(),
        manifest.built_at,
        manifest.seq
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ExportSettings {
        Config::parse("test", "", [].into_iter())
            .expect("defaults")
            .export
    }

    fn said(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        let owned: Vec<_> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        move |name| {
            let found = owned.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        }
    }

    #[test]
    fn the_store_is_the_configured_one_else_that_of_the_environment_else_amazons() {
        let mut settings = settings();
        let region = "eu-north-1";
        let amazon = endpoint(&settings, region, &said(&[])).expect("address");
        assert_eq!(amazon.as_str(), "https://s3.eu-north-1.amazonaws.com/");
        let environment = said(&[("AWS_ENDPOINT_URL", "http://store.example/")]);
        let named = endpoint(&settings, region, &environment).expect("address");
        assert_eq!(named.as_str(), "http://store.example/");
        settings.s3_endpoint.0 = Some("https://own.example/".parse().expect("address"));
        let own = endpoint(&settings, region, &environment).expect("address");
        assert_eq!(own.as_str(), "https://own.example/");
    }

    #[test]
    fn the_key_comes_from_files_else_from_the_environment_and_is_never_half() {
        let mut settings = settings();
        let none = key(&settings, &said(&[])).expect_err("no key").to_string();
        assert!(none.contains("AWS_ACCESS_KEY_ID"), "{none}");
        let environment = said(&[
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "hush"),
            ("AWS_SESSION_TOKEN", "short"),
        ]);
        let named = key(&settings, &environment).expect("key");
        assert_eq!(
            (named.access.as_str(), named.secret.as_str()),
            ("id", "hush")
        );
        assert_eq!(named.token.as_deref(), Some("short"));
        assert_eq!(format!("{named:?}"), "StoreKey", "secrets are not shown");

        let dir = tempfile::tempdir().expect("folder");
        let file = dir.path().join("access");
        std::fs::write(&file, "from-file\n").expect("written");
        settings.access_key_file.0 = Some(file.clone());
        assert!(key(&settings, &environment).is_err(), "half a key");
        settings.secret_key_file.0 = Some(file.clone());
        assert_eq!(
            key(&settings, &environment).expect("key").secret,
            "from-file"
        );
        std::fs::write(&file, "two words\n").expect("written");
        assert!(key(&settings, &environment).is_err());
    }
}
