//! Polyglot text from the portal to every output: pages, feeds, JSON, CSV, calendar, OPML, terminal, log.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quick_xml::events::Event;
use scraper::Html;
use serde_json::Value;
use seutu::archive::Reader;
use seutu::config::Config;
use seutu::model::source::PlatformKind;
use seutu::serve::ArchiveSite;

use super::polyglot::{KEPT, feed, portal};
use crate::published::client::{Answer, Server, start};
use crate::support::origin::Reply;
use crate::support::portal::Portal;
use crate::support::program::{Ended, run};
use crate::support::workshop::{Sheet, Workshop};

/// An archive that strangers filled.
struct Filled {
    portal: Portal,
    workshop: Workshop,
    config: PathBuf,
    polled: Ended,
}

impl Filled {
    fn new() -> Self {
        let portal = portal();
        let address = portal.origin.url("/feed.atom");
        portal
            .origin
            .on("/feed.atom", Reply::ok("application/atom+xml", feed()));
        let sheet = Sheet::of(portal.url()).with("karkola", PlatformKind::Feed, address);
        let workshop = Workshop::new(sheet);
        let config = workshop.config_file();
        let polled = run(&config, &["-vvv", "poll"]);
        assert_eq!(polled.code, Some(0), "{}\n{}", polled.out, polled.err);
        Self {
            portal,
            workshop,
            config,
            polled,
        }
    }

    async fn served(&self) -> Server {
        let text = self.workshop.sheet.toml(&self.workshop.archive());
        let config = Config::parse("test.toml", &text, [].into_iter()).expect("configuration");
        let reader = Reader::open(&self.workshop.archive()).expect("archive");
        start(Arc::new(ArchiveSite::new(reader, &config))).await
    }

    /// Public keys of everything archived.
    fn uids(&self) -> Vec<String> {
        self.workshop.rows("SELECT uid FROM item ORDER BY uid")
    }
}

/// Whether a terminal or a log reader takes the text for nothing else.
fn insist_printable(what: &str, text: &str) {
    let bad = text.chars().find(|c| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    assert_eq!(bad, None, "{what}: {text:?}");
    for forged in ["<3>", "FORGED", "BEGIN:VEVENT", "X-EVIL", "Set-Cookie"] {
        let begins = text.lines().any(|line| line.starts_with(forged));
        assert!(!begins, "{what} has a line of its own: {text}");
    }
}

fn is_harmless(address: &str) -> bool {
    let address = address.trim().to_ascii_lowercase();
    let before = address.split(['/', '?', '#']).next().unwrap_or_default();
    match before.split_once(':') {
        None => !address.starts_with("//"),
        Some((scheme, _)) => matches!(scheme, "http" | "https" | "mailto"),
    }
}

/// That a page has no element, attribute or address that a stranger put there; its links.
fn insist_harmless_page(path: &str, html: &str) -> Vec<String> {
    const FORBIDDEN: [&str; 9] = [
        "iframe", "object", "embed", "base", "img", "entry", "item", "style", "frame",
    ];
    let page = Html::parse_document(html);
    let mut links = vec![];
    for node in page.tree.nodes() {
        let Some(element) = node.value().as_element() else {
            continue;
        };
        let name = element.name();
        assert!(!FORBIDDEN.contains(&name), "{path}: <{name}>");
        if name == "script" {
            assert_eq!(element.attr("type"), Some("application/ld+json"), "{path}");
            let data: String = node
                .descendants()
                .filter_map(|child| child.value().as_text().map(|t| t.to_string()))
                .collect();
            serde_json::from_str::<Value>(&data).expect("a data block is JSON");
        }
        assert!(
            name != "meta" || element.attr("http-equiv").is_none(),
            "{path}: meta"
        );
        for (attribute, value) in element.attrs() {
            assert!(
                !attribute.starts_with("on") && attribute != "style",
                "{path}: {attribute}"
            );
            if matches!(
                attribute,
                "href" | "src" | "action" | "cite" | "data" | "formaction" | "xlink:href"
            ) {
                assert!(is_harmless(value), "{path}: {attribute}={value}");
                links.push(value.to_owned());
            }
        }
    }
    insist_clean(path, html);
    links
}

/// No character that XML forbids, none that turns the direction.
fn insist_clean(path: &str, text: &str) {
    let bad = text.chars().find(|c| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    });
    assert_eq!(bad, None, "{path}");
}

/// That a document in XML is whole and has only elements of its kind; how often each stands in it.
fn insist_own_elements(path: &str, xml: &str, forbidden: &[&str]) -> Vec<String> {
    insist_clean(path, xml);
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut names = vec![];
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = tag.name().as_ref().to_owned();
                assert!(!forbidden.contains(&name.as_str()), "{path}: <{name}>");
                for attribute in tag.attributes() {
                    let attribute = attribute.expect("an attribute");
                    let key = attribute.key.as_ref().to_owned();
                    let value = attribute.value.to_string();
                    let is_address =
                        matches!(key.as_str(), "href" | "url" | "xmlUrl" | "htmlUrl" | "src");
                    assert!(!is_address || is_harmless(&value), "{path}: {key}={value}");
                }
                names.push(name);
            }
            Event::DocType(_) => panic!("{path}: a document type"),
            Event::Eof => return names,
            Event::End(_)
            | Event::Text(_)
            | Event::Decl(_)
            | Event::GeneralRef(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::PI(_) => {}
        }
    }
}

fn insist_harmless_json(path: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let is_address = name == "url" || name.ends_with("_url") || name == "href";
                if let (true, Some(address)) = (is_address, member.as_str()) {
                    assert!(is_harmless(address), "{path}: {name}={address}");
                }
                insist_harmless_json(path, member);
            }
        }
        Value::Array(all) => all.iter().for_each(|one| insist_harmless_json(path, one)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Unfolded lines of a calendar.
fn calendar_lines(text: &str) -> Vec<String> {
    for line in text.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\n', '\r']), "{line:?}");
    }
    let unfolded = text.replace("\r\n ", "");
    unfolded.split("\r\n").map(str::to_owned).collect()
}

fn insist_harmless(path: &str, answer: &Answer) -> Vec<String> {
    assert!(answer.status < 500, "{path}: {}", answer.status);
    assert_eq!(answer.header("set-cookie"), None, "{path}");
    assert_eq!(
        answer.header("x-content-type-options"),
        Some("nosniff"),
        "{path}"
    );
    let text = answer.text();
    let kind = answer.header("content-type").unwrap_or_default();
    match kind.split(';').next().unwrap_or_default() {
        "text/html" => return insist_harmless_page(path, &text),
        "application/atom+xml"
        | "application/rss+xml"
        | "text/x-opml"
        | "text/xml"
        | "application/xml" => {
            insist_own_elements(path, &text, &["script", "svg", "img"]);
        }
        "application/json" | "application/feed+json" | "application/problem+json" => {
            let value = serde_json::from_str(&text).expect("JSON");
            insist_harmless_json(path, &value);
        }
        "application/x-ndjson" => {
            for line in text.lines() {
                insist_harmless_json(path, &serde_json::from_str(line).expect("JSON"));
            }
        }
        "text/calendar" => {
            let lines = calendar_lines(&text);
            assert!(
                !lines.iter().any(|line| line.starts_with("X-EVIL")),
                "{path}"
            );
        }
        _ => {}
    }
    vec![]
}

/// Everything a reader gets to by following links, and every address that no link leads to.
async fn crawled(server: &Server, uids: &[String]) -> usize {
    let mut waiting: VecDeque<String> = [
        "/",
        "/sv/",
        "/en/",
        "/sources",
        "/about",
        "/networks/sivistys",
        "/search?q=verkosto",
        "/calendar.ics",
        "/opml.xml",
        "/api/items",
        "/api/events",
        "/api/sources",
        "/api/status",
        "/api/networks",
        "/api/dossiers",
        "/api/networks/sivistys/matrix",
        "/feeds/all.atom",
        "/feeds/all.rss",
        "/feeds/all.json",
        "/feeds/sivistys.atom",
        "/feeds/sivistys.rss",
        "/feeds/sivistys.json",
        "/feeds/all/daily.atom",
    ]
    .map(str::to_owned)
    .into();
    for uid in uids {
        for place in ["/items/", "/en/items/", "/api/items/"] {
            waiting.push_back(format!("{place}{uid}"));
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop_front() {
        if seen.len() > 400 || !seen.insert(path.clone()) {
            continue;
        }
        let answer = server.get(&path, &[]).await;
        for link in insist_harmless(&path, &answer) {
            let base: url::Url = format!("http://127.0.0.1{path}").parse().expect("address");
            let target = base.join(&link).expect("a link");
            if target.host_str() == Some("127.0.0.1") && target.port().is_none() {
                let query = target.query().map(|query| format!("?{query}"));
                waiting.push_back(format!("{}{}", target.path(), query.unwrap_or_default()));
            }
        }
    }
    seen.len()
}

/// Leaves what programs of others read in the folder that `SEUTU_TEST_OUTPUTS` names.
async fn kept_for_others(server: &Server) {
    let Some(folder) = std::env::var_os("SEUTU_TEST_OUTPUTS").map(PathBuf::from) else {
        return;
    };
    std::fs::create_dir_all(&folder).expect("folder");
    for path in [
        "feeds/all.atom",
        "feeds/all.rss",
        "feeds/all.json",
        "calendar.ics",
    ] {
        let name = path.trim_start_matches("feeds/");
        let text = server.get(&format!("/{path}"), &[]).await.text();
        std::fs::write(folder.join(name), text).expect("written");
    }
}

#[tokio::test]
async fn polyglot_text_is_text_in_everything_that_is_served() {
    let filled = Filled::new();
    let uids = filled.uids();
    assert!(uids.len() >= 8, "{uids:?}\n{}", filled.polled.out);
    let server = filled.served().await;
    let pages = crawled(&server, &uids).await;
    assert!(pages > 60, "{pages} addresses");
    println!("{pages} addresses");
    // It did arrive, and it is shown as what it is.
    let page = server.get("/items/kuusijarvi/2026311-2", &[]).await.text();
    let shown: String = Html::parse_document(&page).root_element().text().collect();
    assert!(shown.contains(KEPT), "{page}");
    for format in ["atom", "rss", "json"] {
        let path = format!("/feeds/all.{format}");
        let text = server.get(&path, &[]).await.text();
        let entries = match format {
            "json" => serde_json::from_str::<Value>(&text).expect("JSON")["items"]
                .as_array()
                .expect("items")
                .len(),
            other => {
                let name = if other == "atom" { "entry" } else { "item" };
                let names = insist_own_elements(&path, &text, &[]);
                names.iter().filter(|found| *found == name).count()
            }
        };
        assert_eq!(entries, uids.len(), "{path}: {text}");
    }
    let events = calendar_lines(&server.get("/calendar.ics", &[]).await.text());
    kept_for_others(&server).await;
    let begun = events.iter().filter(|line| *line == "BEGIN:VEVENT").count();
    let ended = events.iter().filter(|line| *line == "END:VEVENT").count();
    assert_eq!(begun, ended);
}

#[test]
fn polyglot_text_does_nothing_to_terminals_and_logs() {
    let filled = Filled::new();
    insist_printable("poll", &filled.polled.out);
    insist_printable("log", &filled.polled.err);
    let uids = filled.uids();
    let saved = filled.config.with_file_name("feed.atom");
    std::fs::write(&saved, feed()).expect("saved");
    let file = saved.display().to_string();
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["sources"],
        vec!["sources", "--problems"],
        vec!["search", "verkosto"],
        vec!["feed"],
        vec!["sources", "--missing"],
        vec!["dossier", "list"],
        vec!["network", "report"],
        vec!["--log-format", "json", "-vv", "poll"],
        vec!["verify"],
        vec!["sources", "--json"],
        vec!["search", "--json", "verkosto"],
        vec!["doctor"],
        vec!["doctor", "--json"],
        vec!["rederive", "--dry-run", "--json"],
        vec!["poll", "--all", "--json"],
        vec!["read", &file],
    ];
    for uid in &uids {
        commands.push(vec!["show", "--json", uid]);
        commands.push(vec!["show", uid]);
        commands.push(vec!["show", "--versions", uid]);
        commands.push(vec!["show", "--diff", uid]);
        commands.push(vec!["show", "--text", uid]);
    }
    for command in commands {
        let ended = run(&filled.config, &command);
        // Words that this version does not know are no test of anything.
        assert!(
            !ended.err.contains("unexpected argument"),
            "{command:?}: {}",
            ended.err
        );
        assert!(
            !ended.err.contains("unrecognized subcommand"),
            "{command:?}: {}",
            ended.err
        );
        insist_printable(&format!("{command:?}"), &ended.out);
        insist_printable(&format!("{command:?}"), &ended.err);
    }
    assert!(filled.portal.origin.asked() > 0);
}

/// Cells of every CSV file below a folder.
fn cells(folder: &Path, delimiter: u8) -> Vec<String> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(cells(&path, delimiter));
        } else if path.extension().is_some_and(|ending| ending == "csv") {
            let mut reader = csv::ReaderBuilder::new()
                .delimiter(delimiter)
                .from_path(&path)
                .expect("CSV");
            for record in reader.records() {
                found.extend(record.expect("a row").iter().map(str::to_owned));
            }
        }
    }
    found
}

#[test]
fn no_cell_of_a_spreadsheet_is_a_formula() {
    let filled = Filled::new();
    let out = filled.workshop.archive().with_file_name("out");
    let place = out.display().to_string();
    let export = run(
        &filled.config,
        &[
            "export",
            "--format",
            "csv",
            "--spreadsheet",
            "--out",
            &place,
        ],
    );
    assert_eq!(export.code, Some(0), "{}", export.err);
    let cells = cells(&out, b';');
    assert!(
        cells.iter().any(|cell| cell.contains("cmd|")),
        "the formula arrived"
    );
    for cell in &cells {
        let number = cell.parse::<f64>().is_ok();
        assert!(
            number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '|', '%']),
            "{cell:?}"
        );
        assert!(!cell.contains('\0'), "{cell:?}");
    }
    println!("{} cells", cells.len());
}

#[test]
fn names_of_attachments_name_no_file() {
    let filled = Filled::new();
    let mut names = vec![];
    let mut folders = vec![filled.workshop.archive().with_file_name("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            names.push(path.display().to_string());
        }
    }
    assert!(
        !names
            .iter()
            .any(|name| name.contains("evil") || name.contains("PDF")),
        "{names:?}"
    );
    let addresses = filled.workshop.rows("SELECT url FROM attachment");
    assert!(!addresses.is_empty());
    assert!(
        addresses
            .iter()
            .all(|address| address.starts_with("http://")),
        "{addresses:?}"
    );
    let links = filled.workshop.rows("SELECT url FROM item");
    assert!(
        links.iter().all(|link| link.starts_with("http")),
        "{links:?}"
    );
}
