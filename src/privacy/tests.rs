//! Tests of what is found and of what is left alone; every code is of the range that is given to nobody.

use super::*;

const CODES: [&str; 6] = [
    "010190-900P",
    "010594Y931Y",
    "311299-902A",
    "290200A901C",
    "150785+950W",
    "010100B902J",
];

#[test]
fn every_marker_is_there() {
    let Markers {
        contact,
        identity_code,
        erased,
    } = markers();
    for marker in [contact, identity_code, erased] {
        assert!(!marker.is_empty());
        assert_eq!(clean(marker), *marker, "a marker is left alone");
    }
}

#[test]
fn codes_of_every_century_are_found_in_words_and_beside_them() {
    for code in CODES {
        for text in [
            format!("Hakija Aino Esimerkki ({code}) hakee lupaa."),
            format!("hetu:{code}"),
            code.to_lowercase(),
            format!("{code}, {code}"),
        ] {
            let cleaned = clean(&text);
            assert!(
                cleaned.contains("[henkilötunnus poistettu]"),
                "{text}: {cleaned}"
            );
            assert!(!code_in_text(&cleaned), "{cleaned}");
        }
    }
    for torn in [
        "010190\u{2013}900P",
        "010190\u{2011}900P",
        "010190 - 900P",
        "010190-\n900P",
        "010190\u{2212}900P",
    ] {
        assert_eq!(clean(torn), "[henkilötunnus poistettu]", "{torn:?}");
    }
}

#[test]
fn numbers_of_that_form_that_are_no_codes_are_left_alone() {
    for text in [
        "010190-900A",  // another check character
        "320190-901C",  // no such day
        "290201-900P",  // no such day, and another check character
        "010190-000H",  // a number nobody has
        "1010190-900P", // within longer numbers
        "010190-900PX",
        "010190-900P1",
        "10.11.2026, 85/12.00.00/2024, 0123456-7, FI21 1234 5600 0007 85",
        "~~~~~~~~~~~~~~~~",
    ] {
        assert_eq!(clean(text), text);
        assert_eq!(mask_bytes(text.as_bytes()), Masked::Clean, "{text}");
    }
}

#[test]
fn codes_that_follow_one_another_at_once_are_all_found() {
    for (text, cleaned, masked) in [
        (
            "010190-900P311299-902A",
            "[henkilötunnus poistettu] [henkilötunnus poistettu]",
            "~~~~~~~~~~~ ~~~~~~~~~~~",
        ),
        // A check character that is a digit begins no longer number.
        (
            "ja CODE010190-900PCODE.",
            "ja [henkilötunnus poistettu] [henkilötunnus poistettu] [henkilötunnus poistettu].",
            "ja ~~~~~~~~~~~ ~~~~~~~~~~~ ~~~~~~~~~~~.",
        ),
    ] {
        let text = text.replace("CODE", "010190-9090");
        assert_eq!(clean(&text), cleaned);
        assert_eq!(masked_text(&text), masked);
        assert_eq!(masked_text(masked), masked);
        assert_eq!(
            mask_bytes(text.as_bytes()),
            Masked::Bytes(masked.as_bytes().to_vec())
        );
    }
    for text in ["010190-900P311299-902A1", "010190-900P0"] {
        assert_eq!(clean(text), text, "of a longer number");
    }
}

#[test]
fn bytes_are_masked_in_every_charset_and_the_mask_reads_as_a_code() {
    let html = "<p>Hakija (010190-900P) ja 010190&#8209;900P, 010190–900P</p>";
    let Masked::Bytes(masked) = mask_bytes(html.as_bytes()) else {
        panic!("masked")
    };
    let text = String::from_utf8(masked.clone()).expect("text");
    assert_eq!(text.matches("~~~~~~~~~~~").count(), 3, "{text}");
    assert_eq!(mask_bytes(&masked), Masked::Clean);
    assert_eq!(
        clean("Hakija (~~~~~~~~~~~)"),
        "Hakija ([henkilötunnus poistettu])"
    );
    for little in [true, false] {
        let wide: Vec<u8> = html
            .encode_utf16()
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect();
        let Masked::Bytes(masked) = mask_bytes(&wide) else {
            panic!("masked")
        };
        assert_eq!(mask_bytes(&masked), Masked::Clean);
        assert_ne!(masked, wide);
    }
    let latin = b"\xe4\xe4 010190\x96900P \xf6";
    assert!(
        matches!(mask_bytes(latin), Masked::Bytes(bytes) if bytes.starts_with(b"\xe4\xe4 ~~~"))
    );
    assert_eq!(mask_bytes(b"<p>010190-<b>900P</b></p>"), Masked::Torn);
}

#[test]
fn codes_that_only_readers_of_markup_see_are_torn() {
    for text in [
        "<p>010190&#x2011;900P</p>",
        "<p>010190&#x2013;900P</p>",
        "<p>010190&#160;-900P</p>",
        "<p>&#48;10190-900P</p>",
        "{\"content\":\"Hakija 010190\\u2013900P\"}",
        "<description>010190&amp;ndash;900P</description>",
        "<description>010190-&lt;br&gt;900P</description>",
        "<description>&lt;p&gt;010190&amp;#8722;900P&lt;/p&gt;</description>",
    ] {
        let masked = mask_bytes(text.as_bytes());
        assert_ne!(masked, Masked::Clean, "{text}");
        if let Masked::Bytes(bytes) = masked {
            assert_eq!(mask_bytes(&bytes), Masked::Clean, "{text}");
        }
    }
    // Files have readers of their own.
    assert_eq!(mask_bytes(b"%PDF-1.4 010190-<b>900P"), Masked::Clean);
}

#[test]
fn contact_details_of_people_and_offices_are_replaced() {
    for contact in [
        "etunimi.sukunimi@example.fi",
        "kirjaamo(at)kunta.example",
        "kirjaamo [ät] kunta.example",
        "040 000 0000",
        "040-000 0000",
        "+358 50 0000000",
        "+358 (0)40 000 0000",
        "0500000000",
        "03 000 0000",
        "(03) 000 00",
        "013-000 000",
    ] {
        let cleaned = clean(&format!("Lisätietoja: {contact}, kiitos")).into_owned();
        assert_eq!(
            cleaned, "Lisätietoja: [yhteystieto poistettu], kiitos",
            "{contact}"
        );
    }
    for (text, cleaned) in [
        ("puh. 000 111", "puh. [yhteystieto poistettu]"),
        ("(puh. 000 111)", "(puh. [yhteystieto poistettu])"),
        (
            "040 000 0000 040 000 0001",
            "[yhteystieto poistettu] [yhteystieto poistettu]",
        ),
    ] {
        assert_eq!(clean(text), cleaned);
    }
}

#[test]
fn amounts_days_accounts_and_numbers_of_matters_stay() {
    for text in [
        "0123456-7",
        "0401234-5",
        "ASDno-2024-375",
        "123/00.01.02/2024",
        "050/00.01.02/2024",
        "04-05-2024",
        "14.03.2024 klo 16.00",
        "FI49 5000 9420 0457 85",
        "FI04 0500 9420 0287 30",
        "049-403-0001-0045",
        "016-404-0001-0012",
        "18 000 000 €, 1 040 000 000 euroa",
        "+125 000 000",
        "§ 39, s. 12, 3 kpl @ 10",
        "puh.johtaja 12.3.2026",
        "vuosina 2024-2026",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn names_go_and_the_decision_stays() {
    use crate::model::minutes::{Handling, ItemReading, Lang};
    let said = || Some("Aino Esimerkki".to_owned());
    let mut item = ItemReading {
        presenter: said(),
        background: said(),
        votes: said(),
        decision: Some("Hyväksyttiin.".to_owned()),
        ..ItemReading::empty(Lang::Fi)
    };
    let mut handlings = [Handling {
        text: said(),
        decision: Some("Palautettiin.".to_owned()),
        ..Handling::default()
    }];
    without_names(&mut item, &mut handlings);
    let json = format!("{item:?} {handlings:?}");
    assert!(!json.contains("Aino"), "{json}");
    assert!(json.contains("Hyväksyttiin.") && json.contains("Palautettiin."));
}

#[test]
fn lines_that_say_a_word_are_cut() {
    let words = ["esimerkki".to_owned()].into();
    assert_eq!(
        cut_lines("Hakija on Aino Esimerkki.\nLupa myönnetään.", &words).as_deref(),
        Some("Lupa myönnetään.")
    );
    assert_eq!(cut_lines("Aino Esimerkki", &words), None);
}
