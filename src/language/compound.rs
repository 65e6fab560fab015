//! The words inside a compound, as a dictionary splits it.

use std::collections::BTreeSet;

use super::voikko::Analysis;
use super::word::plain;

/// Letters of the shortest part.
const SHORTEST: usize = 3;

/// One piece of a word and the word it comes from.
struct Piece<'a> {
    letters: usize,
    text: &'a str,
    origin: Option<&'a str>,
}

/// Every tail of a compound (`verkosto` of `yhteistyöverkosto`) and the words before its head.
pub(super) fn parts(base: &str, analysis: &Analysis) -> BTreeSet<String> {
    let bounds = bounds(&analysis.structure);
    let tails = bounds.iter().skip(1).filter_map(|at| {
        let (byte, _) = base.char_indices().nth(*at)?;
        base.get(byte..)
    });
    let mut found: BTreeSet<String> = tails
        .map(|tail| tail.trim_matches('-').to_owned())
        .collect();
    found.extend(modifiers(&bounds, &pieces(&analysis.pieces)));
    found.retain(|part| part.chars().count() >= SHORTEST && part != base);
    found
}

/// Letters before each part of the word.
fn bounds(structure: &str) -> Vec<usize> {
    let mut letters = 0;
    let mut bounds = Vec::new();
    for mark in structure.chars() {
        if mark == '=' {
            bounds.push(letters);
        } else {
            letters += 1;
        }
    }
    bounds
}

/// `+yhteis+toimi(toimia)+nta(+ta)`: pieces in the order of the word.
fn pieces(bases: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = bases.trim_start_matches('+');
    while !rest.is_empty() {
        let end = rest.find(['+', '(']).unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        let (origin, after) = match after.strip_prefix('(') {
            Some(inner) => match inner.split_once(')') {
                Some((origin, after)) => (Some(origin), after),
                None => (Some(inner), ""),
            },
            None => (None, after),
        };
        found.push(Piece {
            letters: text.chars().count(),
            text,
            origin,
        });
        rest = after.trim_start_matches('+');
    }
    found
}

/// The words before the head: a piece by the word it comes from, a word made of several as it stands.
fn modifiers(bounds: &[usize], pieces: &[Piece<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    for pair in bounds.windows(2) {
        let [from, to] = pair else { continue };
        let mut at = 0;
        let mut inside = Vec::new();
        for piece in pieces {
            if at >= *from && at + piece.letters <= *to {
                inside.push(piece);
            }
            at += piece.letters;
        }
        match inside.as_slice() {
            [] => {}
            [one] => found.extend(
                one.origin
                    .map(|origin| plain(&origin.replace(['=', '+'], ""))),
            ),
            several => found.push(plain(
                &several.iter().map(|piece| piece.text).collect::<String>(),
            )),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(base: &str, structure: &str, pieces: &str) -> Vec<String> {
        let analysis = Analysis {
            base: base.to_owned(),
            structure: structure.to_owned(),
            pieces: pieces.to_owned(),
        };
        parts(base, &analysis).into_iter().collect()
    }

    #[test]
    fn tails_and_modifiers_are_parts_and_derivations_are_not() {
        assert_eq!(
            split(
                "yhteistoimintasopimus",
                "=pppppp=pppppppp=pppppppppp",
                "+yhteis+toimi(toimia)+nta(+ta)+sopimus(sopimus)"
            ),
            ["sopimus", "toiminta", "toimintasopimus"]
        );
        assert_eq!(
            split(
                "sivistysjohtaja",
                "=pppppppp=ppppppp",
                "+sivist(sivistää)+ys(+ys)+johta(johtaa)+ja(+ja)"
            ),
            ["johtaja", "sivistys"]
        );
        assert_eq!(
            split("opettaja", "=ppppppppp", "+opetta(opettaa)+ja(+ja)"),
            [""; 0]
        );
    }

    #[test]
    fn odd_answers_of_a_dictionary_do_no_harm() {
        for (structure, pieces) in [
            ("", ""),
            ("====", "+(+("),
            ("=ppppppppppppppp=p", "+a(b"),
            ("pp=", "))(("),
        ] {
            split("kunta", structure, pieces);
        }
    }
}
