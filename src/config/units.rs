//! Durations (`1h30m`) and sizes (`16MiB`) as people write them, and back.

use std::time::Duration;

/// Units of duration with their milliseconds, largest first.
const TIMES: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Units of size with their bytes, largest first.
const SIZES: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

/// Reads `20m`, `1h30m`, `500ms`, `2d`; the error is the cause, without the text.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("it is empty".to_owned());
    }
    let mut total: u64 = 0;
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let (number, unit, after) = number_and_unit(rest)?;
        let millis = factor(&TIMES, unit)?;
        if millis >= last {
            return Err("units stand from the largest to the smallest, each once".to_owned());
        }
        last = millis;
        total = number
            .checked_mul(millis)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(|| "it is too long".to_owned())?;
        rest = after;
    }
    Ok(Duration::from_millis(total))
}

/// Reads `16MiB`, `64kB`, `100B`; the error is the cause, without the text.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let (number, unit, after) = number_and_unit(text.trim())?;
    if !after.is_empty() {
        return Err(format!("`{after}` stands after the unit"));
    }
    number
        .checked_mul(factor(&SIZES, unit)?)
        .ok_or_else(|| "it is too large".to_owned())
}

/// The shortest text that reads back to the same duration.
pub(super) fn duration_text(value: Duration) -> String {
    let mut rest = u64::try_from(value.as_millis()).unwrap_or(u64::MAX);
    let mut out = String::new();
    for (unit, millis) in TIMES {
        let count = rest / millis;
        if count > 0 {
            out.extend([&count.to_string(), unit]);
            rest %= millis;
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

/// The text with the largest binary unit that divides the size.
pub(super) fn size_text(value: u64) -> String {
    let binary = SIZES.iter().filter(|(unit, _)| unit.ends_with("iB"));
    for (unit, bytes) in binary {
        if value >= *bytes && value.is_multiple_of(*bytes) {
            return format!("{}{unit}", value / bytes);
        }
    }
    format!("{value}B")
}

/// Splits `30m15s` into 30, `m` and `15s`.
fn number_and_unit(text: &str) -> Result<(u64, &str, &str), String> {
    let unit_at = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(unit_at);
    if digits.is_empty() {
        return Err(format!("a whole number is missing before `{rest}`"));
    }
    let number = digits
        .parse()
        .map_err(|error| format!("`{digits}`: {error}"))?;
    let rest = rest.trim_start();
    let end = rest
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, after) = rest.split_at(end);
    let unit = unit.trim_end();
    if unit.is_empty() {
        return Err(format!("`{digits}` has no unit"));
    }
    Ok((number, unit, after))
}

fn factor(units: &[(&str, u64)], unit: &str) -> Result<u64, String> {
    units
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, factor)| *factor)
        .ok_or_else(|| {
            let known: Vec<_> = units.iter().map(|(name, _)| *name).collect();
            format!("unknown unit `{unit}` (known: {})", known.join(", "))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print() {
        for (text, millis) in [
            ("20m", 1_200_000),
            ("1s", 1_000),
            ("0s", 0),
            ("500ms", 500),
            ("1h30m", 5_400_000),
            ("2d", 172_800_000),
            ("1s500ms", 1_500),
        ] {
            let value = duration(text).expect(text);
            assert_eq!(value, Duration::from_millis(millis), "{text}");
            assert_eq!(duration_text(value), text);
        }
        assert_eq!(duration("90m").map(duration_text), Ok("1h30m".to_owned()));
    }

    #[test]
    fn bad_durations_say_why() {
        for (text, cause) in [
            ("20", "no unit"),
            ("20 minutes", "unknown unit `minutes`"),
            ("m", "whole number is missing"),
            ("-1s", "whole number is missing"),
            ("1.5h", "unknown unit `.`"),
            ("30m1h", "largest to the smallest"),
            ("1m1m", "each once"),
            ("", "empty"),
            ("99999999999999999999d", "too large"),
            ("999999999999999999d", "too long"),
        ] {
            let error = duration(text).expect_err(text);
            assert!(error.contains(cause), "{text}: {error}");
        }
    }

    #[test]
    fn sizes_read_and_print() {
        for (text, bytes) in [("16MiB", 16 << 20), ("64KiB", 65_536), ("100B", 100)] {
            assert_eq!(size(text), Ok(bytes));
            assert_eq!(size_text(bytes), text);
        }
        assert_eq!(size("2 MB"), Ok(2_000_000));
        for bad in ["16", "16mib", "MiB", "1MiB2", "99999999999GiB", ""] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }
}
