//! Tests of the texts: every language has every text, with the same holes.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::*;
use crate::model::dossier::{MemberState, UnknownReason};
use crate::model::health::Severity;
use crate::model::minutes::{Outcome, Stage};
use crate::model::poll::PollOutcome;
use crate::publish::texts::texts;

/// Every text of a file by its path.
fn texts_of(language: PageLanguage) -> BTreeMap<String, String> {
    fn walk(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
        match value {
            Value::Table(table) => {
                for (key, value) in table {
                    walk(&format!("{path}.{key}"), value, into);
                }
            }
            Value::Array(list) => {
                for (at, value) in list.iter().enumerate() {
                    walk(&format!("{path}.{at}"), value, into);
                }
            }
            other @ (Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)) => {
                let text = other.as_str().expect("a text").to_owned();
                into.insert(path.to_owned(), text);
            }
        }
    }
    let value: Value = toml::from_str(file(language)).expect("TOML");
    let mut found = BTreeMap::new();
    walk("", &value, &mut found);
    found
}

fn holes(text: &str) -> BTreeSet<&str> {
    let opened = text.split('{').skip(1);
    opened
        .map(|rest| rest.split_once('}').expect("a closed hole").0)
        .collect()
}

#[test]
fn every_language_has_every_text_with_the_same_holes() {
    let [finnish, others @ ..] = PageLanguage::ALL.map(texts_of);
    assert!(finnish.len() > 50);
    for other in others {
        let paths: Vec<_> = finnish.keys().collect();
        assert_eq!(other.keys().collect::<Vec<_>>(), paths);
        for (path, text) in &finnish {
            let there = other.get(path).expect("compared above");
            assert_eq!(holes(there), holes(text), "{path}: {there}");
            assert!(
                !there.trim().is_empty() && !text.trim().is_empty(),
                "{path}"
            );
        }
    }
}

#[test]
fn every_word_of_the_archive_has_a_text() {
    for language in PageLanguage::ALL {
        let words = language.words();
        let has = |texts: &ByWord, word: &str| {
            assert!(!texts.of(word).as_str().is_empty(), "{language:?}: {word}");
        };
        for stage in Stage::ALL {
            has(&words.stage, stage.word());
        }
        for outcome in Outcome::ALL {
            has(&words.outcome, outcome.word());
        }
        for state in MemberState::ALL {
            has(&words.member_state, state.word());
        }
        for why in UnknownReason::ALL {
            has(&words.unknown_reason, why.word());
        }
        for kind in [
            "municipality",
            "body",
            "year",
            "stage",
            "outcome",
            "network",
        ] {
            has(&words.facet, kind);
        }
        for severity in Severity::ALL {
            has(&words.health, severity.word());
        }
        for outcome in PollOutcome::ALL
            .iter()
            .filter(|outcome| !outcome.is_success())
        {
            has(&words.poll, outcome.word());
        }
        for state in ["unpolled", "disabled", "no_answer"] {
            has(&words.poll, state);
        }
    }
}

#[test]
fn finnish_pages_and_feeds_say_the_same() {
    let words = PageLanguage::Finnish.words();
    for stage in Stage::ALL {
        assert_eq!(words.stage.of(stage.word()).as_str(), texts().stage(*stage));
    }
    for outcome in Outcome::ALL {
        let said = words.outcome.of(outcome.word()).as_str();
        assert_eq!(said, texts().outcome(*outcome));
    }
}

#[test]
fn holes_are_filled() {
    let phrase = Phrase("{a} ja {b}".to_owned());
    assert_eq!(phrase.with("a", 1).with("b", "{a}").as_str(), "1 ja {a}");
}
