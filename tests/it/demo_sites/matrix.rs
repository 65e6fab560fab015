//! What the demonstration ends with: where the ten members stand with this year's plan and with last year's.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use serde_json::Value;
use seutu::serve::simulated::SimulatedSites;
use tempfile::TempDir;
use tokio::net::TcpStream;
use url::Url;

use super::source;
use super::wire::get;
use crate::support::program::{bare, run};

/// Six have decided, two have it on an agenda, one was not seen, and of one nothing is known.
const STATES: [[&str; 3]; 10] = [
    ["Esimerkkilä", "decided", ""],
    ["Exempelby", "decided", ""],
    ["Haavela", "unknown", "source down"],
    ["Hiljala", "not seen", ""],
    ["Keksivaara", "decided", ""],
    ["Kuvitteela", "on agenda", ""],
    ["Loruranta", "decided", ""],
    ["Mallikylä", "decided", ""],
    ["Tarinajoki", "on agenda", ""],
    ["Taruniemi", "decided", ""],
];

/// The plan of this year in a matrix, as states and reasons.
fn states(matrix: &Value) -> Vec<[String; 3]> {
    let line = matrix
        .as_array()
        .into_iter()
        .flatten()
        .find(|line| line["summary"]["slug"] == "sivistys-toimintasuunnitelma-2026");
    let cells = line.and_then(|line| line["cells"].as_array());
    let word = |cell: &Value, name: &str| cell[name].as_str().unwrap_or_default().to_owned();
    let cells = cells.into_iter().flatten();
    cells
        .map(|cell| ["municipality", "state", "why"].map(|name| word(cell, name)))
        .collect()
}

fn json(config: &Path, arguments: &[&str]) -> Value {
    let ended = run(config, arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    serde_json::from_str(&ended.out).expect("JSON")
}

#[test]
fn the_demonstration_ends_with_the_matrix_that_the_readme_shows() {
    let dir = TempDir::new().expect("folder");
    let kept = dir.path().join("kept");
    let output = bare(&["demo", "--once", "--keep"]).arg(&kept).output();
    let said = String::from_utf8(output.expect("run").stdout).expect("UTF-8");
    let readme = include_str!("../../../README.md");
    let (_, after) = readme
        .split_once("`seutu demo --once` ends with what it archived")
        .expect("a passage");
    let block = after.split("```").nth(1).expect("a block");
    for promised in block.lines().filter(|line| !line.contains("...")) {
        let is_said = said.lines().any(|line| line.trim_end() == promised);
        assert!(is_said, "README.md promises {promised:?}: {said}");
    }

    let config = kept.join("demo.toml");
    let matrix = json(&config, &["dossier", "matrix", "sivistys", "--json"]);
    assert_eq!(states(&matrix), STATES.map(|row| row.map(str::to_owned)));
    let summary = &matrix[0]["summary"];
    let counts = ["members", "decided", "on_agenda", "not_seen", "unknown"];
    assert_eq!(
        counts.map(|name| summary[name].as_u64()),
        [10, 6, 2, 1, 1].map(Some)
    );
    assert_eq!(summary["predecessor"], "sivistys-toimintasuunnitelma-2025");
}

#[test]
fn last_years_plan_goes_from_board_to_council_by_a_reference() {
    let dir = TempDir::new().expect("folder");
    let kept = dir.path().join("kept");
    let output = bare(&["demo", "--once", "--keep"]).arg(&kept).output();
    assert!(output.expect("run").status.success());
    let slug = "sivistys-toimintasuunnitelma-2025";
    let dossier = json(
        &kept.join("demo.toml"),
        &["dossier", "show", slug, "--json"],
    );
    assert_eq!(
        dossier["summary"]["successor"],
        "sivistys-toimintasuunnitelma-2026"
    );
    assert_eq!(dossier["summary"]["decided"], 2);
    let items = dossier["items"].as_array().expect("items").iter();
    let items: Vec<_> = items
        .map(|entry| {
            ["body", "method", "note"].map(|name| {
                let value = if name == "body" {
                    &entry["item"][name]
                } else {
                    &entry[name]
                };
                value.as_str().unwrap_or_default()
            })
        })
        .collect();
    let board = ["Kunnanhallitus", "title", "toimintasuunnitelma 2025"];
    assert_eq!(
        items[2..],
        [board, ["Kunnanvaltuusto", "reference", "KH 4.12. § 303"]]
    );
}

/// The served demonstration; it ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            drop(self.0.wait());
        }
    }
}

/// Looks until the matrix stands as it should: the simulated fortnight passes in less than a minute.
async fn settled(site: &Url) -> Vec<[String; 3]> {
    let address = site.join("api/networks/sivistys/matrix").expect("address");
    let expected = STATES.map(|row| row.map(str::to_owned));
    let mut seen = vec![];
    for _ in 0..600 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let (host, port) = (site.host_str().expect("host"), site.port().expect("port"));
        if TcpStream::connect((host, port)).await.is_err() {
            continue;
        }
        let reply = get(&address, &[]).await;
        let document: Value = serde_json::from_str(reply.text()).expect("JSON");
        seen = states(&document["dossiers"]);
        if seen == expected {
            break;
        }
    }
    seen
}

#[tokio::test]
async fn the_served_demonstration_comes_to_the_same_and_its_pages_say_why() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener
        .local_addr()
        .expect("an address")
        .port()
        .to_string();
    drop(listener);
    let child = bare(&["demo", "--port", &port])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    let _served = Served(child.expect("started"));
    let site: Url = format!("http://127.0.0.1:{port}/")
        .parse()
        .expect("address");
    assert_eq!(
        settled(&site).await,
        STATES.map(|row| row.map(str::to_owned))
    );
    for (path, words) in [
        ("", "lähde ei vastaa: Haavela"),
        (
            "networks/sivistys",
            "ei tiedetä, lähde ei vastaa, 9.11.2026 alkaen",
        ),
        (
            "dossiers/sivistys-toimintasuunnitelma-2026",
            "lähde ei vastaa (9.11.2026–)",
        ),
        ("en/networks/sivistys", ": Haavela</span>"),
    ] {
        let page = get(&site.join(path).expect("address"), &[]).await;
        assert!(
            page.text().contains(words),
            "{path}: {words} in {}",
            page.text()
        );
    }
}

#[tokio::test]
async fn one_site_is_down_for_good() {
    let sites = SimulatedSites::start().await.expect("sites");
    let source = source(&sites, "haavela");
    for _ in 0..2 {
        for query in [
            "page=rss/meetingitems",
            "page=rss/meetings",
            "page=meeting_frames",
        ] {
            let mut url = source.url.clone();
            url.set_query(Some(query));
            let reply = get(&url, &[]).await;
            assert_eq!(
                (reply.status, reply.header("retry-after")),
                (503, Some("1"))
            );
        }
        sites.advance();
    }
}
