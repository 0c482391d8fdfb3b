//! What is wrong with a filter, and where.

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// Columns of a filter that are shown around the place where it is wrong.
const SHOWN_COLUMNS: usize = 76;
/// Columns kept in front of it.
const SHOWN_BEFORE: usize = 30;
/// Characters of a word that messages repeat.
const MAX_QUOTED: usize = 40;

/// What is wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Which bytes of the text are wrong. Empty where something is missing.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

impl Error {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Error {
        Error { span, message: message.into(), hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Error {
        Error { hint: Some(hint.into()), ..self }
    }

    pub(super) fn hint_if(self, hint: Option<String>) -> Error {
        Error { hint: hint.or(self.hint), ..self }
    }

    /// The error in full: what is wrong, the text with `^` under the wrong part, what would be right. `text` is
    /// what was parsed.
    pub fn show<'a>(&'a self, text: &'a str) -> Shown<'a> {
        Shown { error: self, text }
    }
}

/// An error with the text that it is about; several lines, without an end of the last.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    error: &'a Error,
    text: &'a str,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error { span, message, hint } = self.error;
        writeln!(f, "{message}")?;
        let columns = Columns::of(self.text, span);
        writeln!(f, "  {}", columns.text)?;
        write!(
            f,
            "  {:before$}{:^<under$}",
            "",
            "",
            before = columns.before,
            under = columns.under
        )?;
        match hint {
            Some(hint) => write!(f, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

/// As much of a text as fits into a line, and where its wrong part stands there.
struct Columns {
    text: String,
    before: usize,
    under: usize,
}

impl Columns {
    fn of(text: &str, span: &Range<usize>) -> Columns {
        // Each character with its place and its first column.
        let mut total = 0;
        let chars: Vec<(usize, usize, char)> = text
            .char_indices()
            .map(|(at, c)| {
                let (c, width) = shown(c);
                total += width;
                (at, total - width, c)
            })
            .collect();
        let column = |at: usize| {
            let index = chars.partition_point(|(place, ..)| *place < at);
            chars.get(index).map_or(total, |(_, column, _)| *column)
        };
        let (first, last) = (column(span.start), column(span.end.max(span.start)));
        // The line is moved if it is too long, and more than enough is in front.
        let moved = total > SHOWN_COLUMNS && first > SHOWN_BEFORE;
        let mut line = String::new();
        let mut from = 0;
        if moved {
            line.push('…');
            from = column(chars.iter().find(|c| c.1 + SHOWN_BEFORE >= first).map_or(0, |c| c.0));
        }
        let room = SHOWN_COLUMNS - usize::from(moved);
        let is_cut = total - from > room;
        let to = if is_cut { from + room - 1 } else { total };
        line.extend(chars.iter().filter(|c| c.1 >= from && column(c.0 + 1) <= to).map(|c| c.2));
        if is_cut {
            line.push('…');
        }
        let under = last.min(to).saturating_sub(first).max(1);
        Columns { text: line, before: first - from + usize::from(moved), under }
    }
}

/// A character as it is shown, and its width: what a terminal would obey, or not show, gets a sign.
fn shown(c: char) -> (char, usize) {
    match c {
        c if c.is_whitespace() => (' ', 1),
        c => match c.width() {
            Some(width) if !is_hidden(c) => (c, width),
            _ => (char::REPLACEMENT_CHARACTER, 1),
        },
    }
}

/// Whether a character changes what the others look like.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

/// A word of the filter as messages repeat it.
pub(super) fn quoted(word: &str) -> String {
    let mut chars = word.chars();
    let mut text: String = chars
        .by_ref()
        .take(MAX_QUOTED)
        .map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    if chars.next().is_some() {
        text.push('…');
    }
    format!("`{text}`")
}
