//! How sources are, in Finnish words for the front page, from `config/texts.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::health::{Severity, Trouble};

/// The texts; a faulty file leaves them empty, which a test forbids.
static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("../../config/texts.toml"))
        .map(|file| file.sources)
        .unwrap_or_default()
});

/// The part of the file that is read here.
#[derive(Debug, Default, Deserialize)]
struct File {
    sources: Texts,
}

/// Section `[sources]`, by the archive's words.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    health: BTreeMap<String, String>,
    finding: BTreeMap<String, String>,
}

/// How a source is, in a word or two.
pub(super) fn health(severity: Severity) -> &'static str {
    let text = TEXTS.health.get(severity.word());
    text.map_or(severity.word(), String::as_str)
}

/// What is wrong with a source, in a few words; how often or since when, in figures.
pub(super) fn finding(trouble: &Trouble) -> String {
    let text = TEXTS.finding.get(trouble.word());
    let text = text.map_or(trouble.word(), String::as_str);
    match count(trouble) {
        Some(count) => text.replace("{count}", &count.to_string()),
        None => text.to_owned(),
    }
}

/// The figure that says how bad it is.
fn count(trouble: &Trouble) -> Option<u32> {
    match trouble {
        Trouble::PollFails { failures, .. } => Some(*failures),
        Trouble::Silent { months, .. } => Some(*months),
        Trouble::FewItems { items, .. }
        | Trouble::Procedural { items, .. }
        | Trouble::AwaitingMinutes { items, .. } => Some(*items),
        Trouble::Drift { pages, .. } => Some(*pages),
        Trouble::IdentityCodes { places } => Some(*places),
        Trouble::Missing { sections, .. } => Some(*sections),
        Trouble::PagesFail { lists, pages, .. } => Some(lists.saturating_add(*pages)),
        Trouble::AttachmentsFull { skipped } => Some(*skipped),
        Trouble::Certificate { .. }
        | Trouble::Gone { .. }
        | Trouble::Moved { .. }
        | Trouble::Robots { .. }
        | Trouble::FillDropped { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::ids::Uid;
    use crate::model::poll::CertificateFault;

    fn one_of_each() -> Vec<Trouble> {
        let day = date(2026, 3, 1);
        vec![
            Trouble::PollFails {
                failures: 7,
                outcome: None,
                http_status: None,
                last_ok_on: None,
                error: String::new(),
            },
            Trouble::Certificate {
                fault: CertificateFault::Expired,
                last_ok_on: None,
            },
            Trouble::Gone { since: day },
            Trouble::Moved {
                url: String::new(),
                since: None,
                adopted: true,
            },
            Trouble::Robots { pages: 7 },
            Trouble::Silent {
                newest: None,
                months: 7,
            },
            Trouble::FewItems { items: 7, usual: 9 },
            Trouble::Procedural {
                items: 7,
                procedural: 7,
            },
            Trouble::FillDropped { drops: vec![] },
            Trouble::Drift {
                pages: 7,
                example: Uid::new("a/1"),
            },
            Trouble::IdentityCodes { places: 7 },
            Trouble::AwaitingMinutes {
                items: 7,
                oldest: day,
                title: String::new(),
            },
            Trouble::Missing {
                sections: 7,
                gaps: vec![],
            },
            Trouble::PagesFail {
                lists: 3,
                pages: 4,
                error: String::new(),
            },
            Trouble::AttachmentsFull { skipped: 7 },
        ]
    }

    #[test]
    fn everything_that_can_be_found_has_finnish_words_and_every_hole_is_filled() {
        let troubles = one_of_each();
        assert_eq!(troubles.len(), TEXTS.finding.len());
        for trouble in &troubles {
            let text = finding(trouble);
            assert_ne!(text, trouble.word());
            assert!(!text.contains('{'), "{text}");
            let hole = TEXTS.finding[trouble.word()].contains("{count}");
            assert_eq!(hole, text.contains('7'), "{text}");
        }
        for severity in Severity::ALL {
            assert_ne!(health(*severity), severity.word());
        }
    }
}
