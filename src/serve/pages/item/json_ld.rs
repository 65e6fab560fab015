//! An item for search engines: schema.org `Legislation` as JSON-LD.

use serde_json::{Map, Value, json};

use crate::model::item::ItemRecord;
use crate::publish::clean;

/// The data block of an item's page, ready to stand in a `script` element: no text in it can end that element.
pub(super) fn document(item: &ItemRecord, canonical: &str) -> String {
    let fields = item.fields.as_ref();
    let diary = fields.and_then(|fields| fields.diary_numbers.first());
    let mut about = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            about.insert(name.to_owned(), value);
        }
    };
    put("@context", Some(json!("https://schema.org")));
    put("@type", Some(json!("Legislation")));
    put("@id", Some(json!(canonical)));
    put("url", Some(json!(canonical)));
    put("name", Some(json!(clean::line(&item.title))));
    put("identifier", Some(json!(item.uid.as_str())));
    put(
        "legislationIdentifier",
        diary.map(|number| json!(clean::line(number))),
    );
    put(
        "legislationType",
        item.stage.map(|stage| json!(stage.word())),
    );
    put(
        "legislationDate",
        item.held_on.map(|day| json!(day.to_string())),
    );
    put(
        "legislationPassedBy",
        item.body
            .as_ref()
            .map(|body| json!({"@type": "GovernmentOrganization", "name": clean::line(body)})),
    );
    put(
        "legislationJurisdiction",
        Some(json!({"@type": "AdministrativeArea", "name": clean::line(&item.municipality)})),
    );
    put("inLanguage", fields.map(|fields| json!(fields.lang)));
    put("dateModified", Some(json!(item.changed_at.to_string())));
    put(
        "isBasedOn",
        clean::web_address(item.url.as_str()).map(Value::from),
    );
    // Inside `script` only `<` matters: it could begin the end tag or a comment.
    Value::Object(about).to_string().replace('<', "\\u003c")
}
