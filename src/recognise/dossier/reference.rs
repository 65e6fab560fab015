//! References to other handlings as texts print them: body, day and section number.

/// A handling that a text refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) day: i8,
    pub(super) month: i8,
    /// The year, where it is printed.
    pub(super) year: Option<i16>,
    pub(super) section: u32,
    /// As printed, in one line.
    pub(super) quote: String,
}

/// The sign of a section.
const SIGN: char = '§';

/// Every reference of a text: the day before the sign or after the number, the number after the sign.
pub(super) fn references(text: &str) -> Vec<Reference> {
    let signs = text.char_indices().filter(|(_, c)| *c == SIGN);
    let found = signs.filter_map(|(at, sign)| {
        let before = text.get(..at)?.trim_end_matches(is_between);
        let after = text.get(at + sign.len_utf8()..)?.trim_start();
        let digits = leading(after, |c| c.is_ascii_digit());
        let section: u32 = digits.parse().ok()?;
        let rest = after.get(digits.len()..)?.trim_start_matches(is_between);
        let is_date = |c: char| c.is_ascii_digit() || c == '.';
        let printed = trailing(before, is_date);
        let (date, head) = if let Some(date) = date(printed) {
            let head = before.get(..before.len() - printed.len())?;
            let body = last_word(head);
            (date, format!("{body} {printed} {SIGN} {digits}"))
        } else {
            let printed = leading(rest, is_date);
            (date(printed)?, format!("{SIGN} {digits}, {printed}"))
        };
        let (day, month, year) = date;
        Some(Reference {
            day,
            month,
            year,
            section,
            quote: head.trim().to_owned(),
        })
    });
    found.collect()
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ':' | '/' | '(')
}

fn leading(text: &str, is_part: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn trailing(text: &str, is_part: impl Fn(char) -> bool) -> &str {
    text.get(text.trim_end_matches(is_part).len()..)
        .unwrap_or_default()
}

/// The word before a date: the body, mostly abbreviated.
fn last_word(text: &str) -> &str {
    let word = text.split_whitespace().next_back().unwrap_or_default();
    word.trim_start_matches(|c: char| !c.is_alphanumeric())
}

/// `4.12.` or `4.12.2025`.
fn date(printed: &str) -> Option<(i8, i8, Option<i16>)> {
    let mut parts = printed.split('.');
    let day: i8 = parts.next()?.parse().ok()?;
    let month: i8 = parts.next()?.parse().ok()?;
    let year = match parts.next()? {
        "" => None,
        year => Some(
            year.parse()
                .ok()
                .filter(|year| (1900..=2200).contains(year))?,
        ),
    };
    ((1..=31).contains(&day) && (1..=12).contains(&month)).then_some((day, month, year))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(i8, i8, Option<i16>, u32, String)> {
        let found = references(text).into_iter();
        found
            .map(|r| (r.day, r.month, r.year, r.section, r.quote))
            .collect()
    }

    #[test]
    fn a_reference_has_a_day_and_a_section_in_either_order() {
        assert_eq!(
            found("Asia on käsitelty (KH 4.12. § 303)."),
            [(4, 12, None, 303, "KH 4.12. § 303".to_owned())]
        );
        assert_eq!(
            found("KASOPLTK 14.03.2024 § 39"),
            [(14, 3, Some(2024), 39, "KASOPLTK 14.03.2024 § 39".to_owned())]
        );
        assert_eq!(
            found("lautakunnan päätös § 12, 5.2.2026 mukaisesti"),
            [(5, 2, Some(2026), 12, "§ 12, 5.2.2026".to_owned())]
        );
    }

    #[test]
    fn sections_of_laws_are_no_references() {
        for text in [
            "kuntalain 90 §:n mukaan",
            "§ 12",
            "hallintosäännön § 20 mukaan",
            "§",
            "32.13.2025 § 4",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
