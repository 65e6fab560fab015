//! The platform-independent reading of minutes: blocks, handlings, labelled sections, outcome.

mod head;
mod history;
mod label;
mod line;
mod mark;
mod outcome;
mod parts;
mod person;
mod sections;
mod split;
mod unheaded;

use crate::model::minutes::{AppealKind, Handling, ItemReading, Lang, Reading, Stage};
use crate::model::page::{Arrangement, PageHeader, PageReading};
use crate::model::problem::{Problem, ProblemKind};
use crate::vocab::{Role, Vocabulary};

pub use person::{mails, names_in_person_lines, telephones};

use head::Head;
use line::{Line, render};
use sections::Sections;
use split::{Segment, Split};

/// Reads everything that a page says of its item. Never fails: what could not be read is a problem.
pub fn read(page: PageReading, vocab: &Vocabulary) -> Reading {
    let lines: Vec<Line> = page
        .blocks
        .iter()
        .map(Line::of)
        .filter(|line| !line.is_blank())
        .collect();
    let empty = lines.is_empty();
    let (lines, unheaded) = match page.arrangement {
        Arrangement::Headed => (lines, Vec::new()),
        Arrangement::Unheaded => unheaded::take(&lines, &page.header, vocab),
    };
    let mut split = split::split(lines, &page.header, vocab);
    split.earlier.splice(0..0, unheaded);
    let header = completed(&page.header, &split);
    let mut head = head::read(&split, page.title.clone(), &header, vocab);
    let body = split.current.get(head.length..).unwrap_or_default();
    let sections = sections::gather(body, vocab);
    if head.diary_numbers.is_empty() && sections.diary_numbers.is_empty() {
        head.diary_numbers = number_of_earlier(&split.earlier, vocab);
    }
    // A page without a header: only minutes have a decision, and without one nothing says what it is.
    let decided = !sections.of(Role::Decision).is_empty();
    let stage = header
        .stage
        .or(decided.then_some(Stage::Minutes))
        .or_else(|| stage_without_decision(&page, &sections));
    let handlings: Vec<Handling> = split
        .earlier
        .iter()
        .filter_map(|segment| earlier(segment, vocab))
        .collect();
    let item = item(
        &page,
        &Parts {
            header: &header,
            stage,
            head,
            sections: &sections,
        },
        vocab,
    );
    let mut problems = page.problems;
    problems.extend(found_problems(
        &item,
        &Facts {
            empty,
            unclear: split.unclear,
            sections: &sections,
        },
    ));
    Reading {
        item,
        handlings,
        problems,
    }
}

/// What a page is that has labels, but no decision: told only where the platform writes the labels.
fn stage_without_decision(page: &PageReading, sections: &Sections) -> Option<Stage> {
    let proposed = !sections.of(Role::Proposal).is_empty();
    (page.arrangement == Arrangement::Unheaded && proposed).then_some(Stage::Agenda)
}

/// The number of the matter where only an earlier handling prints it; the nearest one counts.
fn number_of_earlier(earlier: &[Segment], vocab: &Vocabulary) -> Vec<String> {
    earlier
        .iter()
        .map(|segment| head::numbers(&segment.lines, vocab).0)
        .find(|numbers| !numbers.is_empty())
        .unwrap_or_default()
}

/// The page header, with what only the handling's own header says where a page has none.
fn completed(header: &PageHeader, split: &Split) -> PageHeader {
    let mut header = header.clone();
    if header.stage.is_none()
        && let Some(mark) = &split.mark
    {
        header.body = header.body.or_else(|| mark.body.clone());
        header.held_on = header.held_on.or(mark.date);
        header.number = header.number.or(mark.section);
    }
    header
}

/// What an item is put together from.
struct Parts<'a> {
    header: &'a PageHeader,
    stage: Option<Stage>,
    head: Head,
    sections: &'a Sections,
}

fn item(page: &PageReading, parts: &Parts<'_>, vocab: &Vocabulary) -> ItemReading {
    let sections = parts.sections;
    let text = |role| render(sections.of(role));
    // Proposals, decisions and instructions stay as printed: what they name is the authority's own.
    let told = |role| render(&person::contactless(sections.of(role), vocab));
    let decision = text(Role::Decision).filter(|_| parts.stage == Some(Stage::Minutes));
    let proceedings = told(Role::Proceedings);
    let mut diary_numbers = parts.head.diary_numbers.clone();
    diary_numbers.extend(
        sections
            .diary_numbers
            .iter()
            .filter(|n| !parts.head.diary_numbers.contains(n))
            .cloned(),
    );
    let (appeal_kind, appeal_text) = appeal(sections, vocab);
    ItemReading {
        lang: parts.header.lang.unwrap_or(Lang::Fi),
        stage: parts.stage,
        minutes_checked: parts
            .header
            .checked
            .filter(|_| parts.stage == Some(Stage::Minutes)),
        body: parts.header.body.clone(),
        held_on: parts.header.held_on,
        position: page.position.or(parts
            .header
            .number
            .filter(|_| parts.header.stage == Some(Stage::Agenda))),
        section_no: parts
            .header
            .number
            .filter(|_| parts.stage == Some(Stage::Minutes)),
        title: parts.head.title.clone(),
        diary_numbers,
        preparer: person::persons(sections.of(Role::Preparer), vocab)
            .or_else(|| person::persons(sections.of(Role::Contact), vocab)),
        presenter: person::persons(sections.of(Role::Presenter), vocab)
            .or_else(|| sections.label_presenter.clone()),
        background: told(Role::Background),
        proposal: text(Role::Proposal),
        votes: votes(sections, vocab),
        proceedings,
        outcome: decision
            .as_deref()
            .and_then(|decision| outcome::of(decision, vocab)),
        decision,
        dissent: text(Role::Dissent),
        conflicts: text(Role::Conflicts),
        competence: text(Role::Competence),
        appeal_kind,
        appeal_text,
        notified: told(Role::Notified),
        attachments: page.attachments.clone(),
        previous: page.previous.clone(),
        next: page.next.clone(),
        pdf_url: page.pdf_url.clone(),
    }
}

/// Votes under their own label, else the lines of the proceedings (or of the decision) that tell of one.
fn votes(sections: &Sections, vocab: &Vocabulary) -> Option<String> {
    render(sections.of(Role::Votes))
        .or_else(|| render(&outcome::vote_lines(sections.of(Role::Proceedings), vocab)))
        .or_else(|| render(&outcome::vote_lines(sections.of(Role::Decision), vocab)))
}

/// The kind of appeal is told by the text under the label, or by the label's own words.
fn appeal(sections: &Sections, vocab: &Vocabulary) -> (Option<AppealKind>, Option<String>) {
    let text = render(sections.of(Role::Appeal));
    let words = sections.appeal_words.join(" ");
    let kind_in = |text: &str| {
        let text = text.to_lowercase();
        vocab
            .appeals()
            .kinds()
            .into_iter()
            .find(|(_, words)| words.iter().any(|word| text.contains(word.as_str())))
            .map(|(kind, _)| kind)
    };
    let kind = text
        .as_deref()
        .and_then(kind_in)
        .or_else(|| kind_in(&words));
    (kind.or(text.is_some().then_some(AppealKind::Other)), text)
}

/// An earlier handling; one that says nothing at all is none.
fn earlier(segment: &Segment, vocab: &Vocabulary) -> Option<Handling> {
    let mark = segment.mark.clone().unwrap_or_default();
    let (_, lines) = head::numbers(&segment.lines, vocab);
    let sections = sections::gather(lines, vocab);
    let decision = render(sections.of(Role::Decision));
    let handling = Handling {
        body: mark.body,
        held_on: mark.date,
        section_no: mark.section,
        proposal: render(sections.of(Role::Proposal)),
        outcome: decision
            .as_deref()
            .and_then(|decision| outcome::of(decision, vocab)),
        decision,
        text: render(&person::contactless(&sections.rest, vocab)),
    };
    (handling != Handling::default()).then_some(handling)
}

/// What the problems of a reading are judged by.
struct Facts<'a> {
    empty: bool,
    unclear: bool,
    sections: &'a Sections,
}

fn found_problems(item: &ItemReading, facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut add = |kind, detail: String| problems.push(Problem::new(kind, detail));
    if facts.empty {
        add(
            ProblemKind::NoText,
            "the page has no text beside its frame".to_owned(),
        );
        return problems;
    }
    let missing: Vec<&str> = [
        ("body", item.body.is_none()),
        ("date", item.held_on.is_none()),
        (
            "section number",
            item.stage == Some(Stage::Minutes) && item.section_no.is_none(),
        ),
    ]
    .into_iter()
    .filter_map(|(name, missing)| missing.then_some(name))
    .collect();
    if !missing.is_empty() {
        add(
            ProblemKind::MissingHeader,
            format!("the page gives no {}", missing.join(", no ")),
        );
    }
    if facts.unclear {
        add(
            ProblemKind::NoCurrentHandling,
            "no handling on the page has the page header's date and section; the last was taken"
                .to_owned(),
        );
    }
    if item.stage == Some(Stage::Minutes) && item.decision.is_none() {
        let detail = "the minutes have no decision";
        add(ProblemKind::NoDecision, detail.to_owned());
    }
    if item.stage == Some(Stage::Minutes) && !facts.sections.labelled {
        add(
            ProblemKind::UnknownShape,
            "no section label was found on the page".to_owned(),
        );
    }
    problems
}
