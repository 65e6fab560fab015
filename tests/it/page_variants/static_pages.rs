//! The static pages of old installations: windows-1252, their own marks, their own addresses.

use super::{Checks, read};

const PAGE: &str = r#"<!DOCTYPE html><html><head><meta charset=windows-1252><meta name="robots" content="noindex"><title>Kokousasia</title></head>
<body class="bodyKokousasia">
<div><a href="TELIMET.HTM">Toimielimet</a> | <a href="TELIN-200120.HTM">Kunnanhallitus</a> | <a href="KOKOUS-2026711.HTM">Pöytäkirja 10.06.2026</a> | <a href="haku.htm">Avaa haku</a></div>
<label class="h3">Kunnanhallitus<br>Pöytäkirja 10.06.2026 Pykälä 40</label>
<table class="tbl"><tr><td><a href="2026711-2.HTM">Edellinen asia</a> | <a href="2026711-4.HTM">Seuraava asia</a></td><td><a href="2026711-0-1.PDF">Muutoksenhakuohje</a> <a href="2026711-3.PDF">Kokousasia PDF-muodossa</a></td></tr></table>
<!--DATA_BEGIN-->
<meta http-equiv=Content-Type content="text/html; charset=windows-1252"><title>x</title><style><!-- p.MsoNormal {margin:0cm;} --></style>
<div class="WordSection1">
<table class=MsoTableGrid><tr><td><p>Elinvoimalautakunta</p></td><td><p>12 §</p></td><td><p>3.2.2026</p></td></tr></table>
<p class="Sisennetty">§ 40</p>
<p class="Sisennetty"><b>Hankinta – ”kone”</b></p>
<p class="Sisennetty">730/2026</p>
<p class="Sisennetty">00.01.01.00</p>
<p class="Sivuotsikko"><b>Valmistelijat / lisätiedot:</b></p>
<p class="Sisennetty"><xp xclass="MsoNormal">Maija Mallikas, puh. (09) 000 00012</p>
<p class="Sisennetty">etunimi.sukunimi@kunta.example</p>
<p class="Sivuotsikko"><b>Päätösehdotus</b>&nbsp;&nbsp;&nbsp;&nbsp; Kunnanjohtaja Matti Mallikas</p>
<p class="Sisennetty"><span xfont-family="Arial" xstyle="´width:1´">Kunnanhallitus ostaa koneen.</span></p>
<p class="Sivuotsikko"><b>Päätös</b>&nbsp;&nbsp;&nbsp;&nbsp; Kunnanhallitus:</p>
<p class="Sisennetty">Ehdotus hyväksyttiin.</p>
<p class="Sivuotsikko"><b>Selostus</b></p>
<p class="Sisennetty">Kone maksaa 5 €.</p>
<p class="Sivuotsikko"><b>Päätöshistoria</b></p>
<p class="Sisennetty">Elinvoimalautakunta 3.2.2026 § 12</p>
<p class="Sivuotsikko"><b>Päätösehdotus</b>&nbsp;&nbsp;&nbsp;&nbsp; Johtaja Olli Oletettu</p>
<p class="Sisennetty">Esitetään konetta.</p>
<p class="Sivuotsikko"><b>Päätös</b>&nbsp;&nbsp;&nbsp;&nbsp; Elinvoimalautakunta:</p>
<p class="Sisennetty">jätti asian yksimielisesti pöydälle.</p>
</div>
<!--DATA_END-->
</body></html>"#;

/// As windows-1252, which the pages declare.
fn encoded() -> Vec<u8> {
    PAGE.chars()
        .map(|c| match c {
            '€' => 0x80,
            '”' => 0x94,
            '–' => 0x96,
            other => u8::try_from(u32::from(other)).expect("a letter of windows-1252"),
        })
        .collect()
}

#[test]
fn an_old_static_page() {
    let mut checks = Checks::default();
    let got = read(&encoded(), "http://k.example/kokous/2026711-3.HTM");
    checks.reading(
        "static",
        &got,
        &[
            ("body", "Kunnanhallitus"),
            ("stage", "minutes"),
            ("held_on", "2026-06-10"),
            ("section_no", "40"),
            ("title", "Hankinta – ”kone”"),
            ("diary_numbers", r#"["730/2026 00.01.01.00"]"#),
            ("preparer", "Maija Mallikas"),
            ("presenter", "Kunnanjohtaja Matti Mallikas"),
            ("proposal", "Kunnanhallitus ostaa koneen."),
            ("decision", "Ehdotus hyväksyttiin."),
            ("background", "Kone maksaa 5 €."),
            ("previous", "2026711-2"),
            ("next", "2026711-4"),
            ("pdf_url", "http://k.example/kokous/2026711-3.PDF"),
            ("/handlings/0/body", "Elinvoimalautakunta"),
            ("/handlings/0/proposal", "Esitetään konetta."),
            (
                "/handlings/0/decision",
                "jätti asian yksimielisesti pöydälle.",
            ),
            ("/handlings/0/outcome", "tabled"),
            ("/handlings/1", ""),
            ("/problems", "[]"),
        ],
    );
    checks.finish();
}
