//! Which items come together, and why.

mod lasting;

use jiff::Timestamp;

use super::*;
use crate::model::ids::{ItemKey, SourceId, Uid};
use crate::model::item::MatchRecord;
use crate::model::minutes::{Attachment, Handling, ItemReading, Lang};

fn subject(key: &str, words: &[&str], year: SubjectYear) -> Subject {
    Subject {
        key: key.to_owned(),
        title: key.to_uppercase(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        unless: Vec::new(),
        year,
    }
}

fn joiner() -> Joiner {
    Joiner::new(&Network {
        slug: "n".to_owned(),
        name: "Seudullinen verkosto".to_owned(),
        description: None,
        members: Vec::new(),
        accept: 5.0,
        doubt: 2.0,
        rules: Vec::new(),
        subjects: vec![
            subject("kertomus", &["toimintakertom*"], SubjectYear::Past),
            subject(
                "suunnitelma",
                &["toimintasuunnitel*", "vuosikello*"],
                SubjectYear::Coming,
            ),
            subject("sopimus", &["yhteistyösopim*"], SubjectYear::None),
        ],
    })
}

/// An item of the network: `key` names municipality and item, `on` is the day of its meeting.
fn item(uid: &str, on: &str, title: &str) -> ItemRecord {
    let (municipality, key) = uid.split_once('/').expect("a uid");
    let url = || "https://portal.example/".parse().expect("address");
    ItemRecord {
        uid: Uid::of(municipality, &ItemKey::new(key)),
        source: SourceId::new(municipality),
        source_name: municipality.to_owned(),
        source_feed: String::new(),
        municipality: municipality.to_owned(),
        municipality_code: "001".to_owned(),
        body: Some("Sivistyslautakunta".to_owned()),
        held_on: on.parse().ok(),
        title: title.to_owned(),
        stage: None,
        outcome: None,
        fields: Some(ItemReading::empty(Lang::Fi)),
        fields_before: None,
        handlings: Vec::new(),
        url: url(),
        version_no: 1,
        first_seen_at: Timestamp::UNIX_EPOCH,
        changed_at: Timestamp::UNIX_EPOCH,
        withdrawn_at: None,
        matches: vec![judged(Verdict::In, "rules")],
    }
}

fn judged(verdict: Verdict, decided_by: &str) -> MatchRecord {
    MatchRecord {
        network: "n".to_owned(),
        network_name: "N".to_owned(),
        verdict,
        score: 0.0,
        decided_by: decided_by.to_owned(),
        explanation: String::new(),
        evidence: Vec::new(),
    }
}

impl ItemRecord {
    fn reads(mut self, change: impl FnOnce(&mut ItemReading)) -> Self {
        change(self.fields.as_mut().expect("fields"));
        self
    }

    fn diary(self, number: &str) -> Self {
        self.reads(|fields| fields.diary_numbers = vec![number.to_owned()])
    }

    fn section(self, number: u32) -> Self {
        self.reads(|fields| fields.section_no = Some(number))
    }

    fn outside(mut self) -> Self {
        self.matches = vec![judged(Verdict::Out, "rules")];
        self
    }
}

fn joined(items: &[ItemRecord]) -> Vec<DossierPlan> {
    joiner().join(items, &[])
}

/// `slug: uid uid`, one line for each dossier.
fn told(plans: &[DossierPlan]) -> Vec<String> {
    let told = plans.iter().map(|plan| {
        let uids: Vec<_> = plan.items.iter().map(|item| item.uid.as_str()).collect();
        format!("{}: {}", plan.slug, uids.join(" "))
    });
    told.collect()
}

fn reason(plans: &[DossierPlan], uid: &str) -> (JoinMethod, String) {
    let items = plans.iter().flat_map(|plan| &plan.items);
    let found = items.into_iter().find(|item| item.uid.as_str() == uid);
    let found = found.expect("placed");
    (found.method, found.note.clone())
}

fn stored(plans: &[DossierPlan]) -> Vec<StoredDossier> {
    let stored = plans.iter().map(|plan| StoredDossier {
        slug: plan.slug.clone(),
        title: plan.title.clone(),
        subject: plan.subject.clone(),
        year: plan.year,
        items: plan.items.iter().map(|item| item.uid.clone()).collect(),
        ..StoredDossier::default()
    });
    stored.collect()
}

#[test]
fn one_subject_and_year_is_one_dossier_in_every_municipality() {
    let plans = joined(&[
        item(
            "a/1",
            "2024-03-14",
            "Verkoston toimintasuunnitelma ja vuosikello vuodelle 2024",
        ),
        item(
            "b/1",
            "2024-02-01",
            "Yhteistyöverkoston vuoden 2024 toimintasuunnitelma",
        ),
        item(
            "b/2",
            "2025-02-01",
            "Yhteistyöverkoston vuoden 2025 toimintasuunnitelma",
        ),
        item("c/1", "2023-12-01", "Vuosikello 2024–2025"),
    ]);
    assert_eq!(
        told(&plans),
        ["n-suunnitelma-2024: a/1 b/1 c/1", "n-suunnitelma-2025: b/2"]
    );
    assert_eq!(plans[0].title, "SUUNNITELMA 2024");
    assert_eq!(plans[0].predecessor, None);
    assert_eq!(plans[1].predecessor.as_deref(), Some("n-suunnitelma-2024"));
    let quoted = (JoinMethod::Title, "2024 toimintasuunnitelma".to_owned());
    assert_eq!(reason(&plans, "b/1"), quoted);
}

#[test]
fn years_of_dates_and_diary_numbers_are_no_years_of_the_matter() {
    let plans = joined(&[item(
        "a/1",
        "2026-02-14",
        "Toimintasuunnitelma 2026 (lautakunta 14.12.2025, 85/12.00.00/2024)",
    )]);
    assert_eq!(told(&plans), ["n-suunnitelma-2026: a/1"]);
}

#[test]
fn a_year_that_the_title_leaves_out_stands_in_the_text_or_an_attachment() {
    let attached = |title: &str| Attachment {
        number: None,
        title: title.to_owned(),
        url: "https://portal.example/1.pdf".parse().expect("address"),
    };
    let plans = joined(&[
        item("a/1", "2024-11-14", "Verkoston toimintasuunnitelma").reads(|f| {
            f.proposal = Some("Hyväksytään toimintasuunnitelma vuodelle 2024.".to_owned());
        }),
        item("b/1", "2024-11-14", "Verkoston toimintasuunnitelma")
            .reads(|f| f.attachments = vec![attached("Vuosikello 2024 (1)")]),
        item("c/1", "2024-11-14", "Verkoston toimintasuunnitelma"),
        item("d/1", "2024-03-14", "Verkoston toimintakertomus"),
    ]);
    assert_eq!(
        told(&plans),
        [
            "n-kertomus-2023: d/1",
            "n-suunnitelma-2024: a/1 b/1",
            "n-suunnitelma-2025: c/1"
        ]
    );
    assert_eq!(reason(&plans, "c/1").1, "toimintasuunnitelma · 2024-11-14");
}

#[test]
fn a_neutral_title_goes_by_the_proposal() {
    let plans = joined(&[
        item("a/1", "2026-02-14", "Seudullisen verkoston asia").reads(|f| {
            f.proposal = Some("Lautakunta hyväksyy toimintasuunnitelman vuodelle 2026.".to_owned());
        }),
    ]);
    assert_eq!(told(&plans), ["n-suunnitelma-2026: a/1"]);
    let quoted = "toimintasuunnitelman vuodelle 2026".to_owned();
    assert_eq!(reason(&plans, "a/1"), (JoinMethod::Text, quoted));
}

#[test]
fn a_title_with_two_subjects_stands_in_two_dossiers() {
    let expected = ["n-kertomus-2023: a/1", "n-suunnitelma-2024: a/1"];
    for title in [
        "Toimintakertomus 2023 ja toimintasuunnitelma 2024",
        "Vuoden 2024 toimintasuunnitelma ja vuoden 2023 toimintakertomus",
        "Toimintakertomus vuodelta 2023 sekä toimintasuunnitelma vuodelle 2024",
    ] {
        assert_eq!(
            told(&joined(&[item("a/1", "2024-02-01", title)])),
            expected,
            "{title}"
        );
    }
    let passing = "Yhteistyösopimuksen mukainen toimintasuunnitelma 2024";
    assert_eq!(
        told(&joined(&[item("a/1", "2024-02-01", passing)])),
        ["n-suunnitelma-2024: a/1"]
    );
}

#[test]
fn the_council_follows_the_board_by_diary_number_though_its_title_says_nothing() {
    let board = item("a/1", "2026-02-14", "Verkoston toimintasuunnitelma 2026").diary("7/2026");
    let council = item("a/2", "2026-03-01", "Määräraha")
        .diary("7/2026")
        .outside();
    let elsewhere = item("b/2", "2026-03-01", "Määräraha")
        .diary("7/2026")
        .outside();
    let plans = joined(&[board.clone(), council.clone(), elsewhere]);
    assert_eq!(told(&plans), ["n-suunnitelma-2026: a/1 a/2"]);
    assert_eq!(
        reason(&plans, "a/2"),
        (JoinMethod::Diary, "7/2026".to_owned())
    );
    // A number that many matters share ties nothing.
    let mut many: Vec<_> = (10..30)
        .map(|no| {
            item(&format!("a/{no}"), "2026-03-01", "Muu asia")
                .diary("7/2026")
                .outside()
        })
        .collect();
    many.push(board);
    assert_eq!(told(&joined(&many)), ["n-suunnitelma-2026: a/1"]);
}

#[test]
fn a_diary_number_of_many_years_does_not_join_years() {
    let plans = joined(&[
        item("a/1", "2024-02-14", "Toimintasuunnitelma 2024").diary("7/2019"),
        item("a/2", "2025-02-14", "Toimintasuunnitelma 2025").diary("7/2019"),
        item("a/3", "2025-03-14", "Lisäys")
            .diary("7/2019")
            .outside(),
    ]);
    assert_eq!(
        told(&plans),
        ["n-suunnitelma-2024: a/1", "n-suunnitelma-2025: a/2 a/3"]
    );
}

#[test]
fn a_reference_by_section_joins_what_it_names() {
    let board = item("a/1", "2025-12-04", "Toimintasuunnitelma 2026").section(303);
    let council = item("a/2", "2026-01-20", "Kehittämisen rahoitus")
        .reads(|f| f.background = Some("Asiaa on käsitelty aiemmin (KH 4.12. § 303).".to_owned()))
        .outside();
    let structured = ItemRecord {
        handlings: vec![Handling {
            body: Some("KH".to_owned()),
            held_on: "2025-12-04".parse().ok(),
            section_no: Some(303),
            ..Handling::default()
        }],
        ..item("a/3", "2026-02-20", "Rahoitus").outside()
    };
    let plans = joined(&[council, board, structured]);
    assert_eq!(told(&plans), ["n-suunnitelma-2026: a/1 a/2 a/3"]);
    assert_eq!(
        reason(&plans, "a/2"),
        (JoinMethod::Reference, "KH 4.12. § 303".to_owned())
    );
    assert_eq!(reason(&plans, "a/3").1, "KH 4.12.2025 § 303");
}

#[test]
fn what_is_not_yearly_is_joined_by_time() {
    let plans = joined(&[
        item("a/1", "2014-02-14", "Seudullinen yhteistyösopimus"),
        item("b/1", "2014-11-14", "Yhteistyösopimuksen hyväksyminen"),
        item("c/1", "2021-05-01", "Yhteistyösopimuksen päivittäminen"),
    ]);
    assert_eq!(
        told(&plans),
        ["n-sopimus-2014: a/1 b/1", "n-sopimus-2021: c/1"]
    );
    assert_eq!(plans[1].predecessor.as_deref(), Some("n-sopimus-2014"));
}

#[test]
fn items_of_no_subject_are_joined_by_titles_that_say_nearly_the_same() {
    let plans = joined(&[
        item(
            "a/1",
            "2026-02-14",
            "Seudullisen verkoston kehittämispäällikön palkkaaminen",
        ),
        item(
            "b/1",
            "2026-03-14",
            "Kehittämispäällikön palkkaaminen, verkosto",
        ),
        item(
            "c/1",
            "2026-03-14",
            "Verkoston ohjausryhmän jäsenen nimeäminen",
        ),
        item("d/1", "2020-03-14", "Kehittämispäällikön palkkaaminen"),
    ]);
    let together: Vec<Vec<&str>> = plans
        .iter()
        .map(|plan| plan.items.iter().map(|item| item.uid.as_str()).collect())
        .collect();
    assert!(together.contains(&vec!["a/1", "b/1"]), "{together:?}");
    assert_eq!(plans.len(), 3, "{together:?}");
    assert!(
        plans
            .iter()
            .all(|plan| plan.subject.is_none() && !plan.title.is_empty())
    );
}

#[test]
fn what_a_person_refused_is_in_no_dossier() {
    let mut refused = item("a/1", "2024-03-14", "Toimintasuunnitelma 2024").diary("1/2024");
    refused.matches = vec![judged(Verdict::Out, "human")];
    let other = item("a/2", "2024-03-15", "Toimintasuunnitelma 2024").diary("1/2024");
    assert_eq!(
        told(&joined(&[refused, other])),
        ["n-suunnitelma-2024: a/2"]
    );
}
