//! What was read, cleaned before anything is decided or stored; identity codes are reported as problems.

use std::borrow::Cow;

use super::{clean, code_in_text};
use crate::model::feed_item::ListedItem;
use crate::model::listing::ListReading;
use crate::model::minutes::{ItemReading, Reading};
use crate::model::problem::{Problem, ProblemKind};

/// Cleans the texts that it is shown, and remembers which held an identity code.
#[derive(Default)]
struct Cleaner {
    codes: Vec<&'static str>,
}

impl Cleaner {
    fn text(&mut self, name: &'static str, text: &mut String) {
        if code_in_text(text) && !self.codes.contains(&name) {
            self.codes.push(name);
        }
        if let Cow::Owned(cleaned) = clean(text) {
            *text = cleaned;
        }
    }

    fn optional(&mut self, name: &'static str, text: &mut Option<String>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// The report, if there is anything to report.
    fn problem(self) -> Option<Problem> {
        let detail = format!(
            "a personal identity code is published in {}; it is not stored: tell the publisher",
            self.codes.join(", ")
        );
        (!self.codes.is_empty()).then(|| Problem::new(ProblemKind::IdentityCode, detail))
    }
}

/// Cleans every text of a reading; identity codes make a problem.
#[must_use]
pub fn clean_reading(mut reading: Reading) -> Reading {
    let mut cleaner = Cleaner::default();
    item(&mut reading.item, &mut cleaner);
    for handling in &mut reading.handlings {
        for text in [
            &mut handling.body,
            &mut handling.proposal,
            &mut handling.decision,
            &mut handling.text,
        ] {
            cleaner.optional("handlings", text);
        }
    }
    for problem in &mut reading.problems {
        cleaner.text("problems", &mut problem.detail);
    }
    reading.problems.extend(cleaner.problem());
    reading
}

fn item(item: &mut ItemReading, cleaner: &mut Cleaner) {
    for (name, text) in [
        ("body", &mut item.body),
        ("title", &mut item.title),
        ("preparer", &mut item.preparer),
        ("presenter", &mut item.presenter),
        ("background", &mut item.background),
        ("proposal", &mut item.proposal),
        ("proceedings", &mut item.proceedings),
        ("votes", &mut item.votes),
        ("decision", &mut item.decision),
        ("dissent", &mut item.dissent),
        ("conflicts", &mut item.conflicts),
        ("competence", &mut item.competence),
        ("appeal_text", &mut item.appeal_text),
        ("notified", &mut item.notified),
    ] {
        cleaner.optional(name, text);
    }
    for number in &mut item.diary_numbers {
        cleaner.text("diary_numbers", number);
    }
    // An address cannot be cleaned and still lead there.
    let kept = |url: &url::Url| !code_in_text(url.as_str());
    let listed = item.attachments.len();
    item.attachments.retain(|attachment| kept(&attachment.url));
    if item.attachments.len() < listed {
        cleaner.codes.push("attachments");
    }
    for attachment in &mut item.attachments {
        cleaner.text("attachments", &mut attachment.title);
    }
    item.pdf_url.take_if(|url| !kept(url));
}

/// Cleans what a list says; entries whose key or address carries an identity code are left out.
#[must_use]
pub fn clean_listing(mut reading: ListReading) -> ListReading {
    let mut cleaner = Cleaner::default();
    let listed = reading.items.len();
    let kept =
        |item: &ListedItem| !code_in_text(item.url.as_str()) && !code_in_text(item.key.as_str());
    reading.items.retain(kept);
    if reading.items.len() < listed {
        cleaner.codes.push("the address of an item");
    }
    for item in &mut reading.items {
        cleaner.text("the title of an item", &mut item.title);
        cleaner.optional("the body of an item", &mut item.body);
        cleaner.optional("the text of an item", &mut item.text);
    }
    for meeting in reading.about.iter_mut().chain(&mut reading.meetings) {
        cleaner.optional("the place of a meeting", &mut meeting.place);
        cleaner.text("the body of a meeting", &mut meeting.body);
    }
    for problem in &mut reading.problems {
        cleaner.text("what could not be read", &mut problem.detail);
    }
    reading.problems.extend(cleaner.problem());
    reading
}
