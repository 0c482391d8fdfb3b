//! Statistics, for people.

mod conversations;
mod messages;
mod requests;

use std::io;

use super::line::{Ink, Line};
use super::text::Style;
use super::watch::{self, View};
use crate::report::stats::StatsReport;

/// Writes the statistics that were asked for, one below the other.
pub fn stats(
    report: &StatsReport,
    view: &View,
    style: &Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut first = true;
    let mut apart = |out: &mut dyn io::Write| match std::mem::take(&mut first) {
        true => Ok(()),
        false => writeln!(out),
    };
    if let Some(report) = &report.messages {
        apart(out)?;
        messages::messages(report, view, style, out)?;
    }
    if let Some(report) = &report.conversations {
        apart(out)?;
        conversations::conversations(report, view, style, out)?;
    }
    if let Some(report) = &report.requests {
        apart(out)?;
        requests::requests(report, view, style, out)?;
    }
    if let Some(report) = &report.caps {
        apart(out)?;
        watch::latency(report, None, view, style, out)?;
    }
    Ok(())
}

fn plain(text: impl Into<String>) -> (Ink, String) {
    (Ink::Plain, text.into())
}

/// What was counted without being told apart.
fn left_out(n: u64, what: &str, style: &Style, out: &mut impl io::Write) -> io::Result<()> {
    match n {
        0 => Ok(()),
        _ => Line::of(Ink::Alarm, &format!("  {n} {what}")).write(style, out),
    }
}
