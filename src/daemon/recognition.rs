//! An item's texts, gathered for the rules that recognise a network.

use crate::model::minutes::{Handling, ItemReading};
use crate::model::network::{Field, RecognisedText};

/// What is known of an item beside its page.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Name of the municipality.
    pub municipality: &'a str,
    /// Title as the feed gives it.
    pub title: &'a str,
    /// Body as the feed gives it.
    pub body: Option<&'a str>,
}

/// Gathers the texts; what the page says goes before what the feed says.
pub fn text_of(
    listed: Listed<'_>,
    item: Option<&ItemReading>,
    handlings: &[Handling],
) -> RecognisedText {
    let mut fields = vec![];
    let mut add = |field, text: Option<&str>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            fields.push((field, text.to_owned()));
        }
    };
    add(
        Field::Title,
        item.and_then(|i| i.title.as_deref()).or(Some(listed.title)),
    );
    add(
        Field::Body,
        item.and_then(|i| i.body.as_deref()).or(listed.body),
    );
    if let Some(item) = item {
        add(Field::Background, item.background.as_deref());
        add(Field::Proposal, item.proposal.as_deref());
        add(Field::Proceedings, item.proceedings.as_deref());
        add(Field::Decision, item.decision.as_deref());
        for attachment in &item.attachments {
            add(Field::Attachment, Some(&attachment.title));
        }
    }
    for handling in handlings {
        for text in [&handling.text, &handling.proposal, &handling.decision] {
            add(Field::History, text.as_deref());
        }
    }
    RecognisedText {
        municipality: listed.municipality.to_owned(),
        stage: item.and_then(|i| i.stage),
        fields,
    }
}
