//! Pages that no editor wrote: each platform refuses them or reads them, and never takes long or dies.

use std::time::Duration;

use seutu::daemon::reading::{read_feed, read_page};
use seutu::model::ids::ItemKey;
use seutu::model::page::{AskedPage, PageFault};
use seutu::model::source::PlatformKind;
use seutu::platform::visible_text;
use url::Url;

use crate::support::cost::busy_here;

/// Time of the processor that a page may take, in a build without optimisation.
const LONGEST: Duration = Duration::from_secs(5);

/// A name and a body.
type Case = (&'static str, String);

/// What nests or has attributes without end; smaller than what is fetched of a page, as are the others.
fn nesting() -> Vec<Case> {
    let numbered =
        |times: usize, part: fn(usize) -> String| (0..times).map(part).collect::<String>();
    vec![
        ("200,000 div", "<div>".repeat(200_000)),
        (
            "200,000 div closed",
            format!("{}{}", "<div>".repeat(200_000), "</div>".repeat(200_000)),
        ),
        ("40,000 ul/li", "<ul><li>".repeat(40_000)),
        (
            "100,000 b of classes and p",
            numbered(100_000, |n| format!("<b class=c{n}><p>")),
        ),
        (
            "100,000 font and a",
            numbered(100_000, |n| format!("<font size={n}><a name=x{n}>")),
        ),
        ("50,000 span/table", "<span><table><tr><td>".repeat(50_000)),
        ("100,000 table", "<table>".repeat(100_000)),
        ("100,000 svg", "<svg><g>".repeat(100_000)),
        ("100,000 template", "<template>".repeat(100_000)),
        (
            "200,000 attributes",
            format!("<p{}>x</p>", numbered(200_000, |n| format!(" a{n}=1"))),
        ),
        (
            "one attribute 200,000 times",
            format!("<p{}>x</p>", " a=1".repeat(200_000)),
        ),
    ]
}

/// What is only large, or looks like something else.
fn large() -> Vec<Case> {
    vec![
        ("100,000 select/option", "<select><option>".repeat(100_000)),
        (
            "an attribute of 1 MB",
            format!("<p title='{}'>x</p>", "x".repeat(1_000_000)),
        ),
        ("a tag name of 1 MB", format!("<{}>", "x".repeat(1_000_000))),
        (
            "a comment of 1 MB",
            format!("<!--{}-->", "x".repeat(1_000_000)),
        ),
        (
            "an open comment of 1 MB",
            format!("<!--{}", "-".repeat(1_000_000)),
        ),
        (
            "an open tag of 1 MB",
            format!("<p title=\"{}", " <p".repeat(325_000)),
        ),
        ("a text of 1 MB", "x".repeat(1_000_000)),
        ("1 MB of <", "<".repeat(1_000_000)),
        ("1 MB of &", "&".repeat(1_000_000)),
        ("1 MB of &#", "&#x".repeat(325_000)),
        (
            "50,000 entities",
            "&CounterClockwiseContourIntegral;".repeat(50_000),
        ),
        ("120,000 paragraphs", "<p>x".repeat(120_000)),
        (
            "a script of 1 MB",
            format!("<script>{}", "<!--<script".repeat(90_000)),
        ),
        (
            "30,000 links",
            "<a href='../kokous/1-2-3.PDF'>Liite</a>".repeat(30_000),
        ),
        ("1 MB of zeros", "\0".repeat(1_000_000)),
    ]
}

/// An address, a key and what proves a page of it.
fn asked(kind: PlatformKind) -> (Url, ItemKey, &'static str) {
    let (url, key, proof) = match kind {
        PlatformKind::Casem => (
            "https://k.example/djulkaisu/kokous/20261-2.HTM",
            "20261-2",
            "",
        ),
        PlatformKind::Tweb => (
            "https://k.example/ktwebscr/fileshow?doctype=3&docid=1",
            "1",
            "",
        ),
        PlatformKind::Dynasty | PlatformKind::Feed => (
            "https://k.example/cgi/DREQUEST.PHP?page=meetingitem&id=1-2",
            "1-2",
            "<a href='../kokous/1-2.PDF'>x</a>",
        ),
    };
    (url.parse().expect("url"), ItemKey::new(key), proof)
}

#[test]
fn no_markup_ends_the_program_or_is_read_for_long() {
    let (mut refused, mut read) = (0, 0);
    for (name, body) in nesting().into_iter().chain(large()) {
        for kind in [
            PlatformKind::Dynasty,
            PlatformKind::Casem,
            PlatformKind::Tweb,
        ] {
            let (url, key, proof) = asked(kind);
            let page = format!("<html><body>{proof}{body}</body></html>");
            let asked = AskedPage {
                portal: &url,
                url: &url,
                key: &key,
                key_prefix: "",
            };
            let began = busy_here();
            match read_page(kind, asked, page.as_bytes(), None) {
                Ok(_) => read += 1,
                Err(_) => refused += 1,
            }
            let busy = busy_here().saturating_sub(began);
            println!("{name}, {}: {busy:?}", kind.word());
            assert!(busy < LONGEST, "{name}, {}: {busy:?}", kind.word());
        }
    }
    println!("{refused} refused, {read} read");
    assert!(refused > 0 && read > 0);
}

#[test]
fn what_nests_or_has_attributes_without_end_is_refused_by_name() {
    for (name, body) in nesting() {
        let (url, key, proof) = asked(PlatformKind::Dynasty);
        let page = format!("<html><body>{proof}{body}</body></html>");
        let asked = AskedPage {
            portal: &url,
            url: &url,
            key: &key,
            key_prefix: "",
        };
        let fault = read_page(PlatformKind::Dynasty, asked, page.as_bytes(), None).expect_err(name);
        assert!(matches!(fault, PageFault::TooCostly(_)), "{name}: {fault}");
        let text = visible_text(&page).expect_err(name);
        assert!(matches!(text, PageFault::TooCostly(_)), "{name}: {text}");
    }
}

/// A feed in every charset that is declared wrongly or not at all, with letters of each.
#[test]
fn invalid_and_mixed_charsets_lose_no_entry() {
    let head = |charset: &str| {
        format!(
            "<?xml version='1.0'{charset}?><rss version='2.0'><channel><item><guid>1</guid><title>"
        )
        .into_bytes()
    };
    let tail = b"</title></item></channel></rss>";
    let base: Url = "https://k.example/feed".parse().expect("url");
    let latin1: &[u8] = b"P\xf6yt\xe4kirja";
    let utf8 = "Pöytäkirja".as_bytes();
    let one_bad: Vec<u8> = [utf8, b" Pohjois-H\xe4me", "äöåäöåäöå".as_bytes()].concat();
    let controls: &[u8] = b"a\0b\x01c\x1b[2J\xc2\x9b31m\xef\xbf\xbe&#0;&#27;&#xfffe;d";
    let cases: [(&str, &str, &[u8], &str); 8] = [
        (
            "declared utf-8, is latin-1",
            " encoding='utf-8'",
            latin1,
            "Pöytäkirja",
        ),
        (
            "declared latin-1, is utf-8",
            " encoding='iso-8859-1'",
            utf8,
            "Pöytäkirja",
        ),
        ("not declared, is latin-1", "", latin1, "Pöytäkirja"),
        ("not declared, is utf-8", "", utf8, "Pöytäkirja"),
        (
            "an unknown charset",
            " encoding='klingon'",
            utf8,
            "Pöytäkirja",
        ),
        (
            "declared utf-16, is utf-8",
            " encoding='utf-16'",
            utf8,
            "Pöytäkirja",
        ),
        (
            "utf-8 with one letter of latin-1",
            " encoding='utf-8'",
            one_bad.as_slice(),
            "Pöytäkirja",
        ),
        (
            "zeros, C0, C1 and no letters",
            " encoding='utf-8'",
            controls,
            "a",
        ),
    ];
    for (name, charset, title, expected) in cases {
        let bytes = [head(charset).as_slice(), title, tail].concat();
        let reading = read_feed(&bytes, Some("text/xml"), &base).expect(name);
        assert_eq!(reading.entries.len(), 1, "{name}");
        let title = &reading.entries[0].title;
        assert!(title.starts_with(expected), "{name}: {title:?}");
        assert!(!title.chars().any(char::is_control), "{name}: {title:?}");
    }
}
