//! What is in a capture, for people.

mod parties;

use std::io::{self, Write};

use ceph_codec::message::MessageType;

use super::line::{Ink, Line};
use super::missed::{missed, printable};
use super::text::{Style, bytes, clock, count, duration, plain_table, write_table};
use crate::report::{Connection, ConnectionEnd, MessageCount, Report, misplaced};
use crate::session::Protection;
use crate::stream::End;

/// Connections listed unless all are asked for.
const CONNECTIONS: usize = 20;

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
        writeln!(
            out,
            "{} {}, {} of them certain problems; `ceph-dissect check` tells them",
            style.bold("findings"),
            report.findings.len(),
            faults
        )?;
    }
    Ok(())
}

/// The files and their time.
pub(super) fn head(report: &Report, style: &Style, out: &mut impl Write) -> io::Result<()> {
    for file in &report.files {
        write!(out, "{}  {}", style.bold("capture"), printable(&file.name))?;
        writeln!(out, ", {}", count(file.packets, "packet"))?;
    }
    for file in misplaced(&report.files) {
        let mut line = Line::of(Ink::Strong, "order");
        line.push(Ink::Alarm, &format!("    {}", super::misplaced(&file)));
        line.say(style, out)?;
    }
    if let Some((first, last)) = report.span() {
        writeln!(out, "{}     {} for {}", style.bold("time"), first, duration(last.since(first)))?;
    }
    Ok(())
}

/// What was read and what was not.
pub(super) fn coverage(report: &Report, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let caps: u64 = report.ops.iter().map(|(_, n)| n).sum();
    write!(out, "{}     ", style.bold("read"))?;
    write!(
        out,
        "{} of Ceph, {}",
        count(report.connections.len() as u64, "connection"),
        count(caps, "cap message")
    )?;
    if report.replayed > 0 {
        write!(out, " ({} delivered twice)", report.replayed)?;
    }
    writeln!(out, ", {}", count(report.pairs, "migrated cap"))?;
    missed(report, style, out)
}

fn connections(report: &Report, all: bool, style: &Style, out: &mut impl Write) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "{}", style.bold("connections"))?;
    // Those between clients and metadata servers are what this tool is about.
    let mut list: Vec<_> = report.connections.iter().collect();
    list.sort_by_key(|c| (!c.serves_clients(), std::cmp::Reverse(c.a.messages + c.b.messages)));
    let shown = if all { list.len() } else { list.len().min(CONNECTIONS) };
    let mut table =
        plain_table(["  since (UTC)", "from", "to", "messenger", "messages", "bytes", "seen"]);
    for connection in &list[..shown] {
        let c = connection;
        table.add_row([
            format!("  {}", clock(c.opened.time)),
            end(&c.a),
            end(&c.b),
            format!("{} {}", c.messenger.unwrap_or("?"), protection(c.protection)),
            (c.a.messages + c.b.messages).to_string(),
            bytes(c.a.bytes + c.b.bytes),
            seen(c),
        ]);
    }
    write_table(table, &[4, 5], out)?;
    if shown < list.len() {
        writeln!(out, "  {} more; --all lists them", list.len() - shown)?;
    }
    if report.foreign > 0 {
        writeln!(out, "  {} without a word of Ceph", count(report.foreign, "other connection"))?;
    }
    Ok(())
}

fn end(end: &ConnectionEnd) -> String {
    match &end.name {
        Some(name) => format!("{name} {}", end.addr),
        None => end.addr.to_string(),
    }
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
    let mut table = plain_table(["  type", "messages", "bytes"]);
    let caps = |row: &MessageCount| row.number == MessageType::CLIENT_CAPS.0;
    let rows = report.messages.iter().enumerate();
    let shown: Vec<_> = rows.filter(|(index, row)| all || *index < TYPES || caps(row)).collect();
    for (_, row) in &shown {
        table.add_row([format!("  {}", row.name), row.messages.to_string(), bytes(row.bytes)]);
        if caps(row) {
            for (op, n) in &report.ops {
                table.add_row([format!("    {op}"), n.to_string(), String::new()]);
            }
        }
    }
    write_table(table, &[1, 2], out)?;
    let left = report.messages.len() - shown.len();
    if left > 0 {
        writeln!(out, "  {left} more types; --all lists them")?;
    }
    Ok(())
}
