//! Lines made of inked pieces that know how wide they are.

use std::io;

use anstyle::{AnsiColor, Effects};

use super::text::Style;

/// What a piece of text is, as far as colour can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ink {
    #[default]
    Plain,
    /// A heading.
    Strong,
    /// Of less interest.
    Faint,
    /// Something given.
    Give,
    /// Something asked or given back.
    Take,
    /// Something that moves.
    Move,
    /// Something missing.
    Alarm,
}

impl Ink {
    fn style(self) -> anstyle::Style {
        let style = anstyle::Style::new();
        let color = |color: AnsiColor| style.fg_color(Some(color.into()));
        match self {
            Ink::Plain => style,
            Ink::Strong => style.effects(Effects::BOLD),
            Ink::Faint => style.effects(Effects::DIMMED),
            Ink::Give => color(AnsiColor::Green),
            Ink::Take => color(AnsiColor::Yellow),
            Ink::Move => color(AnsiColor::Cyan),
            Ink::Alarm => color(AnsiColor::Red).effects(Effects::BOLD),
        }
    }
}

/// A line of text whose parts have an ink. Every character takes one column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    parts: Vec<(Ink, String)>,
    len: usize,
}

impl Line {
    /// A line that begins with this.
    pub(super) fn of(ink: Ink, text: &str) -> Self {
        let mut line = Line::default();
        line.push(ink, text);
        line
    }

    /// Columns.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends text. What a terminal would obey instead of showing becomes `?`.
    pub(super) fn push(&mut self, ink: Ink, text: &str) {
        let text: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        self.len += text.chars().count();
        match self.parts.last_mut() {
            Some((last, part)) if *last == ink => part.push_str(&text),
            _ => self.parts.push((ink, text)),
        }
    }

    /// Appends another line.
    pub(super) fn append(&mut self, other: &Line) {
        for (ink, text) in &other.parts {
            self.push(*ink, text);
        }
    }

    /// Appends blanks up to column `column`.
    pub(super) fn pad_to(&mut self, column: usize) {
        self.push(Ink::Plain, &" ".repeat(column.saturating_sub(self.len)));
    }

    /// Appends text that ends at column `column`, or as soon behind it as it can.
    pub(super) fn right(&mut self, ink: Ink, column: usize, text: &str) {
        self.pad_to(column.saturating_sub(text.chars().count()));
        self.push(ink, text);
    }

    /// Writes the line, without blanks at its end.
    pub(super) fn write(&self, style: &Style, out: &mut impl io::Write) -> io::Result<()> {
        let mut rest = self.text().trim_end().len();
        for (ink, text) in &self.parts {
            let text = &text[..text.len().min(rest)];
            rest -= text.len();
            let ink = ink.style();
            match style.color && !text.trim().is_empty() {
                true => write!(out, "{ink}{text}{ink:#}")?,
                false => out.write_all(text.as_bytes())?,
            }
        }
        out.write_all(b"\n")
    }

    pub(super) fn text(&self) -> String {
        self.parts.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// Blanks in front of what goes on in the next line, beyond those of the first.
const HANGING: usize = 2;

impl Line {
    /// Writes the line; what is too long for the terminal goes on below, between two words, `HANGING` blanks
    /// further in. A word stays whole however long it is.
    pub(super) fn say(&self, style: &Style, out: &mut impl io::Write) -> io::Result<()> {
        let lead = self.text().chars().take_while(|c| *c == ' ').count();
        for line in self.broken(style.width, lead + HANGING) {
            line.write(style, out)?;
        }
        Ok(())
    }

    /// Pieces of at most `width` columns as far as words allow, those behind the first with `indent` blanks in
    /// front.
    pub(super) fn broken(&self, width: usize, indent: usize) -> Vec<Line> {
        if self.len <= width {
            return vec![self.clone()];
        }
        let mut lines = vec![Line::default()];
        for word in self.words() {
            let Some(line) = lines.last_mut() else { break };
            // The blank behind a word may stand out: it is not written.
            let fits = line.len + word.text().trim_end().chars().count() <= width;
            if fits || line.text().trim().is_empty() {
                line.append(&word);
                continue;
            }
            let mut next = Line::of(Ink::Plain, &" ".repeat(indent));
            next.append(&word);
            lines.push(next);
        }
        lines
    }

    /// Its words, each with the blank behind it.
    fn words(&self) -> Vec<Line> {
        let mut words = vec![Line::default()];
        for (ink, text) in &self.parts {
            for piece in text.split_inclusive(' ') {
                if let Some(word) = words.last_mut() {
                    word.push(*ink, piece);
                }
                if piece.ends_with(' ') {
                    words.push(Line::default());
                }
            }
        }
        words
    }
}

/// Writes a sentence.
pub(super) fn sentence(
    ink: Ink,
    text: &str,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    Line::of(ink, text).say(style, out)
}

/// Joins pieces, two blanks between them, into lines of at most `width` columns as far as the pieces allow.
pub(super) fn wrap(pieces: Vec<Line>, width: usize) -> Vec<Line> {
    let mut lines = flow(pieces, width, width);
    if lines.first().is_some_and(Line::is_empty) {
        lines.remove(0);
    }
    lines
}

/// The same, where the first line has another width. It is empty if not even the first piece fits there.
pub(super) fn flow(pieces: Vec<Line>, first: usize, rest: usize) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    for piece in pieces {
        let room = if lines.len() == 1 { first } else { rest };
        match lines.last_mut() {
            Some(line) if line.is_empty() && piece.len() <= room => line.append(&piece),
            Some(line) if !line.is_empty() && line.len() + 2 + piece.len() <= room => {
                line.push(Ink::Plain, "  ");
                line.append(&piece);
            }
            _ => lines.extend(piece.broken(rest, HANGING)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_line_goes_on_below() {
        let mut line = Line::of(Ink::Strong, "  12 caps");
        line.push(Ink::Plain, ", of client.4125 and");
        line.push(Ink::Faint, " mds.0");
        let broken: Vec<_> =
            line.broken(20, 4).iter().map(|l| l.text().trim_end().to_owned()).collect();
        assert_eq!(broken, ["  12 caps, of", "    client.4125 and", "    mds.0"]);
        assert_eq!(line.broken(40, 4), [line]);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_none_too_long_that_fits(
            parts in prop::collection::vec(("[a-z ]{0,12}", any::<bool>()), 0..8),
            width in 16..40_usize,
        ) {
            let mut line = Line::default();
            for (text, strong) in &parts {
                line.push(if *strong { Ink::Strong } else { Ink::Plain }, text);
            }
            let broken = line.broken(width, 4);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let all: Vec<_> = broken.iter().flat_map(|line| words(&line.text())).collect();
            prop_assert_eq!(all, words(&line.text()));
            for line in &broken {
                let fits = line.text().trim_end().chars().count() <= width;
                prop_assert!(fits || words(&line.text()).len() == 1);
            }
        }
    }
}
