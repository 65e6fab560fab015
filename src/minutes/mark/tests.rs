//! Headers of handlings.

use super::*;

fn mark(text: &str) -> Option<(String, String, Option<u32>, String)> {
    let own = PageHeader {
        body: Some("Kaupunginhallitus".to_owned()),
        held_on: jiff::civil::Date::new(2026, 6, 10).ok(),
        ..PageHeader::default()
    };
    read(&Line::plain(text), &own, Vocabulary::embedded()).map(|(mark, rest)| {
        let date = mark.date.map(|date| date.to_string()).unwrap_or_default();
        (
            mark.body.unwrap_or_default(),
            date,
            mark.section,
            rest.shown(),
        )
    })
}

fn is(text: &str, body: &str, date: &str, section: Option<u32>, rest: &str) {
    assert_eq!(
        mark(text),
        Some((body.to_owned(), date.to_owned(), section, rest.to_owned())),
        "{text}"
    );
}

#[test]
fn handling_headers() {
    let cases = [
        (
            "KASOPLTK 14.03.2024 § 39",
            "KASOPLTK",
            "2024-03-14",
            Some(39),
            "",
        ),
        ("Siv.ltk 1.2.2024 § 3", "Siv.ltk", "2024-02-01", Some(3), ""),
        (
            "tekltk 11.03.2020 § 30",
            "tekltk",
            "2020-03-11",
            Some(30),
            "",
        ),
        (
            "KH 17.02.2020 § 30 Yhtiö jätti.",
            "KH",
            "2020-02-17",
            Some(30),
            "Yhtiö jätti.",
        ),
        (
            "KV 15.03.2021 § 12 85/12.00.00/2024",
            "KV",
            "2021-03-15",
            Some(12),
            "85/12.00.00/2024",
        ),
        (
            "Kaupunginhallitus 04.12.2023 §",
            "Kaupunginhallitus",
            "2023-12-04",
            None,
            "",
        ),
        ("SIVLTK 10.06.2026", "SIVLTK", "2026-06-10", None, ""),
        (
            "Kaupunginvaltuusto § 12 12.2.2018",
            "Kaupunginvaltuusto",
            "2018-02-12",
            Some(12),
            "",
        ),
    ];
    for (text, body, date, section, rest) in cases {
        is(text, body, date, section, rest);
    }
}

#[test]
fn bodies_with_their_whole_names() {
    for body in [
        "Hyvinvointilautakunta",
        "Konserni- ja kaupunkikehitysjaosto",
        "Svenska utskottet för fostran och utbildning",
    ] {
        is(
            &format!("{body} 27.08.2025 § 8"),
            body,
            "2025-08-27",
            Some(8),
            "",
        );
        is(&format!("{body} 27.08.2025"), body, "2025-08-27", None, "");
    }
}

#[test]
fn sentences_are_no_headers() {
    for text in [
        "Hallitus 17.2.2020 § 30 päätti asiasta",
        "Kaupunginhallitus on kokouksessaan 12.3.2024 § 30 päättänyt",
        "Lautakunta hyväksyi 26.4.2017 § 87",
        "Sopimus tehtiin 26.4.2017",
        "SIVLTK 11.06.2026",
        "Kaupunginhallitus 31.2.2020 § 3",
        "Kuntalain 90 §",
    ] {
        assert_eq!(mark(text), None, "{text}");
    }
}

#[test]
fn diary_numbers_in_every_form() {
    for text in [
        "85/12.00.00/2024",
        "199/12.00.01.00/2025",
        "720/0.071/2004",
        "HOLDno-2020-140",
        "AurDno-2021-158",
        "TRE:6985/10.03.02/2014",
        "VD/1545/00.04.00/2017",
        "D/123/2020",
        "225/2022",
        "14105-2019 (10 03 02)",
        "HEL 2018-007170",
    ] {
        assert_eq!(diary_numbers(text), [text.to_owned()], "{text}");
    }
    assert_eq!(diary_numbers("62/00.01.01/2016, 61/00.02.00/2016").len(), 2);
    for text in [
        "Hakemus 85/12.00.00/2024",
        "49-10-9903-19",
        "14.03.2024",
        "Liite 1",
    ] {
        assert!(diary_numbers(text).is_empty(), "{text}");
    }
    assert_eq!(
        joined_number("730/2017", "00.01.01.00").as_deref(),
        Some("730/2017 00.01.01.00")
    );
    assert_eq!(
        joined_number("2751/10.02.03", "/2015").as_deref(),
        Some("2751/10.02.03/2015")
    );
}

#[test]
fn rows_of_earlier_handlings() {
    let row = |cells: &[&str]| Line {
        cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        ..Line::plain("x")
    };
    let mark = read_row(&row(&["Kaupunginhallitus", "105 §", "10.4.2017"])).expect("mark");
    assert_eq!((mark.section, mark.date.is_some()), (Some(105), true));
    assert_eq!(read_row(&row(&["Vuosi", "2023"])), None);
}
