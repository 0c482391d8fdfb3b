//! Requests, and the revokes that they waited for: who waits for whom.

use std::io;

use super::grid::{Grid, Room};
use super::{View, bits, heading, inode, more, path, percentiles};
use crate::render::line::{Ink, Line};
use crate::render::text::{Style, count, duration};
use crate::report::watch::{BlockerRow, WaitRow, WaitsReport};

/// Writes who waits for whom.
pub fn waits(
    report: &WaitsReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let answered = report.latency.count;
    let total = answered + report.unanswered.len() as u64;
    heading(&count(total, "request"), view, style, out)?;
    let mut line = Line::of(Ink::Plain, &format!("{answered} answered"));
    for (n, what) in [
        (report.blocked, "waited for a revoke"),
        (report.sent_again, "sent again"),
        (report.forwarded, "forwarded"),
    ] {
        if n > 0 {
            line.push(Ink::Plain, &format!(", {n} {what}"));
        }
    }
    if !report.unanswered.is_empty() {
        line.push(Ink::Plain, ", ");
        line.push(Ink::Alarm, &format!("{} not answered", report.unanswered.len()));
    }
    line.say(style, out)?;
    percentiles("to the first reply", &report.latency, style, out)?;
    list(
        Line::of(Ink::Alarm, "no reply by the end of the capture, the oldest first"),
        &report.unanswered,
        report.unanswered.len() as u64,
        view,
        style,
        out,
    )?;
    list(
        Line::of(Ink::Strong, "answered, and waited for a revoke, the slowest first"),
        &report.slowest,
        report.blocked,
        view,
        style,
        out,
    )
}

fn list(
    title: Line,
    rows: &[WaitRow],
    total: u64,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    title.say(style, out)?;
    // With a line below each of them, half as many fit a screen.
    let shown = rows.len().min(view.rows().div_ceil(2));
    let mut grid = Grid::default()
        .right("took", Room::Needed)
        .left("client", Room::Needed)
        .left("at", Room::Needed)
        .left("request", Room::Needed)
        .right("tid", Room::Spare(3))
        .left("inode", Room::Needed)
        .right("asked at", Room::Spare(1))
        .right("frame", Room::Below(0))
        .right("reply", Room::Spare(2))
        .left("path", Room::Cut);
    for row in &rows[..shown] {
        let request = &row.request;
        let reply = row.reply.map_or_else(String::new, |place| place.frame.to_string());
        let ink = if row.reply.is_none() { Ink::Alarm } else { Ink::Plain };
        grid.row(vec![
            (ink, duration(request.age_ns)),
            (Ink::Plain, request.parties.client_name()),
            (Ink::Plain, request.parties.mds_name()),
            (Ink::Strong, request.op.to_string()),
            (Ink::Plain, request.tid.to_string()),
            (Ink::Plain, inode(request.ino.or(request.dir))),
            (Ink::Plain, view.when(request.at)),
            (Ink::Faint, request.at.frame.to_string()),
            (Ink::Faint, reply),
            (Ink::Plain, path(request.path.as_deref())),
        ]);
        if let Some(blocker) = &row.blocker {
            grid.note(blocked(blocker, row, style));
        }
    }
    grid.write(style, out)?;
    more(shown, usize::try_from(total).unwrap_or(usize::MAX), view, style, out)
}

/// `└ for client.4132 to give Fw of 0x1 back: revoke frame 12, answered frame 14 after 3 ms`
fn blocked(blocker: &BlockerRow, row: &WaitRow, style: &Style) -> Line {
    let mut line = Line::of(Ink::Plain, if style.unicode { "    └ for " } else { "    ` for " });
    let client = blocker.parties.client_name();
    let itself = blocker.parties.client == row.request.parties.client;
    line.push(Ink::Plain, if itself { "itself" } else { &client });
    line.push(Ink::Plain, " to give ");
    line.push(Ink::Take, &bits(blocker.asked));
    line.push(Ink::Plain, " back");
    if Some(blocker.ino) != row.request.ino {
        line.push(Ink::Plain, &format!(" of {}", blocker.ino));
    }
    line.push(Ink::Faint, &format!(": revoke frame {}, ", blocker.at.frame));
    match blocker.answer {
        Some(answer) => {
            let took = duration(answer.time.since(blocker.at.time));
            line.push(Ink::Faint, &format!("answered {took} later, frame {}", answer.frame));
        }
        None => line.push(Ink::Alarm, "not answered"),
    }
    line
}
