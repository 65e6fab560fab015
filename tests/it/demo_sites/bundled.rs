//! The bundled files as they lie on disk: plans, pages and links agree with each other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) struct Site {
    pub(super) folder: PathBuf,
    pub(super) plan: toml::Table,
}

impl Site {
    pub(super) fn id(&self) -> &str {
        self.folder.file_name().unwrap().to_str().unwrap()
    }

    pub(super) fn is_dynasty(&self) -> bool {
        self.plan.contains_key("rss")
    }

    /// Whether it answers nothing but robots.txt.
    pub(super) fn is_down(&self) -> bool {
        self.plan.get("down").and_then(toml::Value::as_bool) == Some(true)
    }

    pub(super) fn items(&self) -> &[toml::Value] {
        list(&self.plan, "item")
    }

    /// The files of a portal that is nothing else.
    pub(super) fn files(&self) -> &[toml::Value] {
        let portal = self.plan.get("portal").and_then(toml::Value::as_table);
        portal.map_or(&[], |portal| list(portal, "file"))
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name))
            .unwrap_or_else(|_| panic!("{}/{name}", self.id()))
    }
}

fn list<'a>(table: &'a toml::Table, name: &str) -> &'a [toml::Value] {
    let found = table.get(name).and_then(toml::Value::as_array);
    found.map_or(&[], Vec::as_slice)
}

pub(super) fn bundled() -> Vec<Site> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let folders = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    folders.sort();
    let site = |folder: PathBuf| {
        let text = fs::read_to_string(folder.join("site.toml")).unwrap();
        Site {
            plan: text.parse().unwrap(),
            folder,
        }
    };
    folders.into_iter().map(site).collect()
}

pub(super) fn text<'a>(item: &'a toml::Value, name: &str) -> Option<&'a str> {
    item.get(name).and_then(toml::Value::as_str)
}

pub(super) fn unescaped(title: &str) -> String {
    html_escape::decode_html_entities(title).into_owned()
}

/// Body, day and subject of a feed title.
pub(super) fn title_parts(title: &str) -> (String, String, String) {
    let (meeting, subject) = title
        .split_once(" / ")
        .expect("a meeting before the subject");
    let (body, day) = meeting.rsplit_once(' ').expect("a day after the body");
    (unescaped(body), day.to_owned(), unescaped(subject))
}

#[test]
fn every_page_agrees_with_its_plan() {
    for site in bundled().iter().filter(|site| site.is_dynasty()) {
        for item in site.items() {
            let key = text(item, "key").unwrap();
            let position = key.split_once('-').unwrap().1;
            let (body, day, subject) = title_parts(text(item, "title").unwrap());
            for stage in ["agenda", "minutes"] {
                let Some(file) = text(item, stage) else {
                    continue;
                };
                let html = site.read(file);
                let at = format!("{}/{file}", site.id());
                let minutes = file.ends_with(".minutes.html");
                let words = match (html.contains("<html lang='sv'>"), minutes) {
                    (false, false) => format!("Esityslista {day}/Asianro {position}<"),
                    (false, true) => format!("Pöytäkirja {day}/Pykälä "),
                    (true, false) => format!("Föredragningslista {day}/Ärendenr {position}<"),
                    (true, true) => format!("Protokoll {day}/Paragraf "),
                };
                assert!(html.contains(&words), "{at}: header {words}");
                assert!(
                    html.contains(&format!("<h1>{body}")) || html.contains(&format!("'>{body}")),
                    "{at}: {body}"
                );
                assert!(
                    html.contains(&subject.replace('&', "&amp;")),
                    "{at}: {subject}"
                );
                assert!(
                    html.contains(&format!("'../kokous/{key}.PDF'")),
                    "{at}: own PDF"
                );
                assert!(
                    html.contains("<title>Dynasty tietopalvelu : "),
                    "{at}: title"
                );
                assert!(
                    html.contains("<!--DATABEGIN-->") && html.contains("<!--DATAEND-->"),
                    "{at}"
                );
                let chrome = match site.plan["markup"].as_str().unwrap() {
                    "data-part" => "<div class='data-part page-navigation'>",
                    _ => "<table class='tbl navigation' ",
                };
                assert_eq!(
                    html.matches(chrome).count(),
                    2,
                    "{at}: navigation before and after"
                );
            }
        }
    }
}

#[test]
fn every_bundled_page_is_declared_and_every_link_leads_to_one() {
    for site in bundled() {
        let declared: BTreeSet<&str> = site
            .items()
            .iter()
            .chain(site.files())
            .flat_map(|item| ["agenda", "minutes"].map(|stage| text(item, stage)))
            .flatten()
            .collect();
        let keys: BTreeSet<&str> = site
            .items()
            .iter()
            .map(|i| text(i, "key").unwrap())
            .collect();
        for entry in fs::read_dir(&site.folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if Path::new(&name)
                .extension()
                .is_none_or(|kind| kind != "html")
            {
                continue;
            }
            assert!(
                declared.contains(name.as_str()),
                "{}/{name} is declared nowhere",
                site.id()
            );
            for link in site.read(&name).split("page=meetingitem&amp;id=").skip(1) {
                let key = link.split('\'').next().unwrap();
                assert!(keys.contains(key), "{}/{name} links {key}", site.id());
            }
        }
    }
}
