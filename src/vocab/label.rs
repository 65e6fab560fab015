//! Section labels: their words, and what they announce.

/// What a section label announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Preparer (valmistelija).
    Preparer,
    /// Whom to ask (lisätiedot): stands in for a preparer where none is named.
    Contact,
    /// Presenter (esittelijä).
    Presenter,
    /// Background (selostus).
    Background,
    /// Proposal (päätösehdotus).
    Proposal,
    /// Proceedings (käsittely).
    Proceedings,
    /// Votes (äänestys).
    Votes,
    /// Decision (päätös).
    Decision,
    /// Dissenting opinion (eriävä mielipide).
    Dissent,
    /// Conflicts of interest (esteellisyys).
    Conflicts,
    /// Appeal (muutoksenhaku).
    Appeal,
    /// Notified parties (tiedoksianto).
    Notified,
    /// Competence (toimivalta).
    Competence,
    /// Attachments named in the text (liitteet).
    Attachments,
    /// Earlier handlings (päätöshistoria).
    History,
    /// Diary number (diaarinumero).
    Number,
}

/// One section label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// As written in the vocabulary.
    pub text: String,
    /// In capitals.
    pub capitals: String,
    /// What it announces.
    pub role: Role,
    /// An everyday word: a label only with a mark of the markup or a colon.
    pub weak: bool,
    /// A heading inside a background.
    pub subheading: bool,
    /// Its own words are the text.
    pub telling: bool,
}
