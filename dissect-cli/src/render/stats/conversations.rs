//! Connections.

use std::io;

use super::plain;
use crate::render::line::{Ink, Line};
use crate::render::text::{Style, bytes, count, duration};
use crate::render::watch::grid::{Grid, Room};
use crate::render::watch::{View, heading, more};
use crate::report::stats::{ConversationEnd, ConversationRow, ConversationsReport};
use crate::session::Protection;

pub(super) fn conversations(
    report: &ConversationsReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let total = report.conversations.len();
    heading(&count(total as u64, "conversation"), view, style, out)?;
    let shown = total.min(view.rows());
    let mut grid = Grid::default()
        .right("conn", Room::Needed)
        .left("from", Room::Needed)
        .left("to", Room::Needed)
        .right("messages", Room::Needed)
        .right("stream", Room::Below(1))
        .right("back", Room::Needed)
        .right("stream back", Room::Below(2));
    for row in report.conversations.iter().take(shown) {
        grid.row(vec![
            plain(row.connection.0.to_string()),
            plain(name(&row.a)),
            plain(name(&row.b)),
            plain(row.a.messages.to_string()),
            plain(bytes(row.a.stream_bytes)),
            plain(row.b.messages.to_string()),
            plain(bytes(row.b.stream_bytes)),
        ]);
        grid.note(note(row, view, style));
    }
    if shown > 0 {
        grid.write(style, out)?;
    }
    more(shown, total, view, style, out)
}

fn name(end: &ConversationEnd) -> String {
    end.name.clone().unwrap_or_else(|| "?".to_owned())
}

/// Where its ends are, when it was, and how it is protected.
fn note(row: &ConversationRow, view: &View, style: &Style) -> Line {
    let arrow = if style.unicode { "→" } else { "->" };
    let mut line = Line::of(Ink::Faint, "    ");
    line.push(Ink::Faint, &format!("{} {arrow} {}, ", row.a.addr, row.b.addr));
    let (when, lasted) = (view.when(row.first), duration(row.duration_ns));
    line.push(Ink::Faint, &format!("{when} s + {lasted}, "));
    match (row.protection, row.messenger) {
        (Protection::Secure, _) => line.push(Ink::Plain, "encrypted"),
        (Protection::Crc, Some("v1")) => line.push(Ink::Faint, "v1"),
        (Protection::Crc, _) => line.push(Ink::Faint, "v2 crc"),
        (Protection::Unknown, _) => line.push(Ink::Faint, "not understood"),
    }
    if row.resumed {
        line.push(Ink::Faint, ", resumed");
    }
    line
}
