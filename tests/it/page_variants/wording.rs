//! Decisions as boards word them, and what became of the proposal.

use super::{Checks, lines, minutes};

#[test]
fn decisions_and_outcomes() {
    let mut checks = Checks::default();
    let cases = [
        ("Päätösesitys hyväksyttiin.", "accepted"),
        ("Hyväksyttiin esitys.", "accepted"),
        (
            "Hyväksyttiin ehdotuksen mukaisesti yksimielisesti.",
            "accepted",
        ),
        ("Päätettiin ehdotuksen mukaisesti.", "accepted"),
        (
            "Kunnanhallitus päätti yksimielisesti ehdotuksen mukaan.",
            "accepted",
        ),
        ("Esittelijän muutettu ehdotus hyväksyttiin.", "amended"),
        ("Ehdotus hyväksyttiin muutettuna.", "amended"),
        ("Merkittiin tiedoksi.", "noted"),
        ("Asia merkittiin tiedoksi.", "noted"),
        (
            "Kunnanhallitus päätti merkitä tiedoksi talouskatsauksen.",
            "noted",
        ),
        ("Asia jätettiin pöydälle.", "tabled"),
        ("Kunnanhallitus päätti panna asian pöydälle.", "tabled"),
        ("Asia palautettiin uudelleen valmisteltavaksi.", "returned"),
        (
            "Kunnanhallitus päätti palauttaa asian valmisteluun.",
            "returned",
        ),
        ("Asia vedettiin esityslistalta.", "withdrawn"),
        ("Asia poistettiin esityslistalta.", "withdrawn"),
        ("Kunnanhallitus hylkäsi oikaisuvaatimuksen.", "rejected"),
        ("Valittiin Maija Mallikas.", "elected"),
        (
            "Kunnanhallitus esittää valtuustolle, että se hyväksyy sopimuksen.",
            "other",
        ),
        (
            "Päätös tarkastetaan heti. Ehdotus hyväksyttiin.",
            "accepted",
        ),
        ("Enligt förslag.", "accepted"),
        ("Antecknades för kännedom.", "noted"),
        ("Ärendet bordlades.", "tabled"),
    ];
    for (decision, outcome) in cases {
        let body = lines(&[
            "<b>Hankinta</b>",
            "KH 10.06.2026 § 40",
            "Päätösehdotus",
            "Hankitaan kone.",
            "Päätös",
            decision,
        ]);
        checks.page(
            decision,
            &minutes(&body),
            &[("decision", decision), ("outcome", outcome)],
        );
    }
    checks.finish();
}

#[test]
fn what_stands_below_a_decision() {
    let mut checks = Checks::default();
    let cases: [(&[&str], &str, &str, &str); 5] = [
        (
            &["Hyväksyttiin.", "Pykälä tarkastettiin kokouksessa."],
            "Hyväksyttiin.\n\nPykälä tarkastettiin kokouksessa.",
            "conflicts",
            "",
        ),
        (
            &[
                "Hyväksyttiin.",
                "Jäsen Mallikas ilmoitti olevansa jäävi ja poistui kokouksesta tämän pykälän käsittelyn ajaksi.",
            ],
            "Hyväksyttiin.",
            "conflicts",
            "Jäsen Mallikas ilmoitti olevansa jäävi ja poistui kokouksesta tämän pykälän käsittelyn ajaksi.",
        ),
        (
            &[
                "Hyväksyttiin.",
                "Merkittiin, että rehtori Olli Oletettu poistui esteellisenä kokouksesta.",
            ],
            "Hyväksyttiin.",
            "conflicts",
            "Merkittiin, että rehtori Olli Oletettu poistui esteellisenä kokouksesta.",
        ),
        (
            &["Hyväksyttiin.", "Tähän päätökseen ei saa hakea muutosta."],
            "Hyväksyttiin.",
            "appeal_text",
            "Tähän päätökseen ei saa hakea muutosta.",
        ),
        (
            &["Kunnanhallitus:", "1. ostaa koneen", "2. myy auton"],
            "1. ostaa koneen\n\n2. myy auton",
            "conflicts",
            "",
        ),
    ];
    for (below, decision, field, text) in cases {
        let body = lines(&[
            "<b>Hankinta</b>",
            "KH 10.06.2026 § 40",
            "Päätösehdotus",
            "Hankitaan kone.",
            "Päätös",
        ]) + &lines(below);
        checks.page(
            below[below.len() - 1],
            &minutes(&body),
            &[("decision", decision), (field, text)],
        );
    }
    checks.finish();
}

#[test]
fn votes_inside_the_proceedings() {
    let mut checks = Checks::default();
    let body = lines(&[
        "<b>Hankinta</b>",
        "KH 10.06.2026 § 40",
        "Päätösehdotus",
        "Hankitaan kone.",
        "Käsittely",
        "Jäsen Mallikas ehdotti hylkäämistä.",
        "1. äänestys",
        "Ehdotus voitti äänin 5-4.",
        "Päätös",
        "Hyväksyttiin.",
    ]);
    checks.page(
        "first vote",
        &minutes(&body),
        &[
            ("votes", "Ehdotus voitti äänin 5-4."),
            ("decision", "Hyväksyttiin."),
            ("outcome", "accepted"),
        ],
    );
    checks.finish();
}

#[test]
fn a_changed_proposal_is_amended_and_a_confirmation_accepts() {
    let mut checks = Checks::default();
    for (decision, outcome) in [
        (
            "Hyväksyttiin esittelijän muutettu ehdotus yksimielisesti.",
            "amended",
        ),
        (
            "Lautakunta vahvisti yksimielisesti esitetyt työ- ja loma-ajat.",
            "accepted",
        ),
        ("Taksan muutokset vahvistettiin.", "accepted"),
    ] {
        let body = lines(&[
            "<b>Hankinta</b>",
            "KH 10.06.2026 § 40",
            "Päätösehdotus",
            "Hankitaan kone.",
            "Päätös",
            decision,
        ]);
        checks.page(decision, &minutes(&body), &[("outcome", outcome)]);
    }
    checks.finish();
}
