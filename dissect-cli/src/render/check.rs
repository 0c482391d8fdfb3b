//! Findings for people.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::facts;
use super::line::{Ink, Line, sentence};
use super::summary::{coverage, head};
use super::text::{Style, clock, count, duration, printable};
use super::watch::grid::{Grid, Room};
use crate::event::CapEvent;
use crate::findings::{
    Certainty, Evidence, Fact, FactValue, Finding, RULES, Resolution, Severity, Shows,
};
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

/// Writes findings alone, of those that `report` has: while a capture goes on.
pub fn found(
    report: &Report,
    findings: &[Finding],
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    groups(findings).iter().try_for_each(|group| story(report, group, true, style, out))
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
    let mut head = severity(first.severity);
    head.push(Ink::Strong, &format!(" {}", first.code));
    if first.certainty() == Certainty::Undetermined {
        head.push(Ink::Plain, " (undetermined)");
    }
    let what = if first.cap.is_some() { "cap" } else { "time" };
    head.push(Ink::Plain, &format!("  {}, ", count(group.len() as u64, what)));
    if !first.is_among_ranks() {
        head.push(Ink::Plain, &format!("{who}, "));
    }
    let ends = match (first.exporter, first.importer) {
        (None, None) => rank(first.ends.mds),
        (from, None) if first.code == "export-to-nowhere" => format!("{} -> nowhere", rank(from)),
        (from, to) => format!("{} -> {}", rank(from), rank(to)),
    };
    head.push(Ink::Plain, &ends);
    head.say(style, out)?;
    let mut tell = |text: &str| sentence(Ink::Plain, &format!("  {text}"), style, out);
    if let Some(rule) = RULES.iter().find(|rule| rule.code == first.code) {
        tell(rule.title)?;
    }
    // What is not certain is told by its reason alone: that nothing was heard means nothing then.
    if let Some(resolution) =
        first.resolution.filter(|r| first.doubt.is_none() || *r != Resolution::None)
    {
        tell(outcome(first, resolution))?;
    }
    if let Some(doubt) = first.doubt {
        tell(&format!("not certain: {doubt}"))?;
    }
    for evidence in first.evidence.iter().filter(|e| common(e.shows)) {
        let after = evidence.place.time.since(first.at.place.time);
        let (when, after) = match after {
            ..0 => ("earlier", after.saturating_neg()),
            _ => ("later", after),
        };
        let (frame, shows) = (evidence.place.frame, shows(evidence.shows));
        tell(&format!("{} {when}, frame {frame}: {shows}", duration(after)))?;
    }
    let same = same_facts(group);
    if !same.is_empty() {
        let words = same.iter().map(|fact| facts::says(first.code, fact));
        tell(&words.collect::<Vec<_>>().join("; "))?;
    }
    let rows_shown = if first.severity == Severity::Info { INFO_ROWS } else { ROWS };
    let shown = if all { group.len() } else { group.len().min(rows_shown) };
    rows(&group[..shown], &same, style, out)?;
    if shown < group.len() {
        writeln!(out, "  {} more; --all lists them", group.len() - shown)?;
    }
    writeln!(out)
}

fn severity(severity: Severity) -> Line {
    match severity {
        Severity::Info => Line::of(Ink::Move, "info"),
        Severity::Warning => Line::of(Ink::Take, "warning"),
        Severity::Error => Line::of(Ink::Alarm, "error"),
    }
}

/// What all findings of a group say alike: it is told once.
fn same_facts<'f>(group: &[&'f Finding]) -> Vec<&'f Fact> {
    let [first, others @ ..] = group else { return Vec::new() };
    let same = |fact: &&Fact| others.iter().all(|finding| finding.facts.contains(fact));
    first.facts.iter().filter(same).collect()
}

/// A row for each finding, with the columns that any of them has something for, but for what is told
/// already.
fn rows(group: &[&Finding], told: &[&Fact], style: &Style, out: &mut impl Write) -> io::Result<()> {
    let untold = |fact: &&Fact| !told.iter().any(|known| known.name == fact.name);
    let first = group.first().map_or(&[][..], |first| &first.facts);
    let sign = one_sign(group);
    let mut grid = Grid::default()
        .left("time (UTC)", Room::Needed)
        .right("frame", Room::Needed)
        .left("inode", Room::Needed)
        .right("cap", Room::Below(1))
        .right("mseq", Room::Below(1))
        .left("peer's cap", Room::Below(2))
        .left(sign.unwrap_or("sign of life"), Room::Below(3));
    for fact in first.iter().filter(untold) {
        let number =
            matches!(fact.value, FactValue::Number(_) | FactValue::Lasting(_) | FactValue::At(_));
        grid = match number {
            true => grid.right(fact.name, Room::Below(4)),
            false => grid.left(fact.name, Room::Below(4)),
        };
    }
    grid = grid.left("path", Room::Cut);
    let peers = group.iter().any(|f| f.cap.is_some_and(|event| event.peer.is_some()));
    for finding in group {
        let place = finding.at.place;
        let number =
            |of: fn(&CapEvent) -> String| finding.cap.as_ref().map_or_else(String::new, of);
        let peer = finding.cap.and_then(|event| event.peer).filter(|peer| peer.cap_id() != 0);
        let peer = match peer {
            Some(peer) => format!("{} seq {} mseq {}", peer.cap_id(), peer.seq(), peer.mseq()),
            None if peers => "none".to_owned(),
            None => String::new(),
        };
        let mut row = vec![
            clock(place.time),
            place.frame.to_string(),
            finding.ino.map_or_else(String::new, |ino| ino.to_string()),
            number(|event| event.cap_id.to_string()),
            number(|event| event.mseq.to_string()),
            peer,
            sign_of_life(finding, sign.is_none()),
        ];
        row.extend(finding.facts.iter().filter(untold).map(|fact| facts::value(&fact.value)));
        row.push(finding.path.as_deref().map_or_else(String::new, printable));
        grid.row(row.into_iter().map(|text| (Ink::Plain, text)).collect());
    }
    grid.write(style, out)
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
        Shows::MdsSpoke => "rank speaks",
        Shows::ClientUsed => "client uses it",
        Shows::Reasserted => "re-asserted",
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

/// The kind of sign that is there, if it is the same for all that have any.
fn one_sign(group: &[&Finding]) -> Option<&'static str> {
    let mut signs = group.iter().filter_map(|finding| sign(finding)).map(|e| shows(e.shows));
    let first = signs.next()?;
    signs.all(|other| other == first).then_some(first)
}

/// The first packet that shows the peer's cap in use.
fn sign(finding: &Finding) -> Option<&Evidence> {
    finding.evidence.iter().find(|e| is_sign(e.shows))
}

/// When it was, and, unless that is said already, what it was.
fn sign_of_life(finding: &Finding, what: bool) -> String {
    let Some(sign) = sign(finding) else { return String::new() };
    let after = duration(sign.place.time.since(finding.at.place.time));
    let frame = sign.place.frame;
    match what {
        true => format!("+{after} {} ({frame})", shows(sign.shows)),
        false => format!("+{after} ({frame})"),
    }
}

fn verdict(report: &Report, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let nothing = match report.serving() {
        (0, 0) if report.packets() == 0 => Some("nothing to check: there is not one packet"),
        (0, 0) => {
            Some("nothing to check: no connection between a client and a metadata server was read")
        }
        (0, _) => {
            Some("nothing could be checked: every connection to a metadata server is encrypted")
        }
        _ => None,
    };
    if let Some(nothing) = nothing {
        return sentence(Ink::Strong, nothing, style, out);
    }
    let faults = report.findings.iter().filter(|f| f.is_certain_fault()).count() as u64;
    let doubtful =
        report.findings.iter().filter(|f| f.certainty() == Certainty::Undetermined).count() as u64;
    let infos = report.findings.len() as u64 - faults - doubtful;
    let mut line =
        Line::of(Ink::Strong, &format!("{} paired", count(report.pairs, "migrated cap")));
    line.push(Ink::Plain, ", ");
    line.push(Ink::Strong, &count(faults, "certain problem"));
    if doubtful > 0 {
        line.push(Ink::Plain, &format!(", {doubtful} undetermined"));
    }
    if infos > 0 {
        line.push(Ink::Plain, &format!(", {infos} for information"));
    }
    line.say(style, out)
}
