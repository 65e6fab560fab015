//! Labelled items: reading them, judging them, and counting how well they are told apart.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use seutu::config::Config;
use seutu::model::digest::sha256_hex;
use seutu::model::minutes::Stage;
use seutu::model::network::{Field, RecognisedText, Recognition, Verdict};
use seutu::recognise::Matcher;

#[derive(Debug, Deserialize)]
struct Cases {
    #[serde(default)]
    case: Vec<Case>,
}

/// One labelled item, as `fixtures/recognition/README.md` describes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub id: String,
    pub platform: String,
    pub class: String,
    pub level: Level,
    pub municipality: String,
    pub body: String,
    pub title: String,
    #[serde(default)]
    pub background: String,
    #[serde(default)]
    pub proposal: String,
    #[serde(default)]
    proceedings: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    pub attachments: Vec<String>,
    #[serde(default)]
    history: Vec<String>,
    pub label: Verdict,
    #[serde(default)]
    pub also: Vec<Verdict>,
    /// Why a coordinator would say so.
    #[serde(default)]
    pub why: String,
    /// Whether rules may be written with it in view.
    #[serde(skip)]
    pub part: Part,
    /// Whether it stands with the harder ones.
    #[serde(skip)]
    pub is_harder: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Title,
    Text,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    #[default]
    Tuned,
    HeldOut,
}

impl Case {
    pub fn text(&self) -> RecognisedText {
        let single = [
            (Field::Title, &self.title),
            (Field::Body, &self.body),
            (Field::Background, &self.background),
            (Field::Proposal, &self.proposal),
            (Field::Proceedings, &self.proceedings),
            (Field::Decision, &self.decision),
        ];
        let attachments = self
            .attachments
            .iter()
            .map(|name| (Field::Attachment, name));
        let history = self.history.iter().map(|text| (Field::History, text));
        let fields = single.into_iter().chain(attachments).chain(history);
        RecognisedText {
            municipality: self.municipality.clone(),
            stage: Some(Stage::Agenda),
            fields: fields
                .filter(|(_, text)| !text.is_empty())
                .map(|(field, text)| (field, text.clone()))
                .collect(),
        }
    }

    pub fn allows(&self, verdict: Verdict) -> bool {
        verdict == self.label || self.also.contains(&verdict)
    }
}

/// A labelled item with what the rules say.
#[derive(Clone, Debug)]
pub struct Judged {
    pub case: Case,
    pub found: Recognition,
}

/// A folder of the repository.
pub fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every labelled item of a folder of fixtures.
pub fn cases(path: &str) -> Vec<Case> {
    let mut files: Vec<_> = std::fs::read_dir(folder(path))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|file| file.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    files.iter().flat_map(|file| of_file(file)).collect()
}

fn of_file(file: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(file).expect("a file");
    let cases: Cases =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let is_seen = file.ends_with("seen.toml");
    let name = file.file_name().and_then(|name| name.to_str());
    let is_harder = name.is_some_and(|name| name.starts_with("harder_"));
    let with_part = |case: Case| {
        let low = sha256_hex(case.id.as_bytes()).starts_with(|digit| digit < '8');
        let part = if low && !is_seen {
            Part::HeldOut
        } else {
            Part::Tuned
        };
        Case {
            part,
            is_harder,
            ..case
        }
    };
    cases.case.into_iter().map(with_part).collect()
}

/// The items of a folder, judged by the only network of a configuration.
pub fn judged(config: &str, path: &str) -> Vec<Judged> {
    let text = std::fs::read_to_string(folder(config)).expect("the configuration");
    let config = Config::parse(config, &text, std::iter::empty()).expect("no fault");
    let matcher = Matcher::new(&config.networks);
    let judge = |case: Case| {
        let found = matcher.recognise(&case.text()).pop().expect("one network");
        Judged { case, found }
    };
    cases(path).into_iter().map(judge).collect()
}

/// Precision and recall as counts: of what is right, of what is shown, of what should be shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    found: u32,
    wrong: u32,
    missed: u32,
}

impl Counts {
    pub fn precision(self) -> f64 {
        f64::from(self.found) / f64::from(self.found + self.wrong)
    }

    pub fn recall(self) -> f64 {
        f64::from(self.found) / f64::from(self.found + self.missed)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            found,
            wrong,
            missed,
        } = self;
        write!(f, "{found} found, {wrong} wrong, {missed} missed")
    }
}

/// The two figures of a part, counted as `fixtures/recognition/README.md` says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub accepted: Counts,
    pub shown: Counts,
}

pub fn figures<'j>(judged: impl Iterator<Item = &'j Judged>) -> Figures {
    let mut figures = Figures::default();
    for Judged { case, found } in judged {
        let verdict = found.verdict;
        let belongs = case.label == Verdict::In;
        let accepted = &mut figures.accepted;
        match (verdict == Verdict::In, belongs) {
            (true, true) => accepted.found += 1,
            (false, true) => accepted.missed += 1,
            (true, false) => accepted.wrong += u32::from(!case.allows(Verdict::In)),
            (false, false) => {}
        }
        let to_be_shown = case.label != Verdict::Out;
        let shown = &mut figures.shown;
        match (verdict != Verdict::Out, to_be_shown) {
            (true, true) => shown.found += 1,
            (false, true) => shown.missed += u32::from(!case.allows(Verdict::Out)),
            (true, false) => shown.wrong += u32::from(!case.allows(verdict)),
            (false, false) => {}
        }
    }
    figures
}

/// The figures in four lines, for people.
pub fn report(judged: &[Judged], part: Part) -> String {
    let mut lines = String::new();
    for (name, only_titles) in [("title-level", true), ("all", false)] {
        let of_part = judged.iter().filter(|judged| {
            judged.case.part == part && (!only_titles || judged.case.level == Level::Title)
        });
        let items = of_part.clone().count();
        let Figures { accepted, shown } = figures(of_part);
        for (what, counts) in [("in", accepted), ("in+maybe", shown)] {
            let (precision, recall) = (counts.precision(), counts.recall());
            writeln!(
                lines,
                "{part:?}, {name} ({items} items), {what}: precision {precision:.3}, recall {recall:.3} ({counts})"
            )
            .expect("a line");
        }
    }
    lines + &report_of_classes(judged, part)
}

/// The counts of every class: of `in`, then of `in` and `maybe`.
fn report_of_classes(judged: &[Judged], part: Part) -> String {
    let of_part = || judged.iter().filter(|judged| judged.case.part == part);
    let mut classes: Vec<_> = of_part().map(|judged| &judged.case.class).collect();
    classes.sort();
    classes.dedup();
    let line = |class: &String| {
        let of_class = of_part().filter(|judged| judged.case.class == *class);
        let items = of_class.clone().count();
        let Figures { accepted, shown } = figures(of_class);
        format!("{part:?}, {class} ({items} items): {accepted}; {shown} with maybe\n")
    };
    classes.into_iter().map(line).collect()
}
