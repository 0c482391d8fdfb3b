//! One line a message.

use std::io::{self, Write};

use anstyle::{AnsiColor, Color, Style as Ansi};
use ceph_codec::message::Message;

use super::Row;
use crate::place::{Place, Time};
use crate::render::Style;
use crate::render::text::{clock, frame};

/// How times are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// Seconds from the first packet.
    #[default]
    Relative,
    /// Seconds from the message before.
    Delta,
    /// Date and time of day, UTC.
    Utc,
    /// Time of day, UTC.
    Absolute,
    /// Seconds since 1970.
    Epoch,
}

impl Clock {
    pub(super) fn of(self, row: &Row<'_>) -> String {
        let time = row.dissected.spoken.place.time;
        self.at(time, row.origin, row.before.or(Some(time)))
    }

    /// A time in a capture that began at `origin`; `before` it was another one.
    pub(super) fn at(self, time: Time, origin: Time, before: Option<Time>) -> String {
        match self {
            Clock::Relative => seconds(time.since(origin)),
            Clock::Delta => before.map_or_else(String::new, |before| seconds(time.since(before))),
            Clock::Utc => time.to_string(),
            Clock::Absolute => clock(time),
            Clock::Epoch => seconds(time.0),
        }
    }
}

/// Nanoseconds as seconds with microseconds.
fn seconds(ns: i64) -> String {
    let us = ns.unsigned_abs() / 1_000;
    format!("{}{}.{:06}", if ns < 0 { "-" } else { "" }, us / 1_000_000, us % 1_000_000)
}

/// What stands in front of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lead {
    /// Which time.
    pub clock: Clock,
    /// Whether packets are told apart by their files too, since there are several.
    pub files: bool,
}

impl Lead {
    pub(super) fn frame(self, place: Place) -> String {
        frame(place, self.files)
    }
}

/// Columns for a party.
const PARTY: usize = 14;
/// Columns that a summary needs beside what stands in front of it; else it goes below.
const LEAST: usize = 40;
/// Blanks in front of what goes below.
const BELOW: usize = 8;

/// Writes the line of a message. Where the style has a width, what is longer is cut at it. Findings are never cut:
/// they go below where they do not fit, as a summary does that would be cut to next to nothing.
pub fn line(row: &Row<'_>, lead: Lead, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let frame = lead.frame(row.dissected.spoken.place);
    let version = row.header().map_or_else(String::new, |header| format!("v{}", header.version));
    let time = lead.clock.of(row);
    let (from, to) = (row.party(0), row.party(1));
    let arrow = if style.unicode { "→" } else { "->" };
    let mut head =
        format!("{frame:>6} {time:>11}  {from:<PARTY$} {arrow} {to:<PARTY$} {version:<3} ");
    let what = what(row);
    let whole = style.width == 0;
    let room = style.width.saturating_sub(head.chars().count());
    if !whole && room < LEAST && what.chars().count() > room {
        writeln!(out, "{}", cut(head.trim_end(), style))?;
        head = " ".repeat(BELOW);
    }
    let text = cut(&format!("{head}{what}"), style);
    write!(out, "{text}")?;
    let alarm = Ansi::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Red)));
    let mut column = text.chars().count();
    for code in row.findings {
        let mark = format!("! {code}");
        column += 1 + mark.len();
        match whole || column <= style.width {
            true => write!(out, " ")?,
            false => {
                write!(out, "\n{:BELOW$}", "")?;
                column = BELOW + mark.len();
            }
        }
        write!(out, "{}", style.paint(alarm, mark))?;
    }
    writeln!(out)
}

/// What a message says.
fn what(row: &Row<'_>) -> String {
    let mut text = row.summary().to_string();
    // The daemons do not log what EXPORT and IMPORT say of each other's caps.
    if let Some(Message::ClientCaps(caps)) = &row.dissected.message {
        let peers = [
            caps.export_peer().map(|peer| format!(" peer {peer}")),
            caps.import_peer().map(|peer| format!(" peer {peer}")),
        ];
        text.extend(peers.into_iter().flatten());
    }
    if row.dissected.spoken.replayed {
        text.push_str(" (delivered before)");
    }
    text
}

/// Text that a terminal shows and does not obey, cut at the width if there is one.
fn cut(text: &str, style: &Style) -> String {
    let mut shown: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    if style.width > 0 && shown.chars().count() > style.width {
        let (keep, dots) = match style.unicode {
            true => (style.width.saturating_sub(1), "…"),
            false => (style.width.saturating_sub(3), "..."),
        };
        shown = shown.chars().take(keep).collect();
        shown.push_str(dots);
    }
    shown.truncate(shown.trim_end().len());
    shown
}
