//! One line a message.

use std::fmt;
use std::io::{self, Write};

use anstyle::{AnsiColor, Color, Style as Ansi};
use ceph_codec::message::Message;

use super::Row;
use crate::place::Time;
use crate::render::Style;
use crate::render::text::clock;

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

/// Columns for a party.
const PARTY: usize = 14;

/// Writes the line of a message. Where the style has a width, a longer line is cut at it.
pub fn line(row: &Row<'_>, times: Clock, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let frame = row.dissected.spoken.place.frame;
    let version = row.header().map_or_else(String::new, |header| format!("v{}", header.version));
    let time = times.of(row);
    let (from, to) = (row.party(0), row.party(1));
    let arrow = if style.unicode { "→" } else { "->" };
    let head = format!("{frame:>6} {time:>11}  {from:<PARTY$} {arrow} {to:<PARTY$} {version:<3} ");
    let mut text = head;
    _ = fmt::Write::write_fmt(&mut text, format_args!("{}", row.summary()));
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
    let marks: usize = row.findings.iter().map(|code| code.len() + 3).sum();
    let room = style.width.saturating_sub(marks);
    let mut shown: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    if style.width > 0 && shown.chars().count() > room {
        let (keep, dots) = match style.unicode {
            true => (room.saturating_sub(1), "…"),
            false => (room.saturating_sub(3), "..."),
        };
        shown = shown.chars().take(keep).collect();
        shown.push_str(dots);
    }
    write!(out, "{}", shown.trim_end())?;
    let alarm = Ansi::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Red)));
    for code in row.findings {
        write!(out, " {}", style.paint(alarm, format_args!("! {code}")))?;
    }
    writeln!(out)
}
