//! How long things took, all rows on one scale.

use std::io;

use super::grid::{Grid, Room};
use super::{View, heading};
use crate::render::line::{Ink, Line};
use crate::render::text::{Style, duration};
use crate::report::watch::{Bucket, Kind, Latencies, LatencyReport, LatencyRow};

/// Rows of one kind that are shown unless all are asked for: the slowest.
const PARTS: usize = 4;
/// Columns of the longest bar.
const BAR: usize = 50;

/// Writes how long things took; `only` one kind, then with a histogram.
pub fn latency(
    report: &LatencyReport,
    only: Option<Kind>,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let kinds: Vec<_> =
        report.kinds.iter().filter(|k| only.is_none_or(|only| only == k.kind)).collect();
    heading("how long things took", view, style, out)?;
    let buckets = || kinds.iter().flat_map(|kind| &kind.all.histogram);
    let (Some(first), Some(last)) =
        (buckets().map(|b| b.from_us).min(), buckets().map(|b| b.from_us).max())
    else {
        return Line::of(Ink::Plain, "nothing to measure").say(style, out);
    };
    let scale = Scale { first: first.ilog2(), last: last.ilog2() };
    let mut grid = Grid::default()
        .left("what", Room::Needed)
        .left("", Room::Needed)
        .right("count", Room::Needed)
        .right("p50", Room::Spare(0))
        .right("p99", Room::Needed)
        .right("max", Room::Needed)
        .right("frame", Room::Spare(1))
        .left("spread", Room::Spare(2));
    for kind in &kinds {
        row(&mut grid, title(kind.kind), "", &kind.all, scale, style);
        let mut parts: Vec<&LatencyRow> = kind.parts.iter().collect();
        // One alone is all.
        if parts.len() == 1 && !view.all {
            parts.clear();
        }
        let all = view.all || only.is_some();
        if !all && parts.len() > PARTS {
            parts.sort_by_key(|part| std::cmp::Reverse((part.p99_ns, part.max_ns)));
            parts.truncate(PARTS);
        }
        for part in &parts {
            let client = format!("  {}", part.parties.client_name());
            row(&mut grid, &client, &part.parties.mds_name(), part, scale, style);
        }
        if !all && kind.parts.len() > PARTS {
            let rest = kind.parts.len() - PARTS;
            grid.note(Line::of(Ink::Faint, &format!("    {rest} faster ones; --all lists them")));
        }
    }
    grid.write(style, out)?;
    let (low, high) = (scale.first, scale.last + 1);
    let legend = format!(
        "  spread: each column stands for twice the time of the one before, from {} to {}",
        power(low),
        power(high)
    );
    Line::of(Ink::Faint, &legend).say(style, out)?;
    if only.is_none_or(|only| only == Kind::Migration) {
        let n = report.import_first;
        let of = report.kinds.iter().find(|k| k.kind == Kind::Migration).map_or(0, |k| k.all.count);
        if of > 0 {
            let text = format!("  of {of} migrated caps the IMPORT came before the EXPORT in {n}");
            Line::of(Ink::Faint, &text).say(style, out)?;
        }
    }
    match only.and_then(|_| kinds.first()) {
        Some(kind) => bars(kind, scale, style, out),
        None => Ok(()),
    }
}

/// Powers of two of microseconds, both included.
#[derive(Clone, Copy, Debug)]
struct Scale {
    first: u32,
    last: u32,
}

fn row(grid: &mut Grid, what: &str, mds: &str, row: &LatencyRow, scale: Scale, style: &Style) {
    let ink = if mds.is_empty() { Ink::Strong } else { Ink::Plain };
    let time = |ns: Option<i64>| (Ink::Plain, ns.map_or_else(String::new, duration));
    let frame = row.max_at.map_or_else(String::new, |at| at.frame.to_string());
    grid.row(vec![
        (ink, what.to_owned()),
        (Ink::Plain, mds.to_owned()),
        (Ink::Plain, row.count.to_string()),
        time(row.p50_ns),
        time(row.p99_ns),
        time(row.max_ns),
        (Ink::Faint, frame),
        (Ink::Move, spark(&row.histogram, scale, style)),
    ]);
}

/// A character for each power of two, as high as many there are.
fn spark(buckets: &[Bucket], scale: Scale, style: &Style) -> String {
    let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(0).max(1);
    (scale.first..=scale.last)
        .map(|power| {
            let bucket = buckets.iter().find(|bucket| bucket.from_us.ilog2() == power);
            level(bucket.map_or(0, |bucket| bucket.count), most, style)
        })
        .collect()
}

/// One of eight heights for what there is any of.
pub(super) fn level(n: u64, most: u64, style: &Style) -> char {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const ASCII: [char; 8] = ['.', ':', '-', '=', '+', '*', '#', '@'];
    if n == 0 {
        return if style.unicode { '·' } else { ' ' };
    }
    let step = (n.saturating_mul(8).div_ceil(most.max(1))).clamp(1, 8) as usize - 1;
    if style.unicode { BLOCKS[step] } else { ASCII[step] }
}

/// A bar for each power of two.
fn bars(kind: &Latencies, scale: Scale, style: &Style, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out)?;
    let count = |power: u32| {
        let bucket = kind.all.histogram.iter().find(|b| b.from_us.ilog2() == power);
        bucket.map_or(0, |bucket| bucket.count)
    };
    let most = (scale.first..=scale.last).map(count).max().unwrap_or(0).max(1);
    let room = BAR.min(style.width.saturating_sub(34)).max(8) as u64;
    for at in scale.first..=scale.last {
        let n = count(at);
        let mut line = Line::default();
        line.right(Ink::Plain, 10, &power(at));
        line.push(Ink::Faint, " to ");
        line.right(Ink::Plain, 22, &power(at + 1));
        line.right(Ink::Plain, 31, &n.to_string());
        line.push(Ink::Plain, " ");
        line.push(Ink::Move, &bar(n, most, room, style));
        line.write(style, out)?;
    }
    Ok(())
}

/// A bar whose end is exact to an eighth of a character.
fn bar(n: u64, most: u64, room: u64, style: &Style) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (n.saturating_mul(room * 8)).div_ceil(most.max(1));
    let (whole, part) = ((eighths / 8) as usize, (eighths % 8) as usize);
    match style.unicode {
        true => format!("{}{}", "█".repeat(whole), PARTS[part]),
        false => "#".repeat(whole + usize::from(part > 0)),
    }
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Revoke => "revoke to answer",
        Kind::Flush => "flush to ack",
        Kind::Migration => "export, import",
        Kind::Request => "request to reply",
        Kind::SafeReply => "request to safe",
    }
}

/// `64 us`, `1 ms`, `2 s`: a power of two of microseconds, rounded as people do.
fn power(power: u32) -> String {
    let us = 1_u64.checked_shl(power).unwrap_or(u64::MAX);
    match power {
        0..10 => format!("{us} us"),
        10..20 => format!("{} ms", us >> 10),
        _ => format!("{} s", us >> 20),
    }
}
