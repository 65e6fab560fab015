//! Feeds whose document type names files and addresses: no file is read, and nobody is asked.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use seutu::model::source::PlatformKind;

use crate::support::origin::{Origin, Reply};
use crate::support::workshop::{Sheet, Workshop};

/// A file that every machine has.
const FILE: &str = "/etc/passwd";

/// Feeds of one entry whose title is what an entity says.
fn feeds(listener: &Origin) -> Vec<String> {
    let address = |path: &str| listener.url(path).to_string();
    let (dtd, whole, part) = (address("/feed.dtd"), address("/x"), address("/p"));
    let entities = format!(
        "<!ENTITY x SYSTEM 'file://{FILE}'><!ENTITY y SYSTEM '{whole}'><!ENTITY % p SYSTEM '{part}'> %p;\
         <!ENTITY z PUBLIC '-//k//z' '{whole}'>"
    );
    let rss = "<rss version='2.0'><channel><item><guid>1</guid><title>Asia &x; &y; &z; %p;</title></item></channel></rss>";
    let atom = format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:xi='http://www.w3.org/2001/XInclude'><id>f</id><title>k</title>\
         <entry><id>1</id><title>Asia &x;</title><summary><xi:include parse='text' href='file://{FILE}'/>\
         <xi:include href='{whole}'/></summary></entry></feed>"
    );
    vec![
        format!("<!DOCTYPE rss SYSTEM '{dtd}'>{rss}"),
        format!("<!DOCTYPE rss [{entities}]>{rss}"),
        format!("<!DOCTYPE rss PUBLIC '-//k//rss' \"{dtd}\" [{entities}]>{rss}"),
        format!("<?xml-stylesheet href='{dtd}'?><!DOCTYPE feed SYSTEM '{dtd}' [{entities}]>{atom}"),
    ]
}

/// Whether a file anywhere in a folder holds these bytes.
fn holds(folder: &Path, wanted: &[u8]) -> bool {
    let entries = fs::read_dir(folder).expect("folder").flatten();
    entries.into_iter().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return holds(&path, wanted);
        }
        // A socket is no file.
        let bytes = fs::read(&path).unwrap_or_default();
        bytes.windows(wanted.len()).any(|part| part == wanted)
    })
}

#[tokio::test]
async fn files_and_addresses_that_a_document_type_names_are_left_alone() {
    let secret = fs::read_to_string(FILE).expect("a file");
    let secret = secret.lines().next().expect("a line");
    let listener = Origin::start_on(Ipv4Addr::new(127, 0, 0, 5));
    for path in ["/feed.dtd", "/x", "/p"] {
        listener.on(path, Reply::ok("application/xml-dtd", "<!ENTITY a 'b'>"));
    }
    for feed in feeds(&listener) {
        let origin = Origin::start();
        origin.on("/feed", Reply::ok("text/xml; charset=utf-8", feed.clone()));
        let sheet = Sheet::default().with("kuusijarvi", PlatformKind::Feed, origin.url("/feed"));
        let workshop = Workshop::new(sheet);
        let report = workshop.poll().await;
        assert_eq!((report.failed(), report.items_new), (false, 1), "{feed}");
        let title = workshop.value("SELECT title FROM item");
        assert!(title.starts_with("Asia &x;"), "{title}");
        assert!(!holds(&workshop.archive(), secret.as_bytes()), "{feed}");
        assert!(
            holds(&workshop.archive(), title.as_bytes()),
            "the search finds what is there"
        );
    }
    assert_eq!(listener.asked(), 0);
}
