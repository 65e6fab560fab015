//! The HTTP client against a scripted server: manners, limits, guards, and never half a document.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use seutu::fetch::guard::Looking;
use seutu::fetch::{
    Answer, Client, FetchError, Lookup, Request, RequestKind, RobotsVerdict, host_key,
};
use seutu::model::fetch_settings::{FetchSettings, PrivateAddresses, RobotsPolicy};
use seutu::model::poll::{PollOutcome, Validators};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use url::Url;

use crate::support::origin::{Origin, Reply, gzip};

/// Hang protection only; nothing is proved with it.
const HANG: Duration = Duration::from_mins(1);

fn settings() -> FetchSettings {
    FetchSettings {
        min_interval: Duration::ZERO,
        timeout: HANG,
        allow_private_addresses: PrivateAddresses::Allowed,
        ..FetchSettings::defaults("https://example.fi/seutu")
    }
}

fn client() -> Client {
    Client::new(&settings()).expect("client")
}

fn request(url: Url) -> Request {
    Request {
        url,
        kind: RequestKind::Feed,
        validators: Validators::default(),
    }
}

async fn get(client: &Client, url: Url) -> Result<Answer, FetchError> {
    let answer = tokio::time::timeout(HANG, client.get(request(url))).await;
    answer.expect("no hang")
}

fn body(answer: &Answer) -> &[u8] {
    &answer.body.as_ref().expect("a body").bytes
}

/// Names that resolve to what a test says; each answer is given once, the last stays.
#[derive(Default)]
struct Table {
    names: BTreeMap<&'static str, Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Table {
    fn with(mut self, name: &'static str, answers: &[&[&str]]) -> Self {
        let parse = |all: &&[&str]| all.iter().map(|ip| ip.parse().expect("ip")).collect();
        self.names.insert(name, answers.iter().map(parse).collect());
        self
    }
}

impl Lookup for Table {
    fn lookup(&self, name: String) -> Looking {
        let turn = self.asked.fetch_add(1, Ordering::Relaxed);
        let answers = self.names.get(name.as_str());
        let answer = answers
            .and_then(|all| all.get(turn).or(all.last()))
            .cloned();
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such host")) })
    }
}

// What a request carries.

#[tokio::test]
async fn a_request_says_who_asks_and_nothing_more() {
    let origin = Origin::start();
    origin.on(
        "/start",
        Reply::redirect(302, "/feed?a=1").header("Set-Cookie", "track=1; Path=/"),
    );
    origin.on(
        "/feed?a=1",
        Reply::ok("text/xml", "<rss/>").header("Set-Cookie", "track=2; Path=/"),
    );
    let client = client();
    for _ in 0..2 {
        get(&client, origin.url("/start#fragment"))
            .await
            .expect("answer");
    }
    let agent = format!(
        "seutu/{} (+https://example.fi/seutu)",
        env!("CARGO_PKG_VERSION")
    );
    for seen in origin.log() {
        assert_eq!(seen.method, "GET");
        assert_eq!(seen.header("user-agent").as_ref(), Some(&agent));
        assert_eq!(seen.header("host"), Some(origin.authority()));
        let coding = seen.header("accept-encoding").expect("accept-encoding");
        for each in ["gzip", "br", "zstd"] {
            assert!(coding.contains(each), "{coding}");
        }
        assert!(!coding.contains("deflate"), "{coding}");
        assert!(
            seen.header("accept")
                .expect("accept")
                .contains("application/rss+xml")
        );
        for never in [
            "cookie",
            "referer",
            "authorization",
            "if-none-match",
            "if-modified-since",
            "a-im",
            "range",
        ] {
            assert_eq!(seen.header(never), None, "{never}");
        }
    }
    let page = Request {
        kind: RequestKind::Page,
        ..request(origin.url("/feed?a=1"))
    };
    client.get(page).await.expect("answer");
    let last = origin.log().pop().expect("request");
    assert!(
        last.header("accept")
            .expect("accept")
            .starts_with("text/html")
    );
}

#[test]
fn a_contact_that_cannot_be_sent_is_refused_at_once() {
    let bad = FetchSettings {
        user_agent: "seutu\r\nx: y".to_owned(),
        ..settings()
    };
    assert!(matches!(
        Client::new(&bad),
        Err(FetchError::Settings { .. })
    ));
}

#[test]
fn proxies_of_the_environment_are_not_used() {
    let canary = Origin::start();
    let proxy = format!("http://{}", canary.authority());
    // The environment of this process cannot be changed safely, so another test runs in a process of its own.
    let mut child = Command::new(std::env::current_exe().expect("this test"));
    child.args(["--exact", "fetch::a_request_says_who_asks_and_nothing_more"]);
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        child.env(name, &proxy);
    }
    let output = child
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .expect("child");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    assert!(canary.log().is_empty());
}

// Conditional requests.

#[tokio::test]
async fn validators_go_back_byte_for_byte_and_are_renewed() {
    let origin = Origin::start();
    let etag: &[u8] = b"W/\"p\xf6yt\xe4, \\x\"";
    origin.script(
        "/feed",
        vec![
            Reply::ok("text/xml", "1")
                .header_bytes("ETag", etag)
                .header("Last-Modified", "eilen klo 7"),
            Reply::status(304).header("ETag", "\"new\""),
            Reply::ok("text/xml", "2"),
            Reply::status(304),
        ],
    );
    let client = client();
    let first = get(&client, origin.url("/feed")).await.expect("answer");
    let ask = |validators| {
        client.get(Request {
            validators,
            ..request(origin.url("/feed"))
        })
    };
    let second = ask(first.validators).await.expect("answer");
    assert_eq!((second.status, second.body.is_none()), (304, true));
    let third = ask(second.validators).await.expect("answer");
    assert_eq!(
        third.validators,
        Validators::default(),
        "a full answer without validators clears them"
    );
    let unasked = ask(third.validators)
        .await
        .expect_err("304 without a condition");
    assert_eq!(
        (unasked.status(), unasked.outcome()),
        (Some(304), PollOutcome::HttpError)
    );
    let log = origin.log();
    assert_eq!(log[0].header("if-none-match"), None);
    assert_eq!(log[1].header_bytes("if-none-match").as_deref(), Some(etag));
    assert_eq!(
        log[1].header("if-modified-since").as_deref(),
        Some("eilen klo 7")
    );
    assert_eq!(log[2].header("if-none-match").as_deref(), Some("\"new\""));
    assert_eq!(
        log[2].header("if-modified-since").as_deref(),
        Some("eilen klo 7")
    );
}

#[tokio::test]
async fn validators_stay_with_their_host() {
    let (home, abroad) = (Origin::start(), Origin::start());
    home.on("/here", Reply::redirect(302, "/there"));
    home.on("/there", Reply::redirect(307, abroad.url("/feed").as_str()));
    abroad.on(
        "/feed",
        Reply::ok("text/xml", "x").header("ETag", "\"theirs\""),
    );
    let validators = Validators {
        etag: Some("\"ours\"".into()),
        last_modified: Some("then".into()),
    };
    let answer = client()
        .get(Request {
            validators,
            ..request(home.url("/here"))
        })
        .await
        .expect("answer");
    assert_eq!(
        answer.validators,
        Validators::default(),
        "home is asked next"
    );
    assert!(
        home.log()
            .iter()
            .all(|seen| seen.header("if-none-match").is_some())
    );
    let foreign = &abroad.log()[0];
    assert_eq!(
        (
            foreign.header("if-none-match"),
            foreign.header("if-modified-since")
        ),
        (None, None)
    );
    for never in ["referer", "authorization", "cookie", "origin"] {
        assert_eq!(foreign.header(never), None, "{never}");
    }
}

#[tokio::test]
async fn freshness_is_reported() {
    let origin = Origin::start();
    origin.on(
        "/feed",
        Reply::ok("text/xml", "x")
            .header("Cache-Control", "max-age=900")
            .header("Age", "60"),
    );
    let answer = get(&client(), origin.url("/feed")).await.expect("answer");
    assert_eq!(answer.fresh_for, Some(Duration::from_mins(14)));
}

// Redirects.

#[tokio::test]
async fn only_a_wholly_permanent_chain_is_permanent() {
    let origin = Origin::start();
    origin.on("/old", Reply::redirect(301, "mid"));
    origin.on("/mid", Reply::redirect(308, "/new"));
    origin.on("/soft", Reply::redirect(302, "/old"));
    origin.on("/new", Reply::ok("text/xml", "x"));
    let client = client();
    let direct = get(&client, origin.url("/new")).await.expect("answer");
    assert_eq!(direct.permanent, None);
    let moved = get(&client, origin.url("/old")).await.expect("answer");
    assert_eq!(moved.permanent, Some(origin.url("/new")));
    let soft = get(&client, origin.url("/soft")).await.expect("answer");
    assert_eq!((soft.permanent, soft.final_url), (None, origin.url("/new")));
}

#[tokio::test]
async fn bad_redirects_end_with_their_own_errors() {
    let origin = Origin::start();
    origin.on_with("/n?0", |_| Reply::redirect(302, "/n?1"));
    for step in 1..8 {
        origin.on(
            &format!("/n?{step}"),
            Reply::redirect(302, &format!("/n?{}", step + 1)),
        );
    }
    origin.on("/loop", Reply::redirect(302, "/loop2"));
    origin.on("/loop2", Reply::redirect(302, "/loop"));
    origin.on("/file", Reply::redirect(302, "file:///etc/passwd"));
    origin.on("/nowhere", Reply::status(302));
    let client = client();
    let chain = get(&client, origin.url("/n?0")).await.expect_err("chain");
    assert!(
        matches!(chain, FetchError::TooManyRedirects { limit: 5, .. }),
        "{chain}"
    );
    assert_eq!(
        origin.log().len(),
        6,
        "the first request and five redirects"
    );
    let circle = get(&client, origin.url("/loop")).await.expect_err("loop");
    assert!(
        matches!(circle, FetchError::RedirectLoop { .. }),
        "{circle}"
    );
    for path in ["/file", "/nowhere"] {
        let bad = get(&client, origin.url(path)).await.expect_err(path);
        assert!(matches!(bad, FetchError::BadRedirect { .. }), "{bad}");
    }
}

#[tokio::test]
async fn the_body_of_a_redirect_is_not_read() {
    let origin = Origin::start();
    let bomb = Reply::endless(vec![b'x'; 1 << 16], Duration::ZERO);
    origin.on("/bomb", bomb.moved_to("/feed"));
    origin.on_with("/old", |_| {
        Reply::raw("HTTP/1.1 301 Moved\r\nLocation: /feed\r\nContent-Length: 999999999\r\n\r\nx")
    });
    origin.on("/feed", Reply::ok("text/xml", "x"));
    for path in ["/bomb", "/old"] {
        let answer = get(&client(), origin.url(path)).await.expect(path);
        assert_eq!(body(&answer), b"x");
    }
}

// The address guard.

#[tokio::test]
async fn private_addresses_are_refused_before_anything_is_sent() {
    let canary = Origin::start();
    let guarded = FetchSettings {
        allow_private_addresses: PrivateAddresses::Refused,
        ..settings()
    };
    let port = canary.port();
    let table = Table::default()
        .with("private.test", &[&["127.0.0.1"]])
        .with("mixed.test", &[&["93.184.215.14", "127.0.0.1"]])
        .with("mapped.test", &[&["::ffff:127.0.0.1"]]);
    let client = Client::with_lookup(&guarded, Arc::new(table)).expect("client");
    for host in [
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "private.test",
        "mixed.test",
        "mapped.test",
    ] {
        let url = Url::parse(&format!("http://{host}:{port}/")).expect("address");
        let refused = get(&client, url).await.expect_err(host);
        assert!(
            matches!(refused, FetchError::Refused { .. }),
            "{host}: {refused:?}"
        );
        assert_eq!(refused.outcome(), PollOutcome::Blocked);
    }
    let system = Client::new(&guarded).expect("client");
    let local = Url::parse(&format!("http://localhost:{port}/")).expect("address");
    let refused = get(&system, local).await.expect_err("localhost");
    assert!(matches!(refused, FetchError::Refused { .. }), "{refused:?}");
    assert!(canary.log().is_empty());
}

#[tokio::test]
async fn a_name_that_cannot_be_resolved_may_be_our_fault() {
    let client = Client::with_lookup(&settings(), Arc::new(Table::default())).expect("client");
    let url = Url::parse("http://puuttuu.test/").expect("address");
    let dns = get(&client, url).await.expect_err("no name");
    assert!(matches!(dns, FetchError::Dns { .. }), "{dns:?}");
    assert!(dns.is_our_side());
}

#[tokio::test]
async fn a_resolver_that_never_answers_is_given_up() {
    struct Mute;
    impl Lookup for Mute {
        fn lookup(&self, _name: String) -> Looking {
            Box::pin(std::future::pending())
        }
    }
    let quick = FetchSettings {
        connect_timeout: Duration::from_millis(50),
        ..settings()
    };
    let client = Client::with_lookup(&quick, Arc::new(Mute)).expect("client");
    let url = Url::parse("http://kunta.test/").expect("address");
    let late = get(&client, url).await.expect_err("no answer");
    assert!(
        matches!(late, FetchError::ConnectTimeout { .. }),
        "{late:?}"
    );
    assert_eq!(late.outcome(), PollOutcome::Timeout);
}

// Limits.

#[tokio::test]
async fn bodies_are_capped_after_decompression() {
    let origin = Origin::start();
    let zeros = vec![0; 5_000_000];
    origin.on("/gzip", Reply::ok("text/xml", zeros.clone()).gzip());
    origin.on("/zstd", Reply::ok("text/xml", zeros).zstd());
    origin.on(
        "/endless",
        Reply::endless(vec![b'x'; 1 << 16], Duration::ZERO),
    );
    origin.on("/announced", Reply::ok("text/xml", "x").announcing(1 << 40));
    let small = FetchSettings {
        max_body: 100_000,
        ..settings()
    };
    let client = Client::new(&small).expect("client");
    for path in ["/gzip", "/zstd", "/endless", "/announced"] {
        let large = get(&client, origin.url(path)).await.expect_err(path);
        assert!(
            matches!(large, FetchError::TooLarge { limit: 100_000, .. }),
            "{path}: {large:?}"
        );
    }
}

#[tokio::test]
async fn headers_are_capped() {
    let origin = Origin::start();
    origin.on(
        "/large",
        Reply::ok("text/xml", "x").header("X-Large", &"x".repeat(70_000)),
    );
    origin.on(
        "/huge",
        Reply::ok("text/xml", "x").header("X-Huge", &"x".repeat(1_000_000)),
    );
    let many = (0..200).fold(Reply::ok("text/xml", "x"), |reply, n| {
        reply.header(&format!("X-{n}"), "x")
    });
    origin.on("/many", many);
    origin.on(
        "/latin1",
        Reply::ok("text/xml", "x").header_bytes("X-Nimi", b"p\xf6yt\xe4"),
    );
    let client = client();
    let large = get(&client, origin.url("/large")).await.expect_err("large");
    assert!(
        matches!(large, FetchError::HeadersTooLarge { .. }),
        "{large:?}"
    );
    for path in ["/huge", "/many"] {
        let bad = get(&client, origin.url(path)).await.expect_err(path);
        assert!(
            matches!(bad, FetchError::Protocol { .. }),
            "{path}: {bad:?}"
        );
    }
    assert!(get(&client, origin.url("/latin1")).await.is_ok());
}

#[tokio::test]
async fn drip_servers_and_silent_ones_are_given_up() {
    let origin = Origin::start();
    origin.on("/drip", Reply::endless("x", Duration::from_millis(20)));
    origin.on("/silent", Reply::never());
    let pause = Duration::from_millis(10);
    let hints = Reply::raw("").repeating("HTTP/1.1 103 Early Hints\r\n\r\n", pause);
    origin.on("/hints", hints);
    origin.on(
        "/header",
        Reply::raw("HTTP/1.1 200 OK\r\nX: ").repeating("x", pause),
    );
    origin.on("/late", Reply::ok("text/xml", "x").after(HANG));
    let strict = FetchSettings {
        min_bytes_per_second: 10_000,
        min_speed_grace: Duration::from_millis(200),
        ..settings()
    };
    let slow = get(&Client::new(&strict).expect("client"), origin.url("/drip")).await;
    let slow = slow.expect_err("drip");
    assert!(matches!(slow, FetchError::TooSlow { .. }), "{slow:?}");
    let short = FetchSettings {
        timeout: Duration::from_millis(300),
        ..settings()
    };
    for path in ["/silent", "/late", "/drip", "/hints", "/header"] {
        let late = get(&Client::new(&short).expect("client"), origin.url(path)).await;
        let late = late.expect_err(path);
        assert!(
            matches!(late, FetchError::Deadline { .. }),
            "{path}: {late:?}"
        );
        assert_eq!(late.outcome(), PollOutcome::Timeout);
    }
}

/// The shortest of three tries, or of fewer where one is short enough: a busy machine may add to one of them.
async fn given_up_after(settings: &FetchSettings, url: &Url) -> Duration {
    let most = settings.timeout.min(settings.min_speed_grace) + Duration::from_secs(1);
    let mut shortest = Duration::MAX;
    for _ in 0..3 {
        let client = Client::new(settings).expect("client");
        let began = Instant::now();
        get(&client, url.clone())
            .await
            .expect_err("nothing whole comes");
        shortest = shortest.min(began.elapsed());
        if shortest < most {
            break;
        }
    }
    shortest
}

#[tokio::test]
async fn whoever_hangs_or_drips_is_given_up_within_a_second_of_the_limit() {
    let origin = Origin::start();
    let pause = Duration::from_millis(10);
    origin.on("/drip", Reply::endless("x", pause));
    origin.on("/silent", Reply::never());
    origin.on(
        "/hints",
        Reply::raw("").repeating("HTTP/1.1 103 Early Hints\r\n\r\n", pause),
    );
    origin.on(
        "/header",
        Reply::raw("HTTP/1.1 200 OK\r\nX: ").repeating("x", pause),
    );
    let limit = Duration::from_millis(500);
    let short = FetchSettings {
        timeout: limit,
        min_speed_grace: HANG,
        ..settings()
    };
    let strict = FetchSettings {
        min_bytes_per_second: 10_000,
        min_speed_grace: limit,
        ..settings()
    };
    for (settings, path) in [
        (&short, "/drip"),
        (&short, "/silent"),
        (&short, "/hints"),
        (&short, "/header"),
        (&strict, "/drip"),
    ] {
        let took = given_up_after(settings, &origin.url(path)).await;
        println!("{path}: {took:?}");
        assert!(took >= limit, "{path}: {took:?}");
        assert!(took < limit + Duration::from_secs(1), "{path}: {took:?}");
    }
}

// Whole documents only.

#[tokio::test]
async fn documents_arrive_whole_in_every_coding() {
    let origin = Origin::start();
    origin.on("/plain", Reply::ok("text/xml; charset=utf-8", "hello"));
    origin.on("/chunked", Reply::chunked(&[b"he", b"llo"]));
    origin.on("/gzip", Reply::ok("text/xml", "hello").gzip());
    origin.on("/zstd", Reply::ok("text/xml", "hello").zstd());
    let brotli = Reply::ok("text/xml", *b"\x0b\x02\x80hello\x03");
    origin.on("/br", brotli.header("Content-Encoding", "br"));
    origin.on(
        "/identity",
        Reply::ok("text/xml", "hello").header("Content-Encoding", "identity"),
    );
    origin.on("/203", Reply::status(203).body("hello"));
    let client = client();
    for path in [
        "/plain",
        "/chunked",
        "/gzip",
        "/zstd",
        "/br",
        "/identity",
        "/203",
    ] {
        let answer = get(&client, origin.url(path)).await.expect(path);
        assert_eq!(body(&answer), b"hello", "{path}");
    }
    let plain = get(&client, origin.url("/plain")).await.expect("answer");
    let content_type = plain.body.and_then(|document| document.content_type);
    assert_eq!(content_type.as_deref(), Some("text/xml; charset=utf-8"));
    origin.on("/empty", Reply::ok("text/xml", ""));
    assert_eq!(
        body(&get(&client, origin.url("/empty")).await.expect("answer")),
        b""
    );
}

#[tokio::test]
async fn damaged_bodies_are_never_used_in_part() {
    let origin = Origin::start();
    let text: Vec<u8> = (0..40_000_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    let whole = gzip(&text);
    let half = whole[..whole.len() / 2].to_vec();
    let mut bad_crc = whole.clone();
    let crc = bad_crc.len() - 8;
    bad_crc[crc] ^= 1;
    let zstd = zstd::encode_all(text.as_slice(), 3).expect("zstd");
    let half_zstd = zstd[..zstd.len() / 2].to_vec();
    let coded = |coding, bytes| Reply::ok("text/xml", bytes).header("Content-Encoding", coding);
    origin.on("/gzip-half", coded("gzip", half));
    origin.on(
        "/gzip-no-end",
        coded("gzip", whole[..whole.len() - 8].to_vec()),
    );
    origin.on("/gzip-crc", coded("gzip", bad_crc));
    origin.on("/gzip-lie", coded("gzip", b"<rss/>".to_vec()));
    origin.on("/zstd-half", coded("zstd", half_zstd));
    origin.on("/br-half", coded("br", b"\x0b\x02\x80hel".to_vec()));
    origin.on("/short", Reply::ok("text/xml", "hello").announcing(9));
    let wire = |tail: &str| {
        Reply::raw(format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n{tail}"
        ))
    };
    origin.on("/chunk-cut", wire("5\r\nhel"));
    origin.on("/chunk-no-end", wire(""));
    origin.on("/chunk-bad", wire("zz\r\n"));
    let client = client();
    for path in [
        "/gzip-half",
        "/gzip-no-end",
        "/gzip-crc",
        "/gzip-lie",
        "/zstd-half",
        "/br-half",
        "/short",
        "/chunk-cut",
        "/chunk-no-end",
        "/chunk-bad",
    ] {
        let broken = get(&client, origin.url(path)).await;
        let broken = broken.map(|answer| body(&answer).len()).expect_err(path);
        assert!(
            matches!(broken, FetchError::BodyBroken { .. }),
            "{path}: {broken:?}"
        );
        assert_eq!(broken.outcome(), PollOutcome::HttpError);
    }
}

#[tokio::test]
async fn codings_that_were_not_undone_are_refused() {
    let origin = Origin::start();
    let twice = gzip(&gzip(b"<rss/>"));
    origin.on(
        "/unknown",
        Reply::ok("text/xml", "x").header("Content-Encoding", "rot13"),
    );
    origin.on(
        "/list",
        Reply::ok("text/xml", twice.clone()).header("Content-Encoding", "gzip, gzip"),
    );
    let fields = Reply::ok("text/xml", twice.clone()).header("Content-Encoding", "gzip");
    origin.on("/fields", fields.clone().header("Content-Encoding", "gzip"));
    origin.on("/hidden", fields);
    let client = client();
    for path in ["/unknown", "/list", "/fields", "/hidden"] {
        let refused = get(&client, origin.url(path)).await.expect_err(path);
        assert!(
            matches!(refused, FetchError::Encoding { .. }),
            "{path}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn other_statuses_are_errors() {
    let origin = Origin::start();
    let client = client();
    for status in [
        201, 204, 205, 206, 226, 300, 305, 400, 403, 404, 410, 500, 502,
    ] {
        origin.on(
            "/feed",
            Reply::status(status).body(if status == 204 { "" } else { "<rss/>" }),
        );
        let error = get(&client, origin.url("/feed")).await.expect_err("status");
        assert_eq!(
            (error.status(), error.retry_after()),
            (Some(status), None),
            "{error:?}"
        );
        assert!(
            error.to_string().contains(origin.url("/feed").as_str()),
            "{error}"
        );
    }
}

#[tokio::test]
async fn no_answer_and_no_http_are_told_apart() {
    let origin = Origin::start();
    origin.on("/garbage", Reply::raw("\x16\x03\x01 garbage\r\n\r\n"));
    origin.on("/empty", Reply::raw(""));
    origin.on("/reset", Reply::reset());
    origin.on(
        "/two",
        Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
    );
    let client = client();
    for path in ["/garbage", "/empty", "/reset", "/two"] {
        let error = get(&client, origin.url(path)).await.expect_err(path);
        assert!(
            matches!(error, FetchError::Protocol { .. }),
            "{path}: {error:?}"
        );
        assert!(!error.is_our_side());
    }
    let closed = Origin::start().url("/");
    let closed = loop {
        let error = get(&client, closed.clone())
            .await
            .expect_err("nobody there");
        // The server's thread may need a moment to let its port go.
        if !matches!(error, FetchError::Status { .. }) {
            break error;
        }
    };
    assert!(
        matches!(
            closed,
            FetchError::Connect { .. } | FetchError::Protocol { .. }
        ),
        "{closed:?}"
    );
}

#[tokio::test]
async fn a_server_without_tls_is_not_asked_without_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let port = listener.local_addr().expect("address").port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("accept");
        let mut hello = [0; 1];
        stream.read_exact(&mut hello).await.expect("read");
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .expect("write");
        hello
    });
    let url = Url::parse(&format!("https://127.0.0.1:{port}/")).expect("address");
    let error = get(&client(), url).await.expect_err("no TLS there");
    if matches!(error, FetchError::Tls { .. }) {
        assert_eq!(heard.await.expect("task"), [0x16], "a TLS record");
    } else {
        // A machine without certificate authorities does not even try.
        assert!(
            matches!(error, FetchError::NoCertificates { .. }),
            "{error:?}"
        );
    }
}

// Manners.

#[tokio::test]
async fn one_request_at_a_time_per_host_with_a_pause_between() {
    let origin = Origin::start();
    origin.on(
        "/page",
        Reply::ok("text/html", "x").after(Duration::from_millis(20)),
    );
    let interval = Duration::from_millis(60);
    let client = Client::new(&FetchSettings {
        min_interval: interval,
        ..settings()
    })
    .expect("client");
    let all: Vec<_> = (0..5)
        .map(|_| {
            let (client, url) = (client.clone(), origin.url("/page"));
            tokio::spawn(async move { get(&client, url).await.map(drop) })
        })
        .collect();
    for task in all {
        task.await.expect("task").expect("answer");
    }
    let log = origin.log();
    assert_eq!((log.len(), origin.most_at_once()), (5, 1));
    for pair in log.windows(2) {
        let pause = pair[1].started - pair[0].ended.expect("ended");
        assert!(pause >= interval, "{pause:?}");
    }
}

#[tokio::test]
async fn different_hosts_are_asked_in_parallel() {
    let hosts: Vec<_> = (1..=6)
        .map(|n| Origin::start_on(Ipv4Addr::new(127, 0, 0, n)))
        .collect();
    // Nobody answers before everybody has been asked.
    let barrier = Arc::new(Barrier::new(hosts.len()));
    let client = client();
    let all: Vec<_> = hosts
        .iter()
        .map(|origin| {
            origin.on("/feed", Reply::ok("text/xml", "x").meeting(&barrier));
            let (client, url) = (client.clone(), origin.url("/feed"));
            tokio::spawn(async move { get(&client, url).await.map(drop) })
        })
        .collect();
    for task in all {
        task.await.expect("task").expect("answer");
    }
}

#[tokio::test]
async fn waiting_for_the_turn_is_not_counted_against_the_deadline() {
    let origin = Origin::start();
    origin.on(
        "/page",
        Reply::ok("text/html", "x").after(Duration::from_millis(150)),
    );
    let short = FetchSettings {
        timeout: Duration::from_millis(1500),
        ..settings()
    };
    let client = Client::new(&short).expect("client");
    let all: Vec<_> = (0..14)
        .map(|_| {
            let (client, url) = (client.clone(), origin.url("/page"));
            tokio::spawn(async move { get(&client, url).await.map(drop) })
        })
        .collect();
    for task in all {
        task.await.expect("task").expect("answer");
    }
}

#[tokio::test]
async fn retry_after_silences_the_whole_host_and_nobody_else() {
    for (status, value, least, most) in [
        (429, "120", 100, 120),
        (503, "1000000000", 86_300, 86_400),
        (503, "Sun, 22 Nov 2026 12:05:00 GMT", 280, 300),
    ] {
        let (origin, other) = (Origin::start(), Origin::start());
        let reply = Reply::status(status).header("Retry-After", value);
        origin.on(
            "/feed",
            reply.header("Date", "Sun, 22 Nov 2026 12:00:00 GMT"),
        );
        origin.on("/page", Reply::ok("text/html", "x"));
        other.on("/page", Reply::ok("text/html", "x"));
        let client = client();
        let asked = get(&client, origin.url("/feed")).await.expect_err("status");
        let wait = asked.retry_after().expect("wait").as_secs();
        assert_eq!((asked.status(), wait), (Some(status), most));
        let silent = get(&client, origin.url("/page")).await.expect_err("paused");
        assert!(
            matches!(silent, FetchError::HostPaused { .. }),
            "{silent:?}"
        );
        assert_eq!(silent.outcome(), PollOutcome::Blocked);
        assert!((least..=most).contains(&silent.retry_after().expect("left").as_secs()));
        assert!(client.robots_allow(&origin.url("/page")).await.is_err());
        assert_eq!(origin.log().len(), 1, "nothing was sent");
        assert!(get(&client, other.url("/page")).await.is_ok());
        let paused = client.paused_hosts();
        assert_eq!(paused.len(), 1);
        assert_eq!(paused[0].0, host_key(&origin.url("/")));
    }
}

#[tokio::test]
async fn a_429_that_names_no_time_pauses_its_host_for_an_hour() {
    let (origin, other) = (Origin::start(), Origin::start());
    let unreadable = Reply::status(429).header("Retry-After", "soon");
    for reply in [Reply::status(429), unreadable] {
        origin.on("/page", reply);
        other.on("/page", Reply::redirect(302, origin.url("/page").as_str()));
        let client = client();
        let asked = get(&client, other.url("/page")).await.expect_err("status");
        assert_eq!(asked.retry_after(), Some(Duration::from_hours(1)));
        let answered = host_key(&origin.url("/"));
        assert_eq!(asked.host(), Some(answered.as_str()), "not who was asked");
        assert_eq!(client.paused_hosts()[0].0, answered);
        let silent = get(&client, origin.url("/next")).await.expect_err("paused");
        assert!(
            matches!(silent, FetchError::HostPaused { .. }),
            "{silent:?}"
        );
    }
}

#[tokio::test]
async fn a_pause_can_be_restored_and_unreadable_ones_are_none() {
    let origin = Origin::start();
    origin.on("/feed", Reply::status(503).header("Retry-After", "soon"));
    origin.on("/gone", Reply::status(500).header("Retry-After", "60"));
    let client = client();
    for path in ["/feed", "/gone", "/feed"] {
        let error = get(&client, origin.url(path)).await.expect_err(path);
        assert_eq!(error.retry_after(), None);
    }
    client.pause_host(&host_key(&origin.url("/")), Duration::from_hours(1));
    let silent = get(&client, origin.url("/feed")).await.expect_err("paused");
    assert!(
        matches!(silent, FetchError::HostPaused { .. }),
        "{silent:?}"
    );
}

// robots.txt.

#[tokio::test]
async fn robots_txt_is_asked_once_with_the_same_manners() {
    let origin = Origin::start();
    let moved = Reply::redirect(301, "/robots/real.txt");
    origin.on("/robots.txt", moved);
    let rules =
        "User-agent: *\nDisallow: /\n\nUser-agent: seutu\nDisallow: /salainen\nCrawl-delay: 0\n";
    origin.on("/robots/real.txt", Reply::ok("text/plain", rules));
    let client = client();
    let all: Vec<_> = ["/julkinen", "/salainen/1", "/julkinen?2", "/salainen"]
        .into_iter()
        .map(|path| {
            let (client, url) = (client.clone(), origin.url(path));
            tokio::spawn(async move { client.robots_allow(&url).await })
        })
        .collect();
    let mut verdicts = Vec::new();
    for task in all {
        verdicts.push(task.await.expect("task").expect("verdict"));
    }
    let (yes, no) = (RobotsVerdict::Allowed, RobotsVerdict::Disallowed);
    assert_eq!(verdicts, [yes, no, yes, no]);
    assert_eq!(origin.requests("/robots.txt").len(), 1);
    assert!(
        origin.log()[0]
            .header("user-agent")
            .expect("agent")
            .starts_with("seutu/")
    );
}

#[tokio::test]
async fn robots_txt_is_cut_missing_or_ignored() {
    let origin = Origin::start();
    let mut long = b"User-agent: *\nDisallow: /early\n".to_vec();
    long.resize(500 * 1024, b'\n');
    long.extend_from_slice(b"Disallow: /late\n");
    origin.on("/robots.txt", Reply::ok("text/plain", long));
    let cut = client();
    let early = cut.robots_allow(&origin.url("/early")).await;
    let late = cut.robots_allow(&origin.url("/late")).await;
    assert_eq!(
        (early, late),
        (Ok(RobotsVerdict::Disallowed), Ok(RobotsVerdict::Allowed))
    );
    let bare = Origin::start();
    assert_eq!(
        client().robots_allow(&bare.url("/a")).await,
        Ok(RobotsVerdict::Allowed)
    );
    bare.on("/robots.txt", Reply::status(500));
    assert_eq!(
        client().robots_allow(&bare.url("/a")).await,
        Ok(RobotsVerdict::Unavailable)
    );
    let ignoring = FetchSettings {
        respect_robots: RobotsPolicy::Ignored,
        ..settings()
    };
    let ignoring = Client::new(&ignoring).expect("client");
    assert_eq!(
        ignoring.robots_allow(&bare.url("/b")).await,
        Ok(RobotsVerdict::Allowed)
    );
    assert_eq!(bare.log().len(), 2);
}

#[tokio::test]
async fn crawl_delay_spaces_the_requests_of_that_host() {
    let origin = Origin::start();
    origin.on(
        "/robots.txt",
        Reply::ok("text/plain", "User-agent: *\nCrawl-delay: 0.2\n"),
    );
    origin.on("/page", Reply::ok("text/html", "x"));
    let client = client();
    client
        .robots_allow(&origin.url("/page"))
        .await
        .expect("verdict");
    for _ in 0..2 {
        get(&client, origin.url("/page")).await.expect("answer");
    }
    for pair in origin.log().windows(2) {
        assert!(pair[1].started - pair[0].ended.expect("ended") >= Duration::from_millis(200));
    }
}

// Names that change their mind.

#[tokio::test]
async fn a_name_is_connected_to_where_it_was_checked() {
    let origin = Origin::start();
    origin.on(
        "/feed",
        Reply::ok("text/xml", "x").header("Connection", "close"),
    );
    let table = Arc::new(Table::default().with("kunta.test", &[&["127.0.0.1"], &["192.0.2.1"]]));
    let client =
        Client::with_lookup(&settings(), Arc::clone(&table) as Arc<dyn Lookup>).expect("client");
    let url = Url::parse(&format!("http://kunta.test:{}/feed", origin.port())).expect("address");
    get(&client, url).await.expect("answer");
    let asked = table.asked.load(Ordering::Relaxed);
    assert_eq!(asked, 1, "one lookup for the check and the connection");
}
