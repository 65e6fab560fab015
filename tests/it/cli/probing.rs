//! `seutu sources probe`: from what people paste to a block that `check` accepts.

use std::path::Path;

use serde_json::Value;

use super::papers;
use crate::support::origin::{Origin, Reply};
use crate::support::portal::Portal;
use crate::support::program::{Ended, run};
use crate::support::workshop::{Sheet, Workshop};

const HTML: &str = "text/html; charset=utf-8";

/// A municipality's own site: the portal is linked from a page below the page of decisions.
fn site(portal: &str, robots: &str) -> Origin {
    let site = Origin::start();
    let page = |title: &str, links: &str| {
        let html = format!(
            "<!DOCTYPE html><html lang='fi'><head><title>{title} - Sysmän kunta</title></head><body>\
             <nav><a href='/asuminen'>Asuminen</a> <a href='/tapahtumat'>Tapahtumat</a>{links}</nav></body></html>"
        );
        Reply::ok(HTML, html)
    };
    site.on("/robots.txt", Reply::ok("text/plain", robots));
    site.on("/", page("Etusivu", "<a href='/hallinto'>Hallinto</a>"));
    site.on(
        "/hallinto",
        page(
            "Päätöksenteko",
            "<a href='/hallinto/talous'>Talous ja hallinto</a>\
             <a href='/hallinto/listat'>Esityslistat ja p&ouml;yt&auml;kirjat</a>",
        ),
    );
    let links = format!("<a href='{portal}'>Siirry julkaisuihin</a>");
    site.on(
        "/hallinto/listat",
        page("Esityslistat ja pöytäkirjat", &links),
    );
    site
}

/// An empty configuration with manners for tests.
fn bench(sheet: Sheet) -> (Workshop, std::path::PathBuf) {
    let workshop = Workshop::new(sheet);
    let config = workshop.config_file();
    (workshop, config)
}

fn nothing() -> Sheet {
    let mut sheet = Sheet::default();
    sheet.networks = String::new();
    sheet
}

/// The configuration with what a probe printed appended to it, as a person would paste it.
fn pasted(config: &Path, printed: &Ended) -> Ended {
    let text = std::fs::read_to_string(config).expect("configuration");
    std::fs::write(config, format!("{text}\n{}", printed.out)).expect("written");
    run(config, &["check"])
}

#[test]
fn a_municipalitys_own_page_leads_to_the_portal_and_a_block() {
    let portal = Portal::with(&papers());
    let site = site(portal.url().as_str(), "User-agent: *\nDisallow: /x\n");
    let (_workshop, config) = bench(nothing());
    let address = site.url("/").to_string();
    let found = run(&config, &["sources", "probe", &address]);
    assert_eq!(found.code, Some(0), "{}{}", found.out, found.err);
    for part in [
        "# dynasty at http://127.0.0.1:",
        "item_feed",
        "3 entries; robots.txt: allowed",
        "# item pages; robots.txt: allowed",
        "newest meeting: 2026-11-12",
        "bodies: Kasvatus- ja opetuslautakunta",
        "[[municipality]]\nname = \"Sysmä\"\ncode = \"781\"\n",
        "[[source]]\nid = \"sysma\"\nmunicipality = \"Sysmä\"\nplatform = \"dynasty\"\n",
    ] {
        let flat = found.out.replace("#   ", "# ");
        assert!(flat.contains(part), "{part:?} is not in:\n{}", found.out);
    }
    // The likeliest link first: nothing else of the site was asked for.
    let asked: Vec<String> = site.log().into_iter().map(|seen| seen.target).collect();
    assert_eq!(asked, ["/robots.txt", "/", "/hallinto", "/hallinto/listat"]);
    let checked = pasted(&config, &found);
    assert_eq!(checked.code, Some(0), "{}", checked.out);
    // And with the block in place it says that nothing is to be done.
    let again = run(&config, &["sources", "probe", &address]);
    assert!(
        again
            .out
            .contains("configured already, as source \"sysma\""),
        "{}",
        again.out
    );
    assert!(!again.out.contains("[["), "{}", again.out);
}

#[test]
fn every_kind_of_address_of_a_portal_is_taken() {
    let portal = Portal::with(&papers());
    let (_workshop, config) = bench(nothing());
    for target in [
        "/cgi/DREQUEST.PHP",
        "/cgi/DREQUEST.PHP?page=meeting_frames",
        "/cgi/DREQUEST.PHP?page=meetingitem&id=2026311-1",
        "/cgi/DREQUEST.PHP?page=rss/meetingitems&show=30",
    ] {
        let address = portal.origin.url(target).to_string();
        let found = run(&config, &["sources", "probe", "--json", &address]);
        assert_eq!(found.code, Some(0), "{target}: {}{}", found.out, found.err);
        let json: Value = serde_json::from_str(&found.out).expect("JSON");
        assert_eq!(json["portals"][0]["url"], portal.url().as_str(), "{target}");
        assert_eq!(json["portals"][0]["lists"][0]["entries"], 3, "{target}");
        assert_eq!(json["proposals"][0]["known"], "new", "{target}");
    }
    // The front page of such a host is an empty shell; its door is known.
    portal
        .origin
        .on("/", Reply::ok(HTML, "<html><body></body></html>"));
    portal.origin.on(
        "/cgi/DREQUEST.PHP",
        Reply::ok(HTML, "<html><body>Toimielimet</body></html>"),
    );
    let front = portal.origin.url("/").to_string();
    let found = run(&config, &["sources", "probe", &front]);
    assert_eq!(found.code, Some(0), "{}{}", found.out, found.err);
    assert!(pasted(&config, &found).code == Some(0), "{}", found.out);
}

#[test]
fn a_feed_of_nobodys_platform_is_a_source_of_its_own() {
    let origin = Origin::start();
    let feed = "<rss version='2.0'><channel><title>Sysmän kunta</title><item><title>Asia</title>\
                <link>https://kunta.example/asia/1</link></item></channel></rss>";
    origin.on("/feed.xml", Reply::ok("application/rss+xml", feed));
    let (_workshop, config) = bench(nothing());
    let found = run(
        &config,
        &["sources", "probe", origin.url("/feed.xml").as_str()],
    );
    assert_eq!(found.code, Some(0), "{}{}", found.out, found.err);
    assert!(found.out.contains("platform = \"feed\""), "{}", found.out);
    assert_eq!(pasted(&config, &found).code, Some(0), "{}", found.out);
}

#[test]
fn nothing_is_found_without_asking_much_and_said_with_what_was_tried() {
    let portal = Origin::start();
    let site = site(portal.url("/elsewhere").as_str(), "");
    let (_workshop, config) = bench(nothing());
    let found = run(&config, &["sources", "probe", site.url("/").as_str()]);
    assert_eq!(found.code, Some(1));
    assert!(
        found
            .out
            .contains("no portal of a known platform was found"),
        "{}",
        found.out
    );
    assert!(
        found.out.contains("/hallinto/listat: no portal among"),
        "{}",
        found.out
    );
    assert!(!found.out.contains("[["));
    for line in found.out.lines() {
        assert!(line.matches(site.url("/").as_str()).count() <= 1, "{line}");
    }
    let pages = site
        .log()
        .into_iter()
        .filter(|seen| seen.target != "/robots.txt");
    assert!(pages.count() <= 6);
}

#[test]
fn robots_txt_is_obeyed_and_told() {
    let portal = Portal::with(&papers());
    let site = site(
        portal.url().as_str(),
        "User-agent: *\nDisallow: /hallinto\n",
    );
    let (_workshop, config) = bench(nothing());
    let found = run(&config, &["sources", "probe", site.url("/").as_str()]);
    assert_eq!(found.code, Some(1));
    assert!(
        found
            .out
            .contains("/hallinto: not asked for: robots.txt forbids it"),
        "{}",
        found.out
    );
    assert!(site.requests("/hallinto").is_empty());
    // A portal that forbids its pages is followed by its feed, and the block says how to change that.
    let forbids = Reply::ok("text/plain", "User-agent: *\nDisallow: /\n");
    portal.origin.on("/robots.txt", forbids);
    let found = run(&config, &["sources", "probe", portal.url().as_str()]);
    assert_eq!(found.code, Some(0), "{}", found.out);
    assert!(
        found.out.contains("item pages; robots.txt: forbidden"),
        "{}",
        found.out
    );
    assert!(found.out.contains("#permission = "), "{}", found.out);
    assert_eq!(portal.page_requests("2026311-1"), 0);
    assert_eq!(pasted(&config, &found).code, Some(0), "{}", found.out);
}

#[test]
fn two_portals_on_one_page_are_both_listed() {
    let (fi, sv) = (Portal::with(&papers()), Portal::with(&papers()));
    let links = format!("{}'>Suomeksi</a> <a href='{}", fi.url(), sv.url());
    let site = site(&links, "");
    let (_workshop, config) = bench(nothing());
    let found = run(
        &config,
        &["sources", "probe", site.url("/hallinto/listat").as_str()],
    );
    assert_eq!(found.code, Some(0), "{}", found.out);
    assert_eq!(found.out.matches("[[source]]").count(), 2);
    assert_eq!(found.out.matches("[[municipality]]").count(), 1);
    assert!(found.out.contains("key_prefix = \"p2\""), "{}", found.out);
    assert_eq!(pasted(&config, &found).code, Some(0), "{}", found.out);
}

#[test]
fn a_portal_that_moved_is_proposed_as_successor_and_its_history_joined() {
    let old = Portal::with(&papers());
    let (workshop, config) = bench(Sheet::of(old.url()));
    // The name in titles is the name in the configuration.
    let text = std::fs::read_to_string(&config).expect("configuration");
    let text = text
        .replace("Kuusijärvi", "Sysmä")
        .replace("\"901\"", "\"781\"");
    std::fs::write(&config, text).expect("written");
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    let new = Portal::with(&papers());
    let site = site(new.url().as_str(), "");
    let found = run(
        &config,
        &["sources", "probe", site.url("/hallinto").as_str()],
    );
    assert_eq!(found.code, Some(0), "{}{}", found.out, found.err);
    assert!(
        found.out.contains("successor_of = \"kuusijarvi\""),
        "{}",
        found.out
    );
    assert!(found.out.contains("key_prefix = \"p2\""), "{}", found.out);
    assert!(!found.out.contains("[[municipality]]"), "{}", found.out);
    let checked = pasted(&config, &found);
    assert_eq!(checked.code, Some(0), "{}", checked.out);
    // The portals of tests know one length of feed.
    let text = std::fs::read_to_string(&config).expect("configuration");
    std::fs::write(&config, text + "show = 30\n").expect("written");
    let asked_before = old.origin.asked();
    assert_eq!(run(&config, &["poll", "--all"]).code, Some(0));
    assert_eq!(
        old.origin.asked(),
        asked_before,
        "the old portal is asked no more"
    );
    let rows = workshop.rows(
        "SELECT s.slug || ' ' || coalesce(n.slug,'-') || ' ' || s.enabled || ' ' || (s.retired_on IS NOT NULL)
         FROM source s LEFT JOIN source n ON n.id=s.successor_id ORDER BY s.slug",
    );
    assert_eq!(rows, ["kuusijarvi sysma 0 1", "sysma - 1 0"]);
    let items =
        "SELECT count(*) || ' ' || count(DISTINCT uid) || ' ' || count(DISTINCT body_id) FROM item";
    assert_eq!(workshop.value(items), "6 6 1");
    let listed = run(&config, &["sources"]);
    assert!(
        listed.out.contains("\nkuusijarvi\n  retired since "),
        "{}",
        listed.out
    );
    assert!(
        listed.out.contains("; sysma took its place"),
        "{}",
        listed.out
    );
}
