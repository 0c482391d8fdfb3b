//! The table of all inodes.

use std::io;

use super::seconds;
use crate::caps::timeline::{Timeline, Timelines};
use crate::render::line::Ink;
use crate::render::text::{Style, printable};
use crate::render::watch::grid::{Grid, Room};

/// A column: its heading, what it does where there is little room, and what it says.
type Column = (&'static str, Room, fn(&Timeline, &Timelines) -> String);

const COLUMNS: [Column; 9] = [
    ("inode", Room::Needed, |t, _| t.ino.to_string()),
    ("lanes", Room::Spare(2), |t, _| t.lanes.len().to_string()),
    ("events", Room::Needed, |t, _| t.entries.len().to_string()),
    ("moves", Room::Needed, |t, _| some(t.migrations.len())),
    ("unmatched", Room::Needed, |t, _| some(t.unmatched())),
    ("open", Room::Needed, |t, _| some(t.open().count())),
    ("first", Room::Needed, |t, all| time(t, all, |(first, _)| first)),
    ("last", Room::Spare(1), |t, all| time(t, all, |(_, last)| last)),
    ("path", Room::Cut, |t, _| t.path.as_deref().map_or_else(String::new, printable)),
];

pub(super) fn write(
    timelines: &Timelines,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut grid = Grid::default();
    for (name, room, _) in COLUMNS {
        let text = matches!(name, "inode" | "path");
        grid = if text { grid.left(name, room) } else { grid.right(name, room) };
    }
    for timeline in &timelines.inodes {
        let cells = COLUMNS.iter().map(|(_, _, cell)| (Ink::Plain, cell(timeline, timelines)));
        grid.row(cells.collect());
    }
    writeln!(out)?;
    grid.write(style, out)
}

/// A number; nothing for none, so that the others stand out.
fn some(number: usize) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}

fn time(
    timeline: &Timeline,
    timelines: &Timelines,
    which: fn((crate::place::Place, crate::place::Place)) -> crate::place::Place,
) -> String {
    let place = timeline.extent().map(which);
    place.map_or_else(String::new, |place| seconds(place.time.since(timelines.origin), 3))
}
