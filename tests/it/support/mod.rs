//! What several tests need: servers to talk to, an engine to poll with, archives as text, the program.

pub mod bucket;
pub mod contents;
pub mod cost;
pub mod left_out;
pub mod meetings;
pub mod mirror;
pub mod namespace;
pub mod office;
pub mod origin;
pub mod portal;
pub mod program;
mod reply;
pub mod rot;
pub mod secure;
pub mod workshop;

use serde_json::Value;

/// Fields that differ, named by their path.
pub fn differences(path: &str, expected: &Value, got: &Value, out: &mut Vec<String>) {
    match (expected, got) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let null = Value::Null;
                let (x, y) = (a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null));
                differences(&format!("{path}.{key}"), x, y, out);
            }
        }
        _ if expected == got => {}
        _ => out.push(format!(
            "{path}\n    expected {expected}\n    got      {got}"
        )),
    }
}
