//! Everything the rules say of a text: what counted, and what did not although its words were found.

use super::pattern::{Span, places};
use super::texts::Membership;
use super::{
    CompiledNetwork, CompiledRule, FieldText, Matcher, bytes, field_texts, nearest, quote,
};
use crate::model::network::{Explanation, RecognisedText, Silence, SilentRule};

impl Matcher {
    /// What each network's rules say of an item and why, in the order of the networks: slower than
    /// [`Matcher::recognise`], with the same verdicts.
    pub fn explain(&self, item: &RecognisedText) -> Vec<Explanation> {
        let texts = field_texts(item);
        self.networks
            .iter()
            .map(|network| network.explain(&item.municipality, &texts))
            .collect()
    }
}

impl CompiledNetwork {
    fn explain(&self, municipality: &str, texts: &[FieldText<'_>]) -> Explanation {
        let counting = self.counting(texts);
        let counts =
            |rule: &&CompiledRule| counting.iter().any(|(found, _)| found.rule == rule.name);
        let (mut silent, mut found_nothing) = (vec![], 0);
        for rule in self.rules.iter().filter(|rule| !counts(rule)) {
            match rule.silence(texts) {
                Some(rule) => silent.push(rule),
                None => found_nothing += 1,
            }
        }
        Explanation {
            recognition: self.recognise(municipality, texts),
            accept: self.accept,
            doubt: self.doubt,
            is_member: self.membership(municipality) == Membership::Member,
            silent,
            found_nothing,
        }
    }
}

impl CompiledRule {
    /// Why a rule that does not count is silent, in the first field that has one of its words.
    fn silence(&self, texts: &[FieldText<'_>]) -> Option<SilentRule> {
        if let Some((held, _)) = self.hit(texts) {
            let rules = self.needs.clone();
            return Some(SilentRule {
                rule: held.rule,
                field: held.field,
                quote: held.quote,
                weight: held.weight,
                silence: Silence::Needs { rules },
            });
        }
        let fields = self.fields.iter();
        let mut looked_into =
            fields.flat_map(|field| texts.iter().filter(move |text| text.field == *field));
        looked_into.find_map(|text| {
            let (found, silence) = self.silenced(text).or_else(|| self.alone(text))?;
            let at = bytes(&text.words, found)?;
            Some(SilentRule {
                rule: self.name.clone(),
                field: text.field,
                quote: quote::passage(text.text, &at),
                weight: self.weight,
                silence,
            })
        })
    }

    /// Its words, and one of its `unless` beside them.
    fn silenced(&self, text: &FieldText<'_>) -> Option<(Span, Silence)> {
        let found = places(&self.words, &text.words).next()?;
        let against = places(&self.unless, &text.words).next()?;
        let words = quote::found_words(text.text, &bytes(&text.words, against)?);
        Some((found, Silence::Unless { words }))
    }

    /// Where the words come nearest to what they lack, and what that is.
    fn alone(&self, text: &FieldText<'_>) -> Option<(Span, Silence)> {
        let groups: Vec<Vec<Span>> = self
            .near
            .iter()
            .map(|group| places(&group.patterns, &text.words).collect())
            .collect();
        let lacking = places(&self.words, &text.words).filter_map(|found| {
            let distances = self.near.iter().zip(&groups).map(|(group, places)| {
                let nearest = nearest(places, found);
                (group, nearest.map(|place| place.distance(found)))
            });
            let (group, distance) = distances.max_by_key(|(_, distance)| far(*distance))?;
            Some((found, group, distance))
        });
        let (found, group, distance) = lacking.min_by_key(|(_, _, distance)| far(*distance))?;
        let silence = Silence::Near {
            group: group.written.clone(),
            within: self.within,
            nearest: distance,
        };
        Some((found, silence))
    }
}

/// A distance for comparing: what is not there is farthest.
fn far(distance: Option<usize>) -> usize {
    distance.unwrap_or(usize::MAX)
}
