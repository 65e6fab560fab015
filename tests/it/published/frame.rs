//! What every page has: languages, addresses that work behind a prefix, validators, and errors as pages.

use super::client::start;
use super::shelf::{Trouble, shelf};

/// The values of an attribute in elements that begin with `start`.
fn attributes(html: &str, start: &str, name: &str) -> Vec<String> {
    let tags = html.split(start).skip(1);
    let tags = tags.filter_map(|rest| rest.split('>').next());
    let values = tags.filter_map(|tag| tag.split(&format!("{name}=\"")).nth(1)?.split('"').next());
    values.map(str::to_owned).collect()
}

#[tokio::test]
async fn every_page_is_there_in_three_languages_that_name_each_other() {
    let server = start(shelf(1)).await;
    for (prefix, tag, front) in [
        ("", "fi", "Kuntien päätökset yhdessä paikassa"),
        ("sv/", "sv", "Kommunernas beslut på ett ställe"),
        ("en/", "en", "Municipal decisions in one place"),
    ] {
        let answer = server.get(&format!("/{prefix}"), &[]).await;
        assert_eq!(answer.status, 200, "{prefix}");
        let html = answer.text();
        assert!(html.contains(&format!("<html lang=\"{tag}\">")), "{html}");
        assert!(html.contains(&format!("<h1>{front}</h1>")), "{html}");
        for page in ["", "sources"] {
            let html = server.get(&format!("/{prefix}{page}"), &[]).await.text();
            let base = "https://seutu.example/julki/";
            assert_eq!(
                attributes(&html, "<link rel=\"canonical\"", "href"),
                [format!("{base}{prefix}{page}")]
            );
            assert_eq!(
                attributes(&html, "<link rel=\"alternate\" hreflang", "href"),
                ["", "sv/", "en/"].map(|prefix| format!("{base}{prefix}{page}"))
            );
        }
    }
    let bare = server.get("/sv", &[]).await;
    assert_eq!((bare.status, bare.header("location")), (308, Some("sv/")));
}

#[tokio::test]
async fn links_of_pages_are_relative_so_that_any_prefix_will_do() {
    let server = start(shelf(1)).await;
    for (path, root) in [
        ("/", "./"),
        ("/sources", "./"),
        ("/sv/", "../"),
        ("/en/sources", "../"),
        ("/en/no/such/page", "../../../"),
    ] {
        let html = server.get(path, &[]).await.text();
        let style = attributes(&html, "<link rel=\"stylesheet\"", "href");
        assert!(
            style[0].starts_with(&format!("{root}style.css?v=")),
            "{path}: {style:?}"
        );
        let body = html.split("<body>").nth(1).expect("a body");
        for href in attributes(body, "<a ", "href") {
            let outside = href.starts_with("http");
            assert!(
                outside
                    || href.starts_with("./")
                    || href.starts_with("../")
                    || href.starts_with('#'),
                "{path}: {href}"
            );
        }
    }
}

#[tokio::test]
async fn what_goes_wrong_is_a_page_for_people() {
    let server = start(shelf(1)).await;
    for (path, words) in [
        ("/nowhere", "Sivua ei löydy"),
        ("/%3Cscript%3E", "Sivua ei löydy"),
        ("/sv/nowhere", "Sidan finns inte"),
        ("/en/nowhere/at/all", "There is no such page"),
    ] {
        let answer = server.get(path, &[]).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let html = answer.text();
        assert!(
            html.contains(&format!("<h1>{words}</h1>")),
            "{path}: {html}"
        );
        assert!(
            html.contains("noindex") && !html.contains("canonical"),
            "{path}"
        );
        assert!(!html.contains("<script"), "{path}");
    }
    let sent = server.request("POST", "/en/sources", &[]).await;
    assert_eq!(sent.status, 405);
    assert!(sent.text().contains("This page can only be read"));
}

#[tokio::test]
async fn an_archive_that_fails_is_said_on_a_page_without_the_cause() {
    let shelf = shelf(1);
    *shelf.trouble.lock().expect("trouble") = Some(Trouble::Fault);
    let server = start(shelf).await;
    let answer = server.get("/en/sources", &[]).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("60"));
    let html = answer.text();
    assert!(
        html.contains("The archive cannot be read right now"),
        "{html}"
    );
    assert!(!html.contains("secret"), "{html}");
}

#[tokio::test]
async fn a_page_that_did_not_change_is_not_sent_again() {
    let server = start(shelf(1)).await;
    for path in ["/", "/sv/", "/sources"] {
        let first = server.get(path, &[]).await;
        let tag = first.header("etag").expect("a tag").to_owned();
        let again = server.get(path, &[("If-None-Match", &tag)]).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
    }
}
