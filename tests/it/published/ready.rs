//! What was sent is sent again without a look into the archive, until something changes.

use std::sync::atomic::Ordering;

use jiff::SignedDuration;

use super::client::start;
use super::shelf::shelf;

const PATHS: [&str; 4] = [
    "/feeds/all.atom?limit=500",
    "/search?q=sopimus",
    "/calendar.ics",
    "/",
];

#[tokio::test]
async fn an_unchanged_answer_asks_the_archive_nothing() {
    let site = shelf(3);
    let server = start(site.clone()).await;
    for path in PATHS {
        let first = server.get(path, &[]).await;
        assert_eq!(first.status, 200, "{path}");
        let tag = first.header("etag").expect("a tag").to_owned();
        let asked = site.asked.load(Ordering::SeqCst);
        let again = server.get(path, &[]).await;
        assert_eq!(again.text(), first.text(), "{path}");
        let without_date = |headers: &[(String, String)]| {
            let mut headers = headers.to_vec();
            headers.retain(|(name, _)| name != "date");
            headers.sort();
            headers
        };
        assert_eq!(
            without_date(&again.headers),
            without_date(&first.headers),
            "{path}"
        );
        let unchanged = server.get(path, &[("If-None-Match", &tag)]).await;
        assert_eq!((unchanged.status, unchanged.body.len()), (304, 0), "{path}");
        assert_eq!(unchanged.header("content-length"), None);
        assert!(unchanged.header("content-security-policy").is_some());
        let gzip = server.get(path, &[("Accept-Encoding", "gzip")]).await;
        assert_eq!(gzip.unzipped(), first.body, "{path}");
        assert_eq!(site.asked.load(Ordering::SeqCst), asked, "{path}");
    }
}

#[tokio::test]
async fn a_change_is_seen_by_the_next_request() {
    let site = shelf(3);
    let server = start(site.clone()).await;
    for path in ["/feeds/all.atom", "/calendar.ics"] {
        let before = server.get(path, &[]).await;
        let asked = site.asked.load(Ordering::SeqCst);
        *site.now.lock().expect("now") += SignedDuration::from_hours(24);
        let after = server.get(path, &[]).await;
        assert_eq!((before.status, after.status), (200, 200));
        assert!(site.asked.load(Ordering::SeqCst) > asked, "{path}");
    }
    let before = server.get("/feeds/all.atom", &[]).await;
    {
        let mut items = site.items.lock().expect("items");
        items[0].title = "Toisin sanottu".to_owned();
        items[0].changed_at += SignedDuration::from_hours(1);
    }
    let after = server.get("/feeds/all.atom", &[]).await;
    assert!(!before.text().contains("Toisin sanottu"));
    assert!(after.text().contains("Toisin sanottu"));
}
