//! Flushes: what was written back and not acknowledged, and what took long.

use std::io;

use super::grid::{Grid, Room};
use super::{View, heading, inode, more, path, percentiles};
use crate::render::line::{Ink, Line};
use crate::render::text::{Style, count, duration};
use crate::report::watch::{FlushRow, FlushesReport};

/// Writes what is known of flushes.
pub fn flushes(
    report: &FlushesReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let counts = &report.counts;
    let total = counts.acked + counts.unacked;
    let heading_text = match total {
        1 => "1 flush".to_owned(),
        _ => format!("{total} flushes"),
    };
    heading(&heading_text, view, style, out)?;
    let mut line = Line::of(Ink::Plain, &format!("{} acknowledged", counts.acked));
    if counts.sent_again > 0 {
        line.push(Ink::Plain, &format!(", {} sent again", count(counts.sent_again, "time")));
    }
    if counts.unacked > 0 {
        line.push(Ink::Plain, ", ");
        line.push(Ink::Alarm, &format!("{} not", counts.unacked));
    }
    line.say(style, out)?;
    percentiles("to the acknowledgement", &report.latency, style, out)?;
    if !report.unacked.is_empty() {
        writeln!(out)?;
        Line::of(Ink::Alarm, "not acknowledged by the end of the capture, the oldest first")
            .say(style, out)?;
        let shown = report.unacked.len().min(view.rows());
        let mut grid = columns("age").left("session", Room::Spare(2)).left("path", Room::Cut);
        for row in &report.unacked[..shown] {
            let mut cells = cells(row, view, Ink::Alarm);
            let session = if row.session_over { "over" } else { "" };
            cells.push((Ink::Alarm, session.to_owned()));
            cells.push((Ink::Plain, path(row.path.as_deref())));
            grid.row(cells);
        }
        grid.write(style, out)?;
        more(shown, report.unacked.len(), view, style, out)?;
    }
    if !report.slowest.is_empty() {
        writeln!(out)?;
        Line::of(Ink::Strong, "acknowledged, the slowest first").say(style, out)?;
        let shown = report.slowest.len().min(view.rows());
        let mut grid = columns("took").right("ack", Room::Spare(2)).left("path", Room::Cut);
        for row in &report.slowest[..shown] {
            let mut cells = cells(&row.flush, view, Ink::Plain);
            cells.push((Ink::Faint, row.ack.frame.to_string()));
            cells.push((Ink::Plain, path(row.flush.path.as_deref())));
            grid.row(cells);
        }
        grid.write(style, out)?;
        more(shown, usize::try_from(counts.acked).unwrap_or(usize::MAX), view, style, out)?;
    }
    Ok(())
}

fn columns(age: &'static str) -> Grid {
    Grid::default()
        .right(age, Room::Needed)
        .left("client", Room::Needed)
        .left("to", Room::Needed)
        .left("what", Room::Spare(4))
        .left("bits", Room::Needed)
        .right("tid", Room::Below(0))
        .right("sent", Room::Spare(3))
        .left("inode", Room::Needed)
        .right("first at", Room::Spare(1))
        .right("frame", Room::Needed)
}

fn cells(row: &FlushRow, view: &View, age: Ink) -> Vec<(Ink, String)> {
    let again = if row.sent > 1 { Ink::Take } else { Ink::Faint };
    vec![
        (age, duration(row.age_ns)),
        (Ink::Plain, row.parties.client_name()),
        (Ink::Plain, row.parties.mds_name()),
        (Ink::Plain, row.op.to_string()),
        (Ink::Take, row.dirty.to_string()),
        (Ink::Plain, row.tid.to_string()),
        (again, row.sent.to_string()),
        (Ink::Plain, inode(Some(row.ino))),
        (Ink::Plain, view.when(row.at)),
        (Ink::Faint, row.at.frame.to_string()),
    ]
}
