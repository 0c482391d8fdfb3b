//! The Markdown that the book's pages on findings are written in, for terminals: headings, paragraphs,
//! lists, tables, blocks of code, and inside them code, links and emphasis.

use std::io::{self, Write};

use super::line::{Ink, Line};
use super::text::Style;

/// Columns beyond which text is not easier to read.
const WIDEST: usize = 100;
/// Columns that the last column of a table has at least.
const NARROWEST: usize = 24;

/// Writes a page.
pub(super) fn write(page: &str, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let width = style.width.min(WIDEST);
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix('#') {
            Line::of(Ink::Strong, &plain(heading.trim_start_matches('#').trim()))
                .write(style, out)?;
        } else if line.starts_with("```") {
            for code in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                Line::of(Ink::Plain, &format!("    {code}")).write(style, out)?;
            }
        } else if line.starts_with('|') {
            let mut rows = vec![cells(line)];
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                // The line between the heading and the rows.
                if !row.starts_with("| ---") {
                    rows.push(cells(row));
                }
            }
            table(&rows, width, style, out)?;
        } else {
            let (lead, text) = lead(line);
            paragraph(lead, text, width, style, out)?;
        }
    }
    Ok(())
}

/// A paragraph, or an item of a list behind its mark.
fn paragraph(
    lead: &str,
    text: &str,
    width: usize,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let indent = lead.chars().count();
    let mut first = lead;
    for words in wrapped(text, width.saturating_sub(indent)) {
        let mut line = Line::of(Ink::Plain, first);
        line.pad_to(indent);
        line.append(&words);
        line.write(style, out)?;
        first = "";
    }
    Ok(())
}

/// A table: columns as wide as they need, the last one broken into lines.
fn table(
    rows: &[Vec<String>],
    width: usize,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut starts = vec![2];
    for column in 1..columns {
        let cells = rows.iter().filter_map(|row| row.get(column - 1));
        let widest = cells.map(|cell| plain(cell).chars().count()).max().unwrap_or(0);
        starts.push(starts.last().map_or(0, |start| start + widest + 2));
    }
    for (number, row) in rows.iter().enumerate() {
        let mut line = Line::default();
        let mut rest = Vec::new();
        for (column, (cell, start)) in row.iter().zip(&starts).enumerate() {
            line.pad_to(*start);
            let room = match column + 1 == columns {
                true => width.saturating_sub(*start).max(NARROWEST),
                false => usize::MAX,
            };
            let mut words = wrapped(cell, room).into_iter();
            match words.next() {
                // The first row is the heading.
                Some(words) if number == 0 => line.push(Ink::Strong, &words.text()),
                Some(words) => line.append(&words),
                None => {}
            }
            rest.extend(words.map(|words| (*start, words)));
        }
        line.write(style, out)?;
        for (start, words) in rest {
            let mut line = Line::default();
            line.pad_to(start);
            line.append(&words);
            line.write(style, out)?;
        }
    }
    Ok(())
}

fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|').trim_end_matches('|');
    row.split(" |").map(|cell| cell.trim().to_owned()).collect()
}

/// The mark of a list's item with its blank, and the text behind it.
fn lead(line: &str) -> (&str, &str) {
    let blanks = line.len() - line.trim_start().len();
    let rest = &line[blanks..];
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mark = match rest {
        _ if rest.starts_with("- ") => 2,
        _ if digits > 0 && rest[digits..].starts_with(". ") => digits + 2,
        _ => 0,
    };
    line.split_at(blanks + mark)
}

/// Text broken into lines of at most so many columns, as far as its words allow.
fn wrapped(text: &str, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = Line::default();
    for word in words(text) {
        if !line.is_empty() && line.len() + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(Ink::Plain, " ");
        }
        line.append(&word);
    }
    lines.push(line);
    lines
}

/// The words of a text; what is code may have blanks in it.
fn words(text: &str) -> Vec<Line> {
    let mut words = Vec::new();
    let mut word = Line::default();
    for (ink, part) in inked(text) {
        let mut pieces = part.split(' ');
        if let Some(piece) = pieces.next() {
            word.push(ink, piece);
        }
        for piece in pieces {
            words.push(std::mem::take(&mut word));
            word.push(ink, piece);
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// The text as it reads, without marks.
fn plain(text: &str) -> String {
    inked(text).into_iter().map(|(_, part)| part).collect()
}

/// The parts of a text by how they are set. A mark that nothing closes is text.
fn inked(text: &str) -> Vec<(Ink, String)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*', '[']) {
        let (before, from) = rest.split_at(at);
        parts.push((Ink::Plain, before.to_owned()));
        let (part, behind) = marked(from);
        parts.extend(part);
        rest = behind;
    }
    parts.push((Ink::Plain, rest.to_owned()));
    parts
}

/// What stands at a mark, and the text behind it.
fn marked(from: &str) -> (Vec<(Ink, String)>, &str) {
    let between = |mark: &str| {
        let (inner, behind) = from.strip_prefix(mark)?.split_once(mark)?;
        (!inner.is_empty()).then_some((inner, behind))
    };
    if let Some((code, behind)) = between("`") {
        return (vec![(Ink::Take, code.to_owned())], behind);
    }
    if let Some((strong, behind)) = between("**").or_else(|| between("*")) {
        return (vec![(Ink::Strong, plain(strong))], behind);
    }
    if let Some((text, (target, behind))) = from
        .strip_prefix('[')
        .and_then(|link| link.split_once("]("))
        .and_then(|(text, rest)| Some((text, rest.split_once(')')?)))
    {
        let mut parts = inked(text);
        // Within the book, the words say enough.
        if target.contains("://") {
            parts.push((Ink::Plain, format!(" ({target})")));
        }
        return (parts, behind);
    }
    let (mark, behind) = from.split_at(1);
    (vec![(Ink::Plain, mark.to_owned())], behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(page: &str, width: usize, color: bool) -> String {
        let style = Style { width, color, unicode: true };
        let mut out = Vec::new();
        write(page, &style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn marks_go_and_words_stay() {
        let page = "# a-code\n\nA *placeholder* is **not** a `held cap`, see [here](../a.md) and \
                    [there](https://b.example/c).\n";
        let want = "a-code\n\nA placeholder is not a held cap, see here and there (https://b.example/c).\n";
        assert_eq!(written(page, 100, false), want);
        let colored = written(page, 100, true);
        assert!(colored.starts_with("\u{1b}[1ma-code\u{1b}[0m\n"), "{colored:?}");
    }

    #[test]
    fn lines_keep_to_the_width_and_items_hang() {
        let text = written("- one two three four\n10. five six seven\n", 12, false);
        assert_eq!(text, "- one two\n  three four\n10. five six\n    seven\n");
    }

    #[test]
    fn a_table_breaks_its_last_column() {
        let page = "| fact | is |\n| --- | --- |\n| `a` | some words that are too many for it |\n";
        let text = written(page, 20, false);
        assert_eq!(text, "  fact  is\n  a     some words that are too\n        many for it\n");
    }

    #[test]
    fn code_stays_as_it_is() {
        let page = "```sh\nceph   tell *\n```\nbehind\n";
        assert_eq!(written(page, 10, false), "    ceph   tell *\nbehind\n");
    }

    #[test]
    fn a_mark_that_nothing_closes_is_text() {
        assert_eq!(written("2 * 3 [a] `b\n", 100, false), "2 * 3 [a] `b\n");
    }
}
