//! The simulated sites: bundled pages agree with their plans, and the quirks are really on the wire.

mod bundled;
mod matrix;
mod reading;
mod wire;

use std::collections::BTreeSet;
use std::time::Duration;

use seutu::model::minutes::Stage;
use seutu::model::source::PlatformKind;
use seutu::serve::simulated::{SimulatedSites, SimulatedSource};
use url::Url;

use self::bundled::{bundled, text};
use self::wire::{Reply, get};

fn source(sites: &SimulatedSites, id: &str) -> SimulatedSource {
    sites
        .config()
        .into_iter()
        .find(|source| source.id.as_str() == id)
        .expect("a site")
}

fn feed_url(source: &SimulatedSource) -> Url {
    let mut url = source.url.clone();
    if source.platform == PlatformKind::Dynasty {
        url.set_query(Some("page=rss/meetingitems&show=30"));
    }
    url
}

fn page_url(source: &SimulatedSource, key: &str) -> Url {
    let mut url = source.url.clone();
    match source.platform {
        PlatformKind::Dynasty => url.set_query(Some(&format!("page=meetingitem&id={key}"))),
        PlatformKind::Casem | PlatformKind::Tweb | PlatformKind::Feed => url.set_path(key),
    }
    url
}

/// The feed, asked for until the site is in the mood.
async fn feed(source: &SimulatedSource, headers: &[(&str, &str)]) -> Reply {
    for _ in 0..6 {
        let reply = get(&feed_url(source), headers).await;
        let html = reply
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"));
        if matches!(reply.status, 200 | 304) && reply.is_whole() && !html {
            return reply;
        }
    }
    panic!("{} never served its feed", source.id);
}

async fn page(sites: &SimulatedSites, id: &str, key: &str) -> String {
    let reply = get(&page_url(&source(sites, id), key), &[]).await;
    assert_eq!(reply.status, 200, "{id} {key}");
    reply.text().to_owned()
}

#[tokio::test]
async fn pages_are_served_as_bundled_and_the_country_advances() {
    let sites = SimulatedSites::start().await.expect("sites");
    for stage in ["agenda", "minutes"] {
        for site in bundled() {
            let source = source(&sites, site.id());
            let origin = source.url.origin().ascii_serialization();
            for item in site.items() {
                let key = text(item, "key").unwrap();
                let url = page_url(&source, key);
                for _ in item
                    .get("first")
                    .and_then(toml::Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    get(&url, &[]).await;
                }
                let reply = get(&url, &[]).await;
                let agenda = text(item, "agenda");
                let file = if stage == "agenda" {
                    agenda
                } else {
                    text(item, "minutes").or(agenda)
                };
                let Some(file) = file else {
                    assert_eq!(reply.status, 404, "{key} is there too early");
                    continue;
                };
                let expected = site.read(file).replace("@ORIGIN@", &origin);
                assert!(
                    reply.text() == expected,
                    "{}/{file} is not what was served",
                    site.id()
                );
            }
        }
        sites.advance();
    }
    assert_eq!(sites.stage(), Stage::Minutes);
}

#[tokio::test]
async fn feeds_are_sent_in_the_bytes_they_declare() {
    let sites = SimulatedSites::start().await.expect("sites");
    let serving = |site: &&bundled::Site| site.is_dynasty() && !site.is_down();
    for site in bundled().iter().filter(serving) {
        let reply = feed(&source(&sites, site.id()), &[]).await;
        let kind = reply.header("content-type").unwrap();
        assert!(
            kind.ends_with("xml; charset=iso-8859-1"),
            "{}: {kind}",
            site.id()
        );
        assert!(
            reply
                .body
                .starts_with(b"<?xml version='1.0' encoding='iso-8859-1'?><rss")
        );
        assert!(!reply.body.contains(&b'\n'), "{}: one line", site.id());
        let (decoded, _, _) = encoding_rs::WINDOWS_1252.decode(&reply.body);
        let listed = site.items().iter().filter(|item| {
            item.get("listed")
                .is_none_or(|stages| stages.to_string().contains("agenda"))
        });
        for item in listed {
            assert!(
                decoded.contains(text(item, "title").unwrap()),
                "{}: {item}",
                site.id()
            );
        }
    }
    let raw = feed(&source(&sites, "esimerkkila"), &[]).await.body;
    assert!(
        raw.contains(&0x96) && raw.contains(&0x94),
        "an en dash and a quotation mark"
    );
    let entities = feed(&source(&sites, "mallikyla"), &[]).await.body;
    let entities = String::from_utf8(entities).expect("ASCII only");
    assert!(
        entities.contains("yhteisty&ouml;verkoston") && entities.contains("&amp;id=2026502-4]]")
    );
    assert!(entities.contains("/djulkaisu/cgi/DREQUEST.PHP?page=meetingitem"));
    let turned = feed(&source(&sites, "satulampi"), &[]).await.body;
    let turned = String::from_utf8_lossy(&turned).into_owned();
    assert!(
        turned.contains("DREQUEST.PHP?id=20261188-3&page=meetingitem]]"),
        "parameter order"
    );
}

#[tokio::test]
async fn validators_bring_304_until_the_list_changes() {
    let sites = SimulatedSites::start().await.expect("sites");
    let mut known = Vec::new();
    let plans = bundled();
    let has_feed = |id: &str| {
        plans
            .iter()
            .any(|plan| plan.id() == id && plan.files().is_empty() && !plan.is_down())
    };
    for source in sites.config() {
        if !has_feed(source.id.as_str()) {
            continue;
        }
        let first = feed(&source, &[]).await;
        let etag = first.header("etag").map(str::to_owned);
        let modified = first.header("last-modified").map(str::to_owned);
        assert!(
            etag.is_some() || modified.is_some(),
            "{}: no validator",
            source.id
        );
        known.push((source, etag, modified));
    }
    for advanced in [false, true] {
        for (source, etag, modified) in &known {
            let mut headers = Vec::new();
            headers.extend(etag.as_deref().map(|etag| ("If-None-Match", etag)));
            headers.extend(modified.as_deref().map(|date| ("If-Modified-Since", date)));
            let again = feed(source, &headers).await;
            let changed = advanced && matches!(source.id.as_str(), "keksivaara" | "olemattomala");
            assert_eq!(
                again.status,
                if changed { 200 } else { 304 },
                "{}",
                source.id
            );
            assert_eq!(again.body.is_empty(), !changed);
            assert_eq!(
                again.header("etag") == etag.as_deref(),
                !changed || etag.is_none()
            );
        }
        sites.advance();
    }
    let source = source(&sites, "esimerkkila");
    let never = ("If-Modified-Since", "Thu, 31 Dec 2099 00:00:00 GMT");
    assert_eq!(
        feed(&source, &[("If-None-Match", "\"other\""), never])
            .await
            .status,
        200
    );
    assert_eq!(feed(&source, &[never]).await.status, 304);
    let asked = sites.requests().into_iter();
    assert!(
        asked
            .filter(|site| has_feed(site.source.as_str()))
            .all(|site| site.not_modified >= 1)
    );
}

#[tokio::test]
async fn a_cookie_brings_the_page_of_another_item() {
    let sites = SimulatedSites::start().await.expect("sites");
    let source = source(&sites, "kuvitteela");
    let url = page_url(&source, "2026777-3");
    let right = get(&url, &[]).await;
    let cookie = right
        .header("set-cookie")
        .and_then(|cookie| cookie.split(';').next())
        .unwrap();
    assert!(right.text().contains("/kokous/2026777-3.PDF"));
    let trapped = get(&url, &[("Cookie", cookie)]).await;
    assert_eq!(trapped.status, 200);
    assert!(trapped.text().contains("/kokous/2026777-2.PDF"));
    assert!(!trapped.text().contains("/kokous/2026777-3.PDF"));
    let requests = sites
        .requests()
        .into_iter()
        .find(|site| site.source == source.id)
        .unwrap();
    assert_eq!((requests.pages, requests.with_cookie), (2, 1));
}

#[tokio::test]
async fn a_wrong_page_and_a_notice_come_once() {
    let sites = SimulatedSites::start().await.expect("sites");
    assert!(
        page(&sites, "mallikyla", "2026502-5")
            .await
            .contains("/kokous/2026502-4.PDF")
    );
    assert!(
        page(&sites, "mallikyla", "2026502-5")
            .await
            .contains("/kokous/2026502-5.PDF")
    );
    assert!(
        page(&sites, "keksivaara", "2026640-4")
            .await
            .contains("<h1>Huoltokatko</h1>")
    );
    assert!(
        page(&sites, "keksivaara", "2026640-4")
            .await
            .contains("/kokous/2026640-4.PDF")
    );
}

#[tokio::test]
async fn one_feed_fails_in_turn() {
    let sites = SimulatedSites::start().await.expect("sites");
    let url = feed_url(&source(&sites, "satulampi"));
    for _ in 0..2 {
        let unavailable = get(&url, &[]).await;
        assert_eq!(
            (unavailable.status, unavailable.header("retry-after")),
            (503, Some("1"))
        );
        assert!(get(&url, &[]).await.is_whole());
        let broken = get(&url, &[]).await;
        assert!(broken.status == 200 && !broken.is_whole());
        assert_eq!(get(&url, &[]).await.status, 200);
        let login = get(&url, &[]).await;
        assert_eq!(
            login.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert!(login.status == 200 && login.text().contains("type='password'"));
        assert!(get(&url, &[]).await.body.starts_with(b"<?xml"));
    }
}

#[tokio::test]
async fn minutes_come_where_they_should() {
    let sites = SimulatedSites::start().await.expect("sites");
    let board = page(&sites, "kuvitteela", "2026741-5").await;
    assert!(
        board.contains("Pöytäkirja 03.11.2026/Pykälä 58"),
        "minutes from the beginning"
    );
    assert!(
        page(&sites, "keksivaara", "2026640-5")
            .await
            .contains("Esityslista 10.11.2026")
    );
    let task = sites.advance_after(Duration::from_millis(10));
    task.await.expect("advanced");
    let left = feed(&source(&sites, "keksivaara"), &[]).await;
    let left = String::from_utf8_lossy(&left.body).into_owned();
    assert!(
        !left.contains("2026640-5") && left.contains("2026640-6"),
        "left and joined"
    );
    assert!(
        page(&sites, "keksivaara", "2026640-5")
            .await
            .contains("Pöytäkirja 10.11.2026")
    );
    assert!(
        page(&sites, "tarinajoki", "2026499-3")
            .await
            .contains("Esityslista 16.11.2026")
    );
    assert!(
        page(&sites, "exempelby", "2026215-3")
            .await
            .contains("Protokoll 18.11.2026")
    );
}

#[tokio::test]
async fn each_site_has_an_origin_a_robots_answer_and_counters() {
    let sites = SimulatedSites::start().await.expect("sites");
    let config = sites.config();
    let origins: BTreeSet<String> = config
        .iter()
        .map(|source| source.url.origin().ascii_serialization())
        .collect();
    assert_eq!(origins.len(), config.len());
    assert!(
        config
            .iter()
            .filter(|s| s.platform == PlatformKind::Dynasty)
            .count()
            == 10
    );
    for source in &config {
        let robots = get(&source.url.join("/robots.txt").unwrap(), &[]).await;
        let forbids = ["tarinajoki", "juttumaki", "loruranta", "esimerkkimaa"];
        let expected = if forbids.contains(&source.id.as_str()) {
            200
        } else {
            404
        };
        assert_eq!(robots.status, expected, "{}", source.id);
    }
    assert!(
        sites
            .requests()
            .iter()
            .all(|site| site.total == 1 && site.robots == 1)
    );
}

#[tokio::test]
async fn the_rest_of_the_platform_answers_too() {
    let sites = SimulatedSites::start().await.expect("sites");
    let portal = source(&sites, "kuvitteela").url;
    let at = |query: &str| {
        let mut url = portal.clone();
        url.set_query(Some(query));
        url
    };
    let meetings = get(&at("page=rss/meetings&show=30"), &[]).await;
    assert_eq!(
        String::from_utf8_lossy(&meetings.body)
            .matches("<item>")
            .count(),
        2
    );
    let two = get(&at("show=2&page=rss%2Fmeetingitems"), &[]).await;
    assert_eq!(
        String::from_utf8_lossy(&two.body).matches("<item>").count(),
        2
    );
    let frames = get(&at("page=meeting_frames"), &[]).await;
    assert!(frames.text().contains("?page=meeting&amp;id=2026777'"));
    let handlers = get(&at("page=meeting_handlers&id="), &[]).await;
    assert_eq!(frames.body, handlers.body);
    let meetings = get(&at("page=meetings&id=160"), &[]).await;
    assert!(meetings.text().contains("Julkaistu: 05.11.2026"));
    let meeting = get(&at("id=2026741&page=meeting"), &[]).await;
    assert!(
        meeting.text().contains("<tr><td>58</td>"),
        "a section of minutes"
    );
    let swedish = source(&sites, "exempelby").url;
    let swedish = get(&swedish.join("?page=meeting&id=2026215").unwrap(), &[]).await;
    assert!(swedish.text().contains("Publicerad: 05.11.2026"));
    for missing in ["page=meetings&id=9", "page=meeting&id=9", "page=search"] {
        assert_eq!(get(&at(missing), &[]).await.status, 404, "{missing}");
    }
    let pdf = get(&portal.join("../kokous/2026777-3.PDF").unwrap(), &[]).await;
    assert_eq!(pdf.header("content-type"), Some("application/pdf"));
    assert_eq!(get(&at("page=meetingitem&id=1-1"), &[]).await.status, 404);
}
