//! Where the text stands in each kind of document. Elements are named without their prefixes, which writers choose.

use crate::model::file_kind::FileKind;

/// Where the text of a kind stands.
pub(super) struct Form {
    /// Parts that are read where they are there; the first one must be.
    pub(super) parts: &'static [&'static str],
    /// What the names of further parts begin with, before their number.
    pub(super) numbered: Option<&'static str>,
    /// Elements that hold text.
    pub(super) text: &'static [&'static str],
    /// Elements that end a line.
    pub(super) lines: &'static [&'static str],
    /// Elements that part words.
    pub(super) blanks: &'static [&'static str],
    /// Elements that are left out with all they hold: comments, what was deleted, what is there twice.
    pub(super) skipped: &'static [&'static str],
}

const DOCX: Form = Form {
    parts: &[
        "word/document.xml",
        "word/footnotes.xml",
        "word/endnotes.xml",
    ],
    numbered: None,
    text: &["t"],
    lines: &["p", "br", "cr"],
    blanks: &["tab"],
    skipped: &["pPr", "rPr", "sectPr", "Fallback"],
};

const PPTX: Form = Form {
    parts: &["ppt/presentation.xml"],
    numbered: Some("ppt/slides/slide"),
    text: &["t"],
    lines: &["p", "br"],
    blanks: &["tab"],
    skipped: &["pPr", "rPr", "Fallback"],
};

const XLSX: Form = Form {
    parts: &["xl/workbook.xml", "xl/sharedStrings.xml"],
    numbered: Some("xl/worksheets/sheet"),
    text: &["t"],
    lines: &["si", "is"],
    blanks: &[],
    skipped: &["rPh"],
};

const ODT: Form = Form {
    parts: &["content.xml"],
    numbered: None,
    text: &["p", "h"],
    lines: &["p", "h", "line-break"],
    blanks: &["tab", "s"],
    skipped: &["annotation", "tracked-changes"],
};

const ODS: Form = Form {
    lines: &["table-row", "line-break"],
    blanks: &["table-cell", "p", "tab", "s"],
    ..ODT
};

impl Form {
    /// The form of a kind; `None` where its text is not read here.
    pub(super) fn of(kind: FileKind) -> Option<Self> {
        match kind {
            FileKind::Docx => Some(DOCX),
            FileKind::Odt => Some(ODT),
            FileKind::Xlsx => Some(XLSX),
            FileKind::Pptx => Some(PPTX),
            FileKind::Ods => Some(ODS),
            FileKind::Pdf
            | FileKind::Office
            | FileKind::Rtf
            | FileKind::Text
            | FileKind::Jpeg
            | FileKind::Png
            | FileKind::Gif
            | FileKind::Tiff
            | FileKind::Zip => None,
        }
    }

    /// Whether each part is a page of its own.
    pub(super) fn is_paged(&self) -> bool {
        self.numbered == PPTX.numbered
    }
}
