//! Who prepared, who presents, who proposes.

use super::{Checks, agenda, lines, minutes};

const HEAD: &str = "<p><b>Hankinta</b></p><p>KH 10.06.2026 § 40</p><p>1/02.08.00/2026</p>";

#[test]
fn proposers_in_place_of_a_label() {
    let mut checks = Checks::default();
    let cases = [
        (
            "Kunnanjohtaja Matti Mallikas:",
            "Kunnanjohtaja Matti Mallikas",
        ),
        (
            "Kunnanjohtaja Matti Mallikas",
            "Kunnanjohtaja Matti Mallikas",
        ),
        ("Kaupunginjohtaja:", "Kaupunginjohtaja"),
        ("Kaupunginjohtaja", "Kaupunginjohtaja"),
        (
            "Vs. kunnanjohtaja Maija Mallikas:",
            "Vs. kunnanjohtaja Maija Mallikas",
        ),
        (
            "Mallikas Matti, kunnanjohtaja:",
            "Mallikas Matti, kunnanjohtaja",
        ),
        (
            "Direktör för bildning och välfärd Mikael Modell:",
            "Direktör för bildning och välfärd Mikael Modell",
        ),
        ("Stadsdirektören:", "Stadsdirektören"),
        ("Kunnanhallitus:", ""),
        ("Elinvoima- ja kehitysjaosto:", ""),
        ("Stadsstyrelsen:", ""),
    ];
    for (line, presenter) in cases {
        let body = lines(&[
            "Kone on vanha.",
            line,
            "Kunnanvaltuusto ostaa koneen.",
            "Päätös",
            "Hyväksyttiin.",
        ]);
        checks.page(
            line,
            &minutes(&format!("{HEAD}{body}")),
            &[
                ("background", "Kone on vanha."),
                ("presenter", presenter),
                ("proposal", "Kunnanvaltuusto ostaa koneen."),
                ("decision", "Hyväksyttiin."),
            ],
        );
    }
    checks.finish();
}

#[test]
fn proposers_beside_a_label() {
    let mut checks = Checks::default();
    let cases = [
        (
            "<p><b>Päätösehdotus</b>&nbsp;&nbsp;&nbsp; Kunnanhallitus</p>",
            "",
        ),
        (
            "<p><b>Päätösehdotus</b>&nbsp;&nbsp;&nbsp; Kunnanhallitus:</p>",
            "",
        ),
        ("<p>Päätösehdotus</p><p>Kunnanhallitus:</p>", ""),
        ("<p>Päätösehdotus: Kunnanhallitus</p>", ""),
        (
            "<p><b>Päätösehdotus</b><br>Kasvun ja oppimisen lautakunta</p>",
            "",
        ),
        (
            "<p><b>Päätösehdotus</b>&nbsp;&nbsp; Kunnanjohtaja Matti Mallikas</p>",
            "Kunnanjohtaja Matti Mallikas",
        ),
        (
            "<p><b>Päätösehdotus</b></p><p>Kunnanjohtaja Matti Mallikas</p>",
            "Kunnanjohtaja Matti Mallikas",
        ),
        (
            "<p><b>Ehdotus</b></p><p>Esittelijä: kunnanjohtaja Matti Mallikas, matti.mallikas@kunta.example</p>",
            "kunnanjohtaja Matti Mallikas",
        ),
        (
            "<p>Kunnanjohtaja Matti Mallikas</p><p>Päätösehdotus:</p>",
            "Kunnanjohtaja Matti Mallikas",
        ),
        (
            "<p>Esittelijä</p><p>Kunnanjohtaja Matti Mallikas</p><p>Päätösehdotus</p>",
            "Kunnanjohtaja Matti Mallikas",
        ),
        ("<p><b>Kunnanjohtajan ehdotus</b></p>", "Kunnanjohtaja"),
    ];
    for (label, presenter) in cases {
        let body = format!(
            "{HEAD}<p>Kone on vanha.</p>{label}<p>Valtuusto ostaa koneen.</p><p>Päätös</p><p>Hyväksyttiin.</p>"
        );
        checks.page(
            label,
            &minutes(&body),
            &[
                ("background", "Kone on vanha."),
                ("presenter", presenter),
                ("proposal", "Valtuusto ostaa koneen."),
                ("decision", "Hyväksyttiin."),
            ],
        );
    }
    checks.finish();
}

#[test]
fn a_body_that_is_the_subject_of_a_sentence_is_text() {
    let mut checks = Checks::default();
    let cases = [
        (
            "<p>Päätösehdotus</p><p>Kunnanhallitus<br>hyväksyy hankinnan.</p>",
            "Kunnanhallitus\nhyväksyy hankinnan.",
        ),
        (
            "<p>Päätösehdotus Kunnanhallitus päättää</p><p>1. ostaa koneen</p>",
            "Kunnanhallitus päättää\n\n1. ostaa koneen",
        ),
        (
            "<p>Päätösehdotus</p><p>Kunnanhallitus</p><p>1. ostaa koneen</p>",
            "Kunnanhallitus\n\n1. ostaa koneen",
        ),
    ];
    for (label, proposal) in cases {
        checks.page(
            label,
            &minutes(&format!("{HEAD}<p>Kone on vanha.</p>{label}")),
            &[("background", "Kone on vanha."), ("proposal", proposal)],
        );
    }
    checks.finish();
}

#[test]
fn people_and_bodies_in_a_background_stay_there() {
    let mut checks = Checks::default();
    let cases: [&[&str]; 6] = [
        &[
            "Lausunto:",
            "Tekninen lautakunta:",
            "Lautakunta puoltaa hanketta.",
        ],
        &[
            "Lausunnot:",
            "Tekninen lautakunta:",
            "Lautakunta puoltaa hanketta.",
            "Sivistyslautakunta:",
            "Lautakunta ei puolla hanketta.",
        ],
        &[
            "Työryhmään kuuluvat",
            "Sivistysjohtaja Maija Mallikas",
            "Rehtori Olli Oletettu",
            "Ryhmä on kokoontunut kaksi kertaa.",
        ],
        &[
            "Kunnanjohtaja Matti Mallikas esitteli asian kokouksessa.",
            "Asiaan palataan.",
        ],
        &[
            "Asiasta on neuvoteltu.",
            "Kunnanhallitus kuuli asiantuntijaa.",
            "Rehtori kertoi tilanteesta.",
        ],
        &[
            "Tarjoukset saatiin ajoissa.",
            "Kunnanjohtaja",
            "ja sivistysjohtaja avasivat tarjoukset.",
        ],
    ];
    for body in cases {
        let text = format!("{}<p>Päätös</p><p>Merkittiin tiedoksi.</p>", lines(body));
        checks.page(
            body[0],
            &minutes(&format!("{HEAD}{text}")),
            &[
                ("background", &body.join("\n\n")),
                ("proposal", ""),
                ("presenter", ""),
                ("outcome", "noted"),
            ],
        );
    }
    checks.finish();
}

#[test]
fn an_officer_above_the_text_presents() {
    let mut checks = Checks::default();
    let cases = [
        "<p>Apulaiskaupunginjohtaja Pekka Esimerkki</p>",
        "<p>Apulaiskaupunginjohtaja Pekka Esimerkki<br>Kaupunkiympäristön palvelualue</p>",
        "<p>Apulaiskaupunginjohtaja Pekka Esimerkki</p><p>Kaupunkiympäristön palvelualue</p>",
        "<p><b>Apulaiskaupunginjohtaja Pekka Esimerkki</b></p>",
    ];
    for line in cases {
        let body = format!(
            "{HEAD}{line}<p>Asia</p><p>Kone on vanha.</p><p>Esitys</p><p>Esitän konetta.</p><p>Päätös</p><p>Esitys hyväksyttiin.</p>"
        );
        checks.page(
            line,
            &minutes(&body),
            &[
                ("presenter", "Apulaiskaupunginjohtaja Pekka Esimerkki"),
                ("background", "Kone on vanha."),
                ("proposal", "Esitän konetta."),
                ("title", "Hankinta"),
            ],
        );
    }
    let plain = format!(
        "{HEAD}{}<p>Kone on vanha.</p><p>Esitys:</p><p>Esitän konetta.</p>",
        cases[0]
    );
    checks.page(
        "no background label",
        &agenda(&plain),
        &[
            ("presenter", "Apulaiskaupunginjohtaja Pekka Esimerkki"),
            ("background", "Kone on vanha."),
        ],
    );
    checks.finish();
}

#[test]
fn preparers_over_several_lines() {
    let mut checks = Checks::default();
    let two = "sivistysjohtaja Maija Mallikas\nrehtori Olli Oletettu";
    let cases = [
        (
            "<p>Valmistelijat:</p><p>sivistysjohtaja Maija Mallikas, maija.mallikas@kunta.example, puh. 000 000 0012</p><p>rehtori Olli Oletettu, olli.oletettu@kunta.example</p>",
            two,
        ),
        (
            "<p><b>Valmistelijat</b><br>sivistysjohtaja Maija Mallikas, <a href='mailto:m@kunta.example'>m@kunta.example</a><br>rehtori Olli Oletettu, o(at)kunta.example</p>",
            two,
        ),
        (
            "<p>Valmistelija:<br>Sivistysjohtaja Maija Mallikas<br>puh. 000 000 0012<br>maija.mallikas@kunta.example</p>",
            "Sivistysjohtaja Maija Mallikas",
        ),
        (
            "<p>Valmistelija(t)</p><p>Sivistysjohtaja Maija Mallikas</p>",
            "Sivistysjohtaja Maija Mallikas",
        ),
        (
            "<p>Valmistelu: sivistysjohtaja Maija Mallikas, rehtori Olli Oletettu ja controller Aino Aalto</p>",
            "sivistysjohtaja Maija Mallikas, rehtori Olli Oletettu ja controller Aino Aalto",
        ),
        (
            "<p>Valmistelijat / lisätiedot:</p><p>Mallikas Maija, puh. 000 000 0012</p><p>etunimi.sukunimi@kunta.example</p>",
            "Mallikas Maija",
        ),
        (
            "<table><tr><td>Valmistelija</td><td>Sivistysjohtaja Maija Mallikas</td></tr></table>",
            "Sivistysjohtaja Maija Mallikas",
        ),
        (
            "<p>Beredning: bildningsdirektör Maria Modell, tfn 000 000 0012</p>",
            "bildningsdirektör Maria Modell",
        ),
        (
            "<ul><li>Valmistelija: Maija Mallikas, sivistysjohtaja, maija.mallikas@kunta.example</li></ul>",
            "Maija Mallikas, sivistysjohtaja",
        ),
    ];
    for (label, preparer) in cases {
        let body = format!(
            "{HEAD}{label}<p>Kone on vanha, ja se on uusittava.</p><p>Päätösehdotus</p><p>Ostetaan kone.</p>"
        );
        checks.page(
            label,
            &agenda(&body),
            &[
                ("preparer", preparer),
                ("background", "Kone on vanha, ja se on uusittava."),
                ("proposal", "Ostetaan kone."),
            ],
        );
    }
    checks.finish();
}

#[test]
fn a_sentence_with_a_long_number_ends_the_preparers() {
    let mut checks = Checks::default();
    let sentence = "Urakasta pyydettiin tarjoukset avoimella menettelyllä (2026-014455) määräaikaan mennessä, ja niitä saatiin neljä:";
    let body = lines(&[
        "Valmistelija",
        "tekninen johtaja Matti Mallikas, 000 000 0000",
        sentence,
        "Päätösehdotus",
        "Hankitaan kone.",
    ]);
    checks.page(
        "sentence",
        &agenda(&format!("{HEAD}{body}")),
        &[
            ("preparer", "tekninen johtaja Matti Mallikas"),
            ("background", sentence),
            ("proposal", "Hankitaan kone."),
        ],
    );
    checks.finish();
}

#[test]
fn the_thousands_of_a_sum_are_no_telephone() {
    let mut checks = Checks::default();
    let sentence = "Kirjasto esittää aukiolon laajentamista. Lisäkustannus on 18 000 € ja hanke maksaa 2 000 000 euroa.";
    let body = lines(&[
        "Valmistelija: hyvinvointijohtaja Maija Mallikas, puh. 000 000 0000",
        sentence,
        "Päätösehdotus",
        "Lautakunta päättää laajentaa aukioloa.",
    ]);
    checks.page(
        "sums",
        &agenda(&format!("{HEAD}{body}")),
        &[
            ("preparer", "hyvinvointijohtaja Maija Mallikas"),
            ("background", sentence),
        ],
    );
    checks.finish();
}
