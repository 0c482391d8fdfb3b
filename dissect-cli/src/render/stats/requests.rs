//! How long clients waited for what they asked for, by operation.

use std::io;

use super::{left_out, plain};
use crate::render::line::{Ink, Line};
use crate::render::text::{Style, duration};
use crate::render::watch::grid::{Grid, Room};
use crate::render::watch::{View, heading};
use crate::report::stats::{OpRow, RequestsReport, ResponseTimes};

pub(super) fn requests(
    report: &RequestsReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    heading("requests", view, style, out)?;
    if report.all.reply.count == 0 && report.all.unanswered == 0 {
        return Line::of(Ink::Plain, "nothing was asked for").write(style, out);
    }
    Line::of(Ink::Faint, "  from the first sending to the first reply").write(style, out)?;
    table(report, true, |row| &row.reply).write(style, out)?;
    if report.all.safe_reply.count > 0 {
        let text = "  to the safe reply, where an unsafe one went before";
        Line::of(Ink::Faint, text).write(style, out)?;
        table(report, false, |row| &row.safe_reply).write(style, out)?;
    }
    let mut said = Vec::new();
    for (n, what) in
        [(report.sent_again, "sent again"), (report.forwarded, "sent on to another rank")]
    {
        said.extend((n > 0).then(|| format!("{n} {what}")));
    }
    if !said.is_empty() {
        Line::of(Ink::Faint, &format!("  {}", said.join(", "))).write(style, out)?;
    }
    left_out(report.left_out, "replies of more operations than are told apart", style, out)
}

fn table(report: &RequestsReport, first: bool, of: fn(&OpRow) -> &ResponseTimes) -> Grid {
    let mut grid = Grid::default()
        .left("operation", Room::Needed)
        .right("count", Room::Needed)
        .right("errors", Room::Spare(2))
        .right("open", Room::Spare(1))
        .right("min", Room::Spare(5))
        .right("mean", Room::Spare(4))
        .right("p50", Room::Spare(3))
        .right("p99", Room::Needed)
        .right("max", Room::Needed)
        .right("frame", Room::Spare(6));
    let time = |ns: Option<i64>| plain(ns.map_or_else(String::new, duration));
    let some = |n: u64| match n {
        // A column in which there is nothing to be seen is left out.
        0 => String::new(),
        n => n.to_string(),
    };
    let shows = |row: &&OpRow| of(row).count > 0 || first && row.unanswered > 0;
    for row in report.ops.iter().filter(shows).chain([&report.all]) {
        let (name, times) = (row.op.clone().unwrap_or_else(|| "all".to_owned()), of(row));
        grid.row(vec![
            plain(name),
            plain(times.count.to_string()),
            plain(if first { some(row.errors) } else { String::new() }),
            (Ink::Alarm, if first { some(row.unanswered) } else { String::new() }),
            time(times.min_ns),
            time(times.mean_ns),
            time(times.p50_ns),
            time(times.p99_ns),
            time(times.max_ns),
            (Ink::Faint, times.max_at.map_or_else(String::new, |at| at.frame.to_string())),
        ]);
    }
    grid
}
