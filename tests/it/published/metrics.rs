//! `/metrics`: for this machine alone, bounded, and as docs/operations.md says.

use std::collections::BTreeSet;

use super::client::start;
use super::shelf::shelf;

const GUIDE: &str = include_str!("../../../docs/operations.md");

/// The names that are served, a counter's with `_total`.
fn served(text: &str) -> BTreeSet<String> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let names = types.filter_map(|line| line.split_once(' '));
    let names = names.map(|(name, kind)| match kind {
        "counter" => format!("{name}_total"),
        _ => name.to_owned(),
    });
    names.collect()
}

/// The names of the guide's table.
fn documented() -> BTreeSet<String> {
    let names = GUIDE.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = names.filter_map(|line| line.split('`').next());
    let ours = names.filter(|name| name.starts_with("seutu_") || name.starts_with("process_"));
    ours.map(str::to_owned).collect()
}

#[tokio::test]
async fn every_name_is_in_the_guide_and_the_guide_has_no_other() {
    let server = start(shelf(3)).await;
    server.get("/feeds/all.atom", &[]).await;
    let answer = server.get("/metrics", &[]).await;
    assert_eq!(answer.status, 200);
    let kind = answer.header("content-type").expect("type");
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert_eq!(served(&text), documented());
}

#[tokio::test]
async fn whoever_comes_through_a_proxy_finds_nothing_there() {
    let server = start(shelf(1)).await;
    for name in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"] {
        let answer = server.get("/metrics", &[(name, "127.0.0.1")]).await;
        assert_eq!(answer.status, 404, "{name}");
        assert!(!answer.text().contains("seutu_"), "{name}");
    }
    let near = server
        .get("/metrics", &[("Host", "elsewhere.example")])
        .await;
    assert_eq!(
        near.status, 200,
        "the name that is asked for decides nothing"
    );
}

#[tokio::test]
async fn requests_are_counted_by_template_and_never_by_what_was_asked() {
    let server = start(shelf(2)).await;
    for path in [
        "/feeds/all.atom",
        "/feeds/all.atom",
        "/feeds/none-such.atom",
        "/evil%22%0a/x?y=evil",
        "/healthz",
    ] {
        server.get(path, &[]).await;
    }
    server.request("EVIL", "/healthz", &[]).await;
    let text = server.get("/metrics", &[]).await.text();
    let counted = |route: &str, status: &str| {
        let of = |line: &&str| {
            line.contains(&format!("route=\"{route}\""))
                && line.contains(&format!("status=\"{status}\""))
        };
        let line = text.lines().find(of);
        line.and_then(|line| line.rsplit(' ').next())
            .map(str::to_owned)
    };
    assert_eq!(
        counted("/feeds/{*path}", "2xx").as_deref(),
        Some("2"),
        "the second answer is the first one again: {text}"
    );
    assert_eq!(counted("/feeds/{*path}", "4xx").as_deref(), Some("1"));
    assert_eq!(counted("other", "4xx").as_deref(), Some("1"));
    assert_eq!(counted("/healthz", "2xx").as_deref(), Some("1"));
    assert_eq!(
        counted("/healthz", "4xx").as_deref(),
        Some("1"),
        "another method"
    );
    assert!(!text.to_lowercase().contains("evil"), "{text}");
    assert!(text.contains("\nseutu_feed_cache_hits_total 1"), "{text}");
    assert!(text.contains("\nseutu_feed_cache_misses_total 1"), "{text}");
    assert!(text.contains("\nseutu_http_open_connections 1"), "{text}");
}
