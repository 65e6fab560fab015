//! What a page's reading means for the archive: nothing, other problems, or another version.

use jiff::{SignedDuration, Timestamp};

use crate::model::change::{NewVersion, PageChange, VersionKind};
use crate::model::digest::content_hash;
use crate::model::item::DuePage;
use crate::model::minutes::{Handling, ItemReading, Reading, Stage};
use crate::model::problem::{Problem, ProblemKind};

/// Checks in a row that may each bring another version before a page counts as restless.
pub const RESTLESS_LIMIT: u32 = 5;

/// Fields that lead to the neighbours on the agenda: they change when an item is added to the meeting,
/// which is no news about this one. They are stored with every version but make none.
const NAVIGATION: [&str; 2] = ["previous", "next"];

/// A restless page still gets one version in this time.
pub const RESTLESS_PAUSE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Decides what a reading changes. `parser` names the reader: `dynasty/1`.
///
/// Minutes are never overwritten by an agenda: a server that serves the older state again is a
/// fault of that server, and what was decided stays decided.
pub fn page(known: &DuePage, mut reading: Reading, parser: &str, now: Timestamp) -> PageChange {
    let Some(before) = &known.fields else {
        let changed = field_names(&reading);
        return version(VersionKind::First, reading, changed, parser);
    };
    let changed = changed_fields(before, &known.handlings, &reading);
    if changed.is_empty() {
        return PageChange::Reassessed(reading.problems);
    }
    match (before.stage, reading.item.stage) {
        (Some(Stage::Agenda) | None, Some(Stage::Minutes)) => {
            version(VersionKind::MinutesPublished, reading, changed, parser)
        }
        (Some(Stage::Minutes), Some(Stage::Agenda) | None) => {
            reading.problems.push(Problem::new(
                ProblemKind::Disagreement,
                "the page does not say minutes any more although its minutes were read before; they are kept",
            ));
            PageChange::Reassessed(reading.problems)
        }
        (Some(Stage::Agenda) | None, Some(Stage::Agenda) | None)
        | (Some(Stage::Minutes), Some(Stage::Minutes)) => {
            if is_restless(known, now) {
                reading.problems.push(Problem::new(
                    ProblemKind::Restless,
                    format!(
                        "the text differed at {RESTLESS_LIMIT} checks in a row or more ({}); one version a month is kept",
                        changed.join(", ")
                    ),
                ));
                PageChange::Reassessed(reading.problems)
            } else {
                version(VersionKind::Amended, reading, changed, parser)
            }
        }
    }
}

/// Whether a page has changed so often that another version would be noise.
fn is_restless(known: &DuePage, now: Timestamp) -> bool {
    // A change that is dated far ahead, by a clock that was, is not one of late.
    known.restless >= RESTLESS_LIMIT && now.duration_since(known.changed_at).abs() < RESTLESS_PAUSE
}

fn version(kind: VersionKind, reading: Reading, changed: Vec<String>, parser: &str) -> PageChange {
    let content_sha256 = content_hash(&reading.item, &reading.handlings);
    PageChange::Version(Box::new(NewVersion {
        kind,
        reading,
        changed_fields: changed,
        content_sha256,
        parser: parser.to_owned(),
    }))
}

/// Names of the fields that differ, in the order of [`ItemReading`], one that is not said any more at all
/// after them; `handlings` stands last. Navigation is not compared.
pub fn changed_fields(
    before: &ItemReading,
    handlings: &[Handling],
    reading: &Reading,
) -> Vec<String> {
    let (old, new) = (as_object(before), as_object(&reading.item));
    let mut changed: Vec<String> = new
        .iter()
        .filter(|(name, _)| !NAVIGATION.contains(&name.as_str()))
        .filter(|(name, value)| old.get(*name) != Some(*value))
        .map(|(n, _)| n.clone())
        .collect();
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    changed.extend(gone.filter(|n| !NAVIGATION.contains(&n.as_str())).cloned());
    if handlings != reading.handlings {
        changed.push("handlings".to_owned());
    }
    changed
}

/// Names of the fields that say anything, `handlings` last.
fn field_names(reading: &Reading) -> Vec<String> {
    let handlings = (!reading.handlings.is_empty()).then(|| "handlings".to_owned());
    as_object(&reading.item)
        .into_iter()
        .filter(|(_, value)| {
            !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty())
        })
        .map(|(name, _)| name)
        .chain(handlings)
        .collect()
}

fn as_object(item: &ItemReading) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(item) {
        Ok(serde_json::Value::Object(fields)) => fields,
        Ok(_) | Err(_) => serde_json::Map::new(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::feed_item::ListedItem;
    use crate::model::ids::{ItemKey, SourceId};
    use crate::model::minutes::Lang;

    pub fn now() -> Timestamp {
        "2026-11-22T08:00:00Z".parse().expect("instant")
    }

    pub fn reading(stage: Stage) -> Reading {
        let item = ItemReading {
            stage: Some(stage),
            body: Some("Sivistyslautakunta".to_owned()),
            held_on: Some(date(2026, 11, 10)),
            position: Some(3),
            title: Some("Toimintasuunnitelma".to_owned()),
            proposal: Some("Lautakunta hyväksyy suunnitelman.".to_owned()),
            decision: (stage == Stage::Minutes).then(|| "Hyväksyttiin.".to_owned()),
            ..ItemReading::empty(Lang::Fi)
        };
        Reading {
            item,
            handlings: vec![],
            problems: vec![],
        }
    }

    pub fn known_page() -> DuePage {
        let listed = ListedItem {
            key: ItemKey::new("1-3"),
            url: "https://a.example/1-3".parse().expect("url"),
            title: "Toimintasuunnitelma".to_owned(),
            body: Some("Sivistyslautakunta".to_owned()),
            held_on: Some(date(2026, 11, 10)),
            position: None,
            published: None,
            text: None,
            section_no: None,
        };
        DuePage::unread("a", &SourceId::new("a"), &listed, now())
    }

    fn known_as(stage: Stage) -> DuePage {
        DuePage {
            stage: Some(stage),
            version_no: 1,
            fields: Some(reading(stage).item),
            ..known_page()
        }
    }

    fn kind(change: &PageChange) -> Option<VersionKind> {
        match change {
            PageChange::Version(version) => Some(version.kind),
            PageChange::Unchanged | PageChange::Reassessed(_) => None,
        }
    }

    #[test]
    fn the_first_text_is_a_version_that_names_its_fields() {
        let change = page(&known_page(), reading(Stage::Agenda), "dynasty/1", now());
        let PageChange::Version(version) = change else {
            panic!("a version")
        };
        assert_eq!(version.kind, VersionKind::First);
        assert!(version.changed_fields.contains(&"proposal".to_owned()));
        assert!(!version.changed_fields.contains(&"decision".to_owned()));
    }

    #[test]
    fn an_agenda_that_becomes_minutes_names_what_changed() {
        let change = page(
            &known_as(Stage::Agenda),
            reading(Stage::Minutes),
            "dynasty/1",
            now(),
        );
        let PageChange::Version(version) = change else {
            panic!("a version")
        };
        assert_eq!(version.kind, VersionKind::MinutesPublished);
        assert_eq!(version.changed_fields, ["stage", "decision"]);
    }

    #[test]
    fn the_same_text_is_no_version() {
        let change = page(
            &known_as(Stage::Minutes),
            reading(Stage::Minutes),
            "dynasty/1",
            now(),
        );
        assert_eq!(change, PageChange::Reassessed(vec![]));
    }

    #[test]
    fn another_neighbour_on_the_agenda_is_no_version() {
        let mut other = reading(Stage::Agenda);
        other.item.previous = Some(ItemKey::new("1-2"));
        other.item.next = Some(ItemKey::new("1-4"));
        let hash = |reading: &Reading| content_hash(&reading.item, &[]);
        assert_eq!(hash(&other), hash(&reading(Stage::Agenda)));
        let change = page(&known_as(Stage::Agenda), other.clone(), "dynasty/1", now());
        assert_eq!(change, PageChange::Reassessed(vec![]));
        other.item.background = Some("Uusi selostus.".to_owned());
        let change = page(&known_as(Stage::Agenda), other, "dynasty/1", now());
        let PageChange::Version(version) = change else {
            panic!("a version")
        };
        assert_eq!(version.changed_fields, ["background"]);
        assert_eq!(version.reading.item.next, Some(ItemKey::new("1-4")));
    }

    #[test]
    fn minutes_are_not_overwritten_by_an_agenda() {
        let change = page(
            &known_as(Stage::Minutes),
            reading(Stage::Agenda),
            "dynasty/1",
            now(),
        );
        let PageChange::Reassessed(problems) = change else {
            panic!("kept")
        };
        assert_eq!(
            problems.first().map(|p| p.kind),
            Some(ProblemKind::Disagreement)
        );
    }

    #[test]
    fn a_restless_page_is_limited_but_not_forgotten() {
        let mut known = DuePage {
            restless: RESTLESS_LIMIT,
            ..known_as(Stage::Minutes)
        };
        let mut other = reading(Stage::Minutes);
        other.item.background = Some("12:31:07".to_owned());
        assert_eq!(kind(&page(&known, other.clone(), "dynasty/1", now())), None);
        known.changed_at = "2026-10-01T00:00:00Z".parse().expect("instant");
        assert_eq!(
            kind(&page(&known, other.clone(), "dynasty/1", now())),
            Some(VersionKind::Amended)
        );
        let agenda = DuePage {
            restless: 9,
            ..known_as(Stage::Agenda)
        };
        assert_eq!(
            kind(&page(&agenda, other, "dynasty/1", now())),
            Some(VersionKind::MinutesPublished)
        );
    }

    /// Every field with a value that [`reading`] does not have.
    fn fields_said() -> serde_json::Map<String, serde_json::Value> {
        let said = serde_json::json!({
            "lang": "sv", "stage": "minutes", "minutes_checked": true, "body": "Valtuusto",
            "held_on": "2026-11-17", "position": 4, "section_no": 41, "title": "Muu asia",
            "diary_numbers": ["85/12.00.00/2026"], "preparer": "sivistysjohtaja Tarmo Esimerkki",
            "presenter": "kunnanjohtaja Aino Malli", "background": "Selostus.", "proposal": "Hylätään.",
            "proceedings": "Keskusteltiin.", "votes": "4-3", "decision": "Hylättiin.", "outcome": "rejected",
            "dissent": "Eriävä.", "conflicts": "Esteellinen.", "competence": "Hallintosääntö 7 §",
            "appeal_kind": "rectification", "appeal_text": "Oikaisuvaatimus.", "notified": "Ote.",
            "attachments": [{"number": "1", "title": "Liite", "url": "https://a.example/1.pdf"}],
            "pdf_url": "https://a.example/1-3.pdf"
        });
        said.as_object().cloned().expect("an object")
    }

    #[test]
    fn every_field_is_named_when_it_comes_when_it_changes_and_when_it_goes() {
        let bare = as_object(&ItemReading::empty(Lang::Fi));
        let said = fields_said();
        let known: Vec<_> = bare
            .keys()
            .filter(|name| !NAVIGATION.contains(&name.as_str()))
            .collect();
        assert!(
            known.iter().all(|name| said.contains_key(*name)),
            "{known:?}"
        );
        let read = |fields: &serde_json::Map<String, serde_json::Value>| Reading {
            item: serde_json::from_value(fields.clone().into()).expect("fields"),
            handlings: vec![],
            problems: vec![],
        };
        for (name, value) in &said {
            let mut with = bare.clone();
            with.insert(name.clone(), value.clone());
            let (without, with) = (read(&bare), read(&with));
            let named = |before: &Reading, now| changed_fields(&before.item, &[], now);
            assert_eq!(named(&without, &with), [name.as_str()]);
            assert_eq!(named(&with, &without), [name.as_str()]);
            assert_eq!(named(&with, &with), [] as [&str; 0]);
        }
    }

    #[test]
    fn an_attachment_with_another_title_number_or_address_is_named() {
        let listed = |number: &str, title: &str, file: &str| {
            let mut reading = reading(Stage::Agenda);
            reading.item.attachments = vec![crate::model::minutes::Attachment {
                number: Some(number.to_owned()),
                title: title.to_owned(),
                url: format!("https://a.example/{file}").parse().expect("url"),
            }];
            reading
        };
        let before = listed("1", "Liite", "1.pdf");
        for after in [
            listed("2", "Liite", "1.pdf"),
            listed("1", "Kartta", "1.pdf"),
            listed("1", "Liite", "2.pdf"),
        ] {
            assert_eq!(changed_fields(&before.item, &[], &after), ["attachments"]);
        }
    }

    #[test]
    fn handlings_are_named_with_the_first_text_and_when_they_change() {
        let mut now_read = reading(Stage::Agenda);
        now_read.handlings = vec![Handling {
            section_no: Some(4),
            ..Handling::default()
        }];
        let PageChange::Version(first) = page(&known_page(), now_read.clone(), "dynasty/1", now())
        else {
            panic!("a version")
        };
        assert_eq!(
            first.changed_fields.last().map(String::as_str),
            Some("handlings")
        );
        assert_eq!(
            changed_fields(&now_read.item, &[], &now_read),
            ["handlings"]
        );
    }

    #[test]
    fn the_hash_covers_earlier_handlings() {
        let one = reading(Stage::Minutes);
        let handling = Handling {
            section_no: Some(4),
            ..Handling::default()
        };
        assert_ne!(
            content_hash(&one.item, &[]),
            content_hash(&one.item, &[handling])
        );
    }
}
