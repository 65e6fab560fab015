//! Section labels in every dress.

use super::{Checks, agenda, lines, minutes};

const HEAD: &str = "<p><b>Hankinta</b></p><p>KH 10.06.2026 § 40</p><p>1/02.08.00/2026</p>";

#[test]
fn proposals_under_other_names() {
    let mut checks = Checks::default();
    let cases = [
        ("Päätösesitys", ""),
        ("Ehdotus:", ""),
        ("EHDOTUS", ""),
        ("Lautakunnan päätösehdotus", ""),
        ("Kunnanhallituksen ehdotus:", ""),
        ("Esittelijän ehdotus", ""),
        ("Kaupunginjohtajan esitys", "Kaupunginjohtaja"),
        ("Kunnanjohtajan (MM) päätösehdotus:", "Kunnanjohtaja (MM)"),
        ("Vs. sivistysjohtajan ehdotus:", "Vs. sivistysjohtaja"),
        (
            "Hallinto- ja talousjohtajan päätösehdotus",
            "Hallinto- ja talousjohtaja",
        ),
        ("YLILÄÄKÄRIN EHDOTUS", "YLILÄÄKÄRI"),
        ("Förslag till beslut", ""),
        ("Stadsdirektörens förslag:", "Stadsdirektör"),
    ];
    for (label, presenter) in cases {
        let body = lines(&[
            "Kone on vanha.",
            label,
            "Kunnanhallitus ostaa koneen.",
            "Päätös",
            "Hyväksyttiin.",
        ]);
        checks.page(
            label,
            &minutes(&format!("{HEAD}{body}")),
            &[
                ("background", "Kone on vanha."),
                ("proposal", "Kunnanhallitus ostaa koneen."),
                ("presenter", presenter),
                ("decision", "Hyväksyttiin."),
            ],
        );
    }
    checks.finish();
}

#[test]
fn a_decision_label_in_every_dress() {
    let mut checks = Checks::default();
    let labels = [
        "<h2>Päätös</h2><p>Ehdotus hyväksyttiin.</p>",
        "<h3>Päätös:</h3><p>Ehdotus hyväksyttiin.</p>",
        "<p><strong>Päätös</strong><br>Ehdotus hyväksyttiin.</p>",
        "<p><strong>Päätös<br></strong>Ehdotus hyväksyttiin.</p>",
        "<p><b>Päätös Ehdotus hyväksyttiin.</b></p>",
        "<p><b>Päätös: Ehdotus hyväksyttiin.</b></p>",
        "<p>PÄÄTÖS<br>Ehdotus hyväksyttiin.</p>",
        "<p>PÄÄTÖS:&nbsp;Ehdotus hyväksyttiin.</p>",
        "<p>Päätös&nbsp;&nbsp; </p><p>Ehdotus hyväksyttiin.</p>",
        "<p>Päätös&nbsp;: Ehdotus hyväksyttiin.</p>",
        "<p>Päätös – Ehdotus hyväksyttiin.</p>",
        "<p>Päätös -</p><p>Ehdotus hyväksyttiin.</p>",
        "<p>Päätös&#9;Ehdotus hyväksyttiin.</p>",
        "<p><span>Päätös</span><span>Ehdotus hyväksyttiin.</span></p>",
        "<p><b><u>Päätös</u></b></p><p></p><p>&nbsp;</p><p>Ehdotus hyväksyttiin.</p>",
        "<p>P&auml;&auml;t&#xf6;s:</p><p>Ehdotus hyv&#228;ksyttiin.</p>",
        "<p>Pää&shy;tös</p><p>Ehdotus hyväk&shy;syttiin.</p>",
        "<p>&#8203;Päätös</p><p>Ehdotus&#8203; hyväksyttiin.</p>",
        "<p>Pää<!-- x y -->tös</p><p>Ehdotus hyväk<!--[if gte mso 9]>a<![endif]-->syttiin.</p>",
        "<p class=Sivuotsikko><b>Päätös</b>&nbsp;&nbsp;&nbsp; Kunnanhallitus:</p><p>Ehdotus hyväksyttiin.</p>",
        "<p class=Sivuotsikko><b>Päätös</b>&nbsp;&nbsp;&nbsp; Kunnanhallitus</p><p>Ehdotus hyväksyttiin.</p>",
        "<p>Päätös</p><p>Kunnanhallitus:</p><p>Ehdotus hyväksyttiin.</p>",
        "<table><tr><td>Päätös</td><td>Ehdotus hyväksyttiin.</td></tr></table>",
        "<table><tr><td><p>Päätös:</p></td><td><p>&nbsp;</p></td></tr><tr><td></td><td><p>Ehdotus hyväksyttiin.</p></td></tr></table>",
        "<dl><dt>Päätös</dt><dd>Ehdotus hyväksyttiin.</dd></dl>",
        "<p><span>Päätös</span></p>\r\n<p>\r\n   <span>\r\n      Ehdotus\r\n      hyväksyttiin.\r\n   </span>\r\n</p>",
        "<p><b>Päätös</b><o:p></o:p></p><p><span><span lang=FI><span>Ehdotus </span>hyväksyttiin.</span></span><o:p>&nbsp;</o:p></p>",
    ];
    for label in labels {
        let body =
            format!("{HEAD}<p>Kone on vanha.</p><p>Päätösehdotus</p><p>Hankitaan kone.</p>{label}");
        checks.page(
            label,
            &minutes(&body),
            &[
                ("proposal", "Hankitaan kone."),
                ("decision", "Ehdotus hyväksyttiin."),
                ("outcome", "accepted"),
            ],
        );
    }
    checks.finish();
}

#[test]
fn sentences_that_begin_with_a_label_word() {
    let mut checks = Checks::default();
    for sentence in [
        "Päätös annetaan tiedoksi hakijalle.",
        "Päätös tarkastetaan heti.",
        "Päätös 12.3.2024 § 5 on lainvoimainen.",
        "Ehdotus on ollut nähtävillä.",
        "Käsittely jatkuu syksyllä.",
        "Selostus hankkeesta on liitteenä.",
        "Valmistelija esitteli asian.",
        "Esitys kuullaan myöhemmin.",
        "Esittelijä muutti ehdotustaan.",
        "Äänestyksen tulos oli 5-4.",
        "Muutoksenhaku on kielletty lain nojalla.",
        "Asia Lahden ja Asikkalan välillä on sovittu.",
        "Kunnanjohtaja Matti Mallikas esitteli asian.",
        "Kunnanjohtaja Matti Mallikas on valmistellut sopimuksen: se on liitteenä.",
        "Toimivalta on lautakunnalla.",
        "Liite 1 sisältää kartan.",
        "Kunnanhallitus: ei huomautettavaa.",
        "Sivistysjohtaja: lausunto on liitteenä, ja siinä puolletaan hanketta.",
    ] {
        let body = lines(&[
            "Kone on vanha.",
            sentence,
            "Päätösehdotus",
            "Hankitaan kone.",
            "Päätös",
            "Hyväksyttiin.",
        ]);
        checks.page(
            sentence,
            &minutes(&format!("{HEAD}{body}")),
            &[
                ("background", &format!("Kone on vanha.\n\n{sentence}")),
                ("proposal", "Hankitaan kone."),
                ("decision", "Hyväksyttiin."),
            ],
        );
    }
    checks.finish();
}

#[test]
fn other_sections() {
    let mut checks = Checks::default();
    let cases = [
        ("Asian käsittely", "proceedings"),
        ("Kokouskäsittely:", "proceedings"),
        ("Eriävä mielipide", "dissent"),
        ("Esteellisyys:", "conflicts"),
        ("Toimivalta", "competence"),
        ("Sovelletut oikeusohjeet:", "competence"),
        ("Tiedoksi", "notified"),
        ("Jakelu:", "notified"),
        ("TIEDOKSIANTO", "notified"),
        ("Äänestys", "votes"),
        ("Äänestykset:", "votes"),
        ("Oikaisuvaatimusohje", "appeal_text"),
        ("Muutoksenhakuohjeet:", "appeal_text"),
        ("Valitusosoitus", "appeal_text"),
        ("Delgivning:", "notified"),
        ("Avvikande åsikt", "dissent"),
        ("Anvisning för sökande av ändring", "appeal_text"),
    ];
    for (label, field) in cases {
        let body = lines(&[
            "Päätösehdotus",
            "Hankitaan kone.",
            "Päätös",
            "Hyväksyttiin.",
            label,
            "Jotakin muuta.",
        ]);
        checks.page(
            label,
            &minutes(&format!("{HEAD}{body}")),
            &[("decision", "Hyväksyttiin."), (field, "Jotakin muuta.")],
        );
    }
    checks.finish();
}

#[test]
fn appeals_and_their_kinds() {
    let mut checks = Checks::default();
    let cases = [
        (
            "Muutoksenhaku: muutoksenhakukielto",
            "no_appeal",
            "muutoksenhakukielto",
        ),
        (
            "Ei muutoksenhakuoikeutta",
            "no_appeal",
            "Ei muutoksenhakuoikeutta",
        ),
        (
            "Muutoksenhaku Oikaisuvaatimus",
            "rectification",
            "Oikaisuvaatimus",
        ),
        (
            "Muutoksenhaku: Kunnallisvalitus",
            "municipal_appeal",
            "Kunnallisvalitus",
        ),
        (
            "Oikaisuvaatimus- ja valituskielto",
            "no_appeal",
            "Oikaisuvaatimus- ja valituskielto",
        ),
        (
            "Ändringssökande: Besvärsförbud",
            "no_appeal",
            "Besvärsförbud",
        ),
    ];
    for (label, kind, text) in cases {
        let body = lines(&["Päätös", "Hyväksyttiin.", label]);
        checks.page(
            label,
            &minutes(&format!("{HEAD}{body}")),
            &[
                ("decision", "Hyväksyttiin."),
                ("appeal_kind", kind),
                ("appeal_text", text),
            ],
        );
    }
    checks.finish();
}

#[test]
fn labels_without_values_say_nothing() {
    let mut checks = Checks::default();
    let empty = lines(&[
        "Päätösehdotus",
        "Hankitaan kone.",
        "Käsittely",
        "Päätös",
        "Selostus",
        "Kone on vanha.",
    ]);
    checks.page(
        "agenda",
        &agenda(&format!("<p><b>Hankinta</b></p>{empty}")),
        &[
            ("proposal", "Hankitaan kone."),
            ("decision", ""),
            ("proceedings", ""),
            ("background", "Kone on vanha."),
        ],
    );
    let dashes = lines(&[
        "Päätösehdotus",
        "Hankitaan kone.",
        "Päätös",
        "Hyväksyttiin.",
        "Eriävä mielipide -",
        "Esteellisyys: -",
        "Äänestykset",
        "–",
        "Tiedoksi",
        "Tekninen toimi",
    ]);
    checks.page(
        "dashes",
        &minutes(&format!("{HEAD}{dashes}")),
        &[
            ("decision", "Hyväksyttiin."),
            ("dissent", ""),
            ("conflicts", ""),
            ("votes", ""),
            ("notified", "Tekninen toimi"),
        ],
    );
    let one_line = "<p>Päätösehdotus Hankitaan kone.</p><p>Käsittely Päätös Selostus</p>";
    checks.page(
        "three on a line",
        &agenda(&format!("<p><b>Hankinta</b></p>{one_line}")),
        &[
            ("proposal", "Hankitaan kone."),
            ("proceedings", ""),
            ("background", ""),
        ],
    );
    checks.finish();
}

#[test]
fn changed_proposals_follow_the_first() {
    let mut checks = Checks::default();
    for label in [
        "Esittelijän muutettu ehdotus",
        "Muutettu päätösehdotus",
        "Korjattu päätösehdotus",
    ] {
        let body = lines(&[
            "Päätösehdotus",
            "Hankitaan kone.",
            label,
            "Hankitaan kaksi konetta.",
            "Päätös",
            "Muutettu päätösehdotus hyväksyttiin.",
        ]);
        checks.page(
            label,
            &minutes(&format!("{HEAD}{body}")),
            &[
                (
                    "proposal",
                    &format!("Hankitaan kone.\n\n{label}\n\nHankitaan kaksi konetta."),
                ),
                ("decision", "Muutettu päätösehdotus hyväksyttiin."),
                ("outcome", "amended"),
            ],
        );
    }
    checks.finish();
}
