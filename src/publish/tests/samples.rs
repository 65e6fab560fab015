//! Invented items: an agenda, its minutes, and items not read yet.

use jiff::civil::date;

use crate::model::ids::{ItemKey, SourceId, Uid};
use crate::model::item::{ItemRecord, MatchRecord};
use crate::model::minutes::{Attachment, ItemReading, Lang, Outcome, Stage};
use crate::model::network::{Evidence, Field, Verdict};

pub(super) fn unread() -> ItemRecord {
    ItemRecord {
        uid: Uid::of("Asikkala", &ItemKey::new("2024375-8")),
        source: SourceId::new("asikkala"),
        source_name: "Asikkala – Dynasty".into(),
        source_feed: "https://asikkala.example/cgi/DREQUEST.PHP?page=rss/meetingitems&show=30"
            .into(),
        municipality: "Asikkala".into(),
        municipality_code: "016".into(),
        body: Some("Sivistyslautakunta".into()),
        held_on: Some(date(2024, 3, 14)),
        title: "Seudullinen oppilashuolto".into(),
        stage: None,
        outcome: None,
        fields: None,
        fields_before: None,
        handlings: Vec::new(),
        url: "https://asikkala.example/cgi/DREQUEST.PHP?page=meetingitem&id=2024375-8"
            .parse()
            .expect("url"),
        version_no: 0,
        first_seen_at: "2024-03-08T10:00:00Z".parse().expect("instant"),
        changed_at: "2024-03-08T10:00:00Z".parse().expect("instant"),
        withdrawn_at: None,
        matches: Vec::new(),
    }
}

fn reading(stage: Stage) -> ItemReading {
    let sopimus: url::Url = "https://asikkala.example/liite.pdf".parse().expect("url");
    ItemReading {
        lang: Lang::Fi,
        stage: Some(stage),
        minutes_checked: None,
        body: Some("Sivistyslautakunta".into()),
        held_on: Some(date(2024, 3, 14)),
        position: Some(8),
        section_no: None,
        title: Some("Seudullinen oppilashuolto".into()),
        diary_numbers: vec!["12/2024".into()],
        preparer: None,
        presenter: None,
        background: Some("Taustaa.".into()),
        proposal: Some("Lautakunta päättää hyväksyä sopimuksen.\n\nToinen kappale.".into()),
        proceedings: None,
        votes: None,
        decision: None,
        outcome: None,
        dissent: None,
        conflicts: None,
        competence: None,
        appeal_kind: None,
        appeal_text: None,
        notified: None,
        attachments: vec![Attachment {
            number: Some("1".into()),
            title: "Sopimus".into(),
            url: sopimus,
        }],
        previous: None,
        next: None,
        pdf_url: Some("https://asikkala.example/kokous.pdf".parse().expect("url")),
    }
}

pub(super) fn agenda() -> ItemRecord {
    ItemRecord {
        stage: Some(Stage::Agenda),
        fields: Some(reading(Stage::Agenda)),
        version_no: 1,
        ..unread()
    }
}

pub(super) fn minutes() -> ItemRecord {
    let mut fields = reading(Stage::Minutes);
    fields.section_no = Some(39);
    fields.decision = Some("Lautakunta hyväksyi ehdotuksen.\n\nPykälä tarkastettiin.".into());
    fields.outcome = Some(Outcome::Accepted);
    let evidence = Evidence {
        rule: "yhteistyö".into(),
        field: Field::Decision,
        quote: "seudullinen yhteistyö".into(),
        weight: 2.0,
    };
    ItemRecord {
        stage: Some(Stage::Minutes),
        outcome: Some(Outcome::Accepted),
        fields: Some(fields),
        version_no: 2,
        changed_at: "2024-03-20T06:30:00Z".parse().expect("instant"),
        matches: vec![MatchRecord {
            network: "sivistys".into(),
            network_name: "Sivistysverkosto".into(),
            verdict: Verdict::In,
            score: 2.0,
            decided_by: "rules".into(),
            explanation: "Päätöksessä puhutaan seudullisesta yhteistyöstä.".into(),
            evidence: vec![evidence],
        }],
        ..unread()
    }
}

pub(super) fn with_text(text: &str) -> ItemRecord {
    let mut item = minutes();
    if let Some(fields) = &mut item.fields {
        fields.decision = Some(text.to_owned());
    }
    item
}
