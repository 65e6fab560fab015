//! Addresses of every kind.

use super::*;

fn of(text: &str) -> Target {
    target(&text.parse().expect("url"))
}

#[test]
fn addresses_of_both_generations() {
    let key = Key {
        number: "2024375".to_owned(),
        position: Some(8),
    };
    assert_eq!(
        of("https://k.example/cgi/DREQUEST.PHP?id=2024375-8&page=MeetingItem"),
        Target::Item(key.clone())
    );
    assert_eq!(
        of("https://k.example/kokous/2024375-8.HTM"),
        Target::Item(key.clone())
    );
    assert_eq!(
        of("https://k.example/dyn/kokous/2024375-8.pdf"),
        Target::ItemFile(key.clone())
    );
    assert_eq!(
        of("https://k.example/kokous/2024375-8-374197.PDF"),
        Target::Attachment(key)
    );
    assert_eq!(
        of("https://k.example/kokous/2024375.PDF"),
        Target::MeetingFile("2024375".to_owned())
    );
    assert_eq!(
        of("https://k.example/kuulutus/2024375-8.PDF"),
        Target::Elsewhere
    );
    assert_eq!(
        of("https://k.example/kuulutus/202638664.38665.PDF"),
        Target::Elsewhere
    );
}

#[test]
fn lists_of_both_generations() {
    let page = |query: &str| of(&format!("https://k.example/cgi/DREQUEST.PHP?{query}"));
    let file = |name: &str| of(&format!("http://k.example/kokous/{name}"));
    assert_eq!(
        page("page=meeting&id=20261727"),
        Target::Meeting("20261727".to_owned())
    );
    assert_eq!(
        file("2017406946.HTM"),
        Target::Meeting("2017406946".to_owned())
    );
    assert_eq!(file("KOKOUS-185.HTM"), Target::Meeting("185".to_owned()));
    assert_eq!(page("id=160&page=meetings"), Target::Body("160".to_owned()));
    assert_eq!(file("telin-217668.htm"), Target::Body("217668".to_owned()));
    assert_eq!(page("page=meeting_handlers&id="), Target::Bodies);
    assert_eq!(page("page=meeting_frames"), Target::Bodies);
    assert_eq!(file("TELIMET.HTM"), Target::Bodies);
    assert_eq!(page("page=official_search&alo=1&kas="), Target::Decisions);
    assert_eq!(page("page=meeting&id=20261727-1"), Target::Elsewhere);
}

#[test]
fn decisions_and_items_never_share_a_key() {
    let page = |query: &str| of(&format!("https://k.example/cgi/DREQUEST.PHP?{query}"));
    let key = Key::parse("2026376840").expect("key");
    assert_eq!(
        page("page=official_decision&id=2026376840"),
        Target::Item(key.clone())
    );
    assert_eq!(
        page("page=official_decision&id=2026376840-1"),
        Target::Elsewhere
    );
    assert_eq!(page("page=meetingitem&id=2026376840"), Target::Elsewhere);
    assert_eq!(
        of("https://k.example/kokous/KOKOUS-185-24.HTM"),
        Target::Item(Key::parse("185-24").expect("key"))
    );
    for own in ["kokous/2026376840.PDF", "decisions/2026376840.PDF"] {
        assert!(
            key.is_own_document(&of(&format!("https://k.example/{own}"))),
            "{own}"
        );
    }
    for own in [
        "kokous/2026376840-1.PDF",
        "decisions/2026376840.99.PDF",
        "x/2026376840-3.docx",
    ] {
        assert!(
            key.is_own_attachment(&of(&format!("https://k.example/{own}"))),
            "{own}"
        );
    }
    let item = Key::parse("2026376840-1").expect("key");
    assert!(!item.is_own_document(&of("https://k.example/kokous/2026376840.PDF")));
}

#[test]
fn portals_of_both_generations() {
    let portal = |text: &str| portal(&text.parse().expect("url")).map(|url| url.to_string());
    let bodies = Some("http://k.example/djulk/kokous/TELIMET.HTM".to_owned());
    for page in [
        "",
        "TELIMET.HTM",
        "TELIN-1.HTM",
        "20174-3.htm",
        "KOKOUS-185-24.HTM",
    ] {
        assert_eq!(
            portal(&format!("http://k.example/djulk/kokous/{page}")),
            bodies,
            "{page}"
        );
    }
    assert_eq!(
        portal("https://k.example/x/cgi/dREQUEST.php?page=meeting&id=1#a").as_deref(),
        Some("https://k.example/x/cgi/dREQUEST.php")
    );
    assert_eq!(portal("https://k.example/kokous/20174-3.PDF"), None);
}
