//! The front page, the status document and what every answer carries.

use seutu::model::poll::PollOutcome;

use super::client::start;
use super::shelf::{shelf, source};

const ROUTES: [&str; 6] = [
    "/",
    "/style.css",
    "/feeds/all.atom",
    "/feeds/sivistys.atom",
    "/api/status",
    "/healthz",
];

#[tokio::test]
async fn the_front_page_leads_to_every_feed() {
    let answer = start(shelf(3)).await.get("/", &[]).await;
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let html = answer.text();
    for part in [
        "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Sivistysverkosto\" href=\"https://seutu.example/julki/feeds/sivistys.atom\">",
        "href=\"https://seutu.example/julki/feeds/all.atom\">",
        "<link rel=\"stylesheet\" href=\"style.css\">",
        "20.3.2024 klo 8.05",
        "14.3.2024",
        "Odottaa ensimmäistä lukukertaa",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    assert!(
        !html.contains("<script") && !html.contains(" style="),
        "{html}"
    );
}

#[tokio::test]
async fn problems_are_told_in_plain_finnish() {
    let shelf = {
        let mut shelf = std::sync::Arc::into_inner(shelf(1)).expect("only one");
        let mut failing = source("karkola", "Kärkölä", Some(PollOutcome::HttpError));
        (failing.http_status, failing.failures, failing.problems) = (Some(503), 4, 2);
        shelf.sources = vec![failing];
        for outcome in [
            PollOutcome::Timeout,
            PollOutcome::ParseError,
            PollOutcome::Empty,
            PollOutcome::Blocked,
        ] {
            shelf.sources.push(source("x", "Muu", Some(outcome)));
        }
        std::sync::Arc::new(shelf)
    };
    let html = start(shelf).await.get("/", &[]).await.text();
    for part in [
        "Palvelin ei vastannut oikein (HTTP 503), 4 kertaa peräkkäin. Lukuongelmia 2",
        "Palvelin ei vastannut ajoissa",
        "Vastaus ei ollut syöte",
        "Syöte oli tyhjä",
        "Lukeminen on estetty",
        "ei vielä kertaakaan",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[tokio::test]
async fn names_are_text_on_the_front_page() {
    let hostile = "\"><script>alert(1)</script>\u{202e}";
    let shelf = {
        let mut shelf = std::sync::Arc::into_inner(shelf(1)).expect("only one");
        shelf.networks[0].name = hostile.into();
        shelf.networks[0].description = Some(hostile.into());
        shelf.sources[0].municipality = hostile.into();
        shelf.sources[0].url = "javascript:alert(1)".into();
        std::sync::Arc::new(shelf)
    };
    let html = start(shelf).await.get("/", &[]).await.text();
    assert!(
        !html.contains("<script") && !html.contains("javascript:"),
        "{html}"
    );
    assert!(!html.contains('\u{202e}'));
}

#[tokio::test]
async fn the_status_names_every_source_with_its_last_outcome() {
    let answer = start(shelf(1)).await.get("/api/status", &[]).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let json: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(json["counts"]["items"], 7);
    assert_eq!(json["sources"][0]["id"], "asikkala");
    assert_eq!(json["sources"][0]["last_outcome"], "ok");
    assert_eq!(json["sources"][0]["last_ok_at"], "2024-03-20T06:05:00Z");
    assert_eq!(json["sources"][1]["last_outcome"], serde_json::Value::Null);
}

#[tokio::test]
async fn every_answer_forbids_what_pages_do_not_need() {
    let server = start(shelf(1)).await;
    let answers = [
        server.get("/nowhere", &[]).await,
        server.get("/feeds/all.atom?stage=x", &[]).await,
        server.request("POST", "/", &[]).await,
        server
            .get("/feeds/all.atom", &[("If-None-Match", "*")])
            .await,
    ];
    let mut all = Vec::from(answers);
    for route in ROUTES {
        all.push(server.get(route, &[]).await);
    }
    for answer in all {
        let policy = answer.header("content-security-policy").expect("policy");
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn only_reading_is_allowed() {
    let server = start(shelf(1)).await;
    for route in ROUTES {
        for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "FOO"] {
            let answer = server.request(method, route, &[]).await;
            assert_eq!(answer.status, 405, "{method} {route}");
            assert_eq!(answer.header("allow"), Some("GET,HEAD"), "{method} {route}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_plain_text() {
    let server = start(shelf(1)).await;
    for path in [
        "/nowhere",
        "/%3Cscript%3E",
        "/feeds/%00.atom",
        "/..%2f..%2fetc/passwd",
        "/style.css/x",
    ] {
        let answer = server.get(path, &[]).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8"),
            "{path}"
        );
        assert!(!answer.text().contains("script"), "{path}");
    }
    let broken = server.get("/feeds/%ff.atom", &[]).await;
    assert_eq!(broken.status, 400);
    assert_eq!(
        broken.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let health = server.get("/healthz", &[]).await;
    assert_eq!(
        (health.text().as_str(), health.header("cache-control")),
        ("ok\n", Some("no-store"))
    );
}
