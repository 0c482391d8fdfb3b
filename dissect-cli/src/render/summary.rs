//! What is in a capture, for people.

mod parties;

use std::io::{self, Write};

use ceph_codec::message::MessageType;

use super::line::{Ink, Line};
use super::missed::{labelled, missed};
use super::text::{Style, bytes, clock, count, duration, printable, shortened};
use super::watch::grid::{Grid, Room};
use crate::capture::misplaced;
use crate::report::{Connection, ConnectionEnd, MessageCount, Report};
use crate::session::Protection;
use crate::stream::End;

/// Connections listed unless all are asked for.
const CONNECTIONS: usize = 20;

/// Columns that the name of a file has at least.
const LEAST: usize = 12;

/// Message types listed unless all are asked for.
const TYPES: usize = 15;

/// Writes what is in the capture: files, connections, messages, coverage.
pub fn summary(report: &Report, all: bool, style: &Style, out: &mut impl Write) -> io::Result<()> {
    head(report, style, out)?;
    coverage(report, style, out)?;
    parties::clients(report, all, style, out)?;
    parties::ranks(report, all, style, out)?;
    connections(report, all, style, out)?;
    messages(report, all, style, out)?;
    if !report.findings.is_empty() {
        let faults = report.findings.iter().filter(|f| f.is_certain_fault()).count() as u64;
        writeln!(out)?;
        let mut line = Line::of(Ink::Strong, "findings");
        let all = report.findings.len();
        let text =
            format!(" {all}, {faults} of them certain problems; `ceph-dissect check` tells them");
        line.push(Ink::Plain, &text);
        line.say(style, out)?;
    }
    Ok(())
}

/// The files and their time.
pub(super) fn head(report: &Report, style: &Style, out: &mut impl Write) -> io::Result<()> {
    for file in &report.files {
        let packets = format!(", {}", count(file.packets, "packet"));
        let room = style.width.saturating_sub("capture  ".len() + packets.len()).max(LEAST);
        let name = shortened(&printable(&file.name), room, style.unicode);
        labelled("capture", &format!("{name}{packets}"), style, out)?;
    }
    for file in misplaced(&report.files) {
        labelled("order", &super::misplaced(&file), style, out)?;
    }
    if let Some((first, last)) = report.span() {
        labelled("time", &format!("{first} for {}", duration(last.since(first))), style, out)?;
    }
    Ok(())
}

/// What was read and what was not.
pub(super) fn coverage(report: &Report, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let caps: u64 = report.ops.iter().map(|(_, n)| n).sum();
    let mut text = format!(
        "{} of Ceph, {}",
        count(report.connections.len() as u64, "connection"),
        count(caps, "cap message")
    );
    if report.replayed > 0 {
        text.push_str(&format!(" ({} delivered twice)", report.replayed));
    }
    text.push_str(&format!(", {}", count(report.pairs, "migrated cap")));
    labelled("read", &text, style, out)?;
    missed(report, style, out)
}

fn connections(report: &Report, all: bool, style: &Style, out: &mut impl Write) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "{}", style.bold("connections"))?;
    // Those between clients and metadata servers are what this tool is about.
    let mut list: Vec<_> = report.connections.iter().collect();
    list.sort_by_key(|c| (!c.serves_clients(), std::cmp::Reverse(c.a.messages + c.b.messages)));
    let shown = if all { list.len() } else { list.len().min(CONNECTIONS) };
    let mut grid = Grid::default()
        .left("since (UTC)", Room::Below(0))
        .left("from", Room::Needed)
        .left("to", Room::Needed)
        .left("messenger", Room::Below(2))
        .right("messages", Room::Needed)
        .right("bytes", Room::Below(3))
        .left("seen", Room::Below(1))
        .left("", Room::Below(4));
    let arrow = if style.unicode { "→" } else { "->" };
    for connection in &list[..shown] {
        let c = connection;
        let plain = |text: String| (Ink::Plain, text);
        let named = c.a.name.is_some() || c.b.name.is_some();
        let addresses = format!("{} {arrow} {}", c.a.addr, c.b.addr);
        grid.row(vec![
            plain(clock(c.opened.time)),
            plain(end(&c.a)),
            plain(end(&c.b)),
            plain(format!("{} {}", c.messenger.unwrap_or("?"), protection(c.protection))),
            plain((c.a.messages + c.b.messages).to_string()),
            plain(bytes(c.a.bytes + c.b.bytes)),
            plain(seen(c)),
            (Ink::Faint, if named { addresses } else { String::new() }),
        ]);
    }
    if shown > 0 {
        grid.write(style, out)?;
    }
    if shown < list.len() {
        writeln!(out, "  {} more; --all lists them", list.len() - shown)?;
    }
    if report.foreign > 0 {
        writeln!(out, "  {} without a word of Ceph", count(report.foreign, "other connection"))?;
    }
    Ok(())
}

fn end(end: &ConnectionEnd) -> String {
    end.name.clone().unwrap_or_else(|| end.addr.to_string())
}

fn protection(protection: Protection) -> &'static str {
    match protection {
        Protection::Crc => "crc",
        Protection::Secure => "secure",
        Protection::Unknown => "?",
    }
}

fn seen(c: &Connection) -> String {
    let mut words = Vec::new();
    match c.protection {
        Protection::Secure => words.push("encrypted".to_owned()),
        Protection::Unknown if c.is_complete() => words.push("handshake only".to_owned()),
        Protection::Unknown => words.push("not understood".to_owned()),
        Protection::Crc => {}
    }
    if !c.from_start {
        words.push("from the middle".to_owned());
    }
    if c.one_sided {
        words.push("one direction only".to_owned());
    }
    if c.resumed {
        words.push("resumed".to_owned());
    }
    let holes = c.a.holes + c.b.holes;
    if holes > 0 && c.protection != Protection::Secure {
        words.push(count(holes, "hole"));
    }
    match c.ended {
        Some(End::Reset) => words.push("reset".to_owned()),
        Some(End::Evicted) => words.push("dropped: too many at a time".to_owned()),
        _ => {}
    }
    match words.is_empty() {
        true => "whole".to_owned(),
        false => words.join(", "),
    }
}

fn messages(report: &Report, all: bool, style: &Style, out: &mut impl Write) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "{}", style.bold("messages"))?;
    let mut grid = Grid::default()
        .left("type", Room::Needed)
        .right("messages", Room::Needed)
        .right("bytes", Room::Spare(1));
    let cells = |name: String, n: u64, bytes: String| {
        vec![(Ink::Plain, name), (Ink::Plain, n.to_string()), (Ink::Plain, bytes)]
    };
    let caps = |row: &MessageCount| row.number == MessageType::CLIENT_CAPS.0;
    let rows = report.messages.iter().enumerate();
    let shown: Vec<_> = rows.filter(|(index, row)| all || *index < TYPES || caps(row)).collect();
    for (_, row) in &shown {
        grid.row(cells(row.name.clone(), row.messages, bytes(row.bytes)));
        if caps(row) {
            for (op, n) in &report.ops {
                grid.row(cells(format!("  {op}"), *n, String::new()));
            }
        }
    }
    if !shown.is_empty() {
        grid.write(style, out)?;
    }
    let left = report.messages.len() - shown.len();
    if left > 0 {
        writeln!(out, "  {left} more types; --all lists them")?;
    }
    Ok(())
}
