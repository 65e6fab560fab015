//! How fast items are archived: listing, version with full text, check, one transaction per page.
//!
//! `cargo bench --bench archiving`

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot start has nothing to measure"
)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use seutu::archive::{Archive, ArchiveError, Batch, PagePlan};
use seutu::config::Config;
use seutu::decide::check::{AnswerFacts, Checked, check};
use seutu::decide::page::page;
use seutu::model::change::{ListingChange, PageChange};
use seutu::model::feed_item::ListedItem;
use seutu::model::ids::ItemKey;
use seutu::model::item::DuePage;
use seutu::model::minutes::{ItemReading, Lang, Reading, Stage};
use seutu::model::source::Source;
use tempfile::TempDir;

/// Items per measured run; each is a page and so a transaction of its own.
const ITEMS: u64 = 200;

fn now() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().expect("instant")
}

fn opened() -> (TempDir, Archive, Source) {
    let dir = TempDir::new().expect("folder");
    let config = Config::parse("default", Config::embedded_text(), [].into_iter()).expect("config");
    let source = config.sources.first().expect("source").clone();
    let mut archive = Archive::open(dir.path(), now()).expect("archive");
    archive
        .transaction(|batch| {
            batch.register(
                &config.municipalities,
                &config.sources,
                &config.networks,
                now(),
            )
        })
        .expect("registered");
    (dir, archive, source)
}

/// A page of the usual length: 4.5 k characters of text.
fn reading(n: u64) -> Reading {
    let text =
        "Lautakunta käsitteli seudullisen verkoston suunnitelmaa ja talousarviota. ".repeat(60);
    Reading {
        item: ItemReading {
            stage: Some(Stage::Minutes),
            title: Some(format!("Asia {n}")),
            background: Some(format!("{n} {text}")),
            decision: Some("Ehdotus hyväksyttiin.".to_owned()),
            ..ItemReading::empty(Lang::Fi)
        },
        handlings: vec![],
        problems: vec![],
    }
}

fn listed(source: &Source, n: u64) -> ListedItem {
    ListedItem {
        key: ItemKey::new(format!("2026{n}-1")),
        url: source.url.clone(),
        title: format!("Asia {n}"),
        body: Some("Sivistyslautakunta".to_owned()),
        held_on: Some("2026-11-10".parse().expect("day")),
        position: Some(1),
        published: None,
        text: None,
        section_no: None,
    }
}

fn store(batch: &Batch<'_>, source: &Source, n: u64) -> Result<(), ArchiveError> {
    let item = listed(source, n);
    let known = DuePage::unread(&source.municipality, &source.id, &item, now());
    batch.apply_listing(
        &source.id,
        PagePlan::Read,
        &[ListingChange::New(item)],
        now(),
    )?;
    let change = page(&known, reading(n), "bench/1", now());
    if let PageChange::Version(version) = &change {
        batch.store_version(&known.uid, version, now())?;
    }
    let record = check(
        &known,
        &Checked::Read(&change),
        AnswerFacts::default(),
        now(),
        0.0,
    );
    batch.record_check(&known.uid, &record)
}

fn archiving(c: &mut Criterion) {
    let mut group = c.benchmark_group("archive");
    group.throughput(Throughput::Elements(ITEMS));
    group.sample_size(10);
    group.bench_function("items, a transaction each", |b| {
        b.iter_batched(
            opened,
            |(dir, mut archive, source)| {
                for n in 0..ITEMS {
                    archive
                        .transaction(|batch| store(batch, &source, n))
                        .expect("stored");
                }
                (dir, archive)
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("items, one transaction", |b| {
        b.iter_batched(
            opened,
            |(dir, mut archive, source)| {
                archive
                    .transaction(|batch| (0..ITEMS).try_for_each(|n| store(batch, &source, n)))
                    .expect("stored");
                (dir, archive)
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, archiving);
criterion_main!(benches);
