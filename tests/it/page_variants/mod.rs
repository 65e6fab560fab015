//! Small pages, each with one thing that some municipality writes differently, and what must be read of it.

mod frames;
mod history;
mod labels;
mod markup;
mod people;
mod static_pages;
mod wording;

use serde_json::Value;
use seutu::daemon::reading::read_page;
use seutu::model::ids::ItemKey;
use seutu::model::page::AskedPage;
use seutu::model::source::PlatformKind;
use url::Url;

/// What a page must say: a JSON pointer below the reading, and the text there; empty for nothing.
type Expected<'a> = &'a [(&'a str, &'a str)];

/// A page of the new generation; `head` is its header line.
fn page(head: &str, body: &str) -> String {
    format!(
        "<html><head><title>Dynasty tietopalvelu</title></head><body><h1>{head}</h1><!--DATABEGIN-->\
         <table class='tbl navigation'><caption>Navigointi</caption><tr><td><a href='../kokous/2026711-3.PDF'>x</a></td></tr></table>\
         <div class='WordSection1'>{body}</div><!--DATAEND--></body></html>"
    )
}

fn minutes(body: &str) -> String {
    page("Kunnanhallitus  Pöytäkirja 10.06.2026/Pykälä 40", body)
}

fn agenda(body: &str) -> String {
    page("Kunnanhallitus  Esityslista 10.06.2026/Asianro 3", body)
}

/// Paragraphs of one line each.
fn lines(lines: &[&str]) -> String {
    lines
        .iter()
        .fold(String::new(), |text, line| text + "<p>" + line + "</p>\n")
}

/// What the program reads.
fn read(html: &[u8], url: &str) -> Value {
    let url: Url = url.parse().expect("url");
    let mut portal = url.clone();
    portal.set_query(None);
    let key = ItemKey::new("2026711-3");
    let asked = AskedPage {
        portal: &portal,
        url: &url,
        key: &key,
        key_prefix: "",
    };
    let reading = read_page(PlatformKind::Dynasty, asked, html, None).expect("read");
    serde_json::to_value(reading).expect("json")
}

/// Compares what is read of a page with what it must say; all differences are collected.
#[derive(Default)]
struct Checks {
    wrong: Vec<String>,
}

impl Checks {
    fn page(&mut self, name: &str, html: &str, expected: Expected<'_>) {
        let url = "https://k.example/cgi/DREQUEST.PHP?page=meetingitem&id=2026711-3";
        let got = read(html.as_bytes(), url);
        self.reading(name, &got, expected);
    }

    fn reading(&mut self, name: &str, got: &Value, expected: Expected<'_>) {
        for (field, text) in expected {
            let pointer = if field.starts_with('/') {
                (*field).to_owned()
            } else {
                format!("/item/{field}")
            };
            let said = match got.pointer(&pointer) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(said)) => said.clone(),
                Some(other) => other.to_string(),
            };
            if said != *text {
                self.wrong.push(format!(
                    "{name}: {field}\n   expected {text:?}\n   got      {said:?}"
                ));
            }
        }
    }

    fn finish(self) {
        assert!(self.wrong.is_empty(), "\n{}", self.wrong.join("\n"));
    }
}
