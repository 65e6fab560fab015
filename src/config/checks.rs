//! Checks between entries: names used twice, names nobody has, rules that could never hold.

use super::entries::SourceEntry;
use super::fault::{Faults, remedy_for};
use super::keys::TableAt;
use super::read::{Placed, PlacedNetwork};
use crate::model::ids::slug;
use crate::model::network::{Network, Rule, Subject, WordPattern, pattern_fault};
use crate::model::source::{AuthorityKind, Municipality};

/// The word of addresses that stands for every network together.
const RESERVED_SLUG: &str = "all";

/// Codes and names of municipalities.
pub(super) fn municipalities(all: &[Placed<'_, Municipality>], faults: &mut Faults<'_>) {
    for (no, Placed { entry, at }) in all.iter().enumerate() {
        let before = all.get(..no).unwrap_or_default();
        // Items are named by the slug, so two names with one slug are one name.
        let same_name = before
            .iter()
            .find(|other| slug(&other.entry.name) == slug(&entry.name));
        if at.text("name").is_some() {
            if slug(&entry.name).is_empty() {
                let what = format!("municipality.name = {:?} has no letters", entry.name);
                faults.at(at.value("name"), what, "write the name of the municipality");
            } else if same_name.is_some() {
                let what = format!("municipality {:?} is there twice", entry.name);
                faults.at(at.value("name"), what, "keep one of the two entries");
            }
        }
        if at.text("code").is_some() {
            code(entry, *at, faults);
            if before.iter().any(|other| other.entry.code == entry.code) {
                let what = format!("municipality.code = {:?} is there twice", entry.code);
                faults.at(
                    at.value("code"),
                    what,
                    "give each municipality its own code",
                );
            }
        }
    }
}

fn code(entry: &Municipality, at: TableAt<'_>, faults: &mut Faults<'_>) {
    let three_digits = entry.code.len() == 3 && entry.code.bytes().all(|b| b.is_ascii_digit());
    if entry.code.trim().is_empty() || (entry.kind == AuthorityKind::Municipality && !three_digits)
    {
        faults.at(
            at.value("code"),
            format!(
                "municipality.code = {:?} is not a code: it has three digits",
                entry.code
            ),
            "write the code of Statistics Finland in quotes, zeros included, such as \"016\"",
        );
    }
}

/// Identities of sources and the municipalities they name.
pub(super) fn sources(
    all: &[Placed<'_, SourceEntry>],
    municipalities: &[Placed<'_, Municipality>],
    faults: &mut Faults<'_>,
) {
    for (no, Placed { entry, at }) in all.iter().enumerate() {
        let before = all.get(..no).unwrap_or_default();
        identity("source.id", &entry.id, *at, faults);
        if at.text("id").is_some() && before.iter().any(|other| other.entry.id == entry.id) {
            let what = format!("source.id = {:?} is there twice", entry.id);
            faults.at(at.value("id"), what, "give each source its own id");
        }
        if at.text("municipality").is_some() {
            member(
                "source.municipality",
                &entry.municipality,
                at.value("municipality"),
                &mut Known {
                    municipalities,
                    faults,
                },
            );
        }
        if !entry.key_prefix.is_empty() {
            identity("source.key_prefix", &entry.key_prefix, *at, faults);
        }
        key_prefix(entry, *at, before, faults);
        if !entry.successor_of.is_empty() {
            succession(entry, *at, all, faults);
        }
    }
}

/// A source follows another one of the same municipality. The old block may be gone from the file: the
/// archive still knows it.
fn succession(
    entry: &SourceEntry,
    at: TableAt<'_>,
    all: &[Placed<'_, SourceEntry>],
    faults: &mut Faults<'_>,
) {
    identity("source.successor_of", &entry.successor_of, at, faults);
    let old = all
        .iter()
        .find(|other| other.entry.id == entry.successor_of);
    // Each source has one successor at most, so a walk from here either ends or goes round.
    let mut seen = vec![entry.id.as_str()];
    let mut next = old;
    let goes_round = loop {
        let Some(Placed { entry: before, .. }) = next else {
            break false;
        };
        if seen.contains(&before.id.as_str()) {
            break true;
        }
        seen.push(&before.id);
        next = all
            .iter()
            .find(|other| other.entry.id == before.successor_of);
    };
    let elsewhere = old.is_some_and(|old| old.entry.municipality != entry.municipality);
    let shared = all
        .iter()
        .find(|other| other.entry.successor_of == entry.successor_of && other.entry.id != entry.id)
        .filter(|_| !goes_round);
    let fault = match (goes_round, elsewhere, shared) {
        (true, ..) => Some("a source cannot come after itself".to_owned()),
        (_, true, _) => Some("that source belongs to another municipality".to_owned()),
        (.., Some(other)) => Some(format!("{:?} says so too", other.entry.id)),
        (false, false, None) => None,
    };
    if let Some(cause) = fault {
        let what = format!(
            "source.successor_of = {:?} cannot be used: {cause}",
            entry.successor_of
        );
        let remedy = "name the source whose place this one took, or leave the key out";
        faults.at(at.value("successor_of"), what, remedy);
    }
}

/// Two sources of one municipality on one platform number their items alike.
fn key_prefix(
    entry: &SourceEntry,
    at: TableAt<'_>,
    before: &[Placed<'_, SourceEntry>],
    faults: &mut Faults<'_>,
) {
    let clash = before.iter().find(|other| {
        entry.platform.is_some()
            && other.entry.platform == entry.platform
            && other.entry.municipality == entry.municipality
            && other.entry.key_prefix == entry.key_prefix
    });
    if let (Some(other), true) = (clash, at.text("municipality").is_some()) {
        let what = format!(
            "sources {:?} and {:?} of {} have the same platform and key_prefix: their items could \
             not be told apart",
            other.entry.id, entry.id, entry.municipality
        );
        let remedy = "give the newer one a key_prefix of its own, such as \"sv-\"";
        faults.at(at.value("key_prefix"), what, remedy);
    }
}

/// Names, members and rules of networks.
pub(super) fn networks(
    all: &[PlacedNetwork<'_>],
    municipalities: &[Placed<'_, Municipality>],
    faults: &mut Faults<'_>,
) {
    for (no, placed) in all.iter().enumerate() {
        let before = all.get(..no).unwrap_or_default();
        let Placed { entry, at } = &placed.network;
        identity("network.slug", &entry.slug, *at, faults);
        if at.text("name").is_some_and(|name| name.trim().is_empty()) {
            let remedy = "write the name that people know the network by";
            faults.at(at.value("name"), "network.name is empty", remedy);
        }
        let twice = before
            .iter()
            .any(|other| other.network.entry.slug == entry.slug);
        if at.text("slug").is_some() && (twice || entry.slug == RESERVED_SLUG) {
            let cause = if twice {
                "is there twice"
            } else {
                "stands for every network"
            };
            let what = format!("network.slug = {:?} cannot be used: it {cause}", entry.slug);
            faults.at(at.value("slug"), what, "give each network its own slug");
        }
        members(entry, *at, municipalities, faults);
        thresholds(entry, *at, faults);
        for (no, rule) in placed.rules.iter().enumerate() {
            self::rule(rule, placed.rules.get(..no).unwrap_or_default(), faults);
        }
        for (no, subject) in placed.subjects.iter().enumerate() {
            self::subject(
                subject,
                placed.subjects.get(..no).unwrap_or_default(),
                faults,
            );
        }
    }
}

fn subject(subject: &Placed<'_, Subject>, before: &[Placed<'_, Subject>], faults: &mut Faults<'_>) {
    let Placed { entry, at } = subject;
    identity("subject.key", &entry.key, *at, faults);
    if at.text("key").is_some() && before.iter().any(|other| other.entry.key == entry.key) {
        let what = format!("subject {:?} is there twice in its network", entry.key);
        faults.at(at.value("key"), what, "give each subject its own key");
    }
    let is_blank = at
        .text("title")
        .is_some_and(|title| title.trim().is_empty());
    if is_blank {
        let remedy = "write what its dossiers are called, without the year";
        faults.at(at.value("title"), "subject.title is empty", remedy);
    }
    patterns("subject", ("words", &entry.words), *at, faults);
    patterns("subject", ("unless", &entry.unless), *at, faults);
}

fn members(
    network: &Network,
    at: TableAt<'_>,
    municipalities: &[Placed<'_, Municipality>],
    faults: &mut Faults<'_>,
) {
    for (no, name) in network.members.iter().enumerate() {
        let offset = at.element("members", no);
        member(
            "network.members",
            name,
            offset,
            &mut Known {
                municipalities,
                faults,
            },
        );
        if network.members.iter().take(no).any(|before| before == name) {
            faults.at(
                offset,
                format!("member {name:?} is there twice"),
                "keep it once",
            );
        }
    }
}

fn thresholds(network: &Network, at: TableAt<'_>, faults: &mut Faults<'_>) {
    let (accept, doubt) = (network.accept, network.doubt);
    if doubt <= 0.0 || accept < doubt {
        faults.at(
            at.value(if doubt <= 0.0 { "doubt" } else { "accept" }),
            format!("network.accept = {accept} and doubt = {doubt} leave a verdict without score"),
            "write numbers above zero, accept not below doubt",
        );
    }
}

fn rule(rule: &Placed<'_, Rule>, before: &[Placed<'_, Rule>], faults: &mut Faults<'_>) {
    let Placed { entry, at } = rule;
    if at.text("name").is_some() && before.iter().any(|other| other.entry.name == entry.name) {
        let what = format!("rule {:?} is there twice in its network", entry.name);
        faults.at(at.value("name"), what, "give each rule its own name");
    }
    if at.text("name").is_some_and(|name| name.trim().is_empty()) {
        faults.at(
            at.value("name"),
            "rule.name is empty",
            "write what the rule finds",
        );
    }
    let written = at.table.get("weight").map(toml::Spanned::get_ref);
    let is_number = written.is_some_and(|weight| weight.is_integer() || weight.is_float());
    if entry.weight == 0.0 && is_number {
        let remedy = "write a weight above zero (for) or below zero (against), or remove the rule";
        faults.at(at.value("weight"), "rule.weight = 0 does nothing", remedy);
    }
    patterns("rule", ("words", &entry.words), *at, faults);
    patterns("rule", ("unless", &entry.unless), *at, faults);
    for group in &entry.near {
        patterns("rule", ("near", group), *at, faults);
    }
    for (no, needed) in entry.needs.iter().enumerate() {
        if !before.iter().any(|other| other.entry.name == *needed) {
            let what = format!("rule.needs: no rule before it is called {needed:?}");
            let remedy = "write the name of a rule that stands before it in its network";
            faults.at(at.element("needs", no), what, remedy);
        }
    }
}

/// The word patterns of a list of an entry.
fn patterns(
    entry: &str,
    (key, patterns): (&str, &[WordPattern]),
    at: TableAt<'_>,
    faults: &mut Faults<'_>,
) {
    if patterns.is_empty() && key != "unless" && at.table.contains_key(key) {
        let what = format!("{entry}.{key} is empty: the {entry} could never hold");
        faults.at(at.value(key), what, "write at least one word pattern");
    }
    for (no, pattern) in patterns.iter().enumerate() {
        if let Some(cause) = pattern_fault(pattern) {
            let offset = if key == "near" {
                at.value(key)
            } else {
                at.element(key, no)
            };
            let what = format!("{entry}.{key}: {pattern:?} is not a word pattern: {cause}");
            let remedy = "write a word, a stem (\"seudulli*\"), an end (\"*verkosto\"), a part \
                          (\"*verkosto*\") or several of them with blanks between";
            faults.at(offset, what, remedy);
        }
    }
}

/// Names that stand in addresses keep to letters, digits and hyphens.
fn identity(key: &str, value: &str, at: TableAt<'_>, faults: &mut Faults<'_>) {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let last = key.rsplit('.').next().unwrap_or(key);
    if at.text(last).is_some() && (value.is_empty() || !value.chars().all(plain)) {
        let what = format!("{key} = {value:?} cannot stand in an address");
        let remedy = format!(
            "write it with a-z, 0-9 and hyphens, such as {:?}",
            slug(value)
        );
        faults.at(at.value(last), what, remedy);
    }
}

/// The municipalities a name may mean, and where to complain.
struct Known<'k, 't> {
    municipalities: &'k [Placed<'k, Municipality>],
    faults: &'k mut Faults<'t>,
}

fn member(key: &str, name: &str, offset: usize, known: &mut Known<'_, '_>) {
    let names: Vec<&str> = known
        .municipalities
        .iter()
        .map(|m| m.entry.name.as_str())
        .collect();
    if !names.contains(&name) {
        let what = format!("{key} names {name:?}: no [[municipality]] has that name");
        known.faults.at(
            offset,
            what,
            match names.as_slice() {
                [] => "add it: there is no [[municipality]] yet".to_owned(),
                names => format!("add it, or {}", remedy_for(name, names)),
            },
        );
    }
}
