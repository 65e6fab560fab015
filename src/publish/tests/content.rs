//! What an entry says of agendas, minutes, unread and withdrawn items.

use super::samples::{agenda, minutes, unread, with_text};
use crate::model::network::Verdict;
use crate::publish::content::{SECTION_LIMIT, SUMMARY_LIMIT, html, summary, title};

#[test]
fn minutes_say_what_was_decided_before_what_was_proposed() {
    let item = minutes();
    assert_eq!(title(&item), "Asikkala: Seudullinen oppilashuolto");
    assert_eq!(
        summary(&item),
        "Hyväksyttiin: Lautakunta hyväksyi ehdotuksen."
    );
    let html = html(&item);
    let decision = html.find("<h3>Päätös</h3>").expect("decision");
    let proposal = html.find("<h3>Päätösehdotus</h3>").expect("proposal");
    assert!(decision < proposal, "{html}");
    assert!(html.contains("Asikkala · Sivistyslautakunta · 14.3.2024 · § 39 · Pöytäkirja · Hyväksyttiin · Diaarinumero 12/2024"));
    assert!(
        html.contains("<h3>Miksi asia kuuluu verkostoon</h3>"),
        "{html}"
    );
    assert!(
        html.contains("<blockquote>seudullinen yhteistyö</blockquote>"),
        "{html}"
    );
    assert!(
        html.contains("rel=\"noopener noreferrer\">Sopimus</a>"),
        "{html}"
    );
}

#[test]
fn an_agenda_never_shows_a_decision() {
    let mut item = agenda();
    if let Some(fields) = &mut item.fields {
        fields.decision = Some("Vanha päätös".into());
    }
    assert!(!html(&item).contains("Vanha päätös"));
    assert_eq!(
        summary(&item),
        "Esityslistalla: Lautakunta päättää hyväksyä sopimuksen."
    );
}

#[test]
fn an_item_never_read_says_so() {
    let item = unread();
    assert!(summary(&item).contains("ei ole vielä luettu"));
    assert!(html(&item).contains("ei ole vielä luettu"));
}

#[test]
fn a_withdrawn_item_keeps_no_text() {
    let mut item = minutes();
    item.withdrawn_at = Some(item.changed_at);
    let said = format!("{} {} {}", title(&item), summary(&item), html(&item));
    for gone in ["oppilashuolto", "hyväksyi", "yhteistyö", "Sopimus"] {
        assert!(!said.contains(gone), "{said}");
    }
    assert!(said.contains("poistettu"));
}

#[test]
fn persons_and_their_contacts_stay_out() {
    let mut item = with_text("Lisätietoja: esa.esimerkki@example.fi, 040 123 4567.");
    if let Some(fields) = &mut item.fields {
        fields.presenter = Some("Sivistysjohtaja Esa Esimerkki".into());
    }
    let html = html(&item);
    assert!(
        !html.contains("esa.esimerkki") && !html.contains("123 4567"),
        "{html}"
    );
    assert!(!html.contains("Sivistysjohtaja"), "{html}");
}

#[test]
fn long_texts_are_cut_and_say_so() {
    let item = with_text(&"ä".repeat(SECTION_LIMIT + 5));
    let html = html(&item);
    assert!(html.contains("Teksti jatkuu kunnan sivulla."));
    assert_eq!(html.matches('ä').count() - html_words(), SECTION_LIMIT - 1);
    assert_eq!(summary(&item).chars().count(), SUMMARY_LIMIT);
}

/// Letters ä that stand in headings and captions.
fn html_words() -> usize {
    html(&with_text("x")).matches('ä').count()
}

#[test]
fn doubtful_verdicts_are_marked_and_rejected_ones_are_silent() {
    let mut item = minutes();
    item.matches[0].verdict = Verdict::Maybe;
    assert!(html(&item).contains("Epävarma: "));
    item.matches[0].verdict = Verdict::Out;
    assert!(!html(&item).contains("Perustelut"));
}
