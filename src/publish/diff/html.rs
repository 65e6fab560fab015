//! A comparison as HTML: what was removed in `del`, what was added in `ins`, everything else escaped.

use html_escape::encode_text;

use super::Run;
use crate::publish::clean;

/// Writes runs one after the other. Line feeds stay as they are: the style decides that they show.
pub fn html(runs: &[Run]) -> String {
    let mut out = String::new();
    for run in runs {
        let said = match run {
            Run::Same(text) => escaped(text),
            Run::Removed(text) => format!("<del>{}</del>", escaped(text)),
            Run::Added(text) => format!("<ins>{}</ins>", escaped(text)),
            Run::Elided(_) => "<span class=\"elided\">…</span>".to_owned(),
        };
        if !(out.is_empty() || out.ends_with('\n') || said.starts_with('\n')) {
            out.push(' ');
        }
        out.push_str(&said);
    }
    out
}

fn escaped(text: &str) -> String {
    encode_text(&clean::text(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_marked_and_markup_in_a_text_is_text() {
        let runs = [
            Run::Same("Lautakunta <b>".to_owned()),
            Run::Removed("hyväksyy".to_owned()),
            Run::Added("päätti & hyväksyi".to_owned()),
            Run::Elided(30),
        ];
        assert_eq!(
            html(&runs),
            "Lautakunta &lt;b&gt; <del>hyväksyy</del> <ins>päätti &amp; hyväksyi</ins> <span class=\"elided\">…</span>"
        );
    }
}
