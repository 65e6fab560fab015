//! `/api/events`: the log over HTTP, line by line, with a cursor.

use serde_json::Value;

use super::client::{Answer, start};
use super::shelf::shelf;

fn lines(answer: &Answer) -> Vec<Value> {
    let text = answer.text();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[tokio::test]
async fn each_line_is_an_event_and_a_tombstone_says_deleted() {
    let server = start(shelf(4)).await;
    let answer = server.get("/api/events", &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let events = lines(&answer);
    assert_eq!(events.len(), 4);
    let first = serde_json::json!({
        "seq": 1, "at": "2024-03-01T08:00:00Z", "kind": "item_new", "municipality": "Asikkala",
        "uid": "asikkala/2024000-1", "summary": "Asia numero 0",
        "url": "https://kunta.example/cgi/DREQUEST.PHP?page=meetingitem&id=2024000-1"
    });
    assert_eq!(events[0], first);
    assert_eq!(events[2]["deleted"], true);
    assert_eq!(events[2]["uid"], "asikkala/2024002-1");
    assert!(events[2].get("url").is_none());
}

#[tokio::test]
async fn a_reader_goes_on_from_the_link_and_hears_nothing_when_nothing_happened() {
    let server = start(shelf(5)).await;
    let mut seen = vec![];
    let mut path = "/api/events?limit=2".to_owned();
    loop {
        let answer = server.get(&path, &[]).await;
        let events = lines(&answer);
        let link = answer.header("link").expect("a link").to_owned();
        let last = answer
            .header("seutu-last-seq")
            .expect("a number")
            .to_owned();
        if events.is_empty() {
            assert_eq!(last, "5");
            break;
        }
        assert!(events.len() <= 2);
        seen.extend(
            events
                .iter()
                .map(|event| event["seq"].as_i64().expect("number")),
        );
        assert_eq!(last, seen.last().expect("one").to_string());
        let address = format!("https://seutu.example/julki/api/events?since={last}&limit=2");
        assert_eq!(link, format!("<{address}>; rel=\"next\""));
        path = address.replace("https://seutu.example/julki", "");
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn the_same_lines_have_the_same_tag() {
    let server = start(shelf(3)).await;
    let answer = server.get("/api/events?since=1", &[]).await;
    let tag = answer.header("etag").expect("a tag").to_owned();
    let again = server
        .get("/api/events?since=1", &[("If-None-Match", &tag)])
        .await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let other = server
        .get("/api/events?since=2", &[("If-None-Match", &tag)])
        .await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn a_cursor_that_means_nothing_is_refused_with_what_it_should_be() {
    let server = start(shelf(3)).await;
    for (query, part) in [
        ("since=eilen", "a whole number from 0"),
        ("since=-1", "a whole number from 0"),
        ("since=99999999999999999999", "a whole number from 0"),
        ("limit=0", "a whole number from 1 to 10000"),
        ("lmit=2", "did you mean limit?"),
        ("limit=20000", "a whole number from 1 to 10000"),
        ("since=4", "there is no event 4 here, the newest is 3"),
    ] {
        let answer = server.get(&format!("/api/events?{query}"), &[]).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.text().contains(part), "{query}: {}", answer.text());
    }
}
