//! Every fixture list of every platform, read and compared field by field.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use seutu::daemon::reading::read_list;
use seutu::model::ids::SourceId;
use seutu::model::listing::{AskedList, ListAddress, ListKind};
use seutu::model::source::{PlatformKind, Publishes, Source};
use seutu::platform::platform;
use url::Url;

use super::support::differences;

/// `list.toml` of a case: what was asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    kind: ListKind,
    key: String,
    url: Url,
    body: Option<String>,
    held_on: Option<jiff::civil::Date>,
    /// The source's `url`; follows from `url` when left out.
    portal: Option<Url>,
}

/// What the program makes of a saved list, as JSON: a reading or a fault.
fn read(platform_kind: PlatformKind, case: &Path) -> Value {
    let text = fs::read_to_string(case.join("list.toml")).expect("list.toml");
    let asked: Asked = toml::from_str(&text).expect("list.toml");
    let portal = asked
        .portal
        .or_else(|| platform(platform_kind).portal_of_address(&asked.url))
        .expect("a portal");
    let source = Source {
        id: SourceId::new("lahde"),
        municipality: "Mallila".to_owned(),
        platform: platform_kind,
        url: portal,
        interval: Duration::from_mins(20),
        enabled: true,
        key_prefix: String::new(),
        show: 30,
        publishes: Publishes::Items,
        permission: Some("invented".to_owned()),
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    };
    let list = ListAddress {
        kind: asked.kind,
        key: asked.key,
        url: asked.url,
        body: asked.body,
        held_on: asked.held_on,
    };
    let page = AskedList {
        source: &source,
        list: &list,
        served: &list.url,
    };
    let bytes = ["page.html", "feed.xml"]
        .iter()
        .find_map(|name| fs::read(case.join(name)).ok())
        .expect("page.html or feed.xml");
    match read_list(page, &bytes, None) {
        Ok(reading) => serde_json::to_value(reading).expect("json"),
        Err(fault) => serde_json::to_value(fault).expect("json"),
    }
}

#[test]
fn every_fixture_list_is_read_right() {
    let mut failures = Vec::new();
    for kind in PlatformKind::ALL {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lists");
        let Ok(folders) = fs::read_dir(root.join(kind.word())) else {
            continue;
        };
        let mut cases: Vec<PathBuf> = folders.map(|entry| entry.expect("entry").path()).collect();
        cases.sort();
        for case in cases {
            let got = read(kind, &case);
            let name = case.display().to_string();
            if let Ok(text) = fs::read_to_string(case.join("expected.json")) {
                let expected = serde_json::from_str(&text).expect("expected.json");
                differences(&name, &expected, &got, &mut failures);
            } else {
                let text = serde_json::to_string_pretty(&got).expect("json") + "\n";
                fs::write(case.join("expected.json.new"), text).expect("written");
                failures.push(format!("{name}: no expected.json; expected.json.new was written, check it field by field"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
