//! Every byte of a message.

use std::io::{self, Write};

use anstyle::{Effects, Style as Ansi};

use super::Row;
use crate::dissect::{Node, Section};
use crate::render::Style;

/// Bytes in a line; in narrow ones half as many.
const LINE: usize = 16;
/// Columns of a line of as many.
const COLUMNS: usize = 76;

/// Writes the bytes of a message, section by section, those of the `marked` fields marked: in reverse where
/// there is colour, else between brackets.
pub fn hex(row: &Row<'_>, marked: &[Node], style: &Style, out: &mut impl Write) -> io::Result<()> {
    let sections = match row.dissected.spoken.envelope() {
        Some(_) => &[Section::Front, Section::Middle, Section::Data][..],
        None => &[Section::Frame][..],
    };
    let per_line = if (1..COLUMNS).contains(&style.width) { LINE / 2 } else { LINE };
    for section in sections {
        let bytes = row.dissected.section(*section);
        if bytes.is_empty() {
            continue;
        }
        writeln!(out, "  {}, {} bytes", section.name(), bytes.len())?;
        for (index, line) in bytes.chunks(per_line).enumerate() {
            let at = index * per_line;
            let is_marked = |offset: usize| {
                marked.iter().any(|node| {
                    node.section == *section && (node.at..node.at + node.len).contains(&offset)
                })
            };
            write_line(at, line, per_line, is_marked, style, out)?;
        }
    }
    Ok(())
}

fn write_line(
    at: usize,
    line: &[u8],
    per_line: usize,
    is_marked: impl Fn(usize) -> bool,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    write!(out, "  {at:06x} ")?;
    let mut text = String::new();
    for column in 0..per_line {
        let marked = is_marked(at + column) && column < line.len();
        let begins = marked && (column == 0 || !is_marked(at + column - 1));
        let before = match (marked, begins) {
            _ if style.color => ' ',
            (true, true) => '[',
            (false, _) if column > 0 && column <= line.len() && is_marked(at + column - 1) => ']',
            _ => ' ',
        };
        if column == per_line / 2 {
            write!(out, " ")?;
        }
        write!(out, "{before}")?;
        match line.get(column) {
            Some(byte) => {
                let reverse = Ansi::new().effects(Effects::INVERT);
                let ansi = if marked { reverse } else { Ansi::new() };
                write!(out, "{}", style.paint(ansi, format_args!("{byte:02x}")))?;
                let c = char::from(*byte);
                text.push(if c.is_ascii_graphic() || c == ' ' { c } else { '.' });
            }
            None => write!(out, "  ")?,
        }
    }
    let last = at + line.len() - 1;
    let close = if !style.color && line.len() == per_line && is_marked(last) { ']' } else { ' ' };
    writeln!(out, "{close} {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_wide_as_is_said() {
        let style = Style { width: 0, color: false, unicode: true };
        let width = |bytes: &[u8], per_line| {
            let mut line = Vec::new();
            write_line(0, bytes, per_line, |_| false, &style, &mut line).unwrap();
            String::from_utf8(line).unwrap().trim_end_matches('\n').len()
        };
        assert_eq!(width(&[b'a'; LINE], LINE), COLUMNS);
        assert!(width(&[b'a'; LINE / 2], LINE / 2) < 48);
        assert_eq!(width(b"a", LINE) + LINE - 1, COLUMNS);
    }
}
