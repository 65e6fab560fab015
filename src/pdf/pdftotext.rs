//! Poppler's `pdftotext`, where it is installed.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use super::{MOST_IN_ALL, MOST_PAGES};

/// Between two pages of its output.
const PAGE_END: char = '\u{c}';
/// Bytes of output that are taken: every letter in its longest form, and blanks.
const MOST_OUTPUT: u64 = 4 * MOST_IN_ALL as u64;

/// The text of each page; `None` when the program is not there, cannot read the PDF, or finds nothing.
pub(super) fn pages(bytes: &[u8]) -> Option<Vec<String>> {
    let past = (MOST_PAGES + 1).to_string();
    let mut child = Command::new("pdftotext")
        .args(["-layout", "-enc", "UTF-8", "-q", "-l", &past, "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let text = exchange(&mut child, bytes);
    if text.is_none() {
        // It may still be writing what nobody reads.
        child.kill().ok()?;
    }
    let ended = child.wait().ok()?;
    text.filter(|text| ended.success() && !text.trim().is_empty())
        .map(|text| split(&text))
}

/// Feeds the program and reads what it says, both at once; `None` when it says too much.
fn exchange(child: &mut Child, bytes: &[u8]) -> Option<String> {
    let mut input = child.stdin.take()?;
    let output = child.stdout.take()?;
    std::thread::scope(|scope| {
        // It may end before it has read everything.
        let fed = scope.spawn(move || input.write_all(bytes).is_ok());
        let mut text = vec![];
        let read = output.take(MOST_OUTPUT + 1).read_to_end(&mut text);
        let is_whole = read.is_ok() && u64::try_from(text.len()).is_ok_and(|n| n <= MOST_OUTPUT);
        if !is_whole {
            // The feeder would wait for a reader for ever.
            child.kill().ok()?;
        }
        fed.join().ok()?;
        is_whole.then(|| String::from_utf8_lossy(&text).into_owned())
    })
}

/// The pages of an output, each of which ends with a mark.
fn split(text: &str) -> Vec<String> {
    let text = text.strip_suffix(PAGE_END).unwrap_or(text);
    text.split(PAGE_END).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_ends_with_a_mark() {
        assert_eq!(split("a\n\u{c}\u{c}b\n\u{c}"), ["a\n", "", "b\n"]);
        assert_eq!(split("a"), ["a"]);
    }
}
