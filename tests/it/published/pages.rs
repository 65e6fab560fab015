//! The front page, the sources, the status document and what every answer carries.

use seutu::model::health::{Finding, FindingRecord, Severity, Trouble};
use seutu::model::ids::{SourceId, Uid};
use seutu::model::poll::PollOutcome;

use super::client::start;
use super::shelf::{shelf, source};

const ROUTES: [&str; 11] = [
    "/",
    "/sv/",
    "/sources",
    "/en/sources",
    "/style.css",
    "/icon.svg",
    "/feeds/all.atom",
    "/feeds/sivistys.atom",
    "/api/status",
    "/api/events",
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
        "<link rel=\"stylesheet\" href=\"./style.css?v=",
        "<html lang=\"fi\">",
        "Asioita 7: pöytäkirjoina 4, esityslistoina 2, lukematta 1. Tekstiversioita 11.",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    assert!(
        !html.contains("<script") && !html.contains(" style="),
        "{html}"
    );
}

#[tokio::test]
async fn problems_are_told_in_plain_words() {
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
            PollOutcome::HttpError,
        ] {
            shelf.sources.push(source("x", "Muu", Some(outcome)));
        }
        std::sync::Arc::new(shelf)
    };
    let html = start(shelf).await.get("/sources", &[]).await.text();
    for part in [
        "Palvelin ei vastannut oikein (HTTP 503), 4 kertaa peräkkäin. Lukuongelmia 2",
        "Palvelin ei vastannut ajoissa",
        "Vastaus ei ollut syöte",
        "Syöte oli tyhjä",
        "Lukeminen on estetty",
        "Palvelimelta ei saatu kelvollista vastausta",
        "ei vielä kertaakaan",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

/// What a finding of each kind says, on the page of the sources and in the status document.
fn findings() -> Vec<FindingRecord> {
    let error = "cannot connect to http://10.0.0.1/secret";
    let found = |id: &str, severity, trouble, text: &str| FindingRecord {
        source: SourceId::new(id),
        finding: Finding {
            trouble,
            severity,
            text: text.to_owned(),
        },
        since: "2024-03-19T05:00:00Z".parse().expect("instant"),
    };
    let drift = Trouble::Drift {
        pages: 3,
        example: Uid::new("asikkala/1-1"),
    };
    let missing = Trouble::Missing {
        sections: 2,
        gaps: vec![],
    };
    let fails = Trouble::PollFails {
        failures: 4,
        outcome: Some(PollOutcome::HttpError),
        http_status: Some(503),
        last_ok_on: None,
        error: error.to_owned(),
    };
    let pages = Trouble::PagesFail {
        lists: 1,
        pages: 6,
        error: error.to_owned(),
    };
    vec![
        found(
            "asikkala",
            Severity::Warning,
            drift,
            "Asikkala: 3 pages lost fields",
        ),
        found(
            "asikkala",
            Severity::Notice,
            missing,
            "Asikkala: 2 sections are missing",
        ),
        found(
            "karkola",
            Severity::Failing,
            fails,
            &format!("Kärkölä: 4 polls failed, it never answered as it should: {error}"),
        ),
        found(
            "karkola",
            Severity::Notice,
            pages,
            &format!("Kärkölä: 1 list and 6 pages fail again and again: {error}"),
        ),
    ]
}

fn found() -> std::sync::Arc<super::shelf::Shelf> {
    let mut shelf = std::sync::Arc::into_inner(shelf(1)).expect("only one");
    let mut failing = source("karkola", "Kärkölä", Some(PollOutcome::HttpError));
    (failing.http_status, failing.failures) = (Some(503), 4);
    failing.health = Some(Severity::Failing);
    shelf.sources[0].health = Some(Severity::Warning);
    shelf.sources[1] = failing;
    for (id, severity) in [
        ("hyva", Severity::Ok),
        ("kelpo", Severity::Notice),
        ("huono", Severity::Failing),
    ] {
        let mut well = source(id, id, Some(PollOutcome::NotModified));
        well.health = Some(severity);
        shelf.sources.push(well);
    }
    shelf.findings = findings();
    std::sync::Arc::new(shelf)
}

/// The cell of a source's state.
fn state_of<'a>(html: &'a str, municipality: &str) -> &'a str {
    let row = html
        .split("<tr>")
        .find(|row| row.contains(&format!(">{municipality}</a>")));
    let cell = row.and_then(|row| row.split("<td data-label=\"Tila\" ").nth(1));
    let cell = cell.and_then(|cell| cell.split("</td>").next());
    cell.unwrap_or_else(|| panic!("{municipality}: {html}"))
}

#[tokio::test]
async fn the_sources_say_in_a_word_how_they_are_and_why() {
    let html = start(found()).await.get("/sources", &[]).await.text();
    for (municipality, cell) in [
        (
            "Asikkala",
            "class=\"failing\">Varoitus<br><span>Sivujen merkintätapa on muuttunut, sivuja 3</span><br><span>Pykäliä puuttuu: 2</span>",
        ),
        // What the state says already is not said twice.
        (
            "Kärkölä",
            "class=\"failing\">Palvelin ei vastannut oikein (HTTP 503), 4 kertaa peräkkäin<br><span>Sivuja ei saada luettua, kaikkiaan 7</span>",
        ),
        ("hyva", "class=\"ok\">Kunnossa"),
        ("kelpo", "class=\"notice\">Huomautettavaa"),
        ("huono", "class=\"failing\">Ei toimi"),
    ] {
        assert_eq!(state_of(&html, municipality), cell);
    }
    assert!(!html.contains("secret"), "{html}");
}

#[tokio::test]
async fn the_status_says_how_a_source_is_without_the_texts_of_errors() {
    let answer = start(found()).await.get("/api/status", &[]).await;
    assert!(!answer.text().contains("secret"), "{}", answer.text());
    let json: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    let [first, second] = [&json["sources"][0], &json["sources"][1]];
    assert_eq!(
        (&first["health"], &second["health"]),
        (&"warning".into(), &"failing".into())
    );
    assert_eq!(
        first["findings"],
        serde_json::json!([
            {"kind": "drift", "severity": "warning", "since": "2024-03-19T05:00:00Z", "text": "Asikkala: 3 pages lost fields"},
            {"kind": "missing", "severity": "notice", "since": "2024-03-19T05:00:00Z", "text": "Asikkala: 2 sections are missing"},
        ])
    );
    let texts = [0, 1].map(|n| second["findings"][n]["text"].as_str().expect("a sentence"));
    assert_eq!(
        texts,
        [
            "Kärkölä: 4 polls failed, it never answered as it should",
            "Kärkölä: 1 list and 6 pages fail again and again",
        ]
    );
}

#[tokio::test]
async fn names_are_text_on_pages() {
    let hostile = "\"><script>alert(1)</script>\u{202e}";
    let shelf = {
        let mut shelf = std::sync::Arc::into_inner(shelf(1)).expect("only one");
        shelf.networks[0].name = hostile.into();
        shelf.networks[0].description = Some(hostile.into());
        shelf.sources[0].municipality = hostile.into();
        shelf.sources[0].url = "javascript:alert(1)".into();
        std::sync::Arc::new(shelf)
    };
    let server = start(shelf).await;
    for path in ["/", "/sources", "/nowhere"] {
        let html = server.get(path, &[]).await.text();
        assert!(
            !html.contains("<script") && !html.contains("javascript:"),
            "{html}"
        );
        assert!(!html.contains('\u{202e}'));
    }
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
async fn what_is_not_there_is_said_to_programs_in_plain_text() {
    let server = start(shelf(1)).await;
    let answer = server.get("/api/nowhere", &[]).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (404, Some("application/problem+json"))
    );
    for path in ["/feeds/%00.atom", "/..%2f..%2fetc/passwd", "/style.css/x"] {
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
