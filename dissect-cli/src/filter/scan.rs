//! The text of a filter, piece by piece. What a piece is depends on what is expected: `-` is a set of caps
//! behind an operator, and nothing before one.

use std::ops::Range;

use super::error::Error;

/// Reads a text from left to right.
pub(super) struct Scan<'t> {
    text: &'t str,
    at: usize,
}

/// A value as it is written.
#[derive(Clone, Debug)]
pub(super) struct Word<'t> {
    /// Without quotes.
    pub(super) text: &'t str,
    pub(super) quoted: Option<Quoted>,
    /// With quotes.
    pub(super) span: Range<usize>,
}

/// How a quoted text is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoted {
    /// `"..."` or `'...'`.
    Plain,
    /// `r"..."`: a backslash stands for itself.
    Raw,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Scan { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What was not read yet, blanks in front left out.
    pub(super) fn rest(&mut self) -> &'t str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let trimmed = rest.trim_start();
        self.at += rest.len() - trimmed.len();
        trimmed
    }

    pub(super) fn is_at_end(&mut self) -> bool {
        self.rest().is_empty()
    }

    /// Passes over `len` bytes.
    pub(super) fn pass(&mut self, len: usize) -> Range<usize> {
        let from = self.at;
        self.at = (self.at + len).min(self.text.len());
        from..self.at
    }

    /// Reads this sign, if it comes next.
    pub(super) fn sign(&mut self, sign: &str) -> Option<Range<usize>> {
        self.rest().starts_with(sign).then(|| self.pass(sign.len()))
    }

    /// The name that comes next, without reading it; empty if there is none.
    pub(super) fn peek_name(&mut self) -> &'t str {
        let rest = self.rest();
        rest.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-')))
            .next()
            .unwrap_or_default()
    }

    /// The bare word that comes next, without reading it; empty if there is none. Ends before `..` if that is
    /// asked for.
    fn peek_word(&mut self, ranges: bool) -> &'t str {
        let rest = self.rest();
        let is_end = |c: char| c.is_whitespace() || c.is_control() || SIGNS.contains(c);
        let end = rest.find(is_end).unwrap_or(rest.len());
        let end = rest.find("^^").map_or(end, |xor| xor.min(end));
        let end = shown_unknown(rest).unwrap_or(end);
        let word = rest.get(..end).unwrap_or_default();
        match word.find("..") {
            Some(end) if ranges => word.get(..end).unwrap_or_default(),
            _ => word,
        }
    }

    /// Reads a value, bare or in quotes. `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the second quote is missing.
    pub(super) fn word(&mut self, ranges: bool) -> Result<Option<Word<'t>>, Error> {
        let rest = self.rest();
        let (quoted, skip) = match rest.as_bytes() {
            [b'"' | b'\'', ..] => (Quoted::Plain, 0),
            [b'r' | b'R', b'"' | b'\'', ..] => (Quoted::Raw, 1),
            _ => {
                let text = self.peek_word(ranges);
                let span = self.pass(text.len());
                return Ok((!text.is_empty()).then_some(Word { text, quoted: None, span }));
            }
        };
        let quote = rest.as_bytes().get(skip).copied().unwrap_or_default();
        let mut escaped = false;
        let inside = rest.get(skip + 1..).unwrap_or_default();
        for (at, byte) in inside.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                byte if byte == quote => {
                    let span = self.pass(skip + at + 2);
                    let text = inside.get(..at).unwrap_or_default();
                    return Ok(Some(Word { text, quoted: Some(quoted), span }));
                }
                _ => {}
            }
        }
        let span = self.at..self.at + skip + 1;
        Err(Error::new(span, "this quote is not closed"))
    }

    /// Goes on behind a bare word with what belongs to it if it is a moment, as this program shows them: a time of day
    /// behind a date, and `UTC` behind that.
    pub(super) fn moment(&mut self, word: Word<'t>, ranges: bool) -> Word<'t> {
        if word.quoted.is_some() || !is_date(word.text.get(..10).unwrap_or_default()) {
            return word;
        }
        let mut span = word.span.clone();
        let time = self.peek_word(ranges);
        if word.text.len() == 10 && time.get(2..3) == Some(":") {
            span.end = self.pass(time.len()).end;
        }
        let zone = self.peek_word(ranges);
        if ["UTC", "Z"].contains(&zone) {
            span.end = self.pass(zone.len()).end;
        }
        Word { text: self.text.get(span.clone()).unwrap_or_default(), span, ..word }
    }
}

/// A day as it is shown.
fn is_date(text: &str) -> bool {
    let is_it =
        |(at, b): (usize, u8)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(is_it)
}

/// How long `unknown(7)` is, if it comes next: what stands for a number without a name.
fn shown_unknown(text: &str) -> Option<usize> {
    let digits = text.strip_prefix("unknown(")?;
    let (number, _) = digits.split_once(')')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some("unknown(".len() + number.len() + ")".len())
}

/// Characters that end a bare word; `^^` does too.
const SIGNS: &str = "(){},=!<>&|\"'\\";

/// Whether a text can stand without quotes and is read as it is.
pub(super) fn is_bare(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(char::is_alphabetic)
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/'))
        && !text.contains("..")
}
