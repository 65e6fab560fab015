//! The description of the interface against the server: every path, every answer, every word.

use std::collections::BTreeSet;

use serde_json::Value;
use seutu::model::document::DocumentStatus;
use seutu::model::dossier::{JoinMethod, MemberState, UnknownReason};
use seutu::model::health::Severity;
use seutu::model::ids::Uid;
use seutu::model::minutes::{AppealKind, Outcome, Stage};
use seutu::model::network::Field;
use seutu::model::takedown::{Gone, TakedownReason};
use seutu::serve::site::GoneItem;

use super::client::{Answer, Server, start};
use super::shelf::{Trouble, shelf};

const ADDRESSES: &str = include_str!("../../../src/serve/routes/api.rs");

async fn description(server: &Server) -> Value {
    let answer = server.get("/api/openapi.json", &[]).await;
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// What stands behind `$ref`, or the value itself.
fn resolved<'a>(whole: &'a Value, part: &'a Value) -> &'a Value {
    let Some(target) = part["$ref"].as_str() else {
        return part;
    };
    let target = target.strip_prefix('#').expect("here");
    whole
        .pointer(target)
        .unwrap_or_else(|| panic!("{target} is not described"))
}

/// The word JSON Schema has for the type of a value.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Faults of a value by its schema. A member that is not described is one: the description lags behind.
fn faults(whole: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let schema = resolved(whole, schema);
    if let Some(choices) = schema["anyOf"].as_array() {
        let tried = choices.iter().map(|one| faults(whole, one, value, at));
        return tried.min_by_key(Vec::len).unwrap_or_default();
    }
    let found = type_of(value);
    let allowed = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(single) => vec![single.as_str()],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![],
    };
    if !(allowed.contains(&found) || found == "integer" && allowed.contains(&"number")) {
        return vec![format!("{at} is {found}, not {allowed:?}")];
    }
    let mut all = vec![];
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        all.push(format!("{at} is {value}, none of {words:?}"));
    }
    if let Some(values) = value.as_array() {
        for one in values {
            all.extend(faults(whole, &schema["items"], one, &format!("{at}[]")));
        }
    }
    if let (Some(members), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    {
        for (name, member) in members {
            let at = format!("{at}.{name}");
            match properties.get(name) {
                Some(schema) => all.extend(faults(whole, schema, member, &at)),
                None => all.push(format!("{at} is not described")),
            }
        }
        let required = schema["required"].as_array().into_iter().flatten();
        let missing =
            required.filter(|name| !members.contains_key(name.as_str().unwrap_or_default()));
        all.extend(missing.map(|name| format!("{at}.{name} is missing")));
    }
    all
}

/// That an answer is as the operation describes it for its status.
fn fits(whole: &Value, operation: &Value, path: &str, answer: &Answer) {
    let described = &operation["responses"][answer.status.to_string()];
    assert!(
        described.is_object(),
        "{path}: {} is not described",
        answer.status
    );
    let described = resolved(whole, described);
    for (name, header) in described["headers"].as_object().into_iter().flatten() {
        let required = resolved(whole, header)["required"] == true;
        let there = answer.header(&name.to_lowercase()).is_some();
        assert!(
            there || !required,
            "{path}: {} without {name}",
            answer.status
        );
    }
    let Some(content) = described["content"].as_object() else {
        assert_eq!(answer.body.len(), 0, "{path}: {}", answer.status);
        return;
    };
    let kind = answer.header("content-type").expect("a type");
    let media = content
        .get(kind)
        .unwrap_or_else(|| panic!("{path}: {kind} is not described"));
    let text = answer.text();
    let (schema, values): (_, Vec<Value>) = if kind == "application/x-ndjson" {
        let lines = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line"));
        (&media["x-line-schema"], lines.collect())
    } else {
        (
            &media["schema"],
            vec![serde_json::from_str(&text).expect("JSON")],
        )
    };
    for value in &values {
        assert_eq!(
            faults(whole, schema, value, ""),
            Vec::<String>::new(),
            "{path}"
        );
    }
}

/// An address of that shape which is there.
fn a_place(path: &str) -> String {
    let slug = if path.ends_with("matrix") {
        "sivistys"
    } else {
        "sivistys-toimintasuunnitelma-2026"
    };
    let path = path.replace("{municipality}", "asikkala");
    path.replace("{key}", "2024000-1").replace("{slug}", slug)
}

#[tokio::test]
async fn every_path_answers_as_it_is_described() {
    let shelf = shelf(4);
    let uid = Uid::new("asikkala/2024002-1");
    let gone = GoneItem {
        gone: Gone::Erased,
        reason: TakedownReason::Legal,
        since: "2024-04-01T10:00:00Z".parse().expect("instant"),
    };
    shelf.gone.lock().expect("gone").push((uid, gone));
    let server = start(shelf.clone()).await;
    let whole = description(&server).await;
    for (path, methods) in whole["paths"].as_object().expect("paths") {
        let operation = &methods["get"];
        let there = a_place(path);
        let answer = server.get(&there, &[]).await;
        assert_eq!(answer.status, 200, "{there}");
        fits(&whole, operation, &there, &answer);
        let tag = answer.header("etag").expect("a tag").to_owned();
        let mut answers = vec![
            server.get(&there, &[("If-None-Match", &tag)]).await,
            server.get(&format!("{there}?nonsense=1"), &[]).await,
            server
                .get(&format!("{there}?{}", "x".repeat(5000)), &[])
                .await,
            server.request("POST", &there, &[]).await,
        ];
        if path.contains("{key}") {
            for key in ["2024002-1", "none"] {
                let other = there.replace("2024000-1", key);
                answers.push(server.get(&other, &[]).await);
            }
        }
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses[..4], [304, 400, 414, 405], "{there}");
        assert!(
            statuses[4..].is_empty() || statuses[4..] == [410, 404],
            "{there}"
        );
        for answer in &answers {
            fits(&whole, operation, &there, answer);
        }
    }
    *shelf.trouble.lock().expect("trouble") = Some(Trouble::Fault);
    let operation = &whole["paths"]["/api/items"]["get"];
    let answer = server.get("/api/items", &[]).await;
    assert_eq!(answer.status, 503);
    fits(&whole, operation, "/api/items", &answer);
}

#[tokio::test]
async fn every_address_of_the_interface_is_described() {
    let whole = description(&start(shelf(1)).await).await;
    let described: BTreeSet<&str> = whole["paths"]
        .as_object()
        .expect("paths")
        .keys()
        .map(String::as_str)
        .collect();
    let served: BTreeSet<String> = ADDRESSES
        .lines()
        .filter(|line| line.contains("document(Document::"))
        .filter_map(|line| line.split('"').nth(1))
        .map(|path| path.replace("{*uid}", "{municipality}/{key}"))
        .collect();
    assert!(served.len() > 5, "{served:?}");
    assert_eq!(described, served.iter().map(String::as_str).collect());
}

#[tokio::test]
async fn the_description_has_the_words_of_the_program_and_the_names_of_this_server() {
    fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
        all.iter().map(|one| word(*one)).collect()
    }
    let whole = description(&start(shelf(1)).await).await;
    for (name, expected) in [
        ("Stage", words(Stage::ALL, Stage::word)),
        ("Outcome", words(Outcome::ALL, Outcome::word)),
        ("AppealKind", words(AppealKind::ALL, AppealKind::word)),
        ("Field", words(&Field::ALL, Field::word)),
        (
            "DocumentStatus",
            words(DocumentStatus::ALL, DocumentStatus::word),
        ),
        ("Severity", words(Severity::ALL, Severity::word)),
        ("Gone", words(Gone::ALL, Gone::word)),
        ("Reason", words(TakedownReason::ALL, TakedownReason::word)),
        ("MemberState", words(MemberState::ALL, MemberState::word)),
        (
            "UnknownReason",
            words(UnknownReason::ALL, UnknownReason::word),
        ),
        ("JoinMethod", words(JoinMethod::ALL, JoinMethod::word)),
        ("Municipality", vec!["asikkala", "karkola"]),
        ("NetworkSlug", vec!["sivistys"]),
    ] {
        let schema = &whole["components"]["schemas"][name];
        assert_eq!(schema["enum"], serde_json::json!(expected), "{name}");
    }
    assert_eq!(whole["servers"][0]["url"], "https://seutu.example/julki");
    assert_eq!(whole["info"]["version"], env!("CARGO_PKG_VERSION"));
}
