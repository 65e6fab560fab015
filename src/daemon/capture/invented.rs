//! Invented names in the place of names: the same person is the same everywhere, endings are kept.

use std::collections::BTreeMap;

use super::people::People;
use crate::model::ids::slug;
use crate::vocab::{InventedName, Names, Vocabulary};

/// The last part of hosts that nobody has.
const NOBODYS: &str = ".example";

/// Which name stands for which.
#[derive(Debug)]
pub(super) struct Invented {
    names: BTreeMap<String, InventedName>,
}

impl Invented {
    /// Gives every name of a page another one; none of them occurs on the page.
    pub(super) fn for_people(people: &People) -> Self {
        let names = Names::embedded();
        let free = |pool: Vec<InventedName>| -> Vec<InventedName> {
            pool.into_iter()
                .filter(|invented| people.name_of(invented.name()).is_none())
                .collect()
        };
        let mut all = give(&people.given, &free(names.invented_given()));
        all.extend(give(&people.surnames, &free(names.invented_surnames())));
        Self { names: all }
    }

    /// The invented name for a name.
    pub(super) fn name(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(InventedName::name)
    }

    /// What stands for a word that is a form of `name`, in the same form and the same capitals.
    pub(super) fn word(&self, word: &str, name: &str) -> Option<String> {
        let names = Names::embedded();
        let invented = self.names.get(name)?;
        let form = names.form_of(word, name)?;
        let put = names.inflected(invented, form);
        let is_shouted = word.chars().count() > 1 && word.chars().all(char::is_uppercase);
        let is_low = word.chars().all(char::is_lowercase);
        Some(if is_shouted {
            put.to_uppercase()
        } else if is_low {
            put.to_lowercase()
        } else {
            put
        })
    }

    /// What stands for an e-mail address: the person's invented name, or the office's own name, at a host
    /// that nobody has.
    pub(super) fn mail(&self, mail: &str, vocab: &Vocabulary) -> String {
        let is_local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
        let cut = mail.find(|c| !is_local(c)).unwrap_or(mail.len());
        let (local, rest) = mail.split_at_checked(cut).unwrap_or((mail, ""));
        let host_at = rest
            .rfind(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-'))
            .map_or(0, |at| {
                at + rest
                    .get(at..)
                    .and_then(|r| r.chars().next())
                    .map_or(1, char::len_utf8)
            });
        let (sign, host) = rest.split_at_checked(host_at).unwrap_or((rest, ""));
        let low = local.to_lowercase();
        let is_pattern = vocab.contact().patterns.contains(&low);
        let local = if is_pattern {
            local.to_owned()
        } else {
            self.local(local)
        };
        format!("{local}{sign}{}", nobodys_host(host))
    }

    fn local(&self, local: &str) -> String {
        let mut out = String::new();
        for part in local.split_inclusive(['.', '-', '_']) {
            let bare = part.trim_end_matches(['.', '-', '_']);
            let mark = part.get(bare.len()..).unwrap_or_default();
            let name = self.names.iter().find(|(name, _)| slug(name) == slug(bare));
            match name {
                Some((_, invented)) => out.push_str(&slug(invented.name())),
                None => out.push_str(&self.without_names(bare)),
            }
            out.push_str(mark);
        }
        out
    }

    /// `mvirtanen`: a name inside a part.
    fn without_names(&self, part: &str) -> String {
        let low = slug(part);
        let inside = self.names.iter().find(|(name, _)| {
            let name = slug(name);
            name.len() > 3 && low.contains(&name)
        });
        match inside {
            Some((_, invented)) => slug(invented.name()),
            None => part.to_owned(),
        }
    }
}

fn give<'a>(
    names: impl IntoIterator<Item = &'a String>,
    pool: &[InventedName],
) -> BTreeMap<String, InventedName> {
    let size = pool.len().max(1);
    names
        .into_iter()
        .enumerate()
        .filter_map(|(no, name)| {
            let first = pool.get(no % size)?;
            let round = no / size;
            let invented = if round == 0 {
                first.clone()
            } else {
                first.joined(pool.get((no + round) % size)?)
            };
            Some((name.clone(), invented))
        })
        .collect()
}

/// `hollola.fi` as `hollola.example`.
fn nobodys_host(host: &str) -> String {
    let host = host.trim_end_matches('.');
    if host.ends_with(NOBODYS) {
        return host.to_owned();
    }
    let name = host.rsplit_once('.').map_or(host, |(name, _)| name);
    format!("{name}{NOBODYS}")
}
