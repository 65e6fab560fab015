//! What is wrong with a source, in a few words of the page's language.

use crate::model::health::Trouble;

use super::words::Words;

/// What is wrong with a source, in a few words; how often or since when, in figures.
pub fn finding(words: &Words, trouble: &Trouble) -> String {
    let text = words.finding.of(trouble.word());
    match count(trouble) {
        Some(count) => text.with("count", count).to_string(),
        None => text.to_string(),
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

    use super::super::language::PageLanguage;
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
    fn everything_that_can_be_found_has_words_and_every_hole_is_filled() {
        for language in PageLanguage::ALL {
            let words = language.words();
            for trouble in one_of_each() {
                let text = finding(words, &trouble);
                assert!(!text.is_empty() && !text.contains('{'), "{text}");
                let hole = words
                    .finding
                    .of(trouble.word())
                    .as_str()
                    .contains("{count}");
                assert_eq!(hole, text.contains('7'), "{text}");
            }
        }
    }
}
