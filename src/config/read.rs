//! One configuration text read as a whole: sections, entries, checks, and what comes of them.

use std::collections::BTreeMap;

use toml::de::DeTable;
use url::Url;

use super::entries::{
    SourceEntry, municipality_keys, network_keys, no_municipality, no_network, no_rule, no_subject,
    rule_keys, subject_keys,
};
use super::fault::{Faults, Place, Syntax, remedy_for};
use super::keys::{EnvironmentReader, Reader, TableAt};
use super::settings::{Draft, Section};
use super::{Config, ConfigFaults, PollSettings, checks, folder};
use crate::model::fetch_settings::FetchSettings;
use crate::model::network::{Network, Rule, Subject};
use crate::model::source::{Municipality, Source};

/// Lists of entries at the top of the file.
const LISTS: [&str; 3] = ["municipality", "source", "network"];

/// An entry with the table it was read from.
#[derive(Debug)]
pub(super) struct Placed<'t, T> {
    pub(super) entry: T,
    pub(super) at: TableAt<'t>,
}

/// A network with its rules and subjects still apart, each with its place.
#[derive(Debug)]
pub(super) struct PlacedNetwork<'t> {
    pub(super) network: Placed<'t, Network>,
    pub(super) rules: Vec<Placed<'t, Rule>>,
    pub(super) subjects: Vec<Placed<'t, Subject>>,
}

/// Everything that was read, and everything that is wrong with it.
pub(super) struct Whole<'t> {
    draft: Draft,
    archive_dir_place: Place,
    municipalities: Vec<Municipality>,
    sources: Vec<SourceEntry>,
    networks: Vec<Network>,
    faults: Faults<'t>,
}

impl<'t> Whole<'t> {
    /// Reads the text, lays the environment over it, and checks what names what.
    pub(super) fn read(file: &str, text: &'t str, environment: &BTreeMap<String, String>) -> Self {
        // A byte order mark is what some editors put before UTF-8.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut faults = Faults::new(file, text);
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            faults.syntax_error(error);
        }
        let root = TableAt {
            table: root.get_ref(),
            offset: 0,
        };
        check_top(root, &mut faults);
        let draft = read_sections(root, environment, &mut faults);
        let archive_dir_place = archive_dir_place(root, environment, &faults);
        let municipalities = entries(root, "municipality", &mut faults, |reader| {
            let mut entry = no_municipality();
            municipality_keys(&mut entry, reader);
            entry
        });
        let sources = entries(root, "source", &mut faults, |reader| {
            let mut entry = SourceEntry::default();
            entry.keys(reader);
            entry
        });
        let networks = read_networks(root, &mut faults);
        if faults.syntax() == Syntax::Whole {
            checks::municipalities(&municipalities, &mut faults);
            checks::sources(&sources, &municipalities, &mut faults);
            checks::networks(&networks, &municipalities, &mut faults);
        }
        Self {
            draft,
            archive_dir_place,
            municipalities: municipalities
                .into_iter()
                .map(|placed| placed.entry)
                .collect(),
            sources: sources.into_iter().map(|placed| placed.entry).collect(),
            networks: networks.into_iter().map(whole_network).collect(),
            faults,
        }
    }

    /// Adds the fault of an archive folder that cannot be written.
    pub(super) fn check_folder(&mut self) {
        let fault = folder::fault_at(&self.draft.archive_dir, &self.archive_dir_place);
        if let Some(fault) = fault {
            self.faults.push(fault);
        }
    }

    /// The archive's folder, as far as it could be read.
    pub(super) fn folder(self) -> std::path::PathBuf {
        self.draft.archive_dir
    }

    /// The configuration, or every fault.
    pub(super) fn into_config(self) -> Result<Config, ConfigFaults> {
        let Self {
            draft,
            archive_dir_place,
            municipalities,
            sources,
            networks,
            mut faults,
        } = self;
        let from_listen = format!("http://{}/", draft.listen);
        let public_url = match draft.public_url {
            Some(site) => Some(site.0),
            None => Url::parse(&from_listen)
                .map_err(|error| {
                    let what = format!("no public address follows from http.listen: {error}");
                    faults.at(0, what, "set http.public_url");
                })
                .ok(),
        };
        match public_url {
            Some(public_url) if faults.is_empty() => Ok(Config {
                archive_dir: draft.archive_dir,
                archive_dir_place,
                max_pdf_original: draft.max_pdf_original,
                voikko: draft.voikko,
                vocabulary: draft.vocabulary,
                max_attachments: draft.max_attachments,
                min_free: draft.min_free,
                metrics: draft.metrics,
                listen: draft.listen,
                public_url,
                fetch: FetchSettings {
                    user_agent: FetchSettings::user_agent_with(&draft.contact.0),
                    ..draft.fetch
                },
                contact: draft.contact.0,
                export: draft.export,
                snapshot: draft.snapshot,
                feeds: draft.feeds,
                privacy: draft.privacy,
                municipalities,
                sources: whole_sources(sources, &draft.poll),
                poll: draft.poll,
                networks,
            }),
            Some(_) | None => Err(faults.into_sorted()),
        }
    }
}

/// Sources with their defaults; one whose place another took is polled no more.
fn whole_sources(entries: Vec<SourceEntry>, poll: &PollSettings) -> Vec<Source> {
    let mut sources: Vec<Source> = entries
        .into_iter()
        .filter_map(|entry| entry.into_source(poll))
        .collect();
    let retired: Vec<_> = sources
        .iter()
        .filter_map(|source| source.successor_of.clone())
        .collect();
    for source in &mut sources {
        source.enabled &= !retired.contains(&source.id);
    }
    sources
}

fn whole_network(placed: PlacedNetwork<'_>) -> Network {
    let rules = placed.rules.into_iter().map(|placed| placed.entry);
    let subjects = placed.subjects.into_iter().map(|placed| placed.entry);
    Network {
        rules: rules.collect(),
        subjects: subjects.collect(),
        ..placed.network.entry
    }
}

/// Reports sections and lists that nobody knows.
fn check_top(root: TableAt<'_>, faults: &mut Faults<'_>) {
    let known: Vec<&str> = Section::ALL
        .iter()
        .map(|section| section.word())
        .chain(LISTS)
        .collect();
    for (key, _) in root.table {
        let word: &str = key.get_ref();
        if !known.contains(&word) {
            let what = format!("unknown section `{word}`");
            faults.at(key.span().start, what, remedy_for(word, &known));
        }
    }
}

fn read_sections(
    root: TableAt<'_>,
    environment: &BTreeMap<String, String>,
    faults: &mut Faults<'_>,
) -> Draft {
    let mut draft = Draft::default();
    for section in Section::ALL {
        if let Some(at) = section_table(root, section, faults) {
            let name = format!("[{}]", section.word());
            let mut reader = Reader::new(&name, at, faults);
            draft.keys(section, &mut reader);
            reader.finish();
        }
        let mut reader = EnvironmentReader::new(section.word(), environment, faults);
        draft.keys(section, &mut reader);
        reader.finish();
    }
    draft
}

fn section_table<'a>(
    root: TableAt<'a>,
    section: Section,
    faults: &mut Faults<'_>,
) -> Option<TableAt<'a>> {
    let word = section.word();
    let value = root.table.get(word)?;
    let offset = value.span().start;
    let table = value.get_ref().as_table();
    if table.is_none() {
        let what = format!(
            "`{word}` is of type {}: it is a section",
            value.get_ref().type_str()
        );
        faults.at(
            offset,
            what,
            format!("write `[{word}]` on a line of its own"),
        );
    }
    table.map(|table| TableAt { table, offset })
}

/// Where the archive folder was set: the variable wins over the file.
fn archive_dir_place(
    root: TableAt<'_>,
    environment: &BTreeMap<String, String>,
    faults: &Faults<'_>,
) -> Place {
    let variable = "SEUTU_ARCHIVE_DIR";
    if environment.contains_key(variable) {
        return Place {
            file: variable.to_owned(),
            line: 0,
            column: 0,
        };
    }
    let dir = root
        .table
        .get("archive")
        .and_then(|section| section.get_ref().get("dir"));
    dir.map_or_else(|| faults.place(0), |value| faults.place(value.span().start))
}

/// Reads every table of a list, by the path it has from the top of the file: the last part is its key in `parent`.
fn entries<'a, T>(
    parent: TableAt<'a>,
    path: &'static str,
    faults: &mut Faults<'_>,
    mut read: impl FnMut(&mut Reader<'_, '_>) -> T,
) -> Vec<Placed<'a, T>> {
    let name = format!("[[{path}]]");
    let list = path.rsplit('.').next().unwrap_or(path);
    tables(parent, list, &name, faults)
        .into_iter()
        .map(|at| {
            let mut reader = Reader::new(&name, at, faults);
            let entry = read(&mut reader);
            reader.finish();
            Placed { entry, at }
        })
        .collect()
}

fn read_networks<'a>(root: TableAt<'a>, faults: &mut Faults<'_>) -> Vec<PlacedNetwork<'a>> {
    let networks = entries(root, "network", faults, |reader| {
        let mut entry = no_network();
        network_keys(&mut entry, reader);
        reader.elsewhere("rule");
        reader.elsewhere("subject");
        entry
    });
    networks
        .into_iter()
        .map(|network| PlacedNetwork {
            rules: entries(network.at, "network.rule", faults, |reader| {
                let mut entry = no_rule();
                rule_keys(&mut entry, reader);
                entry
            }),
            subjects: entries(network.at, "network.subject", faults, |reader| {
                let mut entry = no_subject();
                subject_keys(&mut entry, reader);
                entry
            }),
            network,
        })
        .collect()
}

/// The tables of a list, each with its place; anything else in it is a fault.
fn tables<'a>(
    parent: TableAt<'a>,
    list: &str,
    name: &str,
    faults: &mut Faults<'_>,
) -> Vec<TableAt<'a>> {
    let Some(value) = parent.table.get(list) else {
        return Vec::new();
    };
    let elements = value
        .get_ref()
        .as_array()
        .map(|array| array.iter().collect());
    let elements: Vec<_> = elements.unwrap_or_else(|| vec![value]);
    let mut found = Vec::new();
    for element in elements {
        let offset = element.span().start;
        match element.get_ref().as_table() {
            Some(table) if value.get_ref().is_array() => found.push(TableAt { table, offset }),
            Some(_) | None => faults.at(
                offset,
                format!(
                    "`{list}` is of type {}: it is a list",
                    element.get_ref().type_str()
                ),
                format!("write `{name}` on a line of its own before each entry"),
            ),
        }
    }
    found
}
