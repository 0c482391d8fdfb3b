//! Findings for people.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::summary::{coverage, head};
use super::text::{Style, clock, count, duration, plain_table, printable, write_table};
use crate::event::CapEvent;
use crate::findings::{Certainty, Fact, FactValue, Finding, RULES, Resolution, Severity, Shows};
use crate::report::Report;

/// Rows of one group that are shown unless all are asked for.
const ROWS: usize = 10;
/// The same where they are for information only.
const INFO_ROWS: usize = 3;

/// Writes what was found; findings that tell the same story stand together.
pub fn check(report: &Report, all: bool, style: &Style, out: &mut impl Write) -> io::Result<()> {
    head(report, style, out)?;
    coverage(report, style, out)?;
    writeln!(out)?;
    let groups = groups(&report.findings);
    for group in &groups {
        story(report, group, all, style, out)?;
    }
    verdict(report, style, out)
}

/// Findings with the same code, ranks, client and outcome: the worst groups first, and then in the order of
/// their first finding.
fn groups(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let same = |other: &Finding| {
            (other.code, other.severity, other.certainty() == finding.certainty(), other.resolution)
                == (finding.code, finding.severity, true, finding.resolution)
                && (other.exporter, other.importer) == (finding.exporter, finding.importer)
                && other.ends.mds == finding.ends.mds
                && (other.ends.client, other.ends.client_addr)
                    == (finding.ends.client, finding.ends.client_addr)
        };
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| same(first))) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups.sort_by_key(|group| Reverse(group.first().map(|first| first.severity)));
    groups
}

fn story(
    report: &Report,
    group: &[&Finding],
    all: bool,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let Some(first) = group.first() else { return Ok(()) };
    let who = match first.ends.client {
        Some(client) => match report.said(client).map(ToString::to_string) {
            Some(said) if !said.is_empty() => format!("client.{client} ({said})"),
            _ => format!("client.{client}"),
        },
        None => format!("the client at {}", first.ends.client_addr),
    };
    let daemon = |rank| report.daemon(rank, first.ends.mds_addr, first.at.place.time);
    let rank = |rank: Option<ceph_codec::types::Rank>| match rank {
        Some(rank) => match daemon(rank) {
            Some(name) => format!("mds.{rank} ({name})"),
            None => format!("mds.{rank}"),
        },
        None => "an unknown rank".to_owned(),
    };
    write!(out, "{} {}", style.severity(first.severity), style.bold(first.code))?;
    if first.certainty() == Certainty::Undetermined {
        write!(out, " (undetermined)")?;
    }
    let what = if first.cap.is_some() { "cap" } else { "time" };
    write!(out, "  {}, ", count(group.len() as u64, what))?;
    if !first.is_among_ranks() {
        write!(out, "{who}, ")?;
    }
    match (first.exporter, first.importer) {
        (None, None) => writeln!(out, "{}", rank(first.ends.mds))?,
        (from, Some(_)) => writeln!(out, "{} -> {}", rank(from), rank(first.importer))?,
        (from, None) if first.code == "export-to-nowhere" => {
            writeln!(out, "{} -> nowhere", rank(from))?
        }
        (from, None) => writeln!(out, "{} -> {}", rank(from), rank(None))?,
    }
    if let Some(rule) = RULES.iter().find(|rule| rule.code == first.code) {
        writeln!(out, "  {}", rule.title)?;
    }
    // What is not certain is told by its reason alone: that nothing was heard means nothing then.
    if let Some(resolution) =
        first.resolution.filter(|r| first.doubt.is_none() || *r != Resolution::None)
    {
        writeln!(out, "  {}", outcome(first, resolution))?;
    }
    if let Some(doubt) = first.doubt {
        writeln!(out, "  not certain: {doubt}")?;
    }
    for evidence in first.evidence.iter().filter(|e| common(e.shows)) {
        let after = duration(evidence.place.time.since(first.at.place.time));
        writeln!(
            out,
            "  {after} later, frame {}: {}",
            evidence.place.frame,
            shows(evidence.shows)
        )?;
    }
    let same = same_facts(group);
    if !same.is_empty() {
        let words = same.iter().map(|fact| format!("{} {}", fact.name, value(&fact.value)));
        writeln!(out, "  {}", words.collect::<Vec<_>>().join(", "))?;
    }
    let rows_shown = if first.severity == Severity::Info { INFO_ROWS } else { ROWS };
    let shown = if all { group.len() } else { group.len().min(rows_shown) };
    rows(&group[..shown], &same, out)?;
    if shown < group.len() {
        writeln!(out, "  {} more; --all lists them", group.len() - shown)?;
    }
    writeln!(out)
}

/// What several findings all say alike: it is told once.
fn same_facts<'f>(group: &[&'f Finding]) -> Vec<&'f Fact> {
    let [first, others @ ..] = group else { return Vec::new() };
    if others.is_empty() {
        return Vec::new();
    }
    let same = |fact: &&Fact| others.iter().all(|finding| finding.facts.contains(fact));
    first.facts.iter().filter(same).collect()
}

/// A row for each finding, with the columns that any of them has something for, but for what is told
/// already.
fn rows(group: &[&Finding], told: &[&Fact], out: &mut impl Write) -> io::Result<()> {
    let any = |has: fn(&Finding) -> bool| group.iter().any(|finding| has(finding));
    let inode = any(|f| f.ino.is_some());
    let cap = any(|f| f.cap.is_some());
    let peer = any(|f| f.cap.is_some_and(|event| event.peer.is_some()));
    let signs = any(|f| f.evidence.iter().any(|e| is_sign(e.shows)));
    let path = any(|f| f.path.is_some());
    let mut header = vec!["  time (UTC)", "frame"];
    let mut right = vec![1];
    if inode {
        header.push("inode");
    }
    if cap {
        right.extend([header.len(), header.len() + 1]);
        header.extend(["cap", "mseq"]);
    }
    if peer {
        header.push("peer's cap");
    }
    if signs {
        header.push("sign of life");
    }
    let untold = |fact: &&Fact| !told.iter().any(|known| known.name == fact.name);
    let first = group.first().map_or(&[][..], |first| &first.facts);
    for fact in first.iter().filter(untold) {
        if matches!(fact.value, FactValue::Number(_) | FactValue::Lasting(_) | FactValue::At(_)) {
            right.push(header.len());
        }
        header.push(fact.name);
    }
    if path {
        header.push("path");
    }
    let mut table = plain_table(header);
    for finding in group {
        let place = finding.at.place;
        let mut row = vec![format!("  {}", clock(place.time)), place.frame.to_string()];
        if inode {
            row.push(finding.ino.map_or_else(|| "-".to_owned(), |ino| ino.to_string()));
        }
        if cap {
            let number = |of: fn(&CapEvent) -> String| {
                finding.cap.as_ref().map_or_else(|| "-".to_owned(), of)
            };
            row.extend([number(|e| e.cap_id.to_string()), number(|e| e.mseq.to_string())]);
        }
        if peer {
            let peer = finding.cap.and_then(|event| event.peer).filter(|p| p.cap_id() != 0);
            row.push(peer.map_or_else(
                || "none".to_owned(),
                |p| format!("{} seq {} mseq {}", p.cap_id(), p.seq(), p.mseq()),
            ));
        }
        if signs {
            row.push(sign_of_life(finding));
        }
        row.extend(finding.facts.iter().filter(untold).map(|fact| value(&fact.value)));
        if path {
            row.push(finding.path.as_deref().map_or_else(|| "-".to_owned(), printable));
        }
        table.add_row(row);
    }
    write_table(table, &right, out)
}

pub(super) fn value(value: &FactValue) -> String {
    match value {
        FactValue::Caps(caps) => caps.to_string(),
        FactValue::Number(number) => number.to_string(),
        FactValue::Lasting(ns) => duration(*ns),
        FactValue::At(place) => place.frame.to_string(),
        FactValue::Word(word) => (*word).to_owned(),
        FactValue::Text(text) => printable(text),
    }
}

/// Whether all findings of a group share this kind of evidence.
fn common(shows: Shows) -> bool {
    matches!(
        shows,
        Shows::ConnectionEnd
            | Shows::NewConnection
            | Shows::SessionClosed
            | Shows::Counter
            | Shows::RankLeft
            | Shows::RankReconnect
            | Shows::NotReasserted
    )
}

pub(super) fn shows(shows: Shows) -> &'static str {
    match shows {
        Shows::Export => "EXPORT",
        Shows::Import => "IMPORT",
        Shows::ConnectionEnd => "the connection to that rank ends",
        Shows::NewConnection => "a new connection to that rank",
        Shows::SessionClosed => "that rank closes the session",
        Shows::MdsSpoke => "rank speaks of it",
        Shows::ClientUsed => "client uses it",
        Shows::Reasserted => "client re-asserts it",
        Shows::NotReasserted => "the client goes back to that rank, and does not tell it the cap",
        Shows::Counter => "the rank tells its count of messages to the client",
        Shows::RankLeft => "a map tells that the rank is not active any more",
        Shows::RankReconnect => "a map tells that the rank waits for its clients",
    }
}

/// What became of the cap, in terms of the rank that should have spoken.
pub(super) fn outcome(finding: &Finding, resolution: Resolution) -> &'static str {
    let exporter = finding.code == "import-without-export";
    match resolution {
        Resolution::None if finding.is_among_ranks() => {
            "both ranks were there, and nothing more came of it"
        }
        Resolution::ConnectionLost if finding.is_among_ranks() => {
            "one of the two went down, or their connection was lost"
        }
        Resolution::None if exporter => "that rank said nothing, although its connection was there",
        Resolution::None => "nothing was heard of the cap again",
        Resolution::Reconnect => "the rank came back, and the client re-asserted the cap to it",
        Resolution::NotReasserted => {
            "the rank came back, and the client did not re-assert the cap: trimmed or lost"
        }
        Resolution::ExporterLost => {
            "the exporter was lost before it could; the cap had moved already"
        }
        Resolution::Rejoin => {
            "the rank came back and knows the cap, so the client must have re-asserted it"
        }
        Resolution::CapInUse => "the rank spoke of the cap later, without ever having announced it",
        Resolution::SessionClosed => "the session with that rank was closed",
        Resolution::ConnectionLost if exporter => {
            "the connection to that rank was lost before it could"
        }
        Resolution::ConnectionLost => {
            "the connection to that rank was lost, and nothing was heard of the cap again"
        }
        Resolution::CaptureEnded => "the capture ends before it could come",
    }
}

/// Whether it shows the peer's cap in use.
fn is_sign(shows: Shows) -> bool {
    matches!(shows, Shows::MdsSpoke | Shows::ClientUsed | Shows::Reasserted)
}

/// The first packet that shows the peer's cap in use.
fn sign_of_life(finding: &Finding) -> String {
    let sign = finding.evidence.iter().find(|e| is_sign(e.shows));
    sign.map_or_else(
        || "-".to_owned(),
        |e| {
            let after = duration(e.place.time.since(finding.at.place.time));
            format!("+{after} {} ({})", shows(e.shows), e.place.frame)
        },
    )
}

fn verdict(report: &Report, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let nothing = match report.serving() {
        (0, 0) => {
            Some("nothing to check: no connection between a client and a metadata server was read")
        }
        (0, _) => {
            Some("nothing could be checked: every connection to a metadata server is encrypted")
        }
        _ => None,
    };
    if let Some(nothing) = nothing {
        return writeln!(out, "{}", style.bold(nothing));
    }
    let faults = report.findings.iter().filter(|f| f.is_certain_fault()).count() as u64;
    let doubtful =
        report.findings.iter().filter(|f| f.certainty() == Certainty::Undetermined).count() as u64;
    let infos = report.findings.len() as u64 - faults - doubtful;
    write!(out, "{}", style.bold(format_args!("{} paired", count(report.pairs, "migrated cap"))))?;
    write!(out, ", {}", style.bold(count(faults, "certain problem")))?;
    if doubtful > 0 {
        write!(out, ", {doubtful} undetermined")?;
    }
    if infos > 0 {
        write!(out, ", {infos} for information")?;
    }
    writeln!(out)
}
