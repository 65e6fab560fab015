//! Whole feeds through `read`: limits, hostile documents, and what must hold for every feed.

use super::*;
use crate::model::feed_item::IdStep;

fn base() -> Url {
    Url::parse("https://kunta.esimerkki.fi/cgi/DREQUEST.PHP?page=rss/meetingitems")
        .expect("address")
}

fn reading(text: &str) -> FeedReading {
    read(text, &base(), &FeedLimits::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn error(text: &str) -> FeedError {
    match read(text, &base(), &FeedLimits::default()) {
        Ok(reading) => panic!("{} entries", reading.entries.len()),
        Err(error) => error,
    }
}

fn rss(items: &str) -> String {
    format!(
        "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel>{items}</channel></rss>"
    )
}

fn each(times: usize, text: impl Fn(usize) -> String) -> String {
    (0..times).map(text).collect::<Vec<_>>().concat()
}

fn nested(element: &str, times: usize) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    rss(&format!(
        "<item><title>a</title>{}{}</item>",
        open.repeat(times),
        close.repeat(times)
    ))
}

#[test]
fn nesting_that_overflows_the_stack_of_feed_rs_is_an_error() {
    for element in ["media:group", "media:content", "x"] {
        for times in [70, 1_000, 60_000] {
            assert!(
                matches!(error(&nested(element, times)), FeedError::TooDeep { .. }),
                "{element}"
            );
        }
    }
    // As deep as is let through: feed-rs must stand it.
    assert_eq!(reading(&nested("media:group", 61)).entries.len(), 1);
    assert_eq!(reading(&nested("media:content", 61)).entries.len(), 1);
    let unclosed = format!(
        "<rss version='2.0'><channel>{}",
        "<media:group>".repeat(60_000)
    );
    assert!(matches!(error(&unclosed), FeedError::TooDeep { .. }));
}

#[test]
fn attribute_bombs_are_refused_quickly() {
    let started = std::time::Instant::now();
    let many = each(800_000, |n| format!(" a{n}='1'"));
    let same = " a='1'".repeat(20_000);
    let spaces = each(20_000, |n| format!(" xmlns:a{n}='u'"));
    for attributes in [many, same, spaces] {
        let text = rss(&format!("<item{attributes}><title>a</title></item>"));
        assert!(matches!(error(&text), FeedError::TooManyAttributes { .. }));
    }
    assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
}

#[test]
fn html_bombs_in_a_text_take_linear_time() {
    let started = std::time::Instant::now();
    for bomb in [
        "<div>".repeat(200_000),
        format!("<a{}>x", " b=c".repeat(200_000)),
        "<".repeat(500_000),
        "&".repeat(500_000),
        "&a".repeat(300_000),
    ] {
        let text = rss(&format!(
            "<item><link>/1</link><description><![CDATA[{bomb}]]></description></item>"
        ));
        assert_eq!(reading(&text).entries.len(), 1);
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn ten_thousand_entries_are_capped_and_counted() {
    let items = each(10_000, |n| {
        format!("<item><title>T {n}</title><link>/a?id={n}</link></item>")
    });
    let reading = reading(&rss(&items));
    assert_eq!((reading.entries.len(), reading.dropped), (2_000, 8_000));
    assert_eq!(reading.problems.len(), 1);
    assert_eq!(
        reading.problems.first().map(|p| p.kind),
        Some(ProblemKind::TooManyEntries)
    );
    assert_eq!(
        reading.entries.first().map(|e| e.title.as_str()),
        Some("T 0")
    );
}

#[test]
fn entries_beyond_the_limit_are_left_out_of_feeds_of_every_kind() {
    let limits = FeedLimits {
        max_entries: 2,
        ..FeedLimits::default()
    };
    let item = |n| format!("<item><guid>{n}</guid><title type='a/b'>T {n}</title></item>");
    let atom = |n| format!("<entry><id>{n}</id><title type='a/b'>T {n}</title></entry>");
    let rdf =
        "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'";
    for text in [
        rss(&format!("{}<item/><title>k</title>", each(4, item))),
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'>{}<title>k</title></feed>",
            each(5, atom)
        ),
        format!(
            "<rdf:RDF {rdf}>{}<channel><title>k</title></channel></rdf:RDF>",
            each(5, |n| {
                format!(
                    "<item rdf:about='http://a.fi/{n}'><title>T {n}</title><link>http://a.fi/{n}</link></item>"
                )
            })
        ),
        format!(
            r#"{{"version":"https://jsonfeed.org/version/1.1","items":[{}{{"id":9}}],"title":"k"}}"#,
            each(4, |n| format!(r#"{{"id":"{n}","title":"T {n}"}},"#))
        ),
    ] {
        let reading = read(&text, &base(), &limits).unwrap_or_else(|error| panic!("{error}"));
        let titles: Vec<_> = reading.entries.iter().map(|e| e.title.as_str()).collect();
        assert_eq!((titles, reading.dropped), (vec!["T 0", "T 1"], 3), "{text}");
        assert_eq!(reading.title.as_deref(), Some("k"), "{text}");
    }
    // What is left out is measured all the same.
    let deep = each(3, item).replace("T 2", &"<x>".repeat(70));
    let deep = read(&rss(&deep), &base(), &limits);
    assert!(matches!(deep, Err(FeedError::TooDeep { .. })), "{deep:?}");
}

#[test]
fn more_parts_than_the_limit_are_refused() {
    let limits = FeedLimits {
        max_events: 100,
        ..FeedLimits::default()
    };
    let text = rss(&"<item/>".repeat(101));
    assert!(matches!(
        read(&text, &base(), &limits),
        Err(FeedError::TooManyParts { .. })
    ));
}

#[test]
fn a_feed_cut_anywhere_is_an_error() {
    let text = "<?xml version='1.0'?><rss version='2.0'><channel><title>a</title><item><title><![CDATA[b]]></title>\
                <link>http://a.fi/?a=1&amp;b=2</link></item></channel></rss>";
    assert_eq!(reading(text).entries.len(), 1);
    for (end, _) in text.char_indices() {
        let cut = text.get(..end).expect("a boundary");
        assert!(read(cut, &base(), &FeedLimits::default()).is_err(), "{cut}");
    }
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"a","items":[{"id":"1"}]}"#;
    assert_eq!(reading(json).entries.len(), 1);
    for (end, _) in json.char_indices() {
        assert!(
            read(
                json.get(..end).expect("a boundary"),
                &base(),
                &FeedLimits::default()
            )
            .is_err()
        );
    }
}

#[test]
fn entities_of_a_document_type_are_never_expanded() {
    let laugh = |n: usize| format!("<!ENTITY l{} '{}'>", n + 1, format!("&l{n};").repeat(10));
    let laughs = format!("<!ENTITY l0 'lol'>{}", each(9, laugh));
    let text = format!(
        "<!DOCTYPE rss [{laughs}<!ENTITY x SYSTEM 'file:///etc/passwd'>]>{}",
        rss("<item><title>&l9; &x;</title></item>")
    );
    let reading = reading(&text);
    assert_eq!(
        reading.entries.first().map(|e| e.title.as_str()),
        Some("&l9; &x;")
    );
}

#[test]
fn an_entry_whose_date_is_none_is_kept_without_it() {
    let dates = [
        "eilen",
        "Wed, 01 Jan 1600 12:00:00 GMT",
        "0000-01-01T00:00:00Z",
        "Sat, 01 Jan 0000 12:00:00 GMT",
        "+012026-01-01T00:00:00Z",
        "12026-01-01T00:00:00Z",
        "Thu, 01 Jan 12026 12:00:00 GMT",
        "&#999999999999;",
    ];
    let items =
        dates.map(|date| format!("<item><guid>{date}</guid><pubDate>{date}</pubDate></item>"));
    let of_rss = reading(&rss(&items.concat()));
    let entries = dates.map(|date| {
        format!(
            "<entry><id>{date}x</id><published>{date}</published><updated>{date}</updated></entry>"
        )
    });
    let of_atom = reading(&format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'>{}</feed>",
        entries.concat()
    ));
    for (reading, unnamed) in [(of_rss, 1), (of_atom, 0)] {
        // A number beyond all letters is taken out, and an id that is nothing else is none.
        assert_eq!(reading.entries.len() + unnamed, dates.len());
        for entry in &reading.entries {
            assert_eq!((entry.published, entry.updated), (None, None), "{entry:?}");
        }
    }
}

#[test]
fn what_is_no_feed_says_what_it_is() {
    for (text, found) in [
        ("", "empty"),
        (" \n\u{feff}", "empty"),
        ("kirjaudu", "plain text"),
        ("<!DOCTYPE html><html><body><br></body></html>", "html"),
        ("<?xml version='1.0'?><html/>", "html"),
        ("<?xml version='1.0'?><!-- only this -->", "empty"),
        ("{\"error\":1}", "JSON"),
        ("<opml><body/></opml>", "opml"),
    ] {
        let message = error(text).to_string();
        assert!(
            message.contains("not a feed") && message.contains(found),
            "{text}: {message}"
        );
        assert!(
            message.starts_with("https://kunta.esimerkki.fi/"),
            "{message}"
        );
    }
}

#[test]
fn long_fields_are_cut_and_long_ids_are_not_used() {
    let long = "ä".repeat(1_000_000);
    let text = rss(&format!(
        "<item><title>{long}</title><description>{long}</description><guid>{long}</guid><link>/1</link></item>\
         <item><title>b</title><link>/{}</link><guid>g</guid></item>",
        "a".repeat(1_000_000)
    ));
    let reading = reading(&text);
    let [first, second] = reading.entries.as_slice() else {
        panic!("{}", reading.entries.len())
    };
    assert_eq!(
        (first.title.chars().count(), first.id_step),
        (1_000, IdStep::Link)
    );
    assert_eq!(
        first.text.as_ref().map(|text| text.chars().count()),
        Some(200_000)
    );
    assert_eq!(
        (second.link.as_ref(), second.id_step),
        (None, IdStep::Native)
    );
    let cut = reading
        .problems
        .iter()
        .filter(|p| p.kind == ProblemKind::FieldCut)
        .count();
    assert_eq!(cut, 3, "{:?}", reading.problems);
}

#[test]
fn updated_is_never_made_from_published() {
    let date = "<pubDate>Tue, 03 Nov 2026 18:00:00 +0200</pubDate>";
    let own = "<atom:updated xmlns:atom='http://www.w3.org/2005/Atom'>2026-11-04T10:00:00Z</atom:updated>";
    let text = rss(&format!(
        "<item><guid>1</guid>{date}</item><item><guid>2</guid>{date}{own}</item>"
    ));
    let updated: Vec<_> = reading(&text)
        .entries
        .iter()
        .map(|e| e.updated.map(|at| at.to_string()))
        .collect();
    assert_eq!(updated, [None, Some("2026-11-04T10:00:00Z".to_owned())]);
}

#[test]
fn a_feed_in_an_unknown_namespace_or_version_is_not_silently_empty() {
    for text in [
        "<rss><channel><item><guid>1</guid></item></channel></rss>",
        "<rss version='0.94'><channel><item><guid>1</guid></item></channel></rss>",
        "<rss version=\"2.0\" xmlns=\"http://backend.userland.com/rss2\"><channel><item><guid>1</guid></item></channel></rss>",
        "<feed xmlns='http://purl.org/atom/ns#' version='0.3'><entry><id>1</id></entry></feed>",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://my.netscape.com/rdf/simple/0.9/'>\
         <channel/><item><link>http://a.fi/</link></item></rdf:RDF>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title type='text/plain'>a</title>\
         <summary type='application/xhtml+xml'><p>b</p></summary><content type='text/html' src='http://a.fi/x'>c</content></entry></feed>",
    ] {
        let reading = reading(text);
        assert_eq!(reading.entries.len(), 1, "{text}");
        assert!(!reading.problems.is_empty(), "{text}");
    }
}
