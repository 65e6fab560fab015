//! Feeds over HTTP: filters, pages, validators, codings, faults.

use std::str::FromStr;
use std::sync::atomic::Ordering;

use atom_syndication::Feed;
use jiff::SignedDuration;

use super::client::{Answer, start};
use super::shelf::{Trouble, shelf};

const ALL: &str = "/feeds/all.atom";

fn read(answer: &Answer) -> Feed {
    assert_eq!(answer.status, 200, "{}", answer.text());
    Feed::from_str(&answer.text()).expect("Atom")
}

fn links(feed: &Feed, rel: &str) -> Vec<String> {
    feed.links
        .iter()
        .filter(|link| link.rel == rel)
        .map(|link| link.href.clone())
        .collect()
}

#[tokio::test]
async fn a_feed_comes_with_the_headers_feed_readers_and_caches_need() {
    let server = start(shelf(3)).await;
    let answer = server.get("/feeds/sivistys.atom", &[]).await;
    assert_eq!(read(&answer).entries.len(), 2);
    assert_eq!(
        answer.header("content-type"),
        Some("application/atom+xml; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.header("vary"), Some("Accept-Encoding, A-IM"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(
        answer.header("last-modified"),
        Some("Fri, 01 Mar 2024 08:02:00 GMT")
    );
    assert_eq!(answer.header("set-cookie"), None);
    let tag = answer.header("etag").expect("etag");
    assert!(
        tag.starts_with('"') && tag.ends_with('"') && tag.len() == 34,
        "{tag}"
    );
}

#[tokio::test]
async fn conditional_requests_are_answered_without_body_and_without_building_again() {
    let shelf = shelf(3);
    let server = start(shelf.clone()).await;
    let first = server.get(ALL, &[]).await;
    let tag = first.header("etag").expect("etag").to_owned();
    let modified = first.header("last-modified").expect("date").to_owned();
    let weak = format!("\"x\", W/{tag}");
    let fresh: [&[(&str, &str)]; 5] = [
        &[("If-None-Match", &tag)],
        &[("If-None-Match", &weak)],
        &[("If-None-Match", "*")],
        &[("If-Modified-Since", &modified)],
        &[
            ("If-None-Match", &tag),
            ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ],
    ];
    for headers in fresh {
        let answer = server.get(ALL, headers).await;
        assert_eq!(answer.status, 304, "{headers:?}");
        assert!(answer.body.is_empty());
        for name in [
            "etag",
            "cache-control",
            "vary",
            "last-modified",
            "access-control-allow-origin",
        ] {
            assert_eq!(answer.header(name), first.header(name), "{name}");
        }
        assert!(answer.header("date").is_some());
        assert_eq!(answer.header("content-length"), None);
        assert_eq!(answer.header("content-type"), None);
    }
    let stale: [&[(&str, &str)]; 3] = [
        &[("If-None-Match", "\"other\"")],
        &[
            ("If-None-Match", "\"other\""),
            ("If-Modified-Since", &modified),
        ],
        &[("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")],
    ];
    for headers in stale {
        assert_eq!(server.get(ALL, headers).await.status, 200, "{headers:?}");
    }
    assert_eq!(shelf.built.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_changed_item_changes_tag_date_and_updated() {
    let shelf = shelf(3);
    let server = start(shelf.clone()).await;
    let before = server.get(ALL, &[]).await;
    {
        let mut items = shelf.items.lock().expect("items");
        items[0].changed_at += SignedDuration::from_hours(24);
    }
    let tag = before.header("etag").expect("etag");
    let after = server.get(ALL, &[("If-None-Match", tag)]).await;
    let (old, new) = (read(&before), read(&after));
    assert_ne!(
        before.header("last-modified"),
        after.header("last-modified")
    );
    assert!(old.updated < new.updated);
    assert_eq!(new.updated, new.entries[0].updated);
    assert_eq!(
        new.entries[0].id,
        "tag:seutu.invalid,2026:item/asikkala/2024000-1"
    );
}

#[tokio::test]
async fn gzip_is_another_representation_with_its_own_tag() {
    let server = start(shelf(9)).await;
    let plain = server.get(ALL, &[("Accept-Encoding", "gzip;q=0")]).await;
    let zipped = server.get(ALL, &[("Accept-Encoding", "br, gzip")]).await;
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    assert_eq!(zipped.unzipped(), plain.body);
    assert!(zipped.body.len() < plain.body.len() / 3);
    let (tag, zipped_tag) = (
        plain.header("etag").expect("tag"),
        zipped.header("etag").expect("tag"),
    );
    assert_eq!(zipped_tag, format!("{}-gzip\"", tag.trim_end_matches('"')));
    for (coding, tag, status) in [
        ("gzip", zipped_tag, 304),
        ("gzip", tag, 200),
        ("identity", tag, 304),
        ("identity", zipped_tag, 200),
    ] {
        let headers = [("Accept-Encoding", coding), ("If-None-Match", tag)];
        assert_eq!(
            server.get(ALL, &headers).await.status,
            status,
            "{coding} {tag}"
        );
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = start(shelf(3)).await;
    for path in [
        ALL,
        "/",
        "/style.css",
        "/api/status",
        "/healthz",
        "/nowhere",
    ] {
        for coding in ["gzip", "identity"] {
            let headers = [("Accept-Encoding", coding)];
            let get = server.get(path, &headers).await;
            let head = server.request("HEAD", path, &headers).await;
            assert!(head.body.is_empty(), "{path}");
            assert_eq!(get.status, head.status);
            let but_date = |answer: &Answer| {
                let headers = answer.headers.iter();
                let mut others: Vec<_> = headers
                    .filter(|(name, _)| name != "date")
                    .cloned()
                    .collect();
                others.sort();
                others
            };
            assert_eq!(but_date(&get), but_date(&head), "{path}");
            assert_eq!(
                get.header("content-length"),
                Some(get.body.len().to_string().as_str())
            );
        }
    }
}

#[tokio::test]
async fn filters_choose_entries() {
    let server = start(shelf(10)).await;
    for (query, entries) in [
        ("", 10),
        ("municipality=asikkala", 5),
        ("municipality=K%C3%A4rk%C3%B6l%C3%A4", 5),
        ("stage=agenda", 5),
        ("outcome=accepted", 5),
        ("outcome=rejected", 0),
        ("body=Sivistyslautakunta", 10),
        ("year=2024", 10),
        ("year=2023", 0),
        ("body=Sivistyslautakunta&outcome=rejected", 0),
        ("q=numero+7", 1),
        ("since=2024-03-01T08:07:00Z", 3),
        ("since=2024-03-02", 0),
        ("municipality=asikkala&stage=minutes&q=numero+4", 1),
        ("stage=&q=&utm_source=somewhere", 10),
    ] {
        let feed = read(&server.get(&format!("{ALL}?{query}"), &[]).await);
        assert_eq!(feed.entries.len(), entries, "{query}");
    }
    let feed = read(
        &server
            .get(&format!("{ALL}?stage=agenda&municipality=karkola"), &[])
            .await,
    );
    assert_eq!(
        links(&feed, "self"),
        ["https://seutu.example/julki/feeds/all.atom?municipality=karkola&stage=agenda"]
    );
    assert_eq!(
        feed.id,
        "tag:seutu.invalid,2026:feed/all?municipality=karkola&stage=agenda".replace('&', "%26")
    );
    assert!(
        feed.title.value.ends_with(" – Kärkölä, Esityslista"),
        "{}",
        feed.title.value
    );
}

#[tokio::test]
async fn a_bad_filter_is_named_with_what_would_be_right() {
    let server = start(shelf(1)).await;
    let long = format!("q={}", "x".repeat(300));
    let many = format!("q={}", "x+".repeat(17));
    for (query, named) in [
        (
            "municipality=helsinki",
            "parameter municipality: \"helsinki\" is not allowed; give one of asikkala, karkola",
        ),
        (
            "stage=%3Cscript%3E",
            "parameter stage: \"<script>\" is not allowed; give one of agenda, minutes",
        ),
        ("outcome=x", "one of accepted, amended, rejected, tabled"),
        (
            "body=Torilautakunta",
            "parameter body: \"Torilautakunta\" is not allowed; give a body that is in the archive",
        ),
        ("year=20x", "parameter year"),
        ("since=yesterday", "parameter since"),
        ("since=0000-00-00", "parameter since"),
        ("since=9999-12-31", "parameter since"),
        ("page=0", "parameter page"),
        ("page=-1", "parameter page"),
        ("page=1000000000000000000", "parameter page"),
        ("stage=agenda&stage=minutes", "parameter stage"),
        ("q=%00", "parameter q"),
        (&long, "parameter q"),
        (&many, "parameter q"),
    ] {
        let answer = server.get(&format!("{ALL}?{query}"), &[]).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert!(answer.text().contains(named), "{query}: {}", answer.text());
    }
}

#[tokio::test]
async fn pages_are_linked_and_hold_each_item_once() {
    let server = start(shelf(120)).await;
    let base = "https://seutu.example/julki/feeds/all.atom";
    let mut seen = std::collections::BTreeSet::new();
    for (page, entries) in [(1, 50), (2, 50), (3, 20)] {
        let feed = read(&server.get(&format!("{ALL}?page={page}"), &[]).await);
        assert_eq!(feed.entries.len(), entries);
        seen.extend(feed.entries.iter().map(|entry| entry.id.clone()));
        let address = |page: u32| match page {
            1 => vec![base.to_owned()],
            2 | 3 => vec![format!("{base}?page={page}")],
            _ => Vec::new(),
        };
        assert_eq!(links(&feed, "self"), address(page));
        assert_eq!(links(&feed, "first"), address(1));
        assert_eq!(links(&feed, "previous"), address(page - 1));
        assert_eq!(links(&feed, "next"), address(page + 1));
        assert_eq!(
            links(&feed, "last"),
            if page == 3 { address(3) } else { Vec::new() }
        );
    }
    assert_eq!(seen.len(), 120);
    let beyond = server.get(&format!("{ALL}?page=4"), &[]).await;
    assert_eq!(beyond.status, 404);
    assert!(beyond.text().contains("no page 4"), "{}", beyond.text());
    let empty = start(shelf(0)).await.get(ALL, &[]).await;
    assert!(read(&empty).entries.is_empty());
    assert_eq!(empty.header("last-modified"), None);
}

#[tokio::test]
async fn unknown_networks_and_formats_are_not_found() {
    let server = start(shelf(1)).await;
    for path in [
        "/feeds/nobody.atom",
        "/feeds/all.exe",
        "/feeds/all",
        "/feeds/.atom",
        "/feeds/",
        "/feeds/a/b.atom",
        "/feeds/municipalities/helsinki.atom",
        "/feeds/dossiers/nothing.atom",
        "/feeds/nobody/daily.atom",
        "/feeds/all/daily.atom?stage=agenda",
        "/feeds/all.atom?month=2024-02&stage=agenda",
    ] {
        assert_eq!(server.get(path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn addresses_come_from_the_configuration_and_never_from_the_request() {
    let server = start(shelf(2)).await;
    let headers = [
        ("Host", "evil.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "host=evil.example"),
    ];
    for path in [ALL, "/", "/api/status"] {
        let answer = server.get(path, &headers).await;
        assert!(!answer.text().contains("evil.example"), "{path}");
    }
    for path in [
        "//evil.example/",
        "/\\evil.example",
        "/%5cevil.example",
        "/%2f/evil.example",
        "http://evil.example/x",
    ] {
        let answer = server.get(path, &headers).await;
        assert_eq!(answer.header("location"), None, "{path}");
        assert!(
            (400..500).contains(&answer.status),
            "{path} {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn a_fault_is_an_answer_of_its_own_and_never_an_entry() {
    let shelf = shelf(3);
    let server = start(shelf.clone()).await;
    for trouble in [Trouble::Fault, Trouble::Panic] {
        *shelf.trouble.lock().expect("trouble") = Some(trouble);
        for path in [ALL, "/", "/api/status"] {
            let answer = server.get(path, &[]).await;
            assert_eq!(answer.status, 503, "{path}");
            assert_eq!(answer.header("retry-after"), Some("60"));
            assert!(
                !answer.text().contains("secret") && !answer.text().contains("broken"),
                "{}",
                answer.text()
            );
        }
        assert_eq!(server.get("/healthz", &[]).await.status, 200);
    }
    *shelf.trouble.lock().expect("trouble") = None;
    assert_eq!(read(&server.get(ALL, &[]).await).entries.len(), 3);
}

#[tokio::test]
async fn a_panic_in_a_handler_fails_one_request_only() {
    let shelf = shelf(1);
    let server = start(shelf.clone()).await;
    *shelf.trouble.lock().expect("trouble") = Some(Trouble::Worse);
    let answer = server
        .get(&format!("{ALL}?municipality=asikkala"), &[])
        .await;
    assert_eq!(answer.status, 500);
    assert!(answer.header("content-security-policy").is_some());
    assert!(!answer.text().contains("broken"), "{}", answer.text());
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
}

#[tokio::test]
async fn a_panic_is_told_in_the_form_of_the_address() {
    let shelf = shelf(1);
    let server = start(shelf.clone()).await;
    for (address, content_type, told) in [
        (
            "/api/items?stage=draft",
            "application/problem+json",
            "\"status\": 500",
        ),
        ("/nothing/here", "text/html; charset=utf-8", "<h1"),
        (
            "/en/nothing/here",
            "text/html; charset=utf-8",
            "Other pages work.",
        ),
    ] {
        *shelf.trouble.lock().expect("trouble") = Some(Trouble::Once);
        let answer = server.get(address, &[]).await;
        assert_eq!(answer.status, 500, "{address}");
        assert_eq!(
            answer.header("content-type"),
            Some(content_type),
            "{address}"
        );
        assert!(answer.text().contains(told), "{address}: {}", answer.text());
        assert!(!answer.text().contains("broken"), "{}", answer.text());
        assert!(answer.header("content-security-policy").is_some());
    }
}

#[tokio::test]
async fn a_feed_without_entries_is_the_same_at_every_request() {
    let answer = start(shelf(0)).await.get("/feeds/sivistys.atom", &[]).await;
    assert_eq!(
        read(&answer).updated.to_rfc3339(),
        "2026-01-01T00:00:00+00:00"
    );
}
