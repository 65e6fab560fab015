//! What became of a proposal, told by the decision text of the current handling alone.

use super::line::Line;
use crate::model::minutes::Outcome;
use crate::vocab::{Phrase, Vocabulary};

/// Outcomes that win wherever they stand in a sentence, in this order.
const FIRST: [Outcome; 4] = [
    Outcome::Withdrawn,
    Outcome::Tabled,
    Outcome::Returned,
    Outcome::Amended,
];
/// Of these the one said first wins.
const THEN: [Outcome; 4] = [
    Outcome::Accepted,
    Outcome::Noted,
    Outcome::Elected,
    Outcome::Rejected,
];

/// The outcome of a decision; `None` when there is no decision.
pub(super) fn of(decision: &str, vocab: &Vocabulary) -> Option<Outcome> {
    if decision.trim().is_empty() {
        return None;
    }
    let sentences: Vec<String> = sentences(decision).map(str::to_lowercase).collect();
    let told: Vec<Outcome> = sentences
        .iter()
        .filter_map(|sentence| of_sentence(sentence, vocab))
        .collect();
    let amended = told.contains(&Outcome::Amended);
    match told.first() {
        Some(Outcome::Accepted) if amended => Some(Outcome::Amended),
        Some(first) => Some(*first),
        None => Some(Outcome::Other),
    }
}

fn of_sentence(sentence: &str, vocab: &Vocabulary) -> Option<Outcome> {
    let rules = vocab.outcome_rules();
    if !rules
        .motions
        .iter()
        .any(|motion| sentence.contains(motion.as_str()))
    {
        return of_statement(sentence, vocab);
    }
    // a sentence about a motion may also say what became of the proposal: judge its parts alone
    let statements = split(sentence, &rules.joins);
    let mut outcome = None;
    for statement in &statements {
        let motion = rules
            .motions
            .iter()
            .any(|motion| statement.contains(motion.as_str()));
        let rejected = any(&rules.motion_rejected, statement);
        if !motion {
            let told = of_statement(statement, vocab)
                .filter(|told| *told != Outcome::Rejected || statements.len() == 1);
            outcome = outcome.or(told);
        } else if !rejected && any(&rules.motion_accepted, statement) {
            return Some(Outcome::Amended);
        }
    }
    outcome
}

fn of_statement(statement: &str, vocab: &Vocabulary) -> Option<Outcome> {
    let words = vocab.outcomes();
    if let Some(first) = FIRST
        .into_iter()
        .find(|outcome| any(words.of(*outcome), statement))
    {
        return Some(first);
    }
    let rules = vocab.outcome_rules();
    let presenters = |statement: &str| {
        let mut words = rules.presenters_own.iter();
        words.any(|word| statement.contains(word.as_str()))
    };
    if any(&rules.counter_accepted, statement) && !presenters(statement) {
        return Some(Outcome::Amended);
    }
    let at = |phrases: &[Phrase]| {
        phrases
            .iter()
            .filter_map(|phrase| phrase.find_in(statement))
            .min()
    };
    let forwarded = at(&rules.forwarded).map(|at| (at, Outcome::Other));
    let told = THEN
        .into_iter()
        .filter_map(|outcome| at(words.of(outcome)).map(|at| (at, outcome)));
    let (_, outcome) = told.chain(forwarded).min_by_key(|(at, _)| *at)?;
    let nobody = rules
        .not_elected
        .iter()
        .any(|word| statement.contains(word.as_str()));
    Some(if outcome == Outcome::Elected && nobody {
        Outcome::Accepted
    } else {
        outcome
    })
}

fn any(phrases: &[Phrase], text: &str) -> bool {
    phrases.iter().any(|phrase| phrase.find_in(text).is_some())
}

fn split(sentence: &str, joins: &[String]) -> Vec<String> {
    let mut parts = vec![sentence.to_owned()];
    for join in joins {
        parts = parts
            .iter()
            .flat_map(|part| part.split(join.as_str()))
            .map(str::to_owned)
            .collect();
    }
    parts
}

/// Sentences of a text. A full stop ends one only before a capital, so that dates and ordinals do not.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let end = sentence_end(rest);
        let (sentence, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(sentence.trim())
    })
}

fn sentence_end(text: &str) -> usize {
    let mut before: Option<char> = None;
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        if c == '\n' {
            return at + 1;
        }
        let ended = |b: char| {
            b.is_lowercase() || matches!(b, ')' | '”' | '"') || (b.is_ascii_digit() && at > 4)
        };
        let stop = matches!(c, '.' | '!' | '?') && before.is_some_and(ended);
        if stop {
            let after = text.get(at + 1..).unwrap_or_default();
            let next = after.trim_start().chars().next();
            let blank = letters.peek().is_none_or(|(_, c)| c.is_whitespace());
            if blank && next.is_none_or(|c| c.is_uppercase() || !c.is_alphanumeric()) {
                return at + 1;
            }
        }
        before = Some(c);
    }
    text.len()
}

/// Lines of proceedings that tell of a vote.
pub(super) fn vote_lines(lines: &[Line], vocab: &Vocabulary) -> Vec<Line> {
    let phrases = &vocab.outcome_rules().votes;
    lines
        .iter()
        .filter(|line| any(phrases, &line.shown().to_lowercase()))
        .cloned()
        .collect()
}

/// Whether a sentence tells of a conflict of interest.
pub(super) fn is_conflict(sentence: &str, vocab: &Vocabulary) -> bool {
    any(vocab.conflict_sentences(), &sentence.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str, outcome: Outcome) {
        assert_eq!(of(text, Vocabulary::embedded()), Some(outcome), "{text}");
    }

    #[test]
    fn accepted() {
        for text in [
            "Ehdotus hyväksyttiin.",
            "Hyväksyttiin.",
            "Hyvinvointilautakunta hyväksyi päätösehdotuksen yksimielisesti.",
            "Lautakunta päätti hyväksyä suunnitelman.",
            "Esittelijän ehdotus hyväksyttiin yksimielisesti.",
            "Ehdotuksen mukaan.",
            "Päätös tarkastetaan heti. Ehdotus hyväksyttiin.",
            "Ehdotus hyväksyttiin. Merkittiin tiedoksi, että Mallikas saapui.",
            "Havainnon muutosehdotus hylättiin ja päätösehdotus hyväksyttiin äänin 7-3.",
            "Nämnden beslutade enligt beslutsförslaget.",
            "Förslaget godkändes.",
        ] {
            is(text, Outcome::Accepted);
        }
    }

    #[test]
    fn the_others() {
        is("Merkittiin tiedoksi.", Outcome::Noted);
        is(
            "Kaupunginhallitus merkitsi selvityksen tiedoksi.",
            Outcome::Noted,
        );
        is("Nämnden antecknar ärendet för kännedom.", Outcome::Noted);
        is(
            "Kaupunginhallitus jätti asian yksimielisesti pöydälle.",
            Outcome::Tabled,
        );
        is(
            "Asia pantiin pöydälle Mallikkaan Esimerkin kannattamana tekemästä ehdotuksesta yksimielisesti.",
            Outcome::Tabled,
        );
        is("Asia palautettiin valmisteluun.", Outcome::Returned);
        is(
            "Lautakunta päätti yksimielisesti palauttaa asian uudelleen valmisteltavaksi.",
            Outcome::Returned,
        );
        is(
            "Lautakunta päätti hylätä oikaisuvaatimuksen.",
            Outcome::Rejected,
        );
        is("Asia poistettiin esityslistalta.", Outcome::Withdrawn);
        is(
            "Maakauppa-asia vedettiin pois esityslistalta.",
            Outcome::Withdrawn,
        );
        is(
            "Pöytäkirjantarkastajiksi valittiin Maija Mallikas ja Eero Esimerkki.",
            Outcome::Elected,
        );
        is("Muutettu päätösehdotus hyväksyttiin.", Outcome::Amended);
        is(
            "Ehdotus hyväksyttiin seuraavin muutoksin.",
            Outcome::Amended,
        );
        is("Esimerkin muutosehdotus hyväksyttiin.", Outcome::Amended);
        is(
            "Kokous todettiin lailliseksi ja päätösvaltaiseksi.",
            Outcome::Other,
        );
        is(
            "Kaupunginhallitus ehdottaa, että valtuusto hyväksyy sopimuksen.",
            Outcome::Other,
        );
        is(
            "Kunnanhallitus päätti lähettää aloitteen lautakunnalle valmisteltavaksi.",
            Outcome::Other,
        );
        is(
            "Lautakunta päätti, että urakoitsijaksi valitaan Malli Oy.",
            Outcome::Accepted,
        );
        assert_eq!(of(" ", Vocabulary::embedded()), None);
    }

    #[test]
    fn a_members_proposal_is_another_than_the_presenters() {
        is(
            "Lautakunta hyväksyi Maija Mallikkaan esityksen, jonka mukaan koulu säilyy.",
            Outcome::Amended,
        );
        is(
            "Lautakunta hyväksyi esittelijän ehdotuksen, jonka mukaan koulu säilyy.",
            Outcome::Accepted,
        );
    }

    #[test]
    fn a_rejected_motion_rejects_nothing() {
        is(
            "Puheenjohtaja totesi 10 äänellä 1 ääntä vastaan hylänneen Havainnon muutosehdotuksen. Ehdotus hyväksyttiin.",
            Outcome::Accepted,
        );
        is(
            "Palautusehdotus hylättiin. Lautakunta hyväksyi päätösehdotuksen.",
            Outcome::Accepted,
        );
    }

    #[test]
    fn dates_end_no_sentence() {
        let text = "Kokous pidetään 12.3.2024 klo 9. Asia jätettiin pöydälle. Tämä on 2. kokous.";
        assert_eq!(sentences(text).count(), 3);
    }
}
