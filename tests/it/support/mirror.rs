//! A portal whose files are bundled for the demonstration, served from a server where a test can change each of them.

use std::path::{Path, PathBuf};

use seutu::model::source::PlatformKind;
use toml::Value;

use super::origin::{Origin, Reply};
use super::workshop::Sheet;

/// One of the simulated sites that are nothing but files.
pub struct Mirror {
    /// Where answers can be replaced.
    pub origin: Origin,
    folder: PathBuf,
    plan: toml::Table,
}

impl Mirror {
    /// The site of `fixtures/demo/<id>`, in the state after its meetings.
    pub fn start(id: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
        let folder = root.join(id);
        let plan = std::fs::read_to_string(folder.join("site.toml")).expect("a plan");
        let mirror = Self {
            origin: Origin::start(),
            plan: plan.parse().expect("a table"),
            folder,
        };
        for file in mirror.files() {
            mirror.serve(file, &[]);
        }
        mirror
    }

    /// A configuration with this site as the source of Kuusijärvi.
    pub fn sheet(&self) -> Sheet {
        let portal = &self.plan["portal"];
        let platform = PlatformKind::from_word(said(portal, "platform").expect("a platform"));
        let path = said(portal, "path").expect("a path");
        let sheet = Sheet::default().with(
            "kuusijarvi",
            platform.expect("a platform"),
            self.origin.url(path),
        );
        sheet.permitted("kirjaamo, 1.10.2026")
    }

    /// Serves every item page with other markup from now on.
    pub fn change_items(&self, changes: &[(&str, &str)]) {
        for file in self.files() {
            if said(file, "is") == Some("item") {
                self.serve(file, changes);
            }
        }
    }

    fn files(&self) -> &[Value] {
        self.plan["portal"]["file"].as_array().expect("files")
    }

    fn serve(&self, file: &Value, changes: &[(&str, &str)]) {
        let Some(name) = said(file, "minutes").or(said(file, "agenda")) else {
            return;
        };
        let text = std::fs::read_to_string(self.folder.join(name)).expect("a page");
        let text = text.replace(
            "@ORIGIN@",
            self.origin.url("").as_str().trim_end_matches('/'),
        );
        let text = changes
            .iter()
            .fold(text, |text, (old, new)| text.replace(old, new));
        let kind = said(file, "content_type").unwrap_or("text/html; charset=utf-8");
        let bytes = match said(file, "charset") {
            Some("utf-16le") => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Some(label) => {
                let encoding = encoding_rs::Encoding::for_label(label.as_bytes());
                encoding.expect(label).encode(&text).0.into_owned()
            }
            None => text.into_bytes(),
        };
        let at = said(file, "at").expect("an address");
        self.origin.on(at, Reply::ok(kind, bytes));
    }
}

fn said<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}
