//! Messages that Ceph 0.52 to 11.2 encoded, where that collection lies beside the project.
#![cfg(feature = "alloc")]

use std::fs;
use std::path::{Path, PathBuf};

use ceph_codec::message::client_caps::ClientCaps;
use ceph_codec::message::client_reply::Encoding;
use ceph_codec::message::{Message, MessageType, Sections};
use ceph_codec::types::{EntityName, EntityType};

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

/// The message's front section, encoded again, and what stood behind the known fields.
fn front_and_rest<'a>(message: &Message<'a>) -> (Vec<u8>, &'a [u8]) {
    match message {
        Message::ClientCaps(m) => (m.front_to_vec(), m.rest()),
        Message::ClientReply(m) => (m.front_to_vec(), m.rest()),
        Message::ClientRequest(m) => (m.front_to_vec(), m.rest()),
        Message::ClientRequestForward(m) => (m.front_to_vec(), m.rest()),
        Message::ClientSession(m) => (m.front_to_vec(), m.rest()),
        other => panic!("{other:?}"),
    }
}

/// Every message of the type comes back byte by byte, is used up, and faults wherever it is cut.
fn round_trip(kind: MessageType, name: &str, check: impl Fn(&Sample, &Message<'_>)) {
    let samples = samples(name);
    for sample in &samples {
        let path = sample.path.display();
        let message = Message::decode(kind, sample.version, sample.sections())
            .unwrap_or_else(|fault| panic!("{path}: {fault}"));
        let (front, rest) = front_and_rest(&message);
        assert_eq!(front, sample.front, "{path}");
        assert!(rest.is_empty(), "{path}: bytes left over");
        check(sample, &message);
        for len in 0..sample.front.len() {
            let sections = Sections { front: &sample.front[..len], ..sample.sections() };
            let fault = Message::decode(kind, sample.version, sections)
                .expect_err(&format!("{path} cut to {len} bytes decodes"));
            assert!(!fault.field.is_empty() && fault.at <= len, "{path}: {fault}");
        }
    }
    eprintln!("{name}: {} messages", samples.len());
}

/// The tid of Ceph's own line; it is not in the message.
fn tid(line: &str, before: &str, after: &str) -> u64 {
    line.split_once(before).unwrap().1.split_once(after).unwrap().0.parse().unwrap()
}

#[test]
fn client_caps_and_sessions_round_trip() {
    round_trip(MessageType::CLIENT_CAPS, "MClientCaps", |_, _| {});
    round_trip(MessageType::CLIENT_SESSION, "MClientSession", |_, _| {});
}

#[test]
fn client_replies_round_trip_and_say_what_ceph_says() {
    round_trip(MessageType::CLIENT_REPLY, "MClientReply", |sample, message| {
        let Message::ClientReply(reply) = message else { unreachable!() };
        if let Some(summary) = &sample.summary {
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
        let len = reply.extra(encoding).unwrap().encode(&mut buffer).unwrap();
        assert_eq!(buffer[..len], *reply.extra_bytes());
    });
}

#[test]
fn client_requests_round_trip_and_say_what_ceph_says() {
    round_trip(MessageType::CLIENT_REQUEST, "MClientRequest", |sample, message| {
        let Message::ClientRequest(request) = message else { unreachable!() };
        let Some(summary) = &sample.summary else { return };
        let client = tid(summary, "client.", ":");
        let client = EntityName { kind: EntityType::CLIENT, number: client as i64 };
        let (_, line) = summary.split_once(':').unwrap();
        let ours = request.summary(client, tid(line, "", " ")).to_string();
        // Ours has no times.
        let words: Vec<_> = summary.split(' ').filter(|word| !is_time(word)).collect();
        assert_eq!(ours, words.join(" "), "{}", sample.path.display());
    });
}

fn is_time(word: &str) -> bool {
    word.starts_with("20") && word.as_bytes().get(4) == Some(&b'-')
        || word.as_bytes().get(2) == Some(&b':') && word.contains('.')
}

#[test]
fn forwards_round_trip_and_say_what_ceph_says() {
    let name = "MClientRequestForward";
    round_trip(MessageType::CLIENT_REQUEST_FORWARD, name, |sample, message| {
        let Message::ClientRequestForward(forward) = message else { unreachable!() };
        if let Some(summary) = &sample.summary {
            assert_eq!(forward.summary(tid(summary, "forward(", " ")).to_string(), *summary);
        }
    });
}
