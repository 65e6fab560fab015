//! How fast pages and feeds are read, and how fast items are archived, on the bundled fixtures.
//!
//! `cargo bench --bench reading`

#![expect(
    clippy::expect_used,
    reason = "a bench without its fixtures has nothing to measure"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use seutu::daemon::reading::{read_feed, read_page};
use seutu::model::ids::ItemKey;
use seutu::model::page::AskedPage;
use seutu::model::source::PlatformKind;
use url::Url;

/// A fixture page with the address it was served at.
struct Page {
    bytes: Vec<u8>,
    portal: Url,
    url: Url,
    key: ItemKey,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn folders(below: &str) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(root().join(below))
        .expect("fixtures")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn pages() -> Vec<Page> {
    folders("fixtures/platforms/dynasty")
        .into_iter()
        .map(|case| {
            let address = std::fs::read_to_string(case.join("url")).expect("url");
            let url = Url::parse(address.trim()).expect("address");
            let key = url
                .query_pairs()
                .find(|(name, _)| name == "id")
                .expect("id")
                .1
                .into_owned();
            let mut portal = url.clone();
            portal.set_query(None);
            let bytes = std::fs::read(case.join("page.html")).expect("page");
            Page {
                bytes,
                portal,
                key: ItemKey::new(key),
                url,
            }
        })
        .collect()
}

fn reading_pages(c: &mut Criterion) {
    let pages = pages();
    let mut group = c.benchmark_group("pages");
    group.throughput(Throughput::Elements(pages.len() as u64));
    group.bench_function("read every fixture page", |b| {
        b.iter(|| {
            for page in &pages {
                let asked = AskedPage {
                    portal: &page.portal,
                    url: &page.url,
                    key: &page.key,
                    key_prefix: "",
                };
                black_box(read_page(PlatformKind::Dynasty, asked, &page.bytes, None).ok());
            }
        });
    });
    group.finish();
}

fn reading_feeds(c: &mut Criterion) {
    let base = Url::parse("https://a.example/cgi/DREQUEST.PHP").expect("url");
    let feeds: Vec<Vec<u8>> = folders("fixtures/feeds")
        .into_iter()
        .filter_map(|case| std::fs::read(case.join("feed.xml")).ok())
        .collect();
    let mut group = c.benchmark_group("feeds");
    group.throughput(Throughput::Elements(feeds.len() as u64));
    group.bench_function("read every fixture feed", |b| {
        b.iter_batched(
            || feeds.clone(),
            |feeds| {
                for feed in feeds {
                    black_box(read_feed(&feed, None, &base).ok());
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, reading_pages, reading_feeds);
criterion_main!(benches);
