//! JSON Feed before feed-rs: measured, and reduced to the fields that are read.
//!
//! feed-rs refuses a whole feed for one attachment without a type, a number as an id or a missing
//! title. Only the fields we read are handed on, so that a fault in any other cannot cost an entry.

use serde_json::{Map, Value};

use super::scan::Fit;
use super::tally::Tally;
use super::{FeedError, FeedLimits};

/// Texts of an item that are read.
const ITEM_TEXTS: [&str; 9] = [
    "id",
    "url",
    "external_url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "date_published",
    "date_modified",
];

/// The feed as JSON text that feed-rs accepts.
pub(super) fn prepare(
    text: &str,
    url: &str,
    limits: &FeedLimits,
    tally: &mut Tally,
) -> Result<Fit, FeedError> {
    measure(text, url, limits)?;
    let value: Value = serde_json::from_str(text).map_err(|cause| {
        if cause.is_eof() {
            FeedError::truncated(url, "the JSON object")
        } else {
            let cause = cause.to_string();
            FeedError::Malformed {
                url: url.to_owned(),
                position: 0,
                cause,
            }
        }
    })?;
    let (Some(version), Some(items)) = (text_of(&value, "version"), value.get("items")) else {
        return Err(FeedError::not_a_feed(
            url,
            "a JSON object without version and items",
        ));
    };
    let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
    let left_out = items.len().saturating_sub(limits.max_entries);
    let items: Vec<Value> = items
        .iter()
        .take(limits.max_entries)
        .filter_map(|item| prepared(item, tally))
        .collect();
    let mut feed = Map::new();
    feed.insert("version".to_owned(), Value::from(version));
    feed.insert(
        "title".to_owned(),
        Value::from(text_of(&value, "title").unwrap_or_default()),
    );
    feed.insert("items".to_owned(), Value::from(items));
    Ok(Fit {
        text: Value::from(feed).to_string(),
        left_out,
    })
}

fn prepared(item: &Value, tally: &mut Tally) -> Option<Value> {
    let Some(fields) = item.as_object() else {
        tally.repaired("item that is not an object left out", "");
        return None;
    };
    let mut kept = Map::new();
    for name in ITEM_TEXTS {
        match fields.get(name) {
            Some(Value::String(text)) => {
                kept.insert(name.to_owned(), Value::from(text.as_str()));
            }
            // Version 1.1 asks for a number to be read as the text of it.
            Some(Value::Number(number)) => {
                tally.repaired("number where a text belongs read as text", name);
                kept.insert(name.to_owned(), Value::from(number.to_string()));
            }
            Some(Value::Null) | None => {}
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                tally.repaired("field that is not a text left out", name);
            }
        }
    }
    if let Some(tags) = fields.get("tags").and_then(Value::as_array) {
        let tags: Vec<&str> = tags.iter().filter_map(Value::as_str).collect();
        kept.insert("tags".to_owned(), Value::from(tags));
    }
    Some(Value::from(kept))
}

fn text_of(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// Counts brackets and commas outside strings, before any parser that recurses or keeps every value
/// sees the text.
fn measure(text: &str, url: &str, limits: &FeedLimits) -> Result<(), FeedError> {
    let (mut depth, mut values) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for c in text.bytes() {
        match c {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => (depth, values) = (depth + 1, values + 1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        let url = || url.to_owned();
        if depth > limits.max_depth {
            let limit = limits.max_depth;
            return Err(FeedError::TooDeep { url: url(), limit });
        }
        if values > limits.max_values {
            let limit = limits.max_values;
            return Err(FeedError::TooManyParts { url: url(), limit });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepare_text(text: &str) -> Result<(String, usize), FeedError> {
        let mut tally = Tally::default();
        let json = prepare(text, "u", &FeedLimits::default(), &mut tally)?.text;
        Ok((json, tally.into_problems().len()))
    }

    #[test]
    fn a_fault_in_one_field_costs_that_field_only() {
        let (json, told) = prepare_text(
            r#"{"version":"https://jsonfeed.org/version/1.1","items":[7,
                {"id":12,"title":["x"],"tags":["a",1],"attachments":[{"url":"u"}]}]}"#,
        )
        .expect("a feed");
        assert_eq!(
            json,
            r#"{"version":"https://jsonfeed.org/version/1.1","title":"","items":[{"id":"12","tags":["a"]}]}"#
        );
        assert_eq!(told, 3);
    }

    fn measured(text: &str) -> Result<(), FeedError> {
        let limits = FeedLimits {
            max_values: 100,
            ..FeedLimits::default()
        };
        measure(text, "u", &limits)
    }

    #[test]
    fn nesting_is_counted_outside_strings() {
        let deep = measured(&"[".repeat(65));
        assert!(matches!(deep, Err(FeedError::TooDeep { limit: 64, .. })));
        let quoted = format!("\"{}\\\"{}\"", "[".repeat(99), "{".repeat(99));
        assert!(measured(&quoted).is_ok());
        assert!(matches!(
            prepare_text(&"[".repeat(100_000)),
            Err(FeedError::TooDeep { .. })
        ));
    }

    #[test]
    fn values_are_counted_outside_strings() {
        for many in ["1,".repeat(101), "{}".repeat(101), "[1],".repeat(51)] {
            let many = measured(&many);
            assert!(matches!(
                many,
                Err(FeedError::TooManyParts { limit: 100, .. })
            ));
        }
        assert!(measured(&format!("[\"{}\"]", ",".repeat(999))).is_ok());
    }

    #[test]
    fn other_json_and_half_a_feed_are_errors() {
        assert!(matches!(
            prepare_text("{\"ok\":true}"),
            Err(FeedError::NotAFeed { .. })
        ));
        assert!(matches!(
            prepare_text("{\"version\":"),
            Err(FeedError::Truncated { .. })
        ));
        assert!(matches!(
            prepare_text("{\"version\" 1}"),
            Err(FeedError::Malformed { .. })
        ));
    }
}
