//! What is waited for, for people and, as JSON, for programs.

mod flushes;
pub(super) mod grid;
mod latency;
mod migrations;
mod pingpong;
mod revokes;
mod top;
mod waits;

use std::io;

use ceph_codec::types::{Caps, InodeNo};
use serde::Serialize;

pub use flushes::flushes;
pub use latency::latency;
pub use migrations::migrations;
pub use pingpong::pingpong;
pub use revokes::revokes;
pub use top::top;
pub use waits::waits;

use super::SCHEMA_VERSION;
use super::line::{Ink, Line};
use super::text::{Style, duration, printable};
use crate::place::{Place, Time};
use crate::report::watch::{LatencyRow, RequestRow};

/// Rows of a list that are shown unless all are asked for.
const ROWS: usize = 10;

/// How to show it.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Every row, and not only the first few.
    pub all: bool,
    /// What relative times count from; `None` where nothing was read.
    pub start: Option<Time>,
}

impl View {
    pub(in crate::render) fn rows(&self) -> usize {
        if self.all { usize::MAX } else { ROWS }
    }

    /// Seconds since the capture's first packet, as `--since` takes them.
    pub(in crate::render) fn when(&self, place: Place) -> String {
        self.seconds(place.time)
    }

    /// The same of a moment.
    pub(in crate::render) fn seconds(&self, time: Time) -> String {
        format!("{:.3}", time.since(self.start.unwrap_or_default()) as f64 / 1e9)
    }

    /// The end of a heading: what times count from.
    fn origin(&self) -> Option<String> {
        let text = self.start?.to_string().replacen('T', " ", 1);
        Some(format!("0 s is {} UTC", text.get(..26).unwrap_or(&text)))
    }
}

/// Writes a report as one JSON document.
pub fn json(report: &impl Serialize, out: &mut impl io::Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'a, T> {
        schema_version: u32,
        #[serde(flatten)]
        report: &'a T,
    }
    serde_json::to_writer_pretty(&mut *out, &Document { schema_version: SCHEMA_VERSION, report })?;
    writeln!(out)
}

/// A heading with its number, and what times count from where there is room.
pub(in crate::render) fn heading(
    text: &str,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut line = Line::of(Ink::Strong, text);
    let fits = |origin: &String| line.len() + 2 + origin.len() <= style.width;
    if let Some(origin) = view.origin().filter(fits) {
        line.push(Ink::Faint, "  ");
        line.push(Ink::Faint, &origin);
    }
    line.say(style, out)
}

/// `p50 1.2 ms  p99 4 ms  max 8 ms, frame 12`
fn percentiles(
    what: &str,
    row: &LatencyRow,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let (Some(p50), Some(p99), Some(max)) = (row.p50_ns, row.p99_ns, row.max_ns) else {
        return Ok(());
    };
    let mut line = Line::of(Ink::Plain, what);
    for (name, value) in [("p50", p50), ("p99", p99), ("max", max)] {
        line.push(Ink::Faint, &format!("  {name} "));
        line.push(Ink::Plain, &duration(value));
    }
    if let Some(at) = row.max_at {
        line.push(Ink::Faint, &format!("  frame {}", at.frame));
    }
    line.say(style, out)
}

/// How many rows of a list are not shown.
pub(in crate::render) fn more(
    shown: usize,
    total: usize,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let how = if view.all { "were not kept" } else { "more; --all lists them" };
    match total.checked_sub(shown).filter(|more| *more > 0) {
        Some(more) => Line::of(Ink::Faint, &format!("  {more} {how}")).say(style, out),
        None => Ok(()),
    }
}

fn bits(caps: Option<Caps>) -> String {
    caps.map_or_else(|| "?".to_owned(), |caps| caps.to_string())
}

fn inode(ino: Option<InodeNo>) -> String {
    ino.map_or_else(|| "?".to_owned(), |ino| ino.to_string())
}

fn path(path: Option<&str>) -> String {
    path.map_or_else(String::new, printable)
}

/// A request that waits, in one line below what it waits for.
fn waiting(request: &RequestRow, view: &View, style: &Style) -> Line {
    let mut line = Line::of(Ink::Plain, if style.unicode { "    └ " } else { "    ` " });
    line.push(Ink::Alarm, &request.parties.client_name());
    let RequestRow { op, tid, at, age_ns, .. } = request;
    line.push(Ink::Plain, &format!(" waits: {op} tid {tid}"));
    let since = format!(", since {} s, frame {}, ", view.when(*at), at.frame);
    line.push(Ink::Faint, &since);
    line.push(Ink::Plain, &duration(*age_ns));
    line
}
