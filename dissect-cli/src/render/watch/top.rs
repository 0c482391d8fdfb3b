//! Who holds most caps.

use std::io;

use super::grid::{Grid, Room};
use super::latency::level;
use super::{View, heading, more};
use crate::render::line::{Ink, Line};
use crate::render::text::{Style, count};
use crate::report::watch::TopReport;

/// Columns of a row's course.
const COURSE: usize = 30;

/// Writes who holds most caps.
pub fn top(
    report: &TopReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let caps = report.holders.iter().map(|row| row.caps).sum();
    heading(&format!("{} at the end", count(caps, "cap")), view, style, out)?;
    if report.holders.is_empty() {
        return Ok(());
    }
    let shown = report.holders.len().min(view.rows().saturating_mul(2));
    let mut grid = Grid::default()
        .left("client", Room::Needed)
        .left("from", Room::Needed)
        .right("caps", Room::Needed)
        .right("most", Room::Needed)
        .right("at", Room::Spare(2))
        .right("got", Room::Needed)
        .right("gone", Room::Needed)
        .right("recalls", Room::Spare(4))
        .right("to keep", Room::Spare(3))
        .left("course", Room::Spare(1));
    for row in &report.holders[..shown] {
        let recalls = if row.recalls > 0 { row.recalls.to_string() } else { String::new() };
        let keep = row.keep.map_or_else(String::new, |keep| keep.to_string());
        grid.row(vec![
            (Ink::Plain, row.parties.client_name()),
            (Ink::Plain, row.parties.mds_name()),
            (Ink::Strong, row.caps.to_string()),
            (Ink::Plain, row.most.to_string()),
            (Ink::Faint, view.when(row.most_at)),
            (Ink::Give, format!("+{}", row.acquired)),
            (Ink::Take, format!("-{}", row.released)),
            (Ink::Take, recalls),
            (Ink::Faint, keep),
            (Ink::Move, course(&row.samples, style)),
        ]);
    }
    grid.write(style, out)?;
    more(shown, report.holders.len(), view, style, out)?;
    let longest = report.holders.iter().map(|row| row.samples.len()).max().unwrap_or(0) as i64;
    let seconds = report.interval_ns.saturating_mul(longest) as f64 / 1e9;
    let legend = format!("  course: {seconds:.1} s, each as high as the row's most");
    Line::of(Ink::Faint, &legend).say(style, out)
}

/// A character for every few samples, as high as the highest of them.
fn course(samples: &[u32], style: &Style) -> String {
    let most = samples.iter().max().copied().unwrap_or(0).max(1);
    let per = samples.len().div_ceil(COURSE).max(1);
    let highest = |chunk: &[u32]| u64::from(chunk.iter().max().copied().unwrap_or(0));
    samples.chunks(per).map(|chunk| level(highest(chunk), most.into(), style)).collect()
}
