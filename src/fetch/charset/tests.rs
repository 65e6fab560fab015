//! Charsets as servers declare and mistake them.

use super::*;

const WORD: &str = "Pöytäkirja";

fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).expect("latin-1"))
        .collect()
}

fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

fn has_word(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    let decoded = decode(bytes, content_type);
    assert!(decoded.text.contains(WORD), "{decoded:?}");
    assert!(!decoded.text.starts_with('\u{feff}'), "{decoded:?}");
    decoded
}

#[test]
fn declared_utf8_and_really_latin1() {
    let xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><title>{WORD}</title>");
    let decoded = has_word(&latin1(&xml), Some("application/rss+xml; charset=utf-8"));
    assert_eq!(decoded.charset, "windows-1252");
    let detail = decoded.problem.expect("problem").detail;
    assert_eq!(
        detail,
        "the document declares \"utf-8\" but is windows-1252"
    );
}

#[test]
fn declared_latin1_and_really_utf8() {
    let xml = format!("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><title>{WORD}</title>");
    let decoded = has_word(xml.as_bytes(), Some("text/xml; charset=iso-8859-1"));
    assert_eq!(decoded.charset, "UTF-8");
    assert!(decoded.problem.is_some());
}

#[test]
fn declared_in_meta_only() {
    for meta in [
        "<meta charset=iso-8859-1>",
        "<meta name=x content=\"charset\"><META http-equiv='Content-Type' content='text/html; charset=ISO-8859-1'>",
        "<!-- <meta charset=utf-8> --><meta charset = \"latin1\" />",
    ] {
        let page = format!("<html><head>{meta}</head><title>{WORD} – tervetuloa</title>");
        let bytes: Vec<u8> = page
            .chars()
            .map(|c| {
                if c == '–' {
                    0x96
                } else {
                    u8::try_from(u32::from(c)).expect("latin-1")
                }
            })
            .collect();
        let decoded = has_word(&bytes, Some("text/html"));
        assert!(
            decoded.text.contains('–'),
            "windows-1252 stands in for latin-1"
        );
        assert_eq!(
            (decoded.charset, decoded.problem),
            ("windows-1252", None),
            "{meta}"
        );
    }
    let page = format!("<meta charset=\"utf-8\"><title>{WORD}</title>");
    assert_eq!(has_word(page.as_bytes(), None).problem, None);
    let wrong = has_word(&latin1(&page), None);
    assert_eq!(wrong.charset, "windows-1252");
    assert!(wrong.problem.is_some());
}

#[test]
fn declared_in_the_header_only() {
    let decoded = has_word(&latin1(WORD), Some("text/html; charset=\"ISO-8859-1\""));
    assert_eq!((decoded.charset, decoded.problem), ("windows-1252", None));
    let wrong = has_word(WORD.as_bytes(), Some("text/html;charset=us-ascii"));
    assert_eq!(wrong.charset, "UTF-8");
    assert!(
        wrong
            .problem
            .expect("problem")
            .detail
            .starts_with("the Content-Type declares")
    );
}

#[test]
fn not_declared_at_all() {
    assert_eq!(has_word(WORD.as_bytes(), None).charset, "UTF-8");
    for text in [
        WORD,
        "<li>Pöytäkirja 14.03.2024 Pykälä 39 Sivistyslautakunta</li>",
        "<p>Pöytäkirja, Ärjä, Ååland ÄLÄ ÖYLÄTTI</p>",
    ] {
        let decoded = has_word(&latin1(text), None);
        assert_eq!(
            (decoded.charset, decoded.problem),
            ("windows-1252", None),
            "{text}"
        );
    }
}

#[test]
fn utf16_with_and_without_mark() {
    let xml = format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?><title>{WORD}</title>");
    for text in [xml.clone(), format!("\u{feff}{xml}")] {
        let little = has_word(&wide(&text, u16::to_le_bytes), None);
        assert_eq!((little.charset, little.problem), ("UTF-16LE", None));
        let big = has_word(&wide(&text, u16::to_be_bytes), Some("text/xml"));
        assert_eq!((big.charset, big.problem), ("UTF-16BE", None));
    }
    let wrong = xml.replace("UTF-16", "utf-8");
    assert!(
        has_word(&wide(&wrong, u16::to_le_bytes), None)
            .problem
            .is_some()
    );
}

#[test]
fn a_page_in_utf16_without_mark_or_declaration() {
    let page = format!("<html><head></head><body>\r\n<p>{WORD} – € ”näin”</p></body></html>");
    let little = has_word(&wide(&page, u16::to_le_bytes), Some("text/html"));
    assert_eq!(
        (little.charset, little.text.as_str()),
        ("UTF-16LE", page.as_str())
    );
    let big = has_word(&wide(&page, u16::to_be_bytes), None);
    assert_eq!((big.charset, big.text), ("UTF-16BE", page));
}

#[test]
fn zeros_between_no_letters_are_no_utf16() {
    let numbers: Vec<u8> = (1..=200_u16).flat_map(|n| (n % 9).to_le_bytes()).collect();
    assert!(utf16_by_zeros(&numbers).is_none(), "a table of numbers");
    assert!(utf16_by_zeros(&[0; 512]).is_none(), "nothing but zeros");
    let mut pdf = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj <</Length 600>> stream\n".to_vec();
    pdf.extend([b'a', 0, 0, 0].repeat(150));
    assert!(utf16_by_zeros(&pdf).is_none());
    assert!(utf16_by_zeros(&[b'a', 0]).is_none(), "too short to tell");
}

#[test]
fn a_mark_wins_over_every_declaration() {
    let text = format!("\u{feff}<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>{WORD}");
    assert_eq!(
        has_word(text.as_bytes(), Some("text/xml; charset=koi8-r")).charset,
        "UTF-8"
    );
}

#[test]
fn one_letter_cut_in_half_spoils_nothing_else() {
    let mut bytes = format!("{WORD} {WORD} {WORD}").into_bytes();
    bytes.push(0xc3);
    let decoded = has_word(&bytes, Some("text/html; charset=utf-8"));
    assert_eq!(decoded.charset, "UTF-8");
    let detail = decoded.problem.expect("problem").detail;
    assert_eq!(detail, "1 letters could not be read as UTF-8");
}

#[test]
fn text_encoded_twice_is_noticed() {
    let decoded = decode("PÃ¶ytÃ¤kirja".as_bytes(), Some("text/html; charset=utf-8"));
    assert!(
        decoded
            .problem
            .expect("problem")
            .detail
            .contains("encoded twice")
    );
}

#[test]
fn plain_ascii_fits_every_declaration_and_unknown_ones_are_named() {
    assert_eq!(
        decode(b"<p>kunta</p>", Some("text/html; charset=koi8-r")).problem,
        None
    );
    assert_eq!(decode(b"", None).text, "");
    let odd = decode(&latin1(WORD), Some("text/html; charset=finnish"));
    assert!(
        odd.problem
            .expect("problem")
            .detail
            .contains("unknown charset \"finnish\"")
    );
}
