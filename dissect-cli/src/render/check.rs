//! Findings for people.

use std::io::{self, Write};

use super::summary::{coverage, head};
use super::text::{Style, clock, count, duration, plain_table, write_table};
use crate::findings::{Certainty, Finding, RULES, Resolution, Shows};
use crate::report::Report;

/// Rows of one group that are shown unless all are asked for.
const ROWS: usize = 10;

/// Writes what was found; findings that tell the same story stand together.
pub fn check(report: &Report, all: bool, style: &Style, out: &mut impl Write) -> io::Result<()> {
    head(report, style, out)?;
    coverage(report, style, out)?;
    writeln!(out)?;
    let groups = groups(&report.findings);
    for group in &groups {
        story(group, all, style, out)?;
    }
    verdict(report, style, out)
}

/// Findings with the same code, ranks, client and outcome, in the order of their first one.
fn groups(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let same = |other: &Finding| {
            (other.code, other.severity, other.certainty() == finding.certainty(), other.resolution)
                == (finding.code, finding.severity, true, finding.resolution)
                && (other.exporter, other.importer) == (finding.exporter, finding.importer)
                && (other.ends.client, other.ends.client_addr)
                    == (finding.ends.client, finding.ends.client_addr)
        };
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| same(first))) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

fn story(group: &[&Finding], all: bool, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let Some(first) = group.first() else { return Ok(()) };
    let who = match first.ends.client {
        Some(client) => format!("client.{client}"),
        None => format!("the client at {}", first.ends.client_addr),
    };
    let rank = |rank: Option<ceph_codec::types::Rank>| match rank {
        Some(rank) => format!("mds.{rank}"),
        None => "an unknown rank".to_owned(),
    };
    write!(out, "{} {}", style.severity(first.severity), style.bold(first.code))?;
    if first.certainty() == Certainty::Undetermined {
        write!(out, " (undetermined)")?;
    }
    write!(out, "  {}, {who}, {}", count(group.len() as u64, "cap"), rank(first.exporter))?;
    match first.importer {
        Some(_) => writeln!(out, " -> {}", rank(first.importer))?,
        None if first.code == "export-to-nowhere" => writeln!(out, " -> nowhere")?,
        None => writeln!(out, " -> {}", rank(None))?,
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
        let after = duration(evidence.place.time.since(first.event.place.time));
        writeln!(
            out,
            "  {after} later, frame {}: {}",
            evidence.place.frame,
            shows(evidence.shows)
        )?;
    }
    let shown = if all { group.len() } else { group.len().min(ROWS) };
    let mut table = plain_table([
        "  time (UTC)",
        "frame",
        "inode",
        "cap",
        "mseq",
        "peer's cap",
        "sign of life",
    ]);
    for finding in &group[..shown] {
        let event = &finding.event;
        let peer = event.peer.filter(|p| p.cap_id() != 0).map_or_else(
            || "none".to_owned(),
            |p| format!("{} seq {} mseq {}", p.cap_id(), p.seq(), p.mseq()),
        );
        table.add_row([
            format!("  {}", clock(event.place.time)),
            event.place.frame.to_string(),
            event.ino.to_string(),
            event.cap_id.to_string(),
            event.mseq.to_string(),
            peer,
            sign_of_life(finding),
        ]);
    }
    write_table(table, &[1, 3, 4], out)?;
    if shown < group.len() {
        writeln!(out, "  {} more; --all lists them", group.len() - shown)?;
    }
    writeln!(out)
}

/// Whether all findings of a group share this kind of evidence.
fn common(shows: Shows) -> bool {
    matches!(shows, Shows::ConnectionEnd | Shows::NewConnection | Shows::SessionClosed)
}

fn shows(shows: Shows) -> &'static str {
    match shows {
        Shows::Export => "EXPORT",
        Shows::Import => "IMPORT",
        Shows::ConnectionEnd => "the connection to that rank ends",
        Shows::NewConnection => "a new connection to that rank",
        Shows::SessionClosed => "that rank closes the session",
        Shows::MdsSpoke => "rank speaks of it",
        Shows::ClientUsed => "client uses it",
    }
}

/// What became of the cap, in terms of the rank that should have spoken.
fn outcome(finding: &Finding, resolution: Resolution) -> &'static str {
    let exporter = finding.code == "import-without-export";
    match resolution {
        Resolution::None if exporter => "that rank said nothing, although its connection was there",
        Resolution::None => "nothing was heard of the cap again",
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

/// The first packet that shows the peer's cap in use.
fn sign_of_life(finding: &Finding) -> String {
    let sign =
        finding.evidence.iter().find(|e| matches!(e.shows, Shows::MdsSpoke | Shows::ClientUsed));
    sign.map_or_else(
        || "-".to_owned(),
        |e| {
            let after = duration(e.place.time.since(finding.event.place.time));
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
