//! What word processors make of plain text.

use super::{Checks, minutes};

const HEAD: &str = "<p><b>Hankinta</b></p><p>KH 10.06.2026 § 40</p><p>1/02.08.00/2026</p>";

fn background(checks: &mut Checks, html: &str, text: &str) {
    let body = format!("{HEAD}{html}<p>Päätös</p><p>Hyväksyttiin.</p>");
    checks.page(
        html,
        &minutes(&body),
        &[("background", text), ("decision", "Hyväksyttiin.")],
    );
}

#[test]
fn white_space_and_invisible_marks() {
    let mut checks = Checks::default();
    let cases = [
        (
            "<p>\r\n  <span>\r\n    Kone on\r\n    vanha\r\n  </span>\r\n  <span>ja rikki.</span>\r\n</p>",
            "Kone on vanha ja rikki.",
        ),
        (
            "<p>Kone<span> </span>on<span>&nbsp;</span>vanha.</p>",
            "Kone on vanha.",
        ),
        (
            "<p>Ko<span>ne o</span>n <i>vanha</i>.</p>",
            "Kone on vanha.",
        ),
    ];
    for (html, text) in cases {
        background(&mut checks, html, text);
    }
    checks.finish();
}

#[test]
fn invisible_marks_and_entities() {
    let mut checks = Checks::default();
    let cases = [
        (
            "<p>toiminta&shy;suunnitelma ja vuosi&#173;kello</p>",
            "toimintasuunnitelma ja vuosikello",
        ),
        (
            "<p>&#8203;Kone&#x200b; on&#xfeff; vanha.</p>",
            "Kone on vanha.",
        ),
        (
            "<p>Hinta on 597&nbsp;000&nbsp;&euro; &ndash; &#8222;halpa&#8221; &#x201d;</p>",
            "Hinta on 597 000 € – „halpa” ”",
        ),
        ("<p>A &amp; B &lt; C</p>", "A & B < C"),
        ("<p>Kone <!-- piilossa -->on vanha.</p>", "Kone on vanha."),
        ("<p>Kone on van<!--x-->ha.</p>", "Kone on vanha."),
        (
            "<p>Kone on vanha.</p><p></p><p>&nbsp;</p><p><span>&nbsp;</span></p><p><o:p>&nbsp;</o:p></p><p>Se on rikki.</p>",
            "Kone on vanha.\n\nSe on rikki.",
        ),
        (
            "<p>Kone on vanha.<br><br>Se on rikki.</p>",
            "Kone on vanha.\n\nSe on rikki.",
        ),
        (
            "<p>Kone on vanha.<br>\n&nbsp;<br>\nSe on rikki.</p>",
            "Kone on vanha.\n\nSe on rikki.",
        ),
        (
            "<p>Kone on vanha.<br clear=all style='page-break-before:always'>Se on rikki.</p>",
            "Kone on vanha.\nSe on rikki.",
        ),
        (
            "<div><div><p><span><span><font face=Arial>Kone on vanha.</font></span></span></p></div></div>",
            "Kone on vanha.",
        ),
        (
            "Kone on vanha.<p>Se on rikki.",
            "Kone on vanha.\n\nSe on rikki.",
        ),
        (
            "<p>Pinta-ala on 10 500 k-m<sup>2</sup>.</p>",
            "Pinta-ala on 10 500 k-m2.",
        ),
        (
            "<p style='display:none'>piilossa</p><p>Kone on vanha.</p>",
            "Kone on vanha.",
        ),
    ];
    for (html, text) in cases {
        background(&mut checks, html, text);
    }
    checks.finish();
}

#[test]
fn lists() {
    let mut checks = Checks::default();
    let symbol = |text: &str| {
        format!(
            "<p class=MsoListParagraph style='text-indent:-18.0pt'><![if !supportLists]><span style='font-family:Symbol'>·<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; </span></span><![endif]>{text}</p>"
        )
    };
    let number = |mark: &str, text: &str| {
        format!(
            "<p class=MsoListParagraph>{mark}<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp; </span>{text}</p>"
        )
    };
    let cases = [
        (format!("<p>Hankitaan</p>{}{}", symbol("kone"), symbol("auto")), "Hankitaan\n\n- kone\n- auto"),
        ("<p>Hankitaan</p><ul><li>kone</li><li><p>auto</p></li></ul>".to_owned(), "Hankitaan\n\n- kone\n- auto"),
        ("<p>Hankitaan</p><p>-&nbsp;&nbsp;&nbsp; kone</p><p>- auto</p><p>&#8226; vene</p>".to_owned(), "Hankitaan\n\n- kone\n- auto\n- vene"),
        ("<p>Hankitaan</p><ol><li>kone</li><li>auto</li></ol>".to_owned(), "Hankitaan\n\n1. kone\n2. auto"),
        ("<p>Hankitaan</p><ol start=3><li>kone</li><li>auto</li></ol>".to_owned(), "Hankitaan\n\n3. kone\n4. auto"),
        ("<p>Hankitaan</p><ol type=a><li>kone</li><li>auto</li></ol>".to_owned(), "Hankitaan\n\na. kone\nb. auto"),
        (format!("<p>Hankitaan</p>{}{}", number("1.", "Kone"), number("2.", "Auto")), "Hankitaan\n\n1. Kone\n\n2. Auto"),
        (format!("<p>Hankitaan</p>{}{}", number("1)", "kone"), number("2)", "auto")), "Hankitaan\n\n1) kone\n\n2) auto"),
        (format!("<p>Hankitaan</p>{}{}", number("a)", "kone"), number("b)", "auto")), "Hankitaan\n\na) kone\n\nb) auto"),
        ("<p>Hankitaan</p><table><tr><td>-</td><td>kone</td></tr><tr><td>-</td><td>auto</td></tr></table>".to_owned(), "Hankitaan\n\n- kone\n- auto"),
    ];
    for (html, text) in &cases {
        background(&mut checks, html, text);
    }
    checks.finish();
}

#[test]
fn tables() {
    let mut checks = Checks::default();
    let cases = [
        (
            "<table class=MsoTableGrid><tr><th>Vuosi</th><th>Euroa</th></tr><tr><td><p>2025</p></td><td><p>1&nbsp;000</p></td></tr></table>",
            "Vuosi | Euroa\n2025 | 1 000",
        ),
        (
            "<table><tbody><tr><td>Päätös</td><td>Kunta</td><td>Päivä</td></tr><tr><td>a</td><td>b</td><td>c</td></tr></tbody></table>",
            "Päätös | Kunta | Päivä\na | b | c",
        ),
        (
            "<p>Kone on vanha.</p><table><tr><td>Hinta</td><td>5</td></tr></table><p>Se on rikki.</p>",
            "Kone on vanha.\n\nHinta | 5\n\nSe on rikki.",
        ),
        (
            "<table><tr><td>Kunnanhallitus</td><td>5 000</td></tr><tr><td>Sivistyslautakunta</td><td>7 000</td></tr></table>",
            "Kunnanhallitus | 5 000\nSivistyslautakunta | 7 000",
        ),
        (
            "<table><tr><td>Kunnanjohtaja</td><td>80 000 euroa vuodessa</td></tr><tr><td>Rehtori</td><td>60 000 euroa vuodessa</td></tr></table>",
            "Kunnanjohtaja | 80 000 euroa vuodessa\nRehtori | 60 000 euroa vuodessa",
        ),
    ];
    for (html, text) in cases {
        background(
            &mut checks,
            &format!("<p>Alku on tässä.</p>{html}"),
            &format!("Alku on tässä.\n\n{text}"),
        );
    }
    checks.finish();
}

#[test]
fn footnotes_stay_with_the_text() {
    let mut checks = Checks::default();
    let note = "<p>Kone on vanha.<a href='#_ftn1' name='_ftnref1'><sup>[1]</sup></a></p>";
    let foot = "<div><br clear=all><hr size=1><div id=ftn1><p class=MsoFootnoteText><a href='#_ftnref1' name='_ftn1'>[1]</a> Vuodelta 1999.</p></div></div>";
    let body = format!(
        "{HEAD}{note}<p>Päätös</p><p>Hyväksyttiin.</p><p>Tiedoksi</p><p>Tekninen toimi</p>{foot}"
    );
    checks.page(
        "footnote",
        &minutes(&body),
        &[
            ("background", "Kone on vanha.[1]\n\n[1] Vuodelta 1999."),
            ("decision", "Hyväksyttiin."),
            ("notified", "Tekninen toimi"),
        ],
    );
    checks.finish();
}
