//! Messages that Ceph 0.52 to 11.2 encoded, where that collection lies beside the project.
#![cfg(feature = "alloc")]

use std::fs;
use std::path::{Path, PathBuf};

use ceph_codec::message::client_caps::ClientCaps;
use ceph_codec::message::client_session::ClientSession;
use ceph_codec::message::{Message, MessageType, Sections};

/// Every sample of one message type: version, sections, the one line that Ceph prints for it.
struct Sample {
    path: PathBuf,
    version: u16,
    front: Vec<u8>,
    middle: Vec<u8>,
    data: Vec<u8>,
    summary: Option<String>,
}

impl Sample {
    fn sections(&self) -> Sections<'_> {
        Sections { front: &self.front, middle: &self.middle, data: &self.data }
    }
}

/// The samples of a type. None, said aloud, on a machine that has not got them.
fn samples(kind: &str) -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus").join(kind);
    let Ok(releases) = fs::read_dir(&root) else {
        eprintln!("skipped: no corpus at {}", root.display());
        return Vec::new();
    };
    let mut found = Vec::new();
    for release in releases {
        for file in fs::read_dir(release.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|e| e != "bin") {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            // Header (53), old footer (13), then each section behind its length.
            let version = u16::from_le_bytes([bytes[20], bytes[21]]);
            let mut rest = &bytes[66..];
            let mut section = || {
                let (len, tail) = rest.split_at(4);
                let len = u32::from_le_bytes(len.try_into().unwrap()) as usize;
                let (bytes, tail) = tail.split_at(len);
                rest = tail;
                bytes.to_vec()
            };
            let (front, middle, data) = (section(), section(), section());
            let summary = fs::read_to_string(path.with_extension("json"))
                .ok()
                .and_then(|json| json.split_once("\"summary\": \"").map(|(_, s)| s.to_owned()))
                .and_then(|s| s.split_once("\"\n").map(|(s, _)| s.to_owned()));
            found.push(Sample { path, version, front, middle, data, summary });
        }
    }
    assert!(!found.is_empty());
    found
}

#[test]
fn client_caps_round_trip_and_say_what_ceph_says() {
    let samples = samples("MClientCaps");
    let mut compared = 0;
    for sample in &samples {
        let caps = ClientCaps::decode(sample.version, sample.sections())
            .unwrap_or_else(|fault| panic!("{}: {fault}", sample.path.display()));
        assert_eq!(caps.front_to_vec(), sample.front, "{}", sample.path.display());
        assert!(caps.rest().is_empty(), "{}: bytes left over", sample.path.display());
        if let (Some(summary), Some(_)) = (&sample.summary, caps.state()) {
            // Our line ends before the times, and has the peer that Ceph does not print.
            let ours = caps.summary(0).to_string();
            let ours =
                ours.split_once(" peer ").map_or(ours.trim_end_matches(')'), |(line, _)| line);
            let theirs = match summary.split_once(" tid ") {
                Some((before, after)) => format!("{before} {}", after.split_once(' ').unwrap().1),
                None => summary.clone(),
            };
            assert!(theirs.starts_with(ours), "{}:\n{theirs}\n{ours}", sample.path.display());
            compared += 1;
        }
    }
    eprintln!("{} messages, {compared} compared with Ceph's own line", samples.len());
}

#[test]
fn client_session_round_trips() {
    for sample in &samples("MClientSession") {
        let session = ClientSession::decode(sample.version, sample.sections())
            .unwrap_or_else(|fault| panic!("{}: {fault}", sample.path.display()));
        assert_eq!(session.front_to_vec(), sample.front, "{}", sample.path.display());
        assert!(session.rest().is_empty());
    }
}

#[test]
fn every_truncation_of_every_sample_is_a_fault_inside_the_message() {
    for (kind, name) in
        [(MessageType::CLIENT_CAPS, "MClientCaps"), (MessageType::CLIENT_SESSION, "MClientSession")]
    {
        for sample in samples(name) {
            for len in 0..sample.front.len() {
                let sections = Sections { front: &sample.front[..len], ..sample.sections() };
                let fault = Message::decode(kind, sample.version, sections)
                    .expect_err(&format!("{} cut to {len} bytes decodes", sample.path.display()));
                assert!(
                    !fault.field.is_empty() && fault.at <= len,
                    "{}: {fault}",
                    sample.path.display()
                );
            }
        }
    }
}
