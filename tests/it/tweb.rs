//! TWeb beyond its fixture pages: documents as the text of a PDF, and pages nobody could have written.

use std::fs;
use std::path::Path;
use std::time::Instant;

use proptest::prelude::*;
use seutu::minutes;
use seutu::model::ids::{ItemKey, SourceId};
use seutu::model::listing::{AskedList, ListAddress, ListKind};
use seutu::model::minutes::{Outcome, Reading, Stage};
use seutu::model::page::{AskedPage, PageFault, PageText};
use seutu::model::source::{PlatformKind, Publishes, Source};
use seutu::platform::platform;
use seutu::vocab::Vocabulary;
use url::Url;

const DOCUMENT: &str = "https://k.example/ktwebscr/fileshow?doctype=3&docid=441781";

/// What the program makes of a document.
fn read(text: PageText<'_>) -> Result<Reading, PageFault> {
    let url: Url = DOCUMENT.parse().expect("url");
    let key = ItemKey::new("441781");
    let asked = AskedPage {
        portal: &url,
        url: &url,
        key: &key,
        key_prefix: "",
    };
    let vocab = Vocabulary::embedded();
    let page = platform(PlatformKind::Tweb).read(asked, text, vocab)?;
    Ok(minutes::read(page, vocab))
}

fn read_pdf(pages: &[&str]) -> Reading {
    let pages: Vec<String> = pages.iter().map(|page| (*page).to_owned()).collect();
    read(PageText::Pdf(&pages)).expect("a reading")
}

/// Labels in a column of their own, text in the next; the history names handlings only.
const COLUMNS: [&str; 2] = [
    "\
Mallilan kaupunki                    Pöytäkirja            5/2017                 1 (2)

Kaupunginhallitus                    § 72                  27.3.2017


Mallilan kaupungin tilinpäätös 2016

Dno                   MALLI/412/02.06.01.04/2017

Päätöshistoria        Kaupunginhallitus 20.3.2017 § 66

Tiivistelmä           Mallilan kaupungin toimintakertomus ja tilinpäätös vuodelta
                      2016 esiteltiin kaupunginhallitukselle 20.3.2017. Kaupungin-
                      hallitus merkitsi asian tiedoksi.

Esittelyteksti        Kuntalain mukaisesti kaupunginhallituksen on laadittava tili-
                      kaudelta tilinpäätös seuraavan vuoden maaliskuun loppuun
                      mennessä ja annettava se tilintarkastajien tarkastettavaksi, mitä
",
    "\
Mallilan kaupunki                    Pöytäkirja            5/2017                 2 (2)

Kaupunginhallitus                    § 72                  27.3.2017


                      varten tilintarkastajat on valittu.

Liitteet              1. Tilinpäätös 2016

Oheismateriaali       -

Esittelijä            Kaupunginjohtaja Maija Mallikas

Päätösesitys          Kaupunginhallitus allekirjoittaa tilinpäätöksen ja antaa sen
                      tilintarkastajalle.

Päätös                Hyväksyttiin esitys.

Valmistelijat         Talousjohtaja Olli Oletettu

Täytäntöönpanotiedot  -
",
];

#[test]
fn a_pdf_with_labels_in_a_column() {
    let reading = read_pdf(&COLUMNS);
    let item = &reading.item;
    assert_eq!(item.stage, Some(Stage::Minutes));
    assert_eq!(item.body.as_deref(), Some("Kaupunginhallitus"));
    assert_eq!(
        item.held_on.map(|day| day.to_string()).as_deref(),
        Some("2017-03-27")
    );
    assert_eq!(item.section_no, Some(72));
    assert_eq!(
        item.title.as_deref(),
        Some("Mallilan kaupungin tilinpäätös 2016")
    );
    assert_eq!(item.diary_numbers, ["MALLI/412/02.06.01.04/2017"]);
    let background = item.background.as_deref().expect("background");
    assert!(
        background.contains("20.3.2017. Kaupunginhallitus merkitsi asian tiedoksi."),
        "{background}"
    );
    assert!(
        background.contains("laadittava tilikaudelta"),
        "{background}"
    );
    assert!(
        background.contains("mitä varten tilintarkastajat"),
        "over the page: {background}"
    );
    assert!(
        !background.contains("Pöytäkirja"),
        "a running header: {background}"
    );
    assert_eq!(
        item.proposal.as_deref(),
        Some("Kaupunginhallitus allekirjoittaa tilinpäätöksen ja antaa sen tilintarkastajalle.")
    );
    assert_eq!(item.decision.as_deref(), Some("Hyväksyttiin esitys."));
    assert_eq!(item.outcome, Some(Outcome::Accepted));
    assert_eq!(
        item.presenter.as_deref(),
        Some("Kaupunginjohtaja Maija Mallikas")
    );
    assert_eq!(
        item.preparer.as_deref(),
        Some("Talousjohtaja Olli Oletettu")
    );
    assert_eq!(item.notified, None, "a dash is nothing");
    assert_eq!(item.pdf_url.as_ref().map(Url::as_str), Some(DOCUMENT));
    let told: Vec<Option<u32>> = reading.handlings.iter().map(|h| h.section_no).collect();
    assert_eq!(told, [Some(66)]);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
}

/// Labels on lines of their own, notes inside the decision, page numbers below.
const LINES: [&str; 2] = [
    "\
Kaupunginhallitus                                                     20.3.2017   § 10
Lausunto palvelujen luonnoksesta

VD/2208/00.04.00/2017

Ministeriö on lähettänyt muun muassa kuntiin kommenttipyynnön Tulevaisuuden kunta
-parlamentaarisen työryhmän väliraportista. Kommentit pyydetään toimittamaan sähköi-
sesti 22.3.2017 mennessä.

Kaupunginjohtajan esitys:
Päätetään antaa ministeriölle liitteen mukaiset kommentit.
                                         12
",
    "\
Kaupunginhallitus                                                     20.3.2017   § 10
Päätös:
Esitys hyväksyttiin.
Täytäntöönpano: Ministeriö
Muutoksenhakuohje: Ei muutoksenhakuoikeutta, kuntalain 136 §
Lisätiedot: Strategiajohtaja Sanna Sepitetty
                                         13
",
];

#[test]
fn a_pdf_with_an_officers_proposal_and_notes_in_the_decision() {
    let reading = read_pdf(&LINES);
    let item = &reading.item;
    assert_eq!(item.body.as_deref(), Some("Kaupunginhallitus"));
    assert_eq!(
        (item.stage, item.section_no),
        (Some(Stage::Minutes), Some(10))
    );
    assert_eq!(
        item.title.as_deref(),
        Some("Lausunto palvelujen luonnoksesta")
    );
    let background = item.background.as_deref().expect("background");
    assert!(
        background.contains("sähköisesti 22.3.2017 mennessä."),
        "{background}"
    );
    assert_eq!(
        item.proposal.as_deref(),
        Some("Päätetään antaa ministeriölle liitteen mukaiset kommentit.")
    );
    assert_eq!(item.presenter.as_deref(), Some("Kaupunginjohtaja"));
    assert_eq!(item.decision.as_deref(), Some("Esitys hyväksyttiin."));
    assert_eq!(item.notified.as_deref(), Some("Ministeriö"));
    assert_eq!(
        item.preparer.as_deref(),
        Some("Strategiajohtaja Sanna Sepitetty")
    );
}

#[test]
fn a_pdf_without_text_and_one_taken_for_a_page_are_faults() {
    assert_eq!(read(PageText::Pdf(&[])).err(), Some(PageFault::Empty));
    let blank = [" \n".to_owned()];
    assert_eq!(read(PageText::Pdf(&blank)).err(), Some(PageFault::Empty));
    let bytes = PageText::Html("%PDF-1.4 ...");
    assert!(matches!(read(bytes), Err(PageFault::WrongPage { .. })));
}

/// Reads a page as the list of a meeting; only that it ends matters.
fn read_list(html: &str) {
    let url: Url = "https://k.example/ktwebscr/pk_asil_tweb.htm?bid=1"
        .parse()
        .expect("url");
    let source = Source {
        id: SourceId::new("lahde"),
        municipality: "Mallila".to_owned(),
        platform: PlatformKind::Tweb,
        url: url.clone(),
        interval: std::time::Duration::from_mins(20),
        enabled: true,
        key_prefix: String::new(),
        show: 30,
        publishes: Publishes::Items,
        permission: Some("invented".to_owned()),
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    };
    for kind in [ListKind::Meeting, ListKind::Meetings] {
        let list = ListAddress {
            kind,
            key: "meeting/1".to_owned(),
            url: url.clone(),
            body: None,
            held_on: None,
        };
        let asked = AskedList {
            source: &source,
            list: &list,
            served: &url,
        };
        let read = platform(PlatformKind::Tweb).read_list(asked, html, Vocabulary::embedded());
        drop(read);
    }
}

#[test]
fn no_repetition_costs_much_time() {
    let times = 1_000;
    let link = "<a href='fileshow?doctype=3&docid=1'>x</a>";
    let links: Vec<String> = (0..times)
        .map(|n| format!("<a href='fileshow?docid={n}'>Asia</a><a href='pk_asil_tweb.htm?bid={n}'>1.1.2026</a>"))
        .collect();
    let bodies = [
        format!("<table><tr><td>{}</td></tr></table>", links.concat()),
        format!(
            "<table><tr>{}</tr></table>",
            format!("<td>{link}</td>").repeat(times)
        ),
        format!("<p>{}</p>", "P ä ä t ö s   ".repeat(times)),
        format!("<p>{}</p>", "a ".repeat(times * 10)),
        "<p>Päätöshistoria</p><p>KH 1.1.2026 § 1</p>".repeat(times / 4),
        "<table><tr><td colspan=2>".repeat(150),
    ];
    for body in bodies {
        let started = Instant::now();
        let html = format!("<html><body>{body}</body></html>");
        read_list(&html);
        drop(read(PageText::Html(&html)));
        let page = [body.clone()];
        drop(read(PageText::Pdf(&page)));
        let took = started.elapsed();
        // unoptimised builds are some twenty times slower
        let start: String = body.chars().take(40).collect();
        assert!(took.as_secs() < 15, "{took:?} for {start}");
    }
}

/// A saved page and a way to spoil it.
fn spoiled() -> impl Strategy<Value = String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let pages: Vec<String> = ["platforms/tweb", "lists/tweb"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).expect("fixtures"))
        .filter_map(|case| fs::read(case.expect("case").path().join("page.html")).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    let piece = prop_oneof![
        Just("<tr><td>".to_owned()),
        Just("</table>".to_owned()),
        Just("P ä ä t ö s   ".to_owned()),
        Just("\n\n- ".to_owned()),
        Just("§ 1 1.1.2026".to_owned()),
        Just("Päätöshistoria\nKH 1.1.2026 § 1\n".to_owned()),
        any::<String>(),
    ];
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0_usize..60, piece), 1..8);
    (prop::sample::select(pages), edits).prop_map(|(page, edits)| {
        let mut letters: Vec<char> = page.chars().collect();
        for (at, removed, put) in edits {
            let at = at.index(letters.len() + 1);
            let end = (at + removed).min(letters.len());
            letters.splice(at..end, put.chars());
        }
        letters.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn no_spoiled_page_stops_the_reader(html in spoiled()) {
        read_list(&html);
        drop(read(PageText::Html(&html)));
        let pages: Vec<String> = html.split("<p").map(str::to_owned).collect();
        drop(read(PageText::Pdf(&pages)));
    }
}
