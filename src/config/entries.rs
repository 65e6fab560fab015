//! The entries that stand in lists: municipalities, sources, networks and rules, key by key.

use std::time::Duration;

use url::Url;

use super::PollSettings;
use super::keys::Keys;
use crate::model::file_kind::FileKind;
use crate::model::ids::SourceId;
use crate::model::network::{Network, Rule, Subject, SubjectYear};
use crate::model::source::{AuthorityKind, Municipality, PdfText, PlatformKind, Publishes, Source};

/// How many entries a feed is asked for where the source does not say: three times the portals' own 30,
/// so that a busy week of meetings fits.
const SHOW: u32 = 100;

/// How near words of a rule must stand where the rule does not say.
const WITHIN: usize = 8;

/// An entry without any key, to be filled by its keys.
pub(super) fn no_municipality() -> Municipality {
    Municipality {
        name: String::new(),
        code: String::new(),
        kind: AuthorityKind::Municipality,
        name_sv: None,
        region: None,
    }
}

/// The keys of a `[[municipality]]`.
pub(super) fn municipality_keys(entry: &mut Municipality, keys: &mut impl Keys) {
    keys.required("name", &mut entry.name);
    keys.required("code", &mut entry.code);
    keys.optional("kind", &mut entry.kind);
    keys.optional("name_sv", &mut entry.name_sv);
    keys.optional("region", &mut entry.region);
}

/// A `[[source]]` as it stands in the file.
#[derive(Clone, Debug)]
pub(super) struct SourceEntry {
    pub(super) id: String,
    pub(super) municipality: String,
    pub(super) platform: Option<PlatformKind>,
    pub(super) url: Option<Url>,
    pub(super) interval: Option<Duration>,
    pub(super) enabled: bool,
    pub(super) key_prefix: String,
    pub(super) show: u32,
    pub(super) publishes: Publishes,
    pub(super) permission: String,
    pub(super) pdf: Vec<PdfText>,
    pub(super) attachments: Option<Vec<FileKind>>,
    pub(super) successor_of: String,
}

impl Default for SourceEntry {
    fn default() -> Self {
        Self {
            id: String::new(),
            municipality: String::new(),
            platform: None,
            url: None,
            interval: None,
            enabled: true,
            key_prefix: String::new(),
            show: SHOW,
            publishes: Publishes::default(),
            permission: String::new(),
            pdf: Vec::new(),
            attachments: None,
            successor_of: String::new(),
        }
    }
}

impl SourceEntry {
    /// A source as it would be written into a file with these settings: what follows from them is left to them.
    pub(super) fn of(source: &Source, poll: &PollSettings) -> Self {
        let usual = with_pdf(&poll.attachments, &source.pdf);
        Self {
            id: source.id.as_str().to_owned(),
            municipality: source.municipality.clone(),
            platform: Some(source.platform),
            url: Some(source.url.clone()),
            interval: Some(source.interval).filter(|own| *own != poll.interval),
            enabled: source.enabled,
            key_prefix: source.key_prefix.clone(),
            show: source.show,
            publishes: source.publishes,
            permission: source.permission.clone().unwrap_or_default(),
            pdf: source.pdf.clone(),
            attachments: Some(source.attachments.clone()).filter(|own| *own != usual),
            successor_of: source
                .successor_of
                .as_ref()
                .map(|old| old.as_str().to_owned())
                .unwrap_or_default(),
        }
    }

    /// The keys of a `[[source]]`.
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        let second = Duration::from_secs(1);
        keys.required("id", &mut self.id);
        keys.required("municipality", &mut self.municipality);
        keys.required("platform", &mut self.platform);
        keys.required("url", &mut self.url);
        keys.bounded(
            "interval",
            &mut self.interval,
            Some(second)..=Some(30 * 86_400 * second),
        );
        keys.optional("enabled", &mut self.enabled);
        keys.optional("key_prefix", &mut self.key_prefix);
        keys.bounded("show", &mut self.show, 1..=1000);
        keys.optional("publishes", &mut self.publishes);
        keys.optional("permission", &mut self.permission);
        keys.optional("pdf", &mut self.pdf);
        keys.optional("attachments", &mut self.attachments);
        keys.optional("successor_of", &mut self.successor_of);
    }

    /// The source with its default filled in; `None` where a required key was faulty.
    pub(super) fn into_source(self, poll: &PollSettings) -> Option<Source> {
        let attachments = self.attachments.as_ref().unwrap_or(&poll.attachments);
        let attachments = with_pdf(attachments, &self.pdf);
        Some(Source {
            id: SourceId::new(self.id),
            municipality: self.municipality,
            platform: self.platform?,
            url: self.url?,
            interval: self.interval.unwrap_or(poll.interval),
            enabled: self.enabled,
            key_prefix: self.key_prefix,
            show: self.show,
            publishes: self.publishes,
            permission: Some(self.permission).filter(|who| !who.trim().is_empty()),
            pdf: self.pdf,
            attachments,
            successor_of: Some(self.successor_of)
                .filter(|old| !old.is_empty())
                .map(SourceId::new),
        })
    }
}

/// Kinds of attachments with PDF among them where the text of PDFs is asked for.
fn with_pdf(kinds: &[FileKind], pdf: &[PdfText]) -> Vec<FileKind> {
    let mut kinds = kinds.to_vec();
    if pdf.contains(&PdfText::Attachments) {
        kinds.push(FileKind::Pdf);
    }
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// An entry without any key, to be filled by its keys.
pub(super) fn no_network() -> Network {
    Network {
        slug: String::new(),
        name: String::new(),
        description: None,
        members: Vec::new(),
        accept: 6.0,
        doubt: 3.0,
        rules: Vec::new(),
        subjects: Vec::new(),
    }
}

/// The keys of a `[[network]]`, its rules and subjects excepted.
pub(super) fn network_keys(entry: &mut Network, keys: &mut impl Keys) {
    keys.required("slug", &mut entry.slug);
    keys.required("name", &mut entry.name);
    keys.optional("description", &mut entry.description);
    keys.required("members", &mut entry.members);
    keys.optional("accept", &mut entry.accept);
    keys.optional("doubt", &mut entry.doubt);
}

/// An entry without any key, to be filled by its keys.
pub(super) fn no_rule() -> Rule {
    Rule {
        name: String::new(),
        fields: Vec::new(),
        words: Vec::new(),
        near: Vec::new(),
        within: WITHIN,
        unless: Vec::new(),
        needs: Vec::new(),
        weight: 0.0,
    }
}

/// The keys of a `[[network.rule]]`.
pub(super) fn rule_keys(entry: &mut Rule, keys: &mut impl Keys) {
    keys.required("name", &mut entry.name);
    keys.optional("fields", &mut entry.fields);
    keys.required("words", &mut entry.words);
    keys.optional("near", &mut entry.near);
    keys.bounded("within", &mut entry.within, 1..=1000);
    keys.optional("unless", &mut entry.unless);
    keys.optional("needs", &mut entry.needs);
    keys.required("weight", &mut entry.weight);
}

/// An entry without any key, to be filled by its keys.
pub(super) fn no_subject() -> Subject {
    Subject {
        key: String::new(),
        title: String::new(),
        words: Vec::new(),
        unless: Vec::new(),
        year: SubjectYear::Coming,
    }
}

/// The keys of a `[[network.subject]]`.
pub(super) fn subject_keys(entry: &mut Subject, keys: &mut impl Keys) {
    keys.required("key", &mut entry.key);
    keys.required("title", &mut entry.title);
    keys.required("words", &mut entry.words);
    keys.optional("unless", &mut entry.unless);
    keys.required("year", &mut entry.year);
}
