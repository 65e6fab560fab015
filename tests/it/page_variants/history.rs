//! Several handlings on one page.

use super::{Checks, agenda, lines, minutes, page};

#[test]
fn handling_headers_in_every_order() {
    let mut checks = Checks::default();
    for header in [
        "Elinvoimalautakunta 03.02.2026 § 12",
        "Elinvoimalautakunta 3.2.2026 12 §",
        "Elinvoimalautakunta § 12 3.2.2026",
        "Elinvoimalautakunta § 12, 3.2.2026",
        "Elinvoimalautakunta 12 §, 3.2.2026",
        "Elinvoimalautakunta, 3.2.2026, § 12",
        "Elinvoimalautakunta 3.2.2026/§ 12",
        "Elinvoimalautakunta 3.2.2026 §12",
        "Elinvoimalautakunta 3.2.2026 klo 16:00 § 12",
        "Elinvoimalautakunta&nbsp;3.2.2026&nbsp;&nbsp;§&nbsp;12",
        "Elinvoimalautakunta 03.02.2026 § 12 Kone on käsitelty.",
    ] {
        let body = lines(&[
            "<b>Hankinta</b>",
            "KH 10.06.2026 § 40",
            "Kone on vanha.",
            "Päätösehdotus",
            "Ostetaan kone.",
            "Päätös",
            "Hyväksyttiin.",
            "Päätöshistoria",
            header,
            "Päätösehdotus",
            "Esitetään konetta.",
            "Päätös",
            "Asia jätettiin pöydälle.",
        ]);
        checks.page(
            header,
            &minutes(&body),
            &[
                ("decision", "Hyväksyttiin."),
                ("/handlings/0/body", "Elinvoimalautakunta"),
                ("/handlings/0/held_on", "2026-02-03"),
                ("/handlings/0/section_no", "12"),
                ("/handlings/0/proposal", "Esitetään konetta."),
                ("/handlings/0/decision", "Asia jätettiin pöydälle."),
                ("/handlings/0/outcome", "tabled"),
                ("/handlings/1", ""),
            ],
        );
    }
    checks.finish();
}

#[test]
fn two_bodies_on_one_day_with_one_number() {
    let mut checks = Checks::default();
    let body = lines(&[
        "<b>Hankinta</b>",
        "Tekninen lautakunta 3.2.2026 § 12",
        "Päätös",
        "Asia jätettiin pöydälle.",
        "Sivistyslautakunta 3.2.2026 § 12",
        "Päätös",
        "Merkittiin tiedoksi.",
        "Kunnanhallitus 10.06.2026 § 40",
        "Päätös",
        "Hyväksyttiin.",
    ]);
    checks.page(
        "same day and number",
        &minutes(&body),
        &[
            ("decision", "Hyväksyttiin."),
            ("/handlings/0/outcome", "tabled"),
            ("/handlings/1/outcome", "noted"),
            ("/handlings/1/body", "Sivistyslautakunta"),
        ],
    );
    let body = lines(&[
        "<b>Hankinta</b>",
        "Tekninen lautakunta 10.06.2026 § 40",
        "Päätös",
        "Asia jätettiin pöydälle.",
        "Kunnanhallitus 10.06.2026 § 40",
        "Päätös",
        "Hyväksyttiin.",
    ]);
    checks.page(
        "another body has the page's own day and number",
        &minutes(&body),
        &[
            ("decision", "Hyväksyttiin."),
            ("/handlings/0/outcome", "tabled"),
        ],
    );
    checks.finish();
}

#[test]
fn listed_handlings_count_once() {
    let mut checks = Checks::default();
    let table = "<table><tr><td>Elinvoimalautakunta</td><td>12 §</td><td>3.2.2026</td></tr><tr><td>Elinvoimalautakunta</td><td>15 §</td><td>3.3.2026</td></tr></table>";
    let rest = lines(&[
        "§ 40",
        "<b>Hankinta</b>",
        "Päätösehdotus",
        "Ostetaan kone.",
        "Päätös",
        "Hyväksyttiin.",
        "Päätöshistoria",
        "Elinvoimalautakunta 3.3.2026 15 §",
        "Päätös",
        "Asia jätettiin pöydälle.",
    ]);
    checks.page(
        "table and history",
        &minutes(&format!("{table}{rest}")),
        &[
            ("title", "Hankinta"),
            ("/handlings/0/section_no", "12"),
            ("/handlings/0/decision", ""),
            ("/handlings/1/section_no", "15"),
            ("/handlings/1/decision", "Asia jätettiin pöydälle."),
            ("/handlings/2", ""),
        ],
    );
    checks.finish();
}

#[test]
fn the_number_of_the_matter() {
    let mut checks = Checks::default();
    let earlier = ["Päätös", "Asia jätettiin pöydälle.", "KH 10.06.2026 § 40"];
    let own = ["Kone on vanha.", "Päätös", "Hyväksyttiin."];
    let all = |parts: &[&[&str]]| lines(&parts.concat());
    checks.page(
        "only in an earlier block",
        &minutes(&all(&[
            &["<b>Hankinta</b>", "ELVA 3.2.2026 § 12", "7/02.08/2026"],
            &earlier,
            &own,
        ])),
        &[
            ("diary_numbers", r#"["7/02.08/2026"]"#),
            ("decision", "Hyväksyttiin."),
        ],
    );
    checks.page(
        "in an earlier block after its label",
        &minutes(&all(&[
            &["<b>Hankinta</b>", "ELVA 3.2.2026 § 12", "Dnro 7/02.08/2026"],
            &earlier,
            &own,
        ])),
        &[("diary_numbers", r#"["7/02.08/2026"]"#)],
    );
    checks.page(
        "flush with the header of an earlier block",
        &minutes(&all(&[
            &["<b>Hankinta</b>", "ELVA 3.2.2026 § 12 7/02.08/2026"],
            &earlier,
            &own,
        ])),
        &[("diary_numbers", r#"["7/02.08/2026"]"#)],
    );
    checks.page(
        "its own wins",
        &minutes(&all(&[
            &["<b>Hankinta</b>", "ELVA 3.2.2026 § 12", "7/02.08/2026"],
            &earlier,
            &["8/02.08/2026"],
            &own,
        ])),
        &[("diary_numbers", r#"["8/02.08/2026"]"#)],
    );
    checks.page(
        "numbers in the text are other matters",
        &minutes(&all(&[
            &[
                "<b>Hankinta</b>",
                "ELVA 3.2.2026 § 12",
                "Hakemus 7/02.08/2026 on liitteenä.",
            ],
            &earlier,
            &own,
        ])),
        &[("diary_numbers", "[]")],
    );
    checks.finish();
}

#[test]
fn numbers_under_labels() {
    let mut checks = Checks::default();
    let own = ["Kone on vanha.", "Päätös", "Hyväksyttiin."];
    let all = |parts: &[&[&str]]| lines(&parts.concat());
    for number in [
        "Dnro: 7/02.08/2026",
        "Dno 7/02.08/2026",
        "Asianumero&nbsp;&nbsp; 7/02.08/2026",
        "Diaarinumero:<br>7/02.08/2026",
        "7/02.08/2026,",
        "Asiatunnus 7/02.08/2026",
    ] {
        checks.page(
            number,
            &minutes(&all(&[
                &["<b>Hankinta</b>", "KH 10.06.2026 § 40", number],
                &own,
            ])),
            &[
                ("diary_numbers", r#"["7/02.08/2026"]"#),
                ("background", "Kone on vanha."),
            ],
        );
    }
    checks.finish();
}

#[test]
fn titles() {
    let mut checks = Checks::default();
    for title in [
        "LISÄPYKÄLÄ: Hankinta (Kv-asia)",
        "Päätös lainan ottamisesta",
        "Ehdotus Kuntaliiton kokousedustajaksi",
        "Esitys Hämeen liitolle rahoituksesta",
        "Muutoksenhaku Hämeenlinnan hallinto-oikeuden päätökseen",
        "Valmistelu Lahden seudulla",
        "Tiedoksi saatettavat asiat",
        "Kunnanhallituksen toimikausi 1.8.2026 alkaen",
        "Kaava / Kaavaehdotus II",
        "Kunnanjohtaja Matti Mallikkaan irtisanoutuminen",
        "Sivistysjohtaja",
        "Kuntalain 90 §:n mukainen ilmoitus",
        "Selvitys vuodelta 2025.",
    ] {
        let body = lines(&[
            &format!("<b>{title}</b>"),
            "KH 10.06.2026 § 40",
            "7/02.08/2026",
            "Kone on vanha.",
            "Päätös",
            "Hyväksyttiin.",
        ]);
        checks.page(
            title,
            &minutes(&body),
            &[
                ("title", title),
                ("background", "Kone on vanha."),
                ("decision", "Hyväksyttiin."),
            ],
        );
    }
    let body = "<h2>Hankinta</h2><p>KH 10.06.2026 § 40</p><p>Kone on vanha.</p>";
    checks.page(
        "heading",
        &minutes(body),
        &[("title", "Hankinta"), ("background", "Kone on vanha.")],
    );
    let body =
        "<p><b>Hankinta, joka on<br>pitkä</b></p><p>KH 10.06.2026 § 40</p><p>Kone on vanha.</p>";
    checks.page(
        "two lines",
        &minutes(body),
        &[
            ("title", "Hankinta, joka on pitkä"),
            ("background", "Kone on vanha."),
        ],
    );
    checks.finish();
}

#[test]
fn agendas_have_no_decision_of_their_own() {
    let mut checks = Checks::default();
    let body = lines(&[
        "<b>Hankinta</b>",
        "ELVA 3.2.2026 § 12",
        "Päätösehdotus",
        "Esitetään konetta.",
        "Päätös",
        "Hyväksyttiin.",
        "KH 10.06.2026",
        "Kone on vanha.",
        "Päätösehdotus",
        "Ostetaan kone.",
    ]);
    checks.page(
        "history first",
        &agenda(&body),
        &[
            ("decision", ""),
            ("outcome", ""),
            ("proposal", "Ostetaan kone."),
            ("background", "Kone on vanha."),
            ("/handlings/0/decision", "Hyväksyttiin."),
        ],
    );
    let swedish = page(
        "Svenska utskottet  Föredragningslista 10.06.2026/Ärendenummer 3",
        &lines(&[
            "<b>Anskaffning</b>",
            "7/02.08/2026",
            "Mer information: bildningsdirektör Maria Modell, tfn 000 000 0012",
            "Maskinen är gammal.",
            "Förslag till beslut",
            "Utskottet köper en maskin.",
            "Beslut",
        ]),
    );
    checks.page(
        "swedish",
        &swedish,
        &[
            ("lang", "sv"),
            ("stage", "agenda"),
            ("position", "3"),
            ("section_no", ""),
            ("title", "Anskaffning"),
            ("preparer", "bildningsdirektör Maria Modell"),
            ("background", "Maskinen är gammal."),
            ("proposal", "Utskottet köper en maskin."),
            ("decision", ""),
        ],
    );
    checks.finish();
}

#[test]
fn an_agendas_own_handling_may_be_flush_with_its_text() {
    let mut checks = Checks::default();
    let body = lines(&[
        "<b>Koulukuljetukset</b>",
        "Sivltk 03.06.2026 § 59",
        "Päätösehdotus",
        "Hyväksytään kuljetukset.",
        "Päätös",
        "Ehdotus hyväksyttiin.",
        "KH 10.06.2026 Vanhempia on kuultu.",
        "Päätösehdotus",
        "Kunnanhallitus hyväksyy kuljetukset.",
    ]);
    checks.page(
        "flush",
        &agenda(&body),
        &[
            ("background", "Vanhempia on kuultu."),
            ("proposal", "Kunnanhallitus hyväksyy kuljetukset."),
            ("decision", ""),
            ("/handlings/0/decision", "Ehdotus hyväksyttiin."),
        ],
    );
    checks.finish();
}
