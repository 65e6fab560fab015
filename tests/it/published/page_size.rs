//! Feeds with as many entries on a page as a reader wants.

use std::str::FromStr;

use atom_syndication::Feed;
use seutu::serve::filters::LARGEST_PAGE;

use super::client::{Server, start};
use super::shelf::shelf;

const ALL: &str = "/feeds/all.atom";
const BASE: &str = "https://seutu.example/julki/feeds/all.atom";

async fn read(server: &Server, query: &str) -> Feed {
    let answer = server.get(&format!("{ALL}{query}"), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Feed::from_str(&answer.text()).expect("Atom")
}

fn link(feed: &Feed, rel: &str) -> Option<String> {
    let found = feed.links.iter().find(|link| link.rel == rel);
    found.map(|link| link.href.clone())
}

#[tokio::test]
async fn pages_are_as_large_as_they_are_wanted_and_their_links_keep_it() {
    let server = start(shelf(120)).await;
    let usual = read(&server, "").await;
    let mut seen = std::collections::BTreeSet::new();
    for (page, entries) in [(1, 100), (2, 20)] {
        let feed = read(&server, &format!("?limit=100&page={page}")).await;
        assert_eq!(feed.entries.len(), entries);
        assert_eq!(feed.id, usual.id, "it is the same feed");
        seen.extend(feed.entries.iter().map(|entry| entry.id.clone()));
        let address = |page| match page {
            1 => Some(format!("{BASE}?limit=100")),
            2 => Some(format!("{BASE}?limit=100&page=2")),
            _ => None,
        };
        assert_eq!(link(&feed, "self"), address(page));
        assert_eq!(link(&feed, "first"), address(1));
        assert_eq!(link(&feed, "previous"), address(page - 1));
        assert_eq!(link(&feed, "next"), address(page + 1));
        // However large its pages are, the feed is archived by months.
        let archived = |feed: &Feed| link(feed, "prev-archive");
        assert_eq!(archived(&feed), archived(&usual).filter(|_| page == 1));
    }
    assert_eq!(seen.len(), 120);
    let all = read(&server, "?limit=500").await;
    assert_eq!(all.entries.len(), 120);
    assert_eq!(link(&all, "last"), Some(format!("{BASE}?limit=500")));
    let filtered = read(&server, "?limit=2&stage=minutes").await;
    assert_eq!(
        link(&filtered, "self"),
        Some(format!("{BASE}?stage=minutes&limit=2"))
    );
}

#[tokio::test]
async fn the_usual_page_has_one_address() {
    let server = start(shelf(3)).await;
    let usual = server.get(ALL, &[]).await;
    for query in ["?limit=50", "?limit="] {
        let same = server.get(&format!("{ALL}{query}"), &[]).await;
        assert_eq!(same.text(), usual.text(), "{query}");
    }
}

#[tokio::test]
async fn a_page_is_never_empty_nor_endless() {
    let server = start(shelf(3)).await;
    let endless = (LARGEST_PAGE + 1).to_string();
    for limit in ["0", "-1", "many", &endless, "2&limit=3"] {
        let answer = server.get(&format!("{ALL}?limit={limit}"), &[]).await;
        assert_eq!(answer.status, 400, "{limit}");
        assert!(answer.text().contains("parameter limit"), "{limit}");
    }
    // Archives and digests have the size that they have.
    for path in [
        "/feeds/all/daily.atom?limit=2",
        "/feeds/all.atom?month=2024-03&limit=2",
    ] {
        assert_eq!(server.get(path, &[]).await.status, 404, "{path}");
    }
}
