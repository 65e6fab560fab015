//! `/api`: items page by page and one by one, and every error as a problem.

use std::sync::Arc;

use serde_json::{Value, json};
use seutu::model::ids::Uid;
use seutu::model::takedown::TakedownReason;
use seutu::serve::site::{Gone, GoneItem};

use super::client::{Answer, Server, start};
use super::shelf::{Shelf, Trouble, item, shelf};

fn read(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// The problem an answer is; its status and type are checked.
fn problem(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/problem+json"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let problem = read(answer);
    assert_eq!(problem["status"], status);
    for member in ["type", "title", "detail", "instance"] {
        assert!(problem[member].is_string(), "{member}: {problem}");
    }
    problem
}

fn uids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("items");
    let uid = |item: &Value| item["uid"].as_str().expect("uid").to_owned();
    items.iter().map(uid).collect()
}

/// Pages on from an address to the end; `between` happens after each page.
async fn paged(server: &Server, from: &str, mut between: impl FnMut()) -> Vec<String> {
    let (mut seen, mut path) = (vec![], from.to_owned());
    loop {
        let answer = server.get(&path, &[]).await;
        assert_eq!(answer.status, 200, "{path}");
        let page = read(&answer);
        seen.extend(uids(&page));
        let link = answer.header("link").map(str::to_owned);
        let Some(next) = page["next"].as_str() else {
            assert_eq!(link, None);
            return seen;
        };
        assert_eq!(link, Some(format!("<{next}>; rel=\"next\"")));
        let seen = answer.header("access-control-expose-headers");
        assert!(seen.is_some_and(|names| names.contains("link")));
        path = next.replace("https://seutu.example/julki", "");
        between();
    }
}

#[tokio::test]
async fn each_item_comes_once_and_what_comes_in_meanwhile_moves_nothing() {
    let shelf = shelf(7);
    let server = start(shelf.clone()).await;
    let before = paged(&server, "/api/items?limit=3", || ()).await;
    assert_eq!(before.len(), 7);
    assert_eq!(before[0], "asikkala/2024006-1", "last changed first");
    let mut next = 50;
    let added = |shelf: &Arc<Shelf>, n| shelf.items.lock().expect("items").push(item(n));
    let while_adding = paged(&server, "/api/items?limit=3", || {
        added(&shelf, next);
        next += 1;
    });
    assert_eq!(while_adding.await, before);
    let after = paged(&server, "/api/items", || ()).await;
    assert_eq!(after.len(), 9);
}

#[tokio::test]
async fn filters_choose_items_and_stay_in_the_next_address() {
    let server = start(shelf(10)).await;
    for (query, count) in [
        ("municipality=asikkala", 5),
        ("municipality=K%C3%A4rk%C3%B6l%C3%A4&stage=agenda", 5),
        ("stage=minutes&outcome=accepted", 5),
        ("network=sivistys", 5),
        ("year=2024", 10),
        ("year=2023", 0),
        ("body=Sivistyslautakunta&q=numero+7", 1),
        ("since=2024-03-01T08:05:00Z", 5),
        ("since=1900-01-01", 10),
    ] {
        let path = format!("/api/items?{query}&limit=2");
        assert_eq!(paged(&server, &path, || ()).await.len(), count, "{query}");
    }
}

#[tokio::test]
async fn unchanged_pages_cost_a_304_without_being_built_again() {
    let server = start(shelf(3)).await;
    for path in ["/api/items", "/api/items/asikkala/2024000-1"] {
        let answer = server.get(path, &[]).await;
        let tag = answer.header("etag").expect("a tag").to_owned();
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let again = server.get(path, &[("If-None-Match", &tag)]).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        let head = server.request("HEAD", path, &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(
            head.header("content-length"),
            answer.header("content-length")
        );
    }
}

#[tokio::test]
async fn an_item_comes_with_its_history_and_in_the_text_of_a_version() {
    let server = start(shelf(2)).await;
    let full = read(&server.get("/api/items/asikkala/2024000-1", &[]).await);
    assert_eq!(full["uid"], "asikkala/2024000-1");
    assert_eq!(
        full["fields"]["decision"],
        "Lautakunta hyväksyi ehdotuksen."
    );
    assert_eq!(
        full["matches"][0]["evidence"][0]["quote"],
        "sivistyspalveluiden verkosto"
    );
    assert_eq!(full["versions"][1]["changed_fields"], json!(["decision"]));
    let path = "/api/items/asikkala%2F2024000-1?version=1";
    let first = read(&server.get(path, &[]).await);
    assert_eq!(
        (&first["stage"], &first["version_no"]),
        (&json!("agenda"), &json!(1))
    );
    assert_eq!(first["fields"]["decision"], Value::Null);
    assert_eq!(first["versions"].as_array().map(Vec::len), Some(2));

    let answer = server
        .get("/api/items/asikkala/2024000-1?version=3", &[])
        .await;
    let missing = problem(&answer, 404);
    assert_eq!(missing["parameter"], "version");
    assert_eq!(
        missing["detail"],
        "there is no version 3: the item has versions 1 to 2"
    );
}

#[tokio::test]
async fn a_version_that_is_not_what_was_stored_is_not_called_one_that_never_was() {
    let shelf = shelf(2);
    let server = start(shelf.clone()).await;
    *shelf.trouble.lock().expect("trouble") = Some(Trouble::Version);
    for (version, status) in [(1, 503), (2, 200), (3, 404)] {
        let path = format!("/api/items/asikkala/2024000-1?version={version}");
        let answer = server.get(&path, &[]).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
    for (query, status) in [
        ("version=1", 503),
        ("version=2", 200),
        ("version=3", 400),
        ("diff=1..2", 503),
        ("diff=2..3", 400),
    ] {
        let path = format!("/items/asikkala/2024000-1?{query}");
        let answer = server.get(&path, &[]).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[tokio::test]
async fn what_is_gone_says_since_when_and_why_and_nothing_else() {
    let shelf = shelf(2);
    let gone = GoneItem {
        gone: Gone::TakenDown,
        reason: TakedownReason::PersonalData,
        since: "2024-04-01T10:00:00Z".parse().expect("instant"),
    };
    let uid = Uid::new("asikkala/2024000-1");
    shelf.gone.lock().expect("gone").push((uid, gone));
    let server = start(shelf).await;
    for query in ["", "?version=1", "?version=9"] {
        let path = format!("/api/items/asikkala/2024000-1{query}");
        let answer = server.get(&path, &[]).await;
        let described =
            "https://seutu.example/julki/api/openapi.json#/components/responses/GoneItem";
        let expected = json!({
            "type": described, "title": "Gone", "status": 410,
            "detail": "the item was here and is shown no more; whoever keeps a copy takes it out",
            "instance": path, "gone": "taken_down", "reason": "personal_data",
            "since": "2024-04-01T10:00:00Z"
        });
        assert_eq!(problem(&answer, 410), expected);
    }
}

#[tokio::test]
async fn an_unknown_item_names_what_is_near() {
    let server = start(shelf(3)).await;
    let found = problem(&server.get("/api/items/asikkala/2024999-1", &[]).await, 404);
    assert_eq!(
        found["near"],
        json!(["asikkala/2024000-1", "asikkala/2024002-1"])
    );
    let long = format!("/api/items/asikkala/{}", "9".repeat(5000));
    assert_eq!(
        problem(&server.get(&long, &[]).await, 404)["near"],
        Value::Null
    );
}

#[tokio::test]
async fn a_parameter_that_is_wrong_is_named_with_what_would_be_right() {
    let server = start(shelf(3)).await;
    for (path, parameter, part) in [
        (
            "/api/items?municpality=asikkala",
            "municpality",
            "did you mean municipality?",
        ),
        (
            "/api/items?page=2",
            "page",
            "there is no parameter \"page\"",
        ),
        ("/api/items?stage=draft", "stage", "one of agenda, minutes"),
        ("/api/items?stage=", "stage", "leave the parameter out"),
        ("/api/items?q=a&q=b", "q", "the parameter once"),
        ("/api/items?year=20x", "year", "from 1900 to 2200"),
        (
            "/api/items?body=Torilautakunta",
            "body",
            "a body that is in the archive",
        ),
        ("/api/items?limit=201", "limit", "from 1 to 200"),
        ("/api/items?limit=%2B5", "limit", "from 1 to 200"),
        ("/api/items?cursor=abc", "cursor", "the cursor of an answer"),
        ("/api/items?network=toinen", "network", "one of sivistys"),
        (
            "/api/items?municipality=Pihtipudas",
            "municipality",
            "one of asikkala, karkola",
        ),
        (
            "/api/items/asikkala/2024000-1?version=0",
            "version",
            "from 1 to",
        ),
        ("/api/status?verbose=1", "verbose", "none is taken here"),
    ] {
        let found = problem(&server.get(path, &[]).await, 400);
        assert_eq!(found["parameter"], parameter, "{path}");
        assert_eq!(found["instance"], path);
        let detail = found["detail"].as_str().expect("detail");
        assert!(detail.contains(part), "{path}: {detail}");
    }
    let nearest = problem(&server.get("/api/items?munisipality=x", &[]).await, 400);
    assert_eq!(nearest["nearest"], "municipality");
    let long = format!("/api/items?q={}", "x".repeat(5000));
    problem(&server.get(&long, &[]).await, 414);
}

#[tokio::test]
async fn whatever_goes_wrong_below_api_is_a_problem() {
    let shelf = shelf(1);
    let server = start(shelf.clone()).await;
    for path in [
        "/api",
        "/api/",
        "/api/nowhere",
        "/api/items/",
        "/api/items/%ff",
    ] {
        problem(&server.get(path, &[]).await, 404);
    }
    let answer = server.request("POST", "/api/items", &[]).await;
    problem(&answer, 405);
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    for trouble in [Trouble::Fault, Trouble::Panic, Trouble::Worse] {
        *shelf
            .trouble
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(trouble);
        let answer = server.get("/api/items?municipality=asikkala", &[]).await;
        problem(&answer, 503);
        assert_eq!(answer.header("retry-after"), Some("60"));
        assert!(!answer.text().contains("secret") && !answer.text().contains("broken"));
    }
}
