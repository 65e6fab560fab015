//! What readers may ask: every address with every method, foreign hosts, broken queries. Never a fault of ours.

use std::sync::Arc;

use seutu::archive::Reader;
use seutu::config::Config;
use seutu::serve::ArchiveSite;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::published::client::{Answer, Server, closed_by_server, parsed, start};
use crate::support::portal::{Paper, Portal};
use crate::support::program::run;
use crate::support::workshop::{Sheet, Workshop};

/// An address of every route, in every form it has; each is there.
const ADDRESSES: [&str; 49] = [
    "/",
    "/sv",
    "/sv/",
    "/en",
    "/en/",
    "/networks/sivistys",
    "/sv/networks/sivistys",
    "/en/networks/sivistys",
    "/search",
    "/sv/search",
    "/en/search",
    "/search?q=verkosto",
    "/sources",
    "/sv/sources",
    "/en/sources",
    "/about",
    "/sv/about",
    "/en/about",
    "/items/{uid}",
    "/sv/items/{uid}",
    "/en/items/{uid}",
    "/dossiers/{dossier}",
    "/sv/dossiers/{dossier}",
    "/en/dossiers/{dossier}",
    "/style.css",
    "/icon.svg",
    "/feed.css",
    "/feeds/all.atom",
    "/feeds/all.rss",
    "/feeds/all.json",
    "/feeds/sivistys.atom",
    "/feeds/sivistys/daily.atom",
    "/feeds/municipalities/kuusijarvi.atom",
    "/feeds/dossiers/{dossier}.atom",
    "/calendar.ics",
    "/opml.xml",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/dossiers",
    "/api/dossiers/{dossier}",
    "/api/events",
    "/api/items",
    "/api/items/{uid}",
    "/api/networks",
    "/api/networks/sivistys/matrix",
    "/api/openapi.json",
    "/api/sources",
    "/api/status",
];

/// Files of a snapshot.
const FILES: [&str; 6] = [
    "/archive.db",
    "/latest.json",
    "/SHA256SUMS",
    "/schema.sql",
    "/data_dictionary.csv",
    "/snapshots/{snapshot}",
];

/// What is not there.
const NOWHERE: [&str; 9] = [
    "/nowhere",
    "/feeds/all.atom?month=2026-07",
    "/api",
    "/api/",
    "/api/nowhere",
    "/feeds/nowhere.atom",
    "/dossiers/x",
    "/api/dossiers/x",
    "/snapshots/x",
];

/// The templates of addresses that the program has, as its sources say.
const ROUTES: [&str; 5] = [
    include_str!("../../../src/serve/routes/api.rs"),
    include_str!("../../../src/serve/routes/downloads.rs"),
    include_str!("../../../src/serve/routes/feeds.rs"),
    include_str!("../../../src/serve/routes/operations.rs"),
    include_str!("../../../src/serve/routes/pages.rs"),
];

#[test]
fn every_route_has_an_address_here() {
    let template = regex::Regex::new(r#"(?:\.route\(|FEED: &str = |\(")"?(/?[a-zA-Z/{}*._]+)""#)
        .expect("an expression");
    let parameter = regex::Regex::new(r"\{[^}]*\}").expect("an expression");
    let mut seen = 0;
    for text in ROUTES {
        for found in template.captures_iter(text) {
            let path = format!("/{}", found[1].trim_start_matches('/'));
            if ["prefix", "bare", ".."]
                .iter()
                .any(|part| path.contains(part))
            {
                continue;
            }
            let wanted = regex::escape(&path)
                .replace(r"\{\*", "{*")
                .replace(r"\{", "{")
                .replace(r"\}", "}");
            let wanted = format!("^{}$", parameter.replace_all(&wanted, ".+"));
            let wanted = regex::Regex::new(&wanted).expect("an expression");
            let all = ADDRESSES.iter().chain(&FILES).chain(&NOWHERE);
            assert!(
                all.into_iter().any(|address| wanted.is_match(address)),
                "{path} is asked for by no test here"
            );
            seen += 1;
        }
    }
    assert!(seen > 25, "{seen} routes were found");
}

/// Every address, those that are there first: how many these are.
fn addresses(workshop: &Workshop) -> (Vec<String>, usize) {
    let uid = workshop.value("SELECT min(uid) FROM item");
    let dossier = workshop.value("SELECT min(slug) FROM dossier");
    let latest = std::fs::read_to_string(workshop.archive().join("public/latest.json"));
    let latest: serde_json::Value =
        serde_json::from_str(&latest.expect("a snapshot")).expect("JSON");
    let snapshot = latest["url"]
        .as_str()
        .expect("an address")
        .rsplit('/')
        .next();
    let named = |address: &&str| {
        address
            .replace("{uid}", &uid)
            .replace("{dossier}", &dossier)
            .replace("{snapshot}", snapshot.expect("a name"))
    };
    let there: Vec<String> = ADDRESSES.iter().chain(&FILES).map(named).collect();
    let count = there.len();
    let nowhere = NOWHERE.iter().map(|address| (*address).to_owned());
    (there.into_iter().chain(nowhere).collect(), count)
}

async fn served() -> (Portal, Workshop, Server) {
    let papers = vec![
        Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma").minutes("Hyväksyttiin."),
        Paper::agenda("2026311-2", "Koulukuljetukset"),
    ];
    let portal = Portal::with(&papers);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    let published = run(&workshop.config_file(), &["snapshot"]);
    assert_eq!(published.code, Some(0), "{published:?}");
    let text = workshop.sheet.toml(&workshop.archive());
    let config = Config::parse("test.toml", &text, [].into_iter()).expect("configuration");
    let reader = Reader::open(&workshop.archive()).expect("archive");
    let server = start(Arc::new(ArchiveSite::new(reader, &config))).await;
    (portal, workshop, server)
}

/// What every answer has, whatever was asked.
fn insist_guarded(what: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy").expect("a policy");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    assert_eq!(
        answer.header("x-content-type-options"),
        Some("nosniff"),
        "{what}"
    );
    assert_eq!(
        answer.header("referrer-policy"),
        Some("no-referrer"),
        "{what}"
    );
    assert_eq!(answer.header("set-cookie"), None, "{what}");
    assert_eq!(answer.header("x-injected"), None, "{what}");
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        None,
        "{what}"
    );
    if let Some(location) = answer.header("location") {
        let inside = location.starts_with('/')
            && !location.starts_with("//")
            && !location.starts_with("/\\");
        let own = location.starts_with("http://127.0.0.1:1/");
        let relative = !location.contains(':') && !location.starts_with('/');
        assert!(inside || own || relative, "{what}: Location {location}");
    }
    assert!(answer.status < 500, "{what}: {}", answer.status);
}

#[tokio::test]
async fn every_answer_is_guarded_and_only_reading_is_allowed() {
    let (_portal, workshop, server) = served().await;
    let (addresses, there) = addresses(&workshop);
    for (number, address) in addresses.iter().enumerate() {
        let answer = server.get(address, &[]).await;
        insist_guarded(address, &answer);
        let wanted: &[u16] = if number < there { &[200, 308] } else { &[404] };
        assert!(
            wanted.contains(&answer.status),
            "{address}: {}",
            answer.status
        );
        for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "FOO"] {
            let refused = server.request(method, address, &[]).await;
            let known = answer.status != 404;
            assert!(
                refused.status == 405 || !known && refused.status == 404,
                "{method} {address}: {}",
                refused.status
            );
            assert_eq!(
                refused.header("x-content-type-options"),
                Some("nosniff"),
                "{method} {address}"
            );
        }
    }
}

#[tokio::test]
async fn no_request_names_the_host_of_an_answer() {
    let (_portal, workshop, server) = served().await;
    let headers = [
        ("Host", "evil.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "javascript"),
        ("X-Forwarded-Prefix", "//evil.example"),
        ("X-Original-URL", "/evil.example"),
        ("Forwarded", "host=evil.example"),
        ("Referer", "http://evil.example/"),
        ("Origin", "http://evil.example"),
    ];
    for address in &addresses(&workshop).0 {
        let answer = server.get(address, &headers).await;
        insist_guarded(address, &answer);
        let text = String::from_utf8_lossy(&answer.body);
        assert!(!text.contains("evil.example"), "{address}: {text}");
        let said = answer
            .headers
            .iter()
            .any(|(_, value)| value.contains("evil.example"));
        assert!(!said, "{address}: {:?}", answer.headers);
    }
    for address in [
        "//evil.example/",
        "//evil.example/%2e%2e",
        "/\\evil.example",
        "/%5cevil.example",
        "/%2f/evil.example",
        "//evil.example/sv",
        "/sv//evil.example",
        "///evil.example",
        "/.//evil.example",
        "http://evil.example/",
        "/sv?//evil.example",
    ] {
        let answer = server.get(address, &headers).await;
        assert!(answer.status < 500, "{address}: {}", answer.status);
        let location = answer.header("location").unwrap_or_default();
        assert!(!location.contains("evil"), "{address}: {location}");
    }
}

#[tokio::test]
async fn ends_of_lines_in_addresses_end_no_header() {
    let (_portal, workshop, server) = served().await;
    let bad = "%0d%0aX-Injected:%201%0d%0a%0d%0a%3Cscript%3Ealert(1)%3C/script%3E";
    for address in &addresses(&workshop).0 {
        let joint = if address.contains('?') { '&' } else { '?' };
        for asked in [
            format!("{address}{joint}q={bad}"),
            format!("{address}{joint}{bad}={bad}"),
            format!("{address}/{bad}"),
            format!("{address}{bad}"),
        ] {
            let answer = server.get(&asked, &[("If-None-Match", "\"\x09\"")]).await;
            insist_guarded(&asked, &answer);
            let text = String::from_utf8_lossy(&answer.body);
            let kind = answer.header("content-type").unwrap_or_default();
            // In JSON and plain text it is as harmless as in this file.
            let is_plain = kind.contains("json") || kind.starts_with("text/plain");
            let is_text = is_plain || !text.contains("<script>alert");
            assert!(is_text, "{asked}: {text}");
        }
    }
}

/// Values that mean something to a database, its index, a shell, a template or a parser.
fn values() -> Vec<String> {
    let written =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let mut all: Vec<String> = [
        "",
        "\0",
        "a\0b",
        "\"",
        "\"a",
        "a\"b\"\"",
        "NEAR(",
        "NEAR(a b, 10)",
        "a AND",
        "OR",
        "NOT",
        "a* *",
        "^a",
        "-a",
        "+a",
        "title:a",
        "{title background} : a",
        "search_terms:a",
        "a)",
        "((((",
        "'",
        "''; DROP TABLE item;--",
        "1 OR 1=1",
        "' UNION SELECT sql FROM sqlite_schema --",
        "%",
        "_",
        "\\",
        "]",
        "[item]",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "../../../etc/passwd",
        "\u{202e}",
        "\u{e000}a\u{e001}",
        "\u{ffff}",
        "-1",
        "9999999999999999999999",
        "1e309",
        "NaN",
        "2024-13-99",
        "9999-12-31",
        "0000-00-00",
        "2024-02-30T25:61:61Z",
        "true",
        "null",
        "[]",
        "*:*",
        "<svg onload=alert(1)>",
    ]
    .iter()
    .map(|text| written(text))
    .collect();
    all.extend(["%", "%zz", "%ff%fe", "%c0%ae", "%00"].map(str::to_owned));
    all
}

/// That an answer to a value tells nothing of the database or the program, and repeats no markup.
fn insist_nothing_of_the_inside(address: &str, value: &str, answer: &Answer) {
    let text = String::from_utf8_lossy(&answer.body);
    for inner in [
        "SQLITE",
        "SELECT ",
        "fts5",
        "no such column",
        "syntax error",
        "rusqlite",
        "panicked",
    ] {
        let echoed = value.contains(inner.trim());
        assert!(
            echoed || !text.contains(inner),
            "{address}: {inner}: {text}"
        );
    }
    let kind = answer.header("content-type").unwrap_or_default();
    let is_page = kind.starts_with("text/html");
    assert!(
        !(is_page && text.contains("<svg onload")),
        "{address}: {text}"
    );
}

#[tokio::test]
async fn no_query_is_a_fault_of_the_server() {
    let (_portal, _workshop, server) = served().await;
    let names = [
        (
            "/search",
            "q from until municipality body network stage outcome page x",
        ),
        (
            "/api/items",
            "q since from until municipality body network limit cursor after stage",
        ),
        ("/api/events", "since limit cursor after"),
        (
            "/feeds/all.atom",
            "q page month municipality body stage after since",
        ),
        ("/calendar.ics", "municipality body network"),
        ("/items/kuusijarvi/2026311-1", "version diff"),
    ];
    let mut asked = 0;
    for (path, names) in names {
        for name in names.split(' ') {
            for value in values() {
                let address = format!("{path}?{name}={value}");
                let answer = server.get(&address, &[]).await;
                insist_guarded(&address, &answer);
                insist_nothing_of_the_inside(&address, &value, &answer);
                asked += 1;
            }
        }
    }
    for path in [
        "/items/",
        "/api/items/",
        "/feeds/",
        "/networks/",
        "/dossiers/",
        "/api/dossiers/",
        "/snapshots/",
        "/api/networks/",
    ] {
        for value in values() {
            let address = format!("{path}{value}");
            insist_guarded(&address, &server.get(&address, &[]).await);
            asked += 1;
        }
    }
    println!("{asked} queries");
}

/// The status of an answer; nothing where the server closed before the whole question was sent.
async fn status(server: &Server, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("a connection");
    let question = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let sent = stream.write_all(question.as_bytes()).await;
    let answer = closed_by_server(&mut stream).await;
    if answer.is_empty() {
        assert!(
            sent.is_err() || question.len() > 65_536,
            "{} bytes: no answer",
            question.len()
        );
        return None;
    }
    Some(parsed(&answer).status)
}

#[tokio::test]
async fn long_queries_are_cut_or_refused() {
    let (_portal, _workshop, server) = served().await;
    let terms = |times: usize| "verkosto+OR+".repeat(times);
    for (length, q) in [
        ("2,000 terms", terms(2_000)),
        ("100,000 terms", terms(100_000)),
        ("a megabyte", "a".repeat(1 << 20)),
        ("30 KB of quotation marks", "%22".repeat(10_000)),
        ("30 KB of letters", "%C3%A4".repeat(5_000)),
    ] {
        for path in ["/search?q=", "/feeds/all.atom?q=", "/api/items?q="] {
            let status = status(&server, &format!("{path}{q}")).await;
            let well = matches!(status, None | Some(200 | 400 | 414 | 431));
            assert!(well, "{path} {length}: {status:?}");
        }
    }
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
}
