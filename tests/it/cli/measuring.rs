//! What a running daemon tells whoever watches over it: `/metrics`, and one line per source and cycle.

use super::running::{ends, get, listening, terminate, until};
use super::start;
use crate::support::program::{run, seutu};

fn value(text: &str, name: &str) -> Option<f64> {
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("{name} ")))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[test]
fn a_daemon_measures_its_archive_its_sources_and_itself() {
    let (_portal, mut workshop) = start();
    let address = listening(&mut workshop);
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    assert_eq!(run(&config, &["verify"]).code, Some(0));
    let child = seutu(&config, &["run"]).spawn().expect("started");
    until("the server", || {
        get(&address, "/readyz").is_some_and(|a| a.starts_with("HTTP/1.1 200"))
    });
    let text = get(&address, "/metrics").expect("metrics");
    for (name, expected) in [
        ("seutu_ready", 1.0),
        ("seutu_archive_items", 3.0),
        ("seutu_takedowns", 0.0),
        ("seutu_verify_findings", 0.0),
    ] {
        assert_eq!(value(&text, name), Some(expected), "{name}: {text}");
    }
    for name in [
        "seutu_archive_size_bytes",
        "seutu_disk_free_bytes",
        "process_resident_memory_bytes",
        "seutu_verify_timestamp_seconds",
    ] {
        assert!(
            value(&text, name).is_some_and(|value| value > 0.0),
            "{name}: {text}"
        );
    }
    let source = "seutu_source_last_success_timestamp_seconds{source=\"kuusijarvi\"}";
    assert!(value(&text, source).is_some_and(|at| at > 0.0), "{text}");
    let folder = workshop.archive().display().to_string();
    assert!(!text.contains(&folder) && !text.contains("://"), "{text}");
    terminate(&child);
    assert_eq!(ends(child).code, Some(0));
}

#[test]
fn each_cycle_of_a_source_is_one_line_that_can_be_read_alone() {
    let (portal, mut workshop) = start();
    let address = listening(&mut workshop);
    let config = workshop.config_file();
    let child = seutu(&config, &["--log-format", "json", "run"])
        .spawn()
        .expect("started");
    until("the first cycle", || {
        let text = get(&address, "/metrics").unwrap_or_default();
        value(&text, "seutu_cycles_total") == Some(1.0)
    });
    assert_eq!(portal.feed_requests().len(), 1);
    terminate(&child);
    let ended = ends(child);
    let lines = ended
        .err
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let of_source: Vec<_> = lines
        .filter(|line| {
            line["fields"]["source"] == "kuusijarvi" && line["fields"]["new"].is_number()
        })
        .collect();
    assert_eq!(of_source.len(), 1, "{}", ended.err);
    assert_eq!(of_source[0]["level"], "INFO");
    let said = of_source[0]["fields"]["message"].as_str().expect("words");
    assert!(said.starts_with("Kuusijärvi: 3 new items"), "{said}");
}
