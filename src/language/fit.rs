//! How well the words of a text fit what is looked for.

use std::sync::Arc;

use super::stems::Tongue;
use super::{Analyser, Forms, QueryForms, word};

/// How well a word of a text fits a word that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// A compound with it.
    Part,
    /// A form of it.
    Form,
}

/// A word of a text, analysed once for all that is looked for.
#[derive(Debug)]
pub struct Met {
    plain: String,
    /// In Finnish and in Swedish; nothing where it is no word, or one that says nothing.
    forms: Option<[Arc<Forms>; 2]>,
}

impl Met {
    /// The word in one spelling: composed, lower case.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// How it fits what is looked for: a form of it, a compound with it, or not at all.
    pub fn fit(&self, wanted: &QueryForms) -> Option<Fit> {
        if wanted.words.contains(&self.plain) {
            return Some(Fit::Form);
        }
        let wants = |form: &String| wanted.words.contains(form) || wanted.stems.contains(form);
        let fits = self.forms.iter().flatten().map(|forms| {
            let whole = forms.bases.iter().any(wants)
                || forms.stems.iter().any(|stem| wanted.stems.contains(stem));
            let part = || forms.parts.iter().any(wants).then_some(Fit::Part);
            whole.then_some(Fit::Form).or_else(part)
        });
        fits.flatten().max()
    }
}

impl Analyser {
    /// A word of a text with its forms.
    pub fn met(&self, token: &str) -> Met {
        let plain = word::plain(token);
        let forms = (word::is_word(&plain) && !self.is_little(&plain))
            .then(|| [Tongue::Finnish, Tongue::Swedish].map(|tongue| self.forms(tongue, &plain)));
        Met { plain, forms }
    }
}
