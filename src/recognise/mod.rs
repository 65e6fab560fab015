//! Whether an item belongs to a network: rules that are data, a score, quoted evidence and one
//! sentence. Pure.

mod dossier;
mod explain;
mod pattern;
mod quote;
mod texts;
mod words;

use std::ops::Range;

pub use self::dossier::Joiner;
use self::pattern::{Pattern, Span, places};
pub use self::texts::by_hand;
use self::texts::{Membership, Reason, explanation};
use self::words::{Word, file_name_words, words};
use crate::model::digest::sha256_hex;
use crate::model::network::{
    Evidence, Field, Network, RecognisedText, Recognition, Rule, Verdict, WordPattern,
};

/// The rules of every network, compiled once for many items.
#[derive(Clone, Debug)]
pub struct Matcher {
    networks: Vec<CompiledNetwork>,
}

#[derive(Clone, Debug)]
struct CompiledNetwork {
    slug: String,
    ruleset: String,
    members: Vec<String>,
    accept: f64,
    doubt: f64,
    rules: Vec<CompiledRule>,
}

#[derive(Clone, Debug)]
struct CompiledRule {
    name: String,
    /// In the order of [`Field::ALL`].
    fields: Vec<Field>,
    words: Vec<Pattern>,
    near: Vec<Group>,
    within: usize,
    unless: Vec<Pattern>,
    needs: Vec<String>,
    weight: f64,
}

/// A group of `near`, with its patterns as they were written.
#[derive(Clone, Debug)]
struct Group {
    written: Vec<WordPattern>,
    patterns: Vec<Pattern>,
}

/// A field of an item with its words.
struct FieldText<'t> {
    field: Field,
    text: &'t str,
    words: Vec<Word>,
}

impl Matcher {
    /// Compiles the rules of every network.
    pub fn new(networks: &[Network]) -> Self {
        Self {
            networks: networks.iter().map(CompiledNetwork::new).collect(),
        }
    }

    /// Names the rules of a network as they are now: other rules, or another way of applying them, have
    /// another name, and verdicts made by those are made again.
    pub fn ruleset(&self, network: &str) -> &str {
        let found = self.networks.iter().find(|known| known.slug == network);
        found.map_or("", |network| &network.ruleset)
    }

    /// Slugs of the networks, in their order.
    pub fn networks(&self) -> impl Iterator<Item = &str> {
        self.networks.iter().map(|network| network.slug.as_str())
    }

    /// What each network's rules say of an item, in the order of the networks.
    ///
    /// Agendas and minutes are judged alike: a proposal belongs to the network as its decision does.
    pub fn recognise(&self, item: &RecognisedText) -> Vec<Recognition> {
        let texts = field_texts(item);
        self.networks
            .iter()
            .map(|network| network.recognise(&item.municipality, &texts))
            .collect()
    }
}

/// Raised whenever the same rules would judge the same text differently than before.
const RECOGNISER: &str = "recognise/2";

fn ruleset(network: &Network) -> String {
    // Plain texts and numbers: serialisation has no way to fail.
    let rules = serde_json::to_string(network).unwrap_or_default();
    sha256_hex(format!("{RECOGNISER} {rules}").as_bytes())
}

/// What one network's rules say of an item; [`Matcher`] is for many.
pub fn recognise(network: &Network, item: &RecognisedText) -> Recognition {
    CompiledNetwork::new(network).recognise(&item.municipality, &field_texts(item))
}

fn field_texts(item: &RecognisedText) -> Vec<FieldText<'_>> {
    let fields = item.fields.iter();
    fields
        .map(|(field, text)| FieldText {
            field: *field,
            text,
            words: if *field == Field::Attachment {
                file_name_words(text)
            } else {
                words(text)
            },
        })
        .collect()
}

impl CompiledNetwork {
    fn new(network: &Network) -> Self {
        Self {
            slug: network.slug.clone(),
            ruleset: ruleset(network),
            members: network.members.clone(),
            accept: network.accept,
            doubt: network.doubt,
            rules: network.rules.iter().map(CompiledRule::new).collect(),
        }
    }

    fn recognise(&self, municipality: &str, texts: &[FieldText<'_>]) -> Recognition {
        let mut found = self.counting(texts);
        // Stable: among equals the order of the rules stays.
        found.sort_by(|(a, _), (b, _)| b.weight.abs().total_cmp(&a.weight.abs()));
        let (evidence, reasons): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        // Not `sum`: the sum of nothing is minus zero.
        let score = evidence.iter().fold(0.0, |sum, found| sum + found.weight);
        let membership = self.membership(municipality);
        let verdict = self.verdict(score, membership);
        Recognition {
            network: self.slug.clone(),
            verdict,
            score,
            explanation: explanation(verdict, membership, municipality, &reasons),
            evidence,
        }
    }

    /// What counts, in the order of the rules.
    fn counting(&self, texts: &[FieldText<'_>]) -> Vec<(Evidence, Reason)> {
        self.rules.iter().fold(Vec::new(), |mut found, rule| {
            let met = rule.is_met(&found);
            found.extend(met.then(|| rule.hit(texts)).flatten());
            found
        })
    }

    fn membership(&self, municipality: &str) -> Membership {
        let listed = self.members.iter().any(|member| member == municipality);
        if listed || self.members.is_empty() {
            Membership::Member
        } else {
            Membership::Stranger
        }
    }

    fn verdict(&self, score: f64, membership: Membership) -> Verdict {
        if score >= self.accept && membership == Membership::Member {
            Verdict::In
        } else if score >= self.doubt {
            Verdict::Maybe
        } else {
            Verdict::Out
        }
    }
}

impl CompiledRule {
    fn new(rule: &Rule) -> Self {
        let all = |patterns: &[String]| patterns.iter().map(|text| Pattern::new(text)).collect();
        let named = |field: &Field| {
            if rule.fields.is_empty() {
                *field != Field::History
            } else {
                rule.fields.contains(field)
            }
        };
        Self {
            name: rule.name.clone(),
            fields: Field::ALL.into_iter().filter(named).collect(),
            words: all(&rule.words),
            near: rule
                .near
                .iter()
                .map(|group| Group {
                    written: group.clone(),
                    patterns: all(group),
                })
                .collect(),
            within: rule.within,
            unless: all(&rule.unless),
            needs: rule.needs.clone(),
            weight: rule.weight,
        }
    }

    /// Whether one of the rules that it needs is among those that count.
    fn is_met(&self, counting: &[(Evidence, Reason)]) -> bool {
        self.needs.is_empty()
            || counting
                .iter()
                .any(|(evidence, _)| self.needs.contains(&evidence.rule))
    }

    /// The first field in which the rule holds, with its quotation.
    fn hit(&self, texts: &[FieldText<'_>]) -> Option<(Evidence, Reason)> {
        self.fields.iter().find_map(|field| {
            texts
                .iter()
                .filter(|text| text.field == *field)
                .find_map(|text| {
                    let found = self.found(&text.words)?;
                    let at = bytes(&text.words, found)?;
                    Some(self.quoted(*field, text.text, &at))
                })
        })
    }

    fn quoted(&self, field: Field, text: &str, at: &Range<usize>) -> (Evidence, Reason) {
        let evidence = Evidence {
            rule: self.name.clone(),
            field,
            quote: quote::passage(text, at),
            weight: self.weight,
        };
        // The name of a body says more than the syllables that were found in it.
        let words = match field {
            Field::Body => evidence.quote.clone(),
            Field::Title
            | Field::Background
            | Field::Proposal
            | Field::Proceedings
            | Field::Decision
            | Field::Attachment
            | Field::History => quote::found_words(text, at),
        };
        let reason = Reason {
            rule: self.name.clone(),
            field,
            words,
            weight: self.weight,
        };
        (evidence, reason)
    }

    /// Where the rule holds: the found word with the nearest of each group.
    fn found(&self, words: &[Word]) -> Option<Span> {
        let candidates: Vec<_> = places(&self.words, words).collect();
        if candidates.is_empty() {
            return None;
        }
        if places(&self.unless, words).next().is_some() {
            return None;
        }
        let groups: Vec<Vec<Span>> = self
            .near
            .iter()
            .map(|group| places(&group.patterns, words).collect())
            .collect();
        let holding = candidates.into_iter().filter_map(|found| {
            groups.iter().try_fold(found, |so_far, group| {
                let nearest = nearest(group, found)?;
                (nearest.distance(found) <= self.within).then(|| so_far.with(nearest))
            })
        });
        // The tightest place reads best when quoted.
        holding.min_by_key(|span| span.to - span.from)
    }
}

/// The place of a group (in the order of the text) that stands nearest.
fn nearest(group: &[Span], found: Span) -> Option<Span> {
    // Only neighbours are looked at: a text may hold the words a hundred thousand times.
    let after = group.partition_point(|place| place.from < found.from);
    let neighbours = group.get(after.saturating_sub(2)..).unwrap_or_default();
    neighbours
        .iter()
        .take(4)
        .min_by_key(|place| place.distance(found))
        .copied()
}

fn bytes(words: &[Word], span: Span) -> Option<Range<usize>> {
    let first = words.get(span.from)?;
    let last = words.get(span.to.checked_sub(1)?)?;
    Some(first.at.start..last.at.end)
}

#[cfg(test)]
mod tests;
