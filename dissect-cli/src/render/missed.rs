//! What was not read, and so may be missing from everything that is said.

use std::io::{self, Write};

use super::line::{Ink, Line};
use super::text::{Style, bytes, count, printable};
use crate::report::{Connection, Report};
use crate::session::Protection;

/// What was not read.
pub(super) struct Missed {
    /// Messages may be missing.
    pub(super) grave: Vec<String>,
    /// Nothing that was asked for is missing.
    pub(super) slight: Vec<String>,
}

impl Missed {
    pub(super) fn of(report: &Report) -> Missed {
        let connections = |is: fn(&Connection) -> bool| {
            report.connections.iter().filter(|c| is(c)).count() as u64
        };
        let readable = || report.connections.iter().filter(|c| c.protection != Protection::Secure);
        let holes = readable().map(|c| c.a.holes + c.b.holes).sum();
        let damaged = readable().map(|c| c.a.damaged + c.b.damaged).sum();
        let compressed = report.connections.iter().map(Connection::compressed).sum();
        let mut missed = Missed { grave: Vec::new(), slight: Vec::new() };
        for (n, what, why) in [
            (
                connections(|c| c.protection == Protection::Secure),
                "connection",
                " encrypted, so not read",
            ),
            (
                connections(|c| {
                    c.protection == Protection::Unknown && !c.one_sided && !c.is_complete()
                }),
                "connection",
                " not understood",
            ),
            (
                connections(|c| c.one_sided),
                "connection",
                " of which one direction is not in the capture",
            ),
            (compressed, "compressed frame", " not read"),
            (holes, "hole", " in which messages may be missing"),
            (damaged, "damaged frame", ""),
            (report.undecoded_total, "message", " that could not be decoded"),
            (report.net.cut_segments, "packet", " cut by the snap length"),
            (report.stream.not_followed, "packet", " of connections beyond the bound"),
            (report.not_followed, "migration", " beyond the bound"),
            (report.findings_left_out, "finding", " beyond the bound"),
        ] {
            if n > 0 {
                missed.grave.push(format!("{}{why}", count(n, what)));
            }
        }
        if report.interrupted {
            missed.grave.push("the rest of the input: interrupted".to_owned());
        }
        let net = &report.net;
        for (n, what, why) in [
            (
                connections(|c| !c.from_start && c.protection == Protection::Crc),
                "connection",
                " seen from the middle on".to_owned(),
            ),
            (
                report.stream.inverted,
                "packet",
                " captured behind their acknowledgement: which message came first is not sure there"
                    .to_owned(),
            ),
            (
                report.stream.gaps,
                "gap",
                format!(" ({}) not captured", bytes(report.stream.gap_bytes)),
            ),
            (
                report.stream.before_start,
                "packet",
                " from before where its connection begins".to_owned(),
            ),
            (report.stream.after_end, "packet", " from behind its connection's end".to_owned()),
            (net.malformed + net.cut_headers, "malformed packet", String::new()),
            (net.unknown_link, "packet", " of an unknown link type".to_owned()),
            (net.fragments_incomplete, "incomplete IP packet", String::new()),
            (report.dentries_not_kept, "file name", " not remembered".to_owned()),
        ] {
            if n > 0 {
                missed.slight.push(format!("{}{why}", count(n, what)));
            }
        }
        missed
    }
}

/// Writes what was not read, the faults of the input one by one.
pub fn missed(report: &Report, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let Missed { grave, slight } = Missed::of(report);
    let faults = report.faults_total;
    let mut words: Vec<_> = (faults > 0)
        .then(|| format!("{} of the input", count(faults, "fault")))
        .into_iter()
        .collect();
    words.extend(grave.into_iter().chain(slight));
    let words = match words.is_empty() {
        true => "nothing".to_owned(),
        false => words.join("; "),
    };
    labelled("missed", &words, style, out)?;
    if let Some(line) = clusters(report) {
        labelled("clusters", &line, style, out)?;
    }
    for line in faults_of(report) {
        labelled("fault", &line, style, out)?;
    }
    Ok(())
}

/// What is wrong with a capture that has several clusters in it.
pub(super) fn clusters(report: &Report) -> Option<String> {
    let all = &report.clusters;
    if all.len() < 2 {
        return None;
    }
    let named: Vec<_> =
        all.iter().map(|c| format!("{} from frame {} on", c.fsid, c.since.frame)).collect();
    Some(format!(
        "{} in one capture: {}; each numbers its clients, ranks and inodes in the same way, so nothing \
         that is concluded of those is certain",
        all.len(),
        named.join(", ")
    ))
}

/// Columns of what stands in front of a line.
const LABEL: usize = "capture  ".len();

/// A line with a word in front, under which nothing else stands.
pub(super) fn labelled(
    label: &str,
    text: &str,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut line = Line::of(Ink::Strong, label);
    line.pad_to(LABEL);
    line.push(Ink::Plain, text);
    for line in line.broken(style.width, LABEL) {
        line.write(style, out)?;
    }
    Ok(())
}

/// The same as messages for standard error, for outputs that machines read: only what may have cost
/// messages.
pub fn complaints(report: &Report) -> Vec<String> {
    let mut lines = faults_of(report);
    lines.extend(clusters(report).map(|line| format!("clusters: {line}")));
    let grave = Missed::of(report).grave;
    if !grave.is_empty() {
        lines.push(format!("missed {}", grave.join("; ")));
    }
    lines
}

/// What was wrong with what was read, one by one: also where no more was read than was wanted.
pub fn faults_of(report: &Report) -> Vec<String> {
    let mut lines: Vec<_> =
        report.faults.iter().map(|fault| printable(&fault.to_string())).collect();
    let more = report.faults_total.saturating_sub(report.faults.len() as u64);
    if more > 0 {
        lines.push(format!("{} more", count(more, "fault")));
    }
    lines.extend(report.undecoded.iter().map(|message| {
        let (place, fault) = (message.place, message.fault);
        format!("frame {}, {} version {}: {fault}", place.frame, message.kind, message.version)
    }));
    lines
}
