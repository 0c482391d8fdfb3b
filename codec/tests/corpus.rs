//! Messages that Ceph 0.52 to 11.2 encoded, where that collection lies beside the project.
#![cfg(feature = "alloc")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use ceph_codec::message::client_caps::ClientCaps;
use ceph_codec::message::client_reply::Encoding;
use ceph_codec::message::{Message, MessageType, Sections};
use ceph_codec::types::{EntityName, EntityType};
use serde_json::Value;

use common::payload;
use common::shaped::Shaped;

/// One sample: version, sections, and what Ceph prints for it.
struct Sample {
    path: PathBuf,
    version: u16,
    front: Vec<u8>,
    middle: Vec<u8>,
    data: Vec<u8>,
    json: Value,
}

impl Sample {
    fn sections(&self) -> Sections<'_> {
        Sections { front: &self.front, middle: &self.middle, data: &self.data }
    }

    fn decode(&self, kind: MessageType) -> Message<'_> {
        Message::decode(kind, self.version, self.sections())
            .unwrap_or_else(|fault| panic!("{}: {fault}", self.path.display()))
    }
}

/// The files of a type, and what Ceph prints for them. None, said aloud, on a machine that has not got them.
fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus").join(folder);
    let Ok(releases) = fs::read_dir(&root) else {
        eprintln!("skipped: no corpus at {}", root.display());
        return Vec::new();
    };
    let mut found = Vec::new();
    for release in releases {
        for file in fs::read_dir(release.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|e| e == "bin") {
                let json = fs::read_to_string(path.with_extension("json")).ok();
                let json = json.and_then(|json| serde_json::from_str(&json).ok());
                found.push((path.clone(), fs::read(path).unwrap(), json.unwrap_or_default()));
            }
        }
    }
    assert!(!found.is_empty());
    // Miri is some thousand times slower.
    found.truncate(if cfg!(miri) { 2 } else { found.len() });
    found
}

/// The samples of a message.
fn samples(folder: &str) -> Vec<Sample> {
    let sample = |(path, bytes, json): (PathBuf, Vec<u8>, Value)| {
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
        Sample { path, version, front, middle, data, json }
    };
    files(folder).into_iter().map(sample).collect()
}

/// The samples of a type that is only a part of a message, with the rest of one around them.
fn parts(folder: &str, version: u16, wrap: fn(&[u8]) -> [Vec<u8>; 2]) -> Vec<Sample> {
    let sample = |(path, bytes, json): (PathBuf, Vec<u8>, Value)| {
        let [front, data] = wrap(&bytes);
        Sample { path, version, front, middle: Vec::new(), data, json }
    };
    files(folder).into_iter().map(sample).collect()
}

/// A MClientReconnect of version 5 with this cap and no realm.
fn reconnect(cap: &[u8]) -> [Vec<u8>; 2] {
    [Vec::new(), [b"\x01\0\0\0\x05\0\0\0\0\x01\0\0", cap, b"\0\0\0\0\0"].concat()]
}

/// A MMDSMap with this map.
fn mds_map(map: &[u8]) -> [Vec<u8>; 2] {
    [[&[0; 20], &(map.len() as u32).to_le_bytes()[..], map].concat(), Vec::new()]
}

/// Every sample of every type that we decode.
fn all() -> Vec<(MessageType, Vec<Sample>)> {
    let mut all = vec![
        (MessageType::CLIENT_RECONNECT, parts("cap_reconnect_t", 5, reconnect)),
        (MessageType::MDS_MAP, parts("MDSMap", 1, mds_map)),
    ];
    for (kind, folder) in [
        (MessageType::MDS_MAP, "MMDSMap"),
        (MessageType::CLIENT_SESSION, "MClientSession"),
        (MessageType::CLIENT_CAPS, "MClientCaps"),
        (MessageType::CLIENT_REQUEST, "MClientRequest"),
        (MessageType::CLIENT_REQUEST_FORWARD, "MClientRequestForward"),
        (MessageType::CLIENT_REPLY, "MClientReply"),
        (MessageType::CLIENT_LEASE, "MClientLease"),
        (MessageType::CLIENT_CAP_RELEASE, "MClientCapRelease"),
        (MessageType::MDS_EXPORT_DIR_DISCOVER_ACK, "MExportDirDiscoverAck"),
    ] {
        all.push((kind, samples(folder)));
    }
    all
}

#[test]
fn every_message_round_trips_and_says_what_ceph_says() {
    for (kind, samples) in all() {
        let mut compared = 0;
        for sample in &samples {
            let (message, place) = (sample.decode(kind), sample.path.display());
            // Panics at what is not in the table.
            let mut shaped = Shaped::of(kind).unwrap();
            let told = Message::decode_with(kind, sample.version, sample.sections(), &mut shaped);
            assert_eq!(told.as_ref(), Ok(&message));
            let (bytes, rest) = payload(&message);
            let expected = if sample.data.is_empty() { &sample.front } else { &sample.data };
            assert_eq!(bytes, *expected, "{place}");
            assert!(rest.is_empty(), "{place}: bytes left over");
            let summary = sample.json["summary"].as_str();
            let line = match &message {
                Message::ClientRequestForward(forward) => forward
                    .summary(summary.map_or(0, |line| tid(line, "forward(", " ")))
                    .to_string(),
                Message::MdsMap(map) => map.to_string(),
                Message::ClientLease(lease) => lease.to_string(),
                Message::ClientCapRelease(release) => release.to_string(),
                Message::ExportDirDiscoverAck(ack) => ack.to_string(),
                _ => continue,
            };
            if let Some(summary) = summary {
                assert_eq!(line, summary, "{place}");
                compared += 1;
            }
        }
        eprintln!("{kind}: {}, {compared} compared with Ceph's own line", samples.len());
    }
}

#[test]
fn a_cap_of_a_reconnect_is_what_ceph_says() {
    for sample in parts("cap_reconnect_t", 5, reconnect) {
        let message = sample.decode(MessageType::CLIENT_RECONNECT);
        let Message::ClientReconnect(reconnect) = message else { unreachable!() };
        let cap = reconnect.caps().iter().next().unwrap();
        let place = sample.path.display();
        for (name, ours) in [
            ("path", Value::from(cap.path.to_string())),
            ("cap_id", Value::from(cap.cap_id as i64)),
            ("cap wanted", Value::from(cap.wanted.to_string())),
            ("cap issued", Value::from(cap.issued.to_string())),
            ("snaprealm", Value::from(cap.snaprealm.0 as i64)),
            ("path base ino", Value::from(cap.pathbase.0 as i64)),
        ] {
            assert_eq!(ours, sample.json[name], "{name} of {place}");
        }
    }
}

#[test]
fn a_map_is_what_ceph_says() {
    for sample in parts("MDSMap", 1, mds_map) {
        let Message::MdsMap(message) = sample.decode(MessageType::MDS_MAP) else { unreachable!() };
        let (map, place) = (message.map().fields(), sample.path.display());
        let (head, tail) = (map.head(), map.tail());
        for (name, ours) in [
            ("epoch", head.epoch().map(Value::from)),
            ("session_timeout", head.session_timeout().map(Value::from)),
            ("max_file_size", head.max_file_size().map(Value::from)),
            ("max_mds", head.max_mds().map(Value::from)),
            ("metadata_pool", tail.metadata_pool().map(Value::from)),
            ("tableserver", tail.tableserver().map(|rank| Value::from(rank.0))),
        ] {
            assert_eq!(ours.as_ref(), sample.json.get(name), "{name} of {place}");
        }
    }
}

/// Our line as Ceph 14 prints it: without ctime and change_attr, and with times in its older form.
fn nautilus(line: &str) -> String {
    let (before, rest) = line.split_once(" ctime ").unwrap();
    let (_, rest) = rest.split_once(" change_attr ").unwrap();
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let (before, time) = before.rsplit_once(' ').unwrap();
    let time = time.trim_end_matches("+0000").replace('T', " ");
    format!("{before} {time}{after}")
}

#[test]
fn client_caps_say_what_ceph_says() {
    let samples = samples("MClientCaps");
    let mut compared = 0;
    for sample in &samples {
        let caps = ClientCaps::decode(sample.version, sample.sections())
            .unwrap_or_else(|fault| panic!("{}: {fault}", sample.path.display()));
        if let (Some(summary), Some(_)) = (sample.json["summary"].as_str(), caps.state()) {
            let ours = nautilus(&caps.summary(0).to_string());
            let theirs = match summary.split_once(" tid ") {
                Some((before, after)) => format!("{before} {}", after.split_once(' ').unwrap().1),
                None => summary.to_owned(),
            };
            assert_eq!(theirs, ours, "{}", sample.path.display());
            compared += 1;
        }
    }
    eprintln!("{} messages, {compared} compared with Ceph's own line", samples.len());
}

#[test]
fn every_truncation_of_every_sample_is_a_fault_inside_the_message() {
    for (kind, samples) in all() {
        for sample in samples {
            let in_data = !sample.data.is_empty();
            let whole = if in_data { &sample.data } else { &sample.front };
            for len in common::cuts(whole.len()) {
                let sections = match in_data {
                    true => Sections { data: &whole[..len], ..sample.sections() },
                    false => Sections { front: &whole[..len], ..sample.sections() },
                };
                let place = sample.path.display();
                let fault = Message::decode(kind, sample.version, sections)
                    .expect_err(&format!("{place} cut to {len} bytes decodes"));
                assert!(!fault.field.is_empty() && fault.at <= len, "{place}: {fault}");
            }
        }
    }
}

/// The tid of Ceph's own line; it is not in the message.
fn tid(line: &str, before: &str, after: &str) -> u64 {
    line.split_once(before).unwrap().1.split_once(after).unwrap().0.parse().unwrap()
}

#[test]
fn the_parts_of_a_reply_come_back() {
    for sample in samples("MClientReply") {
        let message = sample.decode(MessageType::CLIENT_REPLY);
        let Message::ClientReply(reply) = message else { unreachable!() };
        if let Some(summary) = sample.json["summary"].as_str() {
            assert_eq!(reply.summary(tid(summary, "???:", " =")).to_string(), *summary);
        }
        // Old releases know no envelopes.
        let encoding = reply.find_encoding().unwrap();
        assert_eq!(reply.depends_on_encoding(), encoding != Encoding::Wrapped);
        let fits = |encoding: &&Encoding| {
            reply.trace(**encoding).is_ok() && reply.extra(**encoding).is_ok()
        };
        if reply.depends_on_encoding() {
            let others = Encoding::KNOWN.iter().filter(fits);
            assert_eq!(others.collect::<Vec<_>>(), [&encoding], "{}", sample.path.display());
        }
        let mut buffer = vec![0; sample.front.len()];
        let trace = reply.trace(encoding).unwrap();
        let len = trace.encode(&mut buffer).unwrap();
        assert_eq!(buffer[..len], *reply.trace_bytes());
        let extra = reply.extra(encoding).unwrap();
        let len = extra.encode(&mut buffer).unwrap();
        assert_eq!(buffer[..len], *reply.extra_bytes());
        let shaped = |part| Shaped::part(MessageType::CLIENT_REPLY, part).unwrap();
        assert_eq!(reply.trace_with(encoding, &mut shaped("trace")), Ok(trace));
        assert_eq!(reply.extra_with(encoding, &mut shaped("extra")), Ok(extra));
    }
}

#[test]
fn client_requests_say_what_ceph_says() {
    for sample in samples("MClientRequest") {
        let message = sample.decode(MessageType::CLIENT_REQUEST);
        let Message::ClientRequest(request) = message else { unreachable!() };
        let Some(summary) = sample.json["summary"].as_str() else { continue };
        let client = tid(summary, "client.", ":");
        let client = EntityName { kind: EntityType::CLIENT, number: client as i64 };
        let (_, line) = summary.split_once(':').unwrap();
        let ours = request.summary(client, tid(line, "", " ")).to_string();
        // Ours has no times.
        let words: Vec<_> = summary.split(' ').filter(|word| !is_time(word)).collect();
        assert_eq!(ours, words.join(" "), "{}", sample.path.display());
    }
}

fn is_time(word: &str) -> bool {
    word.starts_with("20") && word.as_bytes().get(4) == Some(&b'-')
        || word.as_bytes().get(2) == Some(&b':') && word.contains('.')
}
