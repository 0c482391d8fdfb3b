//! Every field of a message.

use std::io::{self, Write};

use anstyle::{AnsiColor, Color, Style as Ansi};
use ceph_codec::Value;

use super::value::Told;
use super::{Clock, Lead, Row};
use crate::dissect::{Content, Node, Section, Tree};
use crate::render::Style;

/// Columns of names and values, where they fit.
const NAME: usize = 24;
const VALUE: usize = 34;
/// Columns that values keep where they do not.
const LEAST: usize = 8;
/// Columns for an offset and a length, as in `@1024+256`, and the blank in front.
const AT: usize = 13;

/// Columns of names and of values that leave room for what stands behind them.
fn columns(style: &Style) -> (usize, usize) {
    match style.width {
        // Of no known width.
        0 => (NAME, VALUE),
        width => {
            let room = width.saturating_sub(2 + 1 + AT);
            let value = room.saturating_sub(NAME).clamp(LEAST, VALUE);
            (room.saturating_sub(value).min(NAME), value)
        }
    }
}

/// Writes the message's line, where it was seen, and every field with its value, and behind `@` its offset and
/// length in bytes.
pub fn tree(row: &Row<'_>, lead: Lead, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let dissected = row.dissected;
    let spoken = &dissected.spoken;
    let place = spoken.place;
    writeln!(
        out,
        "{}",
        style.bold(format_args!("Frame {}: {}", lead.frame(place), shown(&row.summary())))
    )?;
    writeln!(
        out,
        "  {}, {} s from the first packet, {} s from the message before",
        place.time,
        Clock::Relative.of(row),
        Clock::Delta.of(row)
    )?;
    let [from, to] = [0, 1].map(|side| {
        let addr = row.parties.map(|parties| parties[side].addr.to_string()).unwrap_or_default();
        match row.party(side) {
            name if name == addr => name,
            name => format!("{name} at {addr}"),
        }
    });
    writeln!(
        out,
        "  from {from} to {to}, connection {}, stream offset {}",
        spoken.conn.0, spoken.offset
    )?;
    for code in row.findings {
        let alarm = Ansi::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Red)));
        writeln!(out, "  {}", style.paint(alarm, format_args!("! {code}")))?;
    }
    if !dissected.frame.is_empty() {
        let bytes = spoken.bytes.len();
        writeln!(out, "{}", style.bold(format_args!("Messenger frame, {bytes} bytes")))?;
        fields(row, dissected.frame, style, out)?;
    }
    if let Some(header) = row.header().filter(|_| !dissected.payload.is_empty()) {
        let head = format_args!("{} version {}", header.kind, header.version);
        writeln!(out, "{}", style.bold(head))?;
        fields(row, dissected.payload, style, out)?;
    }
    if let Some(stop) = &dissected.stop {
        let alarm = Ansi::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Red)));
        let text = format!("  reading stopped here: {stop}");
        writeln!(out, "{}", style.paint(alarm, text))?;
    }
    Ok(())
}

fn fields(row: &Row<'_>, tree: &Tree, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let faint = Ansi::new().dimmed();
    let (names, values) = columns(style);
    let mut section = None;
    let mut item = Vec::new();
    for node in tree.nodes() {
        let depth = usize::from(node.depth);
        // Numbers its like among the parts of its group.
        item.truncate(depth + 1);
        item.resize(depth + 1, (node.name, 0_u32));
        item[depth] = match item[depth] {
            (name, n) if name == node.name => (name, n + 1),
            _ => (node.name, 1),
        };
        if section != Some(node.section) {
            if !matches!(node.section, Section::Frame | Section::Front) {
                writeln!(out, "  {}", style.paint(faint, node.section.name()))?;
            }
            section = Some(node.section);
        }
        let indent = 2 + 2 * depth;
        let name = match node.name {
            "item" | "entry" => format!("{} {}", node.name, item[depth].1),
            name => name.to_owned(),
        };
        let at = format!("@{}+{}", node.at, node.len);
        let at = style.paint(faint, at);
        let width = names.saturating_sub(2 * depth);
        match node.content {
            Content::Group => writeln!(out, "{:indent$}{name:<width$} {:<values$} {at}", "", "")?,
            _ => {
                let value = told(row, node);
                writeln!(out, "{:indent$}{name:<width$} {value:<values$} {at}", "")?;
            }
        }
    }
    Ok(())
}

/// A value, and what it is called.
fn told(row: &Row<'_>, node: &Node) -> String {
    let Some(value) = row.dissected.value(node) else { return "(not there)".to_owned() };
    let text = shown(&Told(node.name, value));
    let time = row.dissected.spoken.place.time;
    match value {
        Value::Ino(ino) => match row.names.paths().path(ino, time) {
            Some(path) => format!("{text} {}", shown(&path)),
            None => text,
        },
        _ => text,
    }
}

/// Text as a terminal can be given it.
fn shown(text: &impl ToString) -> String {
    crate::render::text::printable(&text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_stand_within_the_width() {
        let columns = |width| columns(&Style { width, color: false, unicode: true });
        for width in 40..200 {
            let (names, values) = columns(width);
            assert!(2 + names + 1 + values + AT <= width, "{width}: {names} {values}");
            assert!(names >= 16 && values >= LEAST, "{width}: {names} {values}");
        }
        for wide in [0, 80, 200] {
            assert_eq!(columns(wide), (NAME, VALUE));
        }
    }
}
