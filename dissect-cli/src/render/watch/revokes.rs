//! Revokes: who has not answered, and who was slow.

use std::io;

use super::grid::{Grid, Room};
use super::{View, bits, heading, inode, more, path, percentiles, waiting};
use crate::caps::watch::RevokeEnd;
use crate::render::line::{Ink, Line};
use crate::render::text::{Style, count, duration};
use crate::report::watch::{RevokeCounts, RevokeRow, RevokesReport};

/// Writes what is known of revokes.
pub fn revokes(
    report: &RevokesReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let counts = &report.counts;
    heading(&count(counts.total(), "revoke"), view, style, out)?;
    became(counts).say(style, out)?;
    percentiles("to the answer", &report.latency, style, out)?;
    if !report.unanswered.is_empty() {
        writeln!(out)?;
        Line::of(Ink::Alarm, "no answer by the end of the capture, the oldest first")
            .say(style, out)?;
        let shown = report.unanswered.len().min(view.rows());
        let mut grid = columns("age").left("path", Room::Cut);
        for row in &report.unanswered[..shown] {
            let mut cells = cells(row, view, Ink::Alarm);
            cells.push((Ink::Plain, path(row.path.as_deref())));
            grid.row(cells);
            for request in &row.waiting {
                grid.note(waiting(request, view, style));
            }
            let unlisted = row.waiting_total.saturating_sub(row.waiting.len() as u64);
            if unlisted > 0 {
                grid.note(Line::of(Ink::Faint, &format!("      {unlisted} more wait")));
            }
        }
        grid.write(style, out)?;
        more(shown, report.unanswered.len(), view, style, out)?;
    }
    if !report.slowest.is_empty() {
        writeln!(out)?;
        Line::of(Ink::Strong, "answered, the slowest first").say(style, out)?;
        let shown = report.slowest.len().min(view.rows());
        let mut grid = columns("took")
            .left("answer", Room::Spare(3))
            .right("frame", Room::Spare(2))
            .left("path", Room::Cut);
        for row in &report.slowest[..shown] {
            let mut cells = cells(&row.revoke, view, Ink::Plain);
            cells.push((Ink::Plain, answer(row.end).to_owned()));
            cells.push((Ink::Faint, row.answer.frame.to_string()));
            cells.push((Ink::Plain, path(row.revoke.path.as_deref())));
            grid.row(cells);
        }
        grid.write(style, out)?;
        let answered = counts.answered + counts.given_up + counts.released;
        more(shown, usize::try_from(answered).unwrap_or(usize::MAX), view, style, out)?;
    }
    Ok(())
}

/// What became of them, those of which there are any.
fn became(counts: &RevokeCounts) -> Line {
    let mut line = Line::default();
    let mut say = |ink, n: u64, what: &str| {
        if n > 0 {
            let comma = if line.is_empty() { "" } else { ", " };
            line.push(Ink::Plain, comma);
            line.push(ink, &format!("{n} {what}"));
        }
    };
    say(Ink::Plain, counts.answered, "answered");
    say(Ink::Plain, counts.given_up, "given up for a request");
    say(Ink::Plain, counts.released, "released");
    say(Ink::Plain, counts.granted_again, "granted again");
    say(Ink::Plain, counts.moved, "moved");
    say(Ink::Plain, counts.session_over, "ended with the session");
    say(Ink::Alarm, counts.unanswered, "unanswered");
    line
}

fn columns(age: &'static str) -> Grid {
    Grid::default()
        .right(age, Room::Needed)
        .left("client", Room::Needed)
        .left("from", Room::Needed)
        .left("bits", Room::Needed)
        .left("inode", Room::Needed)
        .right("asked at", Room::Spare(1))
        .right("frame", Room::Below(0))
}

fn cells(row: &RevokeRow, view: &View, age: Ink) -> Vec<(Ink, String)> {
    vec![
        (age, duration(row.age_ns)),
        (Ink::Plain, row.parties.client_name()),
        (Ink::Plain, row.parties.mds_name()),
        (Ink::Take, bits(row.asked)),
        (Ink::Plain, inode(Some(row.ino))),
        (Ink::Plain, view.when(row.at)),
        (Ink::Faint, row.at.frame.to_string()),
    ]
}

fn answer(end: RevokeEnd) -> &'static str {
    match end {
        RevokeEnd::Answered => "update",
        RevokeEnd::GivenUp => "in a request",
        RevokeEnd::Released => "release",
        RevokeEnd::GrantedAgain => "granted again",
        RevokeEnd::Moved => "moved",
        RevokeEnd::SessionOver => "session over",
    }
}
