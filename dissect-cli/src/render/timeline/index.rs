//! The table of all inodes.

use std::io;

use super::seconds;
use crate::caps::timeline::{Timeline, Timelines};
use crate::render::text::{Style, plain_table, write_table};

/// A column: its heading, whether it is shown when there is little room, and what it says.
type Column = (&'static str, bool, fn(&Timeline, &Timelines) -> String);

/// The last column; the only one of text. It is there if any path is known.
const PATH: &str = "path";

const COLUMNS: [Column; 9] = [
    ("inode", true, |t, _| t.ino.to_string()),
    ("lanes", false, |t, _| t.lanes.len().to_string()),
    ("events", true, |t, _| t.entries.len().to_string()),
    ("moves", true, |t, _| some(t.migrations.len())),
    ("unmatched", true, |t, _| some(t.unmatched())),
    ("open", true, |t, _| some(t.open().count())),
    ("first", true, |t, all| time(t, all, |(first, _)| first)),
    ("last", false, |t, all| time(t, all, |(_, last)| last)),
    (PATH, true, |t, _| t.path.clone().unwrap_or_default()),
];

pub(super) fn write(
    timelines: &Timelines,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let named = timelines.inodes.iter().any(|timeline| timeline.path.is_some());
    let shows = |(name, always, _): &&Column| match *name {
        PATH => named,
        _ => *always || style.width >= 72,
    };
    let columns: Vec<_> = COLUMNS.iter().filter(shows).collect();
    let mut table = plain_table(columns.iter().map(|(name, ..)| *name));
    for timeline in &timelines.inodes {
        table.add_row(columns.iter().map(|(_, _, cell)| cell(timeline, timelines)));
    }
    writeln!(out)?;
    write_table(table, &(1..columns.len() - usize::from(named)).collect::<Vec<_>>(), out)
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
