//! The parameters of a request for programs: each known, none twice, none empty.

use url::form_urlencoded;

use crate::serve::filters::BadParameter;

use super::problem::Problem;

/// Longest query string, in bytes.
const LONGEST: usize = 4096;

/// Reads a query string. A misspelt filter that is passed over would give too much without a word, so that is an
/// error here, other than in feeds and on pages.
///
/// # Errors
///
/// The first parameter that is not as it should be.
pub fn read(query: &str, known: &[&'static str]) -> Result<Vec<(&'static str, String)>, Problem> {
    if query.len() > LONGEST {
        return Err(Problem::too_long(LONGEST));
    }
    let mut given: Vec<(&'static str, String)> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let Some(name) = known.iter().find(|known| **known == name) else {
            return Err(Problem::unknown_parameter(&name, known));
        };
        if value.trim().is_empty() {
            let allowed = "a value, or leave the parameter out";
            return Err(BadParameter::new(name, &value, allowed).into());
        }
        if given.iter().any(|(before, _)| before == name) {
            return Err(BadParameter::new(name, &value, "the parameter once").into());
        }
        given.push((name, value.into_owned()));
    }
    Ok(given)
}

/// A whole number.
///
/// # Errors
///
/// What is no number, or not in the range.
pub fn number(
    name: &'static str,
    value: &str,
    (from, to): (i64, i64),
) -> Result<i64, BadParameter> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value
        .parse()
        .ok()
        .filter(|number| digits && (from..=to).contains(number));
    number.ok_or_else(|| {
        BadParameter::new(name, value, format!("a whole number from {from} to {to}"))
    })
}
