//! What the tests have in common: captures read by the library, in the words of the outputs.
#![allow(dead_code, reason = "every test file takes what it needs")]

use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ceph_dissect::capture::{Capture, Limits};
use ceph_dissect::event::{CapEvent, Direction, Event};
use ceph_dissect::findings::{self, Finding, Settings, Severity};
use ceph_dissect::pipeline::{News, Pipeline};
use ceph_dissect::report::Report;
use ceph_dissect::session::Ends;
use fixtures::caps::CapMessage;
use fixtures::scene::{Story, Told};
use fixtures::scenes::Finds;
use fixtures::tcp::Side;

/// The captures of a directory, given from that of this crate; none, said aloud, where there is no such directory.
pub(crate) fn captures(dir: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(dir);
    let Ok(files) = std::fs::read_dir(&dir) else {
        eprintln!("skipped: no captures at {}", dir.display());
        return Vec::new();
    };
    let is_capture = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        [".pcap", ".pcapng", ".pcap.zst"].iter().any(|end| name.ends_with(end))
    };
    let mut all: Vec<_> = files.map(|file| file.unwrap().path()).filter(is_capture).collect();
    all.sort();
    all
}

/// All that the library makes of some files.
pub(crate) struct Seen {
    pub(crate) events: Vec<(CapEvent, Ends)>,
    pub(crate) report: Report,
}

/// Reads files one after the other.
pub(crate) fn read(files: Vec<Vec<u8>>) -> Seen {
    let readers = files.into_iter().enumerate().map(|(i, file)| {
        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
        (format!("file {i}"), reader)
    });
    let mut capture = Capture::from_readers(readers, Limits::default());
    let mut pipeline = Pipeline::default();
    let mut events = Vec::new();
    pipeline.run(&mut capture, |_| ControlFlow::Continue(()), &mut |news, _, _| {
        if let News::Event(Event::Cap(event), ..) = news {
            events.push(*event);
        }
    });
    let settings = Settings::default();
    let report = Report::new(&capture, &pipeline, &settings, false);
    let who = pipeline.who();
    let ends = |event: &CapEvent| who.ends(event.conn).expect("a connection with events has ends");
    Seen { events: events.iter().map(|event| (*event, ends(event))).collect(), report }
}

/// Reads a story from a pcap file as most are.
pub(crate) fn read_story(story: &Story) -> Seen {
    read(vec![fixtures::pcap::write(&story.packets, &fixtures::pcap::Options::default())])
}

/// An event in plain words, all of its fields but who it was.
pub(crate) fn shown(event: &CapEvent, ends: &Ends) -> String {
    let peer = event.peer.map(|p| (p.cap_id(), p.seq().0, p.mseq().0, p.mds().0, p.flags().0));
    let to_client = event.direction == Direction::MdsToClient;
    let CapEvent { source, ino, cap_id, seq, issue_seq, mseq, tid, .. } = event;
    let CapEvent { version, caps, wanted, dirty, follows, size, .. } = event;
    format!(
        "{} {} to_client {to_client} v{version} {source} ino {ino} cap {cap_id} seq {seq} issue {issue_seq} \
         mseq {mseq} tid {tid} caps {caps} wanted {wanted} dirty {dirty} follows {follows} size {size:?} \
         peer {peer:?}",
        ends.client_addr, ends.mds_addr,
    )
}

/// The same of what was told.
pub(crate) fn told(told: &Told) -> String {
    let m = &told.message;
    let peer = m.peer.map(|p| (p.cap_id, p.seq, p.mseq, p.mds, p.flags));
    let to_client = m.side() == Side::B;
    let (word, size) = (told.word(), told.size());
    let CapMessage { version, ino, cap_id, seq, issue_seq, mseq, tid, .. } = m;
    let CapMessage { caps, wanted, dirty, follows, .. } = m;
    format!(
        "{} {} to_client {to_client} v{version} {word} ino {ino:#x} cap {cap_id} seq {seq} issue {issue_seq} \
         mseq {mseq} tid {tid} caps {caps} wanted {wanted} dirty {dirty} follows {follows} size {size:?} \
         peer {peer:?}",
        told.client_addr, told.mds_addr,
    )
}

/// A finding in the words of the stories.
pub(crate) fn found(finding: &Finding) -> (String, Option<String>) {
    let doubt = finding.doubt.map(|doubt| {
        let value = serde_json::to_value(doubt).expect("a doubt is JSON");
        value["reason"].as_str().expect("it has a reason").to_owned()
    });
    let word = |value: serde_json::Value| value.as_str().map(str::to_owned);
    let resolution = finding.resolution.and_then(|r| word(serde_json::to_value(r).ok()?));
    let severity = word(serde_json::to_value(finding.severity).expect("JSON"));
    (
        format!(
            "{} {} ino {:#x} client {:?} {:?} -> {:?}, {resolution:?}",
            severity.unwrap_or_default(),
            finding.code,
            finding.ino.map_or(0, |ino| ino.0),
            finding.ends.client,
            finding.exporter.map(|rank| rank.0),
            finding.importer.map(|rank| rank.0),
        ),
        doubt,
    )
}

/// The same of what a story must find.
pub(crate) fn must_find(finds: &Finds) -> (String, Option<String>) {
    (
        format!(
            "{} {} ino {:#x} client {:?} {:?} -> {:?}, {:?}",
            finds.severity,
            finds.code,
            finds.ino,
            finds.client,
            finds.exporter,
            finds.importer,
            finds.resolution
        ),
        finds.doubt.map(str::to_owned),
    )
}

/// Whether a finding has the severity and the facts that the table of rules says.
pub(crate) fn as_the_table_says(finding: &Finding) -> Result<(), String> {
    let Finding { code, severity, doubt, .. } = finding;
    let rule = findings::rule(code).ok_or_else(|| format!("  {code} is in no table"))?;
    let facts: Vec<_> = finding.facts.iter().map(|fact| fact.name).collect();
    let doubtful = doubt.is_some() && *severity == Severity::Warning;
    match rule.severities.contains(severity) || doubtful {
        _ if facts != rule.facts => Err(format!("  {code} has the facts {facts:?}")),
        true => Ok(()),
        false => Err(format!("  {code} is {severity:?}")),
    }
}
