//! Page headers, heads and frames.

use super::{Checks, lines, minutes, page};

const REST: &str = "<p>Kone on vanha.</p><p>Päätösehdotus</p><p>Ostetaan kone.</p><p>Päätös</p><p>Hyväksyttiin.</p>";

#[test]
fn page_headers() {
    let mut checks = Checks::default();
    let cases = [
        (
            "Kunnanhallitus<br>Pöytäkirja 10.06.2026/Pykälä 40",
            "Kunnanhallitus",
        ),
        (
            "Kunnanhallitus Pöytäkirja 10.06.2026 Pykälä 40",
            "Kunnanhallitus",
        ),
        (
            "<span>Kunnanhallitus</span><span>Pöytäkirja 10.06.2026/Pykälä 40</span>",
            "Kunnanhallitus",
        ),
        (
            "Kunnanhallitus&nbsp; Pöytäkirja&nbsp;10.06.2026/Pykälä&nbsp;40",
            "Kunnanhallitus",
        ),
        (
            "KUNNANHALLITUS PÖYTÄKIRJA 10.06.2026/PYKÄLÄ 40",
            "KUNNANHALLITUS",
        ),
        (
            "Kasvatus- ja opetuslautakunta, jaosto 2  Pöytäkirja 10.06.2026/Pykälä 40",
            "Kasvatus- ja opetuslautakunta, jaosto 2",
        ),
    ];
    for (head, body) in cases {
        let text = format!("<p><b>Hankinta</b></p><p>KH 10.06.2026 § 40</p>{REST}");
        checks.page(
            head,
            &page(head, &text),
            &[
                ("body", body),
                ("held_on", "2026-06-10"),
                ("section_no", "40"),
                ("stage", "minutes"),
                ("title", "Hankinta"),
                ("decision", "Hyväksyttiin."),
            ],
        );
    }
    checks.page(
        "swedish",
        &page("Utskottet  Protokoll 10.06.2026/Paragraf 40", "<p><b>Anskaffning</b></p><p>KH 10.06.2026 § 40</p><p>Beslut:</p><p>Enligt förslag.</p>"),
        &[("lang", "sv"), ("section_no", "40"), ("title", "Anskaffning"), ("decision", "Enligt förslag.")],
    );
    checks.finish();
}

#[test]
fn heads_in_every_order() {
    let mut checks = Checks::default();
    let cases: [&[&str]; 13] = [
        &["<b>Hankinta</b>", "KH 10.06.2026 § 40", "7/02.08/2026"],
        &[
            "<b>Hankinta</b>",
            "7/02.08/2026",
            "Kunnanhallitus 10.06.2026 § 40",
        ],
        &[
            "7/02.08/2026",
            "Kunnanhallitus 10.06.2026 § 40",
            "§ 40",
            "<b>Hankinta</b>",
        ],
        &["§ 40", "Asianro 7/02.08/2026", "<b>Hankinta</b>"],
        &[
            "Kunnanhallitus",
            "§ 40",
            "10.06.2026",
            "<b>Hankinta</b>",
            "7/02.08/2026",
            "KH 10.06.2026 § 40",
        ],
        &["§ 40 Hankinta", "7/02.08/2026"],
        &["40 § Hankinta", "7/02.08/2026"],
        &["§ 40", "Hankinta", "Dnro 7/02.08/2026"],
        &[
            "Kunnanhallitus § 40 10.06.2026",
            "<b>Hankinta</b>",
            "7/02.08/2026",
        ],
        &["Kunnanhallitus § 40", "<b>Hankinta</b>", "7/02.08/2026"],
        &["<b>Hankinta § 40</b>", "7/02.08/2026"],
        &["KH 40 § 10.06.2026", "7/02.08/2026", "Hankinta"],
        &[
            "Hankinta",
            "Asianumero 7/02.08/2026",
            "KHALL 10.6.2026 § 40",
        ],
    ];
    for head in cases {
        checks.page(
            &head.join(" / "),
            &minutes(&format!("{}{REST}", lines(head))),
            &[
                ("title", "Hankinta"),
                ("diary_numbers", r#"["7/02.08/2026"]"#),
                ("background", "Kone on vanha."),
                ("proposal", "Ostetaan kone."),
                ("decision", "Hyväksyttiin."),
                ("/handlings/0", ""),
            ],
        );
    }
    checks.finish();
}

#[test]
fn history_in_other_forms() {
    let mut checks = Checks::default();
    let head = "<p><b>Hankinta</b></p><p>KH 10.06.2026 § 40</p>";
    checks.page(
        "reference",
        &minutes(&format!(
            "{head}{REST}<p>Päätöshistoria: Elinvoimalautakunta 3.2.2026 § 12</p>"
        )),
        &[
            ("decision", "Hyväksyttiin."),
            ("/handlings/0/section_no", "12"),
            ("/handlings/0/decision", ""),
            ("/handlings/1", ""),
        ],
    );
    checks.page(
        "heading inside the background",
        &minutes(&format!(
            "{head}<p>Asian aikaisempi käsittely</p><p>Valtuusto palautti asian.</p>{REST}"
        )),
        &[
            ("decision", "Hyväksyttiin."),
            ("proposal", "Ostetaan kone."),
            ("/handlings/0", ""),
        ],
    );
    checks.page(
        "swedish",
        &page(
            "Utskottet  Protokoll 10.06.2026/Paragraf 40",
            &lines(&[
                "<b>Anskaffning</b>",
                "Beslut:",
                "Enligt förslag.",
                "Beslutshistoria",
                "Svenska utskottet 3.2.2026 § 12",
                "Beslut:",
                "Ärendet bordlades.",
            ]),
        ),
        &[
            ("decision", "Enligt förslag."),
            ("/handlings/0/outcome", "tabled"),
            ("/handlings/0/body", "Svenska utskottet"),
        ],
    );
    checks.page(
        "told in a sentence",
        &minutes(&format!(
            "{head}<p>Elinvoimalautakunta 3.2.2026 § 12 päätti esittää hankintaa.</p>{REST}"
        )),
        &[
            (
                "background",
                "Elinvoimalautakunta 3.2.2026 § 12 päätti esittää hankintaa.\n\nKone on vanha.",
            ),
            ("/handlings/0", ""),
        ],
    );
    checks.finish();
}

#[test]
fn further_sections_keep_out_of_one_another() {
    let mut checks = Checks::default();
    let head = "<p><b>Hankinta</b></p><p>KH 10.06.2026 § 40</p>";
    checks.page(
        "a decision of one word",
        &minutes(&format!("{head}<p>Päätös</p><p>Tiedoksi.</p>")),
        &[("decision", "Tiedoksi.")],
    );
    checks.page(
        "below the decision",
        &minutes(&format!("{head}{REST}<p>Lisätietoja: rehtori Olli Oletettu, puh. 000 000 0012</p><p>Täytäntöönpano: tekninen toimi</p><p>Muutoksenhakuohje: oikaisuvaatimus</p>")),
        &[("decision", "Hyväksyttiin."), ("notified", "tekninen toimi"), ("appeal_text", "oikaisuvaatimus"), ("preparer", "rehtori Olli Oletettu")],
    );
    checks.page(
        "headings inside the background",
        &minutes(&format!("{head}<p>Selostus</p><p>Kone on vanha.</p><p>Ennakkovaikutusten arviointi</p><p>Ei vaikutuksia.</p><p>Päätösehdotus</p><p>Ostetaan kone.</p><p>Päätös</p><p>Hyväksyttiin.</p>")),
        &[("background", "Kone on vanha.\n\nEnnakkovaikutusten arviointi\n\nEi vaikutuksia."), ("proposal", "Ostetaan kone.")],
    );
    checks.page(
        "a list and a table in the decision",
        &minutes(&format!("{head}<p>Päätös</p><p>Kunnanhallitus päätti</p><ol><li>ostaa koneen</li><li>myydä auton</li></ol><table><tr><td>Kone</td><td>5</td></tr></table>")),
        &[("decision", "Kunnanhallitus päätti\n\n1. ostaa koneen\n2. myydä auton\n\nKone | 5")],
    );
    checks.page(
        "labels in one paragraph",
        &minutes(&format!("{head}<p><b>Selostus</b> Kone on vanha.<br><b>Päätösehdotus</b> Ostetaan kone.<br><b>Päätös</b> Hyväksyttiin.<br><b>Tiedoksi</b> tekninen toimi</p>")),
        &[("background", "Kone on vanha."), ("proposal", "Ostetaan kone."), ("decision", "Hyväksyttiin."), ("notified", "tekninen toimi")],
    );
    checks.page(
        "labels in one line of runs",
        &minutes(&format!("{head}<p><b>Selostus</b> Kone on vanha. <b>Päätösehdotus</b> Ostetaan kone. <b>Päätös</b> Hyväksyttiin.</p>")),
        &[("background", "Kone on vanha."), ("proposal", "Ostetaan kone."), ("decision", "Hyväksyttiin.")],
    );
    checks.page(
        "a form of nested tables",
        &minutes(&format!("{head}<table><tr><td>Selostus</td><td><table><tr><td>Vuosi</td><td>Euroa</td></tr><tr><td>2025</td><td>5</td></tr></table></td></tr><tr><td>Ehdotus</td><td>Ostetaan kone.</td></tr><tr><td>Päätös</td><td>Hyväksyttiin.</td></tr></table>")),
        &[("background", "Vuosi | Euroa\n2025 | 5"), ("proposal", "Ostetaan kone."), ("decision", "Hyväksyttiin.")],
    );
    checks.page(
        "files in a form",
        &minutes(&format!("{head}<table><tr><td>Selostus</td><td>Kone on vanha.</td></tr><tr><td>Liitteet</td><td>Liite 1 Kartta</td></tr><tr><td>Päätös</td><td>Hyväksyttiin.</td></tr></table>")),
        &[("background", "Kone on vanha."), ("decision", "Hyväksyttiin.")],
    );
    checks.page(
        "words of a label in a table of data",
        &minutes(&format!("{head}<p>Alku.</p><table><tr><td>Toiminta</td><td>Euroa</td></tr><tr><td>Taustaa</td><td>5 000</td></tr></table><p>Päätös</p><p>Hyväksyttiin.</p>")),
        &[("background", "Alku.\n\nToiminta | Euroa\nTaustaa | 5 000")],
    );
    checks.finish();
}
