//! The outcome of a check for machines.

mod parties;

use std::collections::BTreeMap;
use std::io::{self, Write};

use ceph_codec::types::Rank;
use serde::Serialize;

use parties::{ClientDoc, ClusterDoc, FileSystemDoc};

use super::SCHEMA_VERSION;
use crate::capture::CaptureFault;
use crate::findings::{Certainty, FactValue, Finding, PeerCap, Resolution, Severity, Shows};
use crate::names;
use crate::net::NetStats;
use crate::place::Place;
use crate::report::{Connection, MessageCount, Report};
use crate::session::Protection;
use crate::stream::StreamStats;

#[derive(Serialize)]
struct Document<'r> {
    schema_version: u32,
    capture: CaptureDoc<'r>,
    findings: Vec<FindingDoc<'r>>,
}

#[derive(Serialize)]
struct CaptureDoc<'r> {
    files: Vec<FileDoc<'r>>,
    faults: Vec<FaultDoc>,
    faults_total: u64,
    interrupted: bool,
    first: Option<String>,
    last: Option<String>,
    packets: u64,
    net: NetStats,
    stream: StreamStats,
    connections_total: usize,
    connections_encrypted: usize,
    connections_incomplete: usize,
    connections_not_ceph: u64,
    /// Those of which something could not be read.
    unreadable: Vec<&'r Connection>,
    messages: &'r [MessageCount],
    cap_messages: serde_json::Map<String, serde_json::Value>,
    migrations_paired: u64,
    migrations_not_followed: u64,
    findings_left_out: u64,
    replayed: u64,
    undecoded_total: u64,
    undecoded: Vec<UndecodedDoc>,
    clients: Vec<ClientDoc<'r>>,
    clusters: Vec<ClusterDoc>,
    file_systems: Vec<FileSystemDoc<'r>>,
    dentries: u64,
    dentries_not_kept: u64,
}

#[derive(Serialize)]
struct FileDoc<'r> {
    name: &'r str,
    packets: u64,
    first: Option<String>,
    last: Option<String>,
}

#[derive(Serialize)]
struct FaultDoc {
    file: String,
    frame: u64,
    offset: u64,
    message: String,
}

#[derive(Serialize)]
struct UndecodedDoc {
    time: String,
    file: u32,
    frame: u64,
    connection: u32,
    message: String,
    version: u16,
    fault: String,
}

#[derive(Serialize)]
struct EvidenceDoc {
    shows: Shows,
    time: String,
    file: u32,
    frame: u64,
}

#[derive(Serialize)]
struct FindingDoc<'a> {
    code: &'static str,
    severity: Severity,
    certainty: Certainty,
    why: Option<String>,
    time: String,
    file: u32,
    frame: u64,
    ino: Option<String>,
    path: Option<String>,
    client: Option<u64>,
    client_addr: Option<String>,
    client_host: Option<&'a str>,
    exporter: Option<i32>,
    exporter_daemon: Option<&'a str>,
    importer: Option<i32>,
    importer_daemon: Option<&'a str>,
    version: Option<u16>,
    cap_id: Option<u64>,
    mseq: Option<u32>,
    peer: Option<PeerCap>,
    resolution: Option<Resolution>,
    evidence: Vec<EvidenceDoc>,
    facts: BTreeMap<&'static str, &'a FactValue>,
}

/// Writes the report as one JSON document.
pub fn check_json(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        capture: capture(report),
        findings: report.findings.iter().map(|f| finding(report, f)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn capture(report: &Report) -> CaptureDoc<'_> {
    let span = report.span();
    let unreadable: Vec<_> = report.connections.iter().filter(|c| !c.is_complete()).collect();
    let ops = report.ops.iter().map(|(op, n)| (op.to_string(), (*n).into()));
    CaptureDoc {
        files: report
            .files
            .iter()
            .map(|file| FileDoc {
                name: &file.name,
                packets: file.packets,
                first: file.first.map(|time| time.to_string()),
                last: file.last.map(|time| time.to_string()),
            })
            .collect(),
        faults: report.faults.iter().map(fault).collect(),
        faults_total: report.faults_total,
        interrupted: report.interrupted,
        first: span.map(|(first, _)| first.to_string()),
        last: span.map(|(_, last)| last.to_string()),
        packets: report.packets(),
        net: report.net,
        stream: report.stream,
        connections_total: report.connections.len(),
        connections_encrypted: report.encrypted().count(),
        connections_incomplete: unreadable
            .iter()
            .filter(|c| c.protection == Protection::Crc)
            .count(),
        connections_not_ceph: report.foreign,
        unreadable,
        messages: &report.messages,
        cap_messages: ops.collect(),
        migrations_paired: report.pairs,
        migrations_not_followed: report.not_followed,
        findings_left_out: report.findings_left_out,
        replayed: report.replayed,
        undecoded_total: report.undecoded_total,
        undecoded: report
            .undecoded
            .iter()
            .map(|u| UndecodedDoc {
                time: u.place.time.to_string(),
                file: u.place.file,
                frame: u.place.frame,
                connection: u.conn.0,
                message: u.kind.to_string(),
                version: u.version,
                fault: u.fault.to_string(),
            })
            .collect(),
        clients: report.clients.iter().map(ClientDoc::of).collect(),
        clusters: report.clusters.iter().map(ClusterDoc::of).collect(),
        file_systems: report.ranks.systems().iter().map(FileSystemDoc::of).collect(),
        dentries: report.dentries,
        dentries_not_kept: report.dentries_not_kept,
    }
}

fn fault(fault: &CaptureFault) -> FaultDoc {
    FaultDoc {
        file: fault.name.clone(),
        frame: fault.frame,
        offset: fault.offset,
        message: fault.what.to_string(),
    }
}

/// Writes findings alone, of those that `report` has, one a line: while a capture goes on.
pub fn found_json(report: &Report, findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    for of in findings {
        serde_json::to_writer(&mut *out, &finding(report, of))?;
        writeln!(out)?;
    }
    Ok(())
}

fn finding<'r>(report: &'r Report, finding: &'r Finding) -> FindingDoc<'r> {
    let cap = finding.cap.as_ref();
    let Place { file, frame, time } = finding.at.place;
    let daemon = |rank: Option<Rank>| report.daemon(rank?, finding.ends.mds_addr, time);
    let said = finding.ends.client.and_then(|client| report.said(client));
    FindingDoc {
        code: finding.code,
        severity: finding.severity,
        certainty: finding.certainty(),
        why: finding.doubt.map(|doubt| doubt.to_string()),
        time: time.to_string(),
        file,
        frame,
        ino: finding.ino.map(|ino| ino.to_string()),
        path: finding.path.clone(),
        client: finding.ends.client,
        client_addr: (!finding.is_among_ranks()).then(|| finding.ends.client_addr.to_string()),
        client_host: said.and_then(names::Client::host),
        exporter: finding.exporter.map(|rank| rank.0),
        exporter_daemon: daemon(finding.exporter),
        importer: finding.importer.map(|rank| rank.0),
        importer_daemon: daemon(finding.importer),
        version: cap.map(|event| event.version),
        cap_id: cap.map(|event| event.cap_id),
        mseq: cap.map(|event| event.mseq.0),
        peer: cap.and_then(|event| event.peer).map(PeerCap::from),
        resolution: finding.resolution,
        evidence: finding
            .evidence
            .iter()
            .map(|e| EvidenceDoc {
                shows: e.shows,
                time: e.place.time.to_string(),
                file: e.place.file,
                frame: e.place.frame,
            })
            .collect(),
        facts: finding.facts.iter().map(|fact| (fact.name, &fact.value)).collect(),
    }
}
