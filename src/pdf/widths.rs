//! The widths of letters, brought into the one of two forms that the reader of pages understands.
//!
//! pdf-extract 0.12 misreads `first last width` in the widths of a font with many letters: every letter
//! gets the font's default width, which is 0 in some PDFs, and all stand at one place then.

use pdf_extract::{Document, Object};

/// Letters one entry may cover: as many as a font can have.
const MOST: i64 = 65_535;

/// Rewrites `first last width` into `first [width ...]` in every such font.
pub(super) fn listed(document: &mut Document) {
    let fonts: Vec<_> = document
        .objects
        .iter()
        .filter_map(|(id, object)| Some((*id, rewritten(document, object)?)))
        .collect();
    for (id, widths) in fonts {
        if let Ok(font) = document.get_dictionary_mut(id) {
            font.set("W", widths);
        }
    }
}

/// The new widths of an object that is such a font.
fn rewritten(document: &Document, object: &Object) -> Option<Object> {
    let font = object.as_dict().ok()?;
    let widths = font.get(b"W").ok()?;
    let (_, widths) = document.dereference(widths).ok()?;
    let mut rest = widths.as_array().ok()?.iter();
    let mut out = vec![];
    while let Some(first) = rest.next() {
        let (_, second) = document.dereference(rest.next()?).ok()?;
        out.push(first.clone());
        if let Object::Array(_) = second {
            out.push(second.clone());
            continue;
        }
        let width = rest.next()?;
        let count = second.as_i64().ok()? - first.as_i64().ok()? + 1;
        let count = usize::try_from(count.clamp(0, MOST)).ok()?;
        out.push(Object::Array(vec![width.clone(); count]));
    }
    Some(Object::Array(out))
}
