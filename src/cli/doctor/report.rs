//! What the doctor says: facts by section, and findings with what to do.

use std::fmt::Write as _;

use serde::Serialize;

use super::masked::Mask;

/// One fact.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    section: &'static str,
    name: String,
    value: String,
}

/// Something that a person has to look at.
#[derive(Clone, Debug, Serialize)]
pub struct Complaint {
    what: String,
    remedy: String,
}

/// Everything that was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    facts: Vec<Fact>,
    findings: Vec<Complaint>,
    /// The configuration in force, as TOML.
    configuration: String,
}

impl Report {
    /// Notes a fact.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers hand over what they show"
    )]
    pub fn fact(&mut self, section: &'static str, name: &str, value: impl ToString) {
        self.facts.push(Fact {
            section,
            name: name.to_owned(),
            value: value.to_string(),
        });
    }

    /// Notes what a person has to look at.
    pub fn complain(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        self.findings.push(Complaint {
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    /// Notes the configuration in force.
    pub fn configured(&mut self, toml: String) {
        self.configuration = toml;
    }

    /// Whether nobody has to do anything.
    pub fn is_well(&self) -> bool {
        self.findings.is_empty()
    }

    /// The same without secrets.
    #[must_use]
    pub fn covered(self, mask: &Mask) -> Self {
        let facts = self.facts.into_iter().map(|fact| Fact {
            name: mask.cover(&fact.name),
            value: mask.cover(&fact.value),
            ..fact
        });
        let findings = self.findings.into_iter().map(|found| Complaint {
            what: mask.cover(&found.what),
            remedy: mask.cover(&found.remedy),
        });
        Self {
            facts: facts.collect(),
            findings: findings.collect(),
            configuration: mask.cover(&self.configuration),
        }
    }

    /// For people: findings first.
    pub fn text(&self) -> String {
        let mut text = if self.is_well() {
            "nothing needs a person\n".to_owned()
        } else {
            format!("needs a person: {}\n", self.findings.len())
        };
        for found in &self.findings {
            text.extend(["- ", &found.what, "\n  what to do: ", &found.remedy, "\n"]);
        }
        let mut section = "";
        for fact in &self.facts {
            if fact.section != section {
                section = fact.section;
                text.extend(["\n", section, "\n"]);
            }
            let value = fact.value.replace('\n', "\n    ");
            if writeln!(text, "  {}: {value}", fact.name).is_err() {}
        }
        text.extend(["\nconfiguration in force\n", &self.configuration]);
        // A terminal does what control characters say.
        text.replace(|c: char| c.is_control() && c != '\n', " ")
    }
}
