//! Who holds what, for people.

use std::io;

use super::line::{Ink, Line, sentence};
use super::text::{Style, count, duration, printable};
use super::watch::View;
use super::watch::grid::{Grid, Room};
use crate::caps::replay::Origin;
use crate::report::holders::{HolderRow, Holders};

/// Rows that are shown unless all are asked for.
const ROWS: usize = 40;

/// Writes who holds what.
pub fn holders(
    holders: &Holders,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut line = Line::of(Ink::Strong, &count(holders.caps, "cap"));
    line.push(Ink::Strong, &format!(" on {}", count(holders.inodes, "inode")));
    if view.start.is_some() {
        let moment = holders.at.to_string().replacen('T', " ", 1);
        let moment = moment.get(..26).unwrap_or(&moment);
        line.push(Ink::Plain, &format!(" at {} s, {moment} UTC", view.seconds(holders.at)));
    }
    line.say(style, out)?;
    let shown = if view.all { holders.held.len() } else { holders.held.len().min(ROWS) };
    let mut grid = Grid::default()
        .left("inode", Room::Needed)
        .left("client", Room::Needed)
        .left("from", Room::Needed)
        .left("holds", Room::Needed)
        .left("gives up", Room::Spare(1))
        .left("wants", Room::Spare(2))
        .right("cap", Room::Spare(3))
        .right("since", Room::Below(0))
        .right("for", Room::Spare(5))
        .left("how", Room::Spare(0))
        .right("frame", Room::Spare(4))
        .left("path", Room::Cut);
    let mut last = None;
    for row in &holders.held[..shown] {
        let first = last != Some(row.ino);
        last = Some(row.ino);
        grid.row(cells(row, first, view));
    }
    if shown > 0 {
        grid.write(style, out)?;
    }
    let left = holders.caps.saturating_sub(shown as u64);
    if left > 0 {
        let how =
            if view.all { "were not kept" } else { "more; --all lists them, --ino one inode's" };
        Line::of(Ink::Faint, &format!("  {left} {how}")).say(style, out)?;
    }
    let rows = &holders.held[..shown];
    if rows.iter().any(|row| row.uncertain) {
        let text =
            "? something that was said of the session could not be read: it may be otherwise";
        sentence(Ink::Alarm, text, style, out)?;
    }
    if rows.iter().any(|row| row.disconnected.is_some()) {
        let text = "! the connection to the rank has ended, and the session not: the client still has the \
                    cap, and tells it to the rank when it comes back";
        sentence(Ink::Alarm, text, style, out)?;
    }
    Ok(())
}

fn cells(row: &HolderRow, first: bool, view: &View) -> Vec<(Ink, String)> {
    let unsure = if row.uncertain { " ?" } else { "" };
    let cut_off = if row.disconnected.is_some() { " !" } else { "" };
    let giving_up = match row.giving_up.is_empty() {
        true => String::new(),
        false => row.giving_up.to_string(),
    };
    let only = |text: String| if first { text } else { String::new() };
    vec![
        (Ink::Strong, only(row.ino.to_string())),
        (Ink::Plain, row.parties.client_name()),
        (Ink::Plain, row.parties.mds_name()),
        (Ink::Give, format!("{}{unsure}{cut_off}", row.issued)),
        (Ink::Take, giving_up),
        (Ink::Faint, row.wanted.to_string()),
        (Ink::Faint, row.cap_id.to_string()),
        (Ink::Plain, view.when(row.since)),
        (Ink::Faint, duration(row.age_ns)),
        (Ink::Plain, how(row.origin).to_owned()),
        (Ink::Faint, row.since.frame.to_string()),
        (Ink::Plain, only(row.path.as_deref().map_or_else(String::new, printable))),
    ]
}

fn how(origin: Origin) -> &'static str {
    match origin {
        Origin::Assumed => "first heard of",
        Origin::Issued => "issued",
        Origin::Imported => "imported",
        Origin::Placeholder => "placeholder",
        Origin::Reasserted => "told again",
    }
}
