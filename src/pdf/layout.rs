//! Letters with their places on a page, set into lines of text as they lie.

use pdf_extract::{MediaBox, OutputDev, OutputError, Transform};
use unicode_normalization::UnicodeNormalization as _;

/// Share of the size of letters that two letters of one line may differ in height.
const SAME_LINE: f64 = 0.4;
/// Gap that is a blank, in sizes. Kerning and justified text within words stay below.
const BLANK: f64 = 0.15;
/// Gap that parts columns, in sizes: justified text has no such gaps, a tab stop has.
const COLUMN: f64 = 1.2;
/// Blanks that part columns at least.
const COLUMN_BLANKS: usize = 3;
/// Distance of lines that leaves an empty line between them, in sizes.
const EMPTY_LINE: f64 = 1.9;
/// Offset below which the same letter again is the same letter, printed twice to look bold; in sizes.
const TWICE: f64 = 0.12;
/// Columns of text a page is at most wide.
const WIDEST: usize = 400;

/// A letter, or what one sign of a font stands for.
#[derive(Clone, Debug)]
struct Glyph {
    text: String,
    /// Where it begins and ends along the line.
    start: f64,
    end: f64,
    /// How high the line is.
    height: f64,
    /// Size of the letters.
    size: f64,
}

/// Direction of writing, in quarter turns; a page may be turned as a whole, or carry a note at its edge.
const TURNS: usize = 4;

/// Collects the letters of one page.
pub(super) struct Layout {
    glyphs: [Vec<Glyph>; TURNS],
    count: usize,
    most: usize,
}

impl Layout {
    /// A page that takes so many letters.
    pub(super) fn new(most: usize) -> Self {
        Self {
            glyphs: Default::default(),
            count: 0,
            most,
        }
    }

    /// Whether the page had more letters than it takes.
    pub(super) fn is_full(&self) -> bool {
        self.count > self.most
    }

    /// The text in lines: the direction with the most letters first.
    pub(super) fn text(mut self) -> String {
        self.glyphs
            .sort_by_key(|glyphs| std::cmp::Reverse(glyphs.len()));
        let texts: Vec<String> = self
            .glyphs
            .into_iter()
            .filter(|glyphs| !glyphs.is_empty())
            .map(set)
            .collect();
        texts.join("\n\n").nfc().collect()
    }
}

impl OutputDev for Layout {
    fn begin_page(
        &mut self,
        _: u32,
        _: &MediaBox,
        _: Option<(f64, f64, f64, f64)>,
    ) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn output_character(
        &mut self,
        place: &Transform,
        width: f64,
        _: f64,
        font_size: f64,
        char: &str,
    ) -> Result<(), OutputError> {
        self.count += char.chars().count().max(1);
        if self.is_full() {
            return Err(OutputError::FormatError(std::fmt::Error));
        }
        let (x, y) = (place.m31, place.m32);
        let (turn, start, height) = if place.m11.abs() >= place.m12.abs() {
            if place.m11 >= 0.0 {
                (0, x, y)
            } else {
                (2, -x, -y)
            }
        } else if place.m12 >= 0.0 {
            (1, y, -x)
        } else {
            (3, -y, x)
        };
        let along = place.m11.hypot(place.m12) * font_size.abs();
        let size = place.m21.hypot(place.m22) * font_size.abs();
        let glyph = Glyph {
            text: plain(char),
            start,
            end: start + width * along,
            height,
            size,
        };
        let is_sane = [glyph.start, glyph.end, glyph.height, glyph.size]
            .iter()
            .all(|value| value.is_finite() && value.abs() < 1e6);
        if let Some(glyphs) = self.glyphs.get_mut(turn)
            && is_sane
            && size > 0.0
        {
            glyphs.push(glyph);
        }
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

/// A sign of a font as letters: ligatures apart, no control characters.
fn plain(sign: &str) -> String {
    sign.chars()
        .flat_map(|c| match c {
            '\u{fb00}'..='\u{fb06}' => std::iter::once(c).nfkc().collect::<Vec<_>>(),
            _ if c.is_whitespace() => vec![' '],
            _ if c.is_control() => vec![],
            _ => vec![c],
        })
        .collect()
}

/// Sets letters of one direction.
fn set(glyphs: Vec<Glyph>) -> String {
    let letters = glyphs.iter().filter(|glyph| !is_blank(glyph));
    let left = letters
        .clone()
        .map(|g| g.start)
        .fold(f64::INFINITY, f64::min);
    let mut widths: Vec<f64> = letters
        .map(|g| g.end - g.start)
        .filter(|w| *w > 0.0)
        .collect();
    widths.sort_by(f64::total_cmp);
    let Some(width) = widths.get(widths.len() / 2).copied() else {
        return String::new();
    };
    let mut text = String::new();
    let mut above: Option<(f64, f64)> = None;
    for line in lines(glyphs) {
        let Some(size) = line.iter().map(|g| g.size).max_by(f64::total_cmp) else {
            continue;
        };
        let height = line.first().map_or(0.0, |glyph| glyph.height);
        if let Some((before, size_before)) = above {
            let gap = before - height;
            text.push_str(if gap > EMPTY_LINE * size.max(size_before) {
                "\n\n"
            } else {
                "\n"
            });
        }
        above = Some((height, size));
        text.push_str(&set_line(&line, left, width));
    }
    text
}

fn is_blank(glyph: &Glyph) -> bool {
    glyph.text.trim().is_empty()
}

/// The letters line by line from above, each line from its beginning; a line without letters is none.
fn lines(mut glyphs: Vec<Glyph>) -> Vec<Vec<Glyph>> {
    glyphs.sort_by(|a, b| b.height.total_cmp(&a.height));
    let mut lines: Vec<Vec<Glyph>> = vec![];
    for glyph in glyphs {
        let line = lines.last_mut().filter(|line| {
            line.first().is_some_and(|first| {
                first.height - glyph.height <= SAME_LINE * first.size.min(glyph.size)
            })
        });
        match line {
            Some(line) => line.push(glyph),
            None => lines.push(vec![glyph]),
        }
    }
    for line in &mut lines {
        // Letters at the same place keep the order in which they were drawn.
        line.sort_by(|a, b| a.start.total_cmp(&b.start));
    }
    lines.retain(|line| !line.iter().all(is_blank));
    lines
}

/// One line: blanks where there are gaps, and columns below each other.
fn set_line(line: &[Glyph], left: f64, width: f64) -> String {
    let mut text = String::new();
    let mut columns = 0;
    let mut before: Option<&Glyph> = None;
    let mut blank = false;
    for glyph in line {
        if is_blank(glyph) {
            blank = true;
            continue;
        }
        let is_again =
            before.is_some_and(|b| b.text == glyph.text && glyph.start - b.start < TWICE * b.size);
        if is_again {
            continue;
        }
        let gap = before.map_or(f64::INFINITY, |before| {
            (glyph.start - before.end) / glyph.size
        });
        let blanks = if gap > COLUMN {
            let least = if before.is_some() { COLUMN_BLANKS } else { 0 };
            column(glyph.start - left, width)
                .saturating_sub(columns)
                .max(least)
        } else {
            usize::from(blank || gap > BLANK)
        };
        text.extend(std::iter::repeat_n(' ', blanks));
        text.push_str(&glyph.text);
        columns += blanks + glyph.text.chars().count();
        before = Some(glyph);
        blank = false;
    }
    text
}

/// Which column of text a place is.
fn column(place: f64, width: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a finite number that is not negative; casts of floats saturate"
    )]
    let column = (place / width).round().max(0.0) as usize;
    column.min(WIDEST)
}
