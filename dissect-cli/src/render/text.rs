//! What the renderers for people share.

use std::fmt;

use anstyle::Style as Ansi;

use crate::place::{Place, Time};

/// How to write for the reader at hand.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns.
    pub width: usize,
    /// Whether to colour. Nothing is said by colour alone.
    pub color: bool,
    /// Whether line-drawing characters may be used.
    pub unicode: bool,
}

impl Style {
    /// `text` in a colour, if there is any.
    pub(super) fn paint<T: fmt::Display>(&self, ansi: Ansi, text: T) -> Painted<T> {
        Painted { ansi: self.color.then_some(ansi), text }
    }

    pub(super) fn bold<T: fmt::Display>(&self, text: T) -> Painted<T> {
        self.paint(Ansi::new().bold(), text)
    }
}

/// Text with its colour.
pub(super) struct Painted<T> {
    ansi: Option<Ansi>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ansi {
            Some(ansi) => {
                write!(f, "{ansi}")?;
                self.text.fmt(f)?;
                write!(f, "{ansi:#}")
            }
            None => self.text.fmt(f),
        }
    }
}

/// Time of day, UTC, with microseconds.
pub fn clock(time: Time) -> String {
    let text = time.to_string();
    text.get(11..26).unwrap_or(&text).to_owned()
}

/// The number of a packet; with its file's, from 1, if there are several files.
pub(super) fn frame(place: Place, files: bool) -> String {
    match files {
        true => format!("{}:{}", place.file + 1, place.frame),
        false => place.frame.to_string(),
    }
}

/// Nanoseconds as a length of time: `850 us`, `4.21 ms`, `42.8 s`.
pub(super) fn duration(ns: i64) -> String {
    match ns.unsigned_abs() {
        0..1_000_000 => format!("{} us", ns / 1_000),
        1_000_000..1_000_000_000 => format!("{:.2} ms", ns as f64 / 1e6),
        _ => format!("{:.3} s", ns as f64 / 1e9),
    }
}

/// Bytes with a unit, in powers of 1024.
pub(super) fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{n} B"),
        _ => format!("{value:.1} {}", UNITS[unit]),
    }
}

/// Text from a capture as it can be shown: control characters come escaped.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// Text of at most `width` characters: what is too long loses its middle, and keeps more of its end, which of a
/// path is the name.
pub(super) fn shortened(text: &str, width: usize, unicode: bool) -> String {
    let len = text.chars().count();
    if len <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let head = room / 3;
    let mark = if unicode { "…" } else { "~" };
    let first: String = text.chars().take(head).collect();
    let rest: String = text.chars().skip(len - (room - head)).collect();
    format!("{first}{mark}{rest}")
}

/// A number of things: `1 gap`, `2 gaps`.
pub(super) fn count(n: u64, one: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        _ => format!("{n} {one}s"),
    }
}
