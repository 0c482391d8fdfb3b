//! Exports of trees between ranks.

use std::io;

use super::grid::{Grid, Room};
use super::{View, heading, more, path};
use crate::caps::moves::{Fate, Phase};
use crate::render::line::{Ink, Line};
use crate::render::text::{Style, count, duration};
use crate::report::moves::{MigrationRow, MigrationsReport, PhaseRow};

/// Writes what is known of exports. Of many those come first that are not complete.
pub fn migrations(
    report: &MigrationsReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let total = report.migrations.len();
    heading(&count(total as u64, "subtree export"), view, style, out)?;
    outcomes(report, style, out)?;
    if report.migrations.is_empty() {
        return Ok(());
    }
    let mut rows: Vec<_> = report.migrations.iter().collect();
    if total > view.rows() {
        rows.sort_by_key(|row| row.outcome == Fate::Done);
        rows.truncate(view.rows());
        rows.sort_by_key(|row| (row.at.file, row.at.frame));
    }
    let mut grid = Grid::default()
        .right("at", Room::Needed)
        .right("frame", Room::Spare(3))
        .right("tid", Room::Needed)
        .left("ranks", Room::Needed)
        .right("took", Room::Needed)
        .right("discover", Room::Spare(6))
        .right("prep", Room::Spare(5))
        .right("export", Room::Spare(4))
        .right("finish", Room::Spare(4))
        .right("inodes", Room::Spare(2))
        .right("caps", Room::Needed)
        .right("paired", Room::Spare(1))
        .left("outcome", Room::Needed)
        .left("path", Room::Cut);
    for row in &rows {
        grid.row(cells(row, view));
        if let Some(note) = note(row, view, style) {
            grid.note(note);
        }
    }
    grid.write(style, out)?;
    more(rows.len(), total, view, style, out)
}

fn outcomes(report: &MigrationsReport, style: &Style, out: &mut impl io::Write) -> io::Result<()> {
    let counts = &report.counts;
    let mut line = Line::of(Ink::Plain, &format!("{} done", counts.done));
    for (number, ink, what) in [
        (counts.cancelled, Ink::Plain, "cancelled"),
        (counts.refused, Ink::Plain, "refused"),
        (counts.peer_lost, Ink::Alarm, "lost with a rank"),
        (counts.open, Ink::Alarm, "open"),
    ] {
        if number > 0 {
            line.push(Ink::Plain, ", ");
            line.push(ink, &format!("{number} {what}"));
        }
    }
    line.say(style, out)?;
    let missed = report.not_followed + report.caps_not_followed;
    if missed > 0 {
        let text = format!("{missed} messages or caps more than are followed");
        Line::of(Ink::Alarm, &text).say(style, out)?;
    }
    Ok(())
}

fn cells(row: &MigrationRow, view: &View) -> Vec<(Ink, String)> {
    let rank = |rank: Option<i32>| rank.map_or_else(|| "?".to_owned(), |rank| rank.to_string());
    let plain = |text: String| (Ink::Plain, text);
    let lasted = |from, to| (Ink::Faint, between(row, from, to));
    let (ink, outcome) = match row.outcome {
        Fate::Done => (Ink::Faint, "done"),
        Fate::Open | Fate::PeerLost => (Ink::Alarm, row.outcome.name()),
        Fate::Cancelled | Fate::Refused => (Ink::Take, row.outcome.name()),
    };
    let paired = if row.taken > row.pairs + row.without_session { Ink::Alarm } else { Ink::Plain };
    vec![
        plain(view.when(row.at)),
        (Ink::Faint, row.at.frame.to_string()),
        plain(row.tid.to_string()),
        plain(format!("{} -> {}", rank(row.exporter), rank(row.importer))),
        plain(duration(row.took_ns)),
        lasted(Phase::Discover, Phase::DiscoverAck),
        lasted(Phase::Prep, Phase::PrepAck),
        lasted(Phase::Export, Phase::ExportAck),
        lasted(Phase::ExportAck, Phase::Last),
        plain(row.inodes.to_string()),
        plain(row.caps.to_string()),
        (paired, row.pairs.to_string()),
        (ink, outcome.to_owned()),
        plain(path(row.path.as_deref().or(Some(&row.tree.to_string())))),
    ]
}

/// How long from one message to another.
fn between(row: &MigrationRow, from: Phase, to: Phase) -> String {
    let at = |phase| row.phases.iter().find(|row| row.phase == phase).map(|row| row.at.time);
    match (at(from), at(to)) {
        (Some(from), Some(to)) => duration(to.since(from)),
        _ => String::new(),
    }
}

/// What is to be said of an export that is not as it should be.
fn note(row: &MigrationRow, view: &View, style: &Style) -> Option<Line> {
    let mut line = Line::of(Ink::Plain, if style.unicode { "    └ " } else { "    ` " });
    let mut said = false;
    if let [.., before, PhaseRow { phase: Phase::Cancel, after_ns: Some(after), .. }] =
        &row.phases[..]
    {
        said = true;
        let text = format!("given up {} after {}", duration(*after), before.phase.name());
        line.push(Ink::Plain, &text);
    }
    if let Some(next) = row.waits_for {
        said = true;
        line.push(Ink::Plain, &format!("came to {}, then no ", row.came_to.name()));
        line.push(Ink::Alarm, next);
        if let Some(lost) = row.lost {
            line.push(Ink::Plain, &format!("; lost at {} s", view.when(lost)));
            line.push(Ink::Faint, &format!(", frame {}", lost.frame));
        }
    }
    for (number, what) in [
        (row.export_only, "without IMPORT"),
        (row.import_only, "without EXPORT"),
        (row.untold, "with neither EXPORT nor IMPORT"),
    ] {
        if number > 0 {
            line.push(Ink::Plain, if said { "; " } else { "" });
            line.push(Ink::Alarm, &format!("{} {what}", count(number.into(), "cap")));
            said = true;
        }
    }
    said.then_some(line)
}
