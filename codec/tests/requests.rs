//! Requests and replies that a real client and real daemons sent, and damaged ones.
#![cfg(feature = "alloc")]

mod common;

use ceph_codec::message::client_reply::{ClientReply, Encoding, Extra, Form};
use ceph_codec::message::client_request::{Args, ClientRequest};
use ceph_codec::message::{Message, MessageType, Sections};
use ceph_codec::types::{Caps, InodeNo, Seq};
use proptest::prelude::*;

use common::recorder::Recorder;

/// One message of the text file.
#[derive(Clone, Debug, Default)]
struct Sample {
    packet: u32,
    kind: MessageType,
    version: u16,
    tid: u64,
    says: String,
    trace: String,
    front: Vec<u8>,
}

fn samples() -> Vec<Sample> {
    let paragraphs = include_str!("samples/requests.txt").split("\n\n");
    let samples: Vec<_> = paragraphs.filter(|p| !p.starts_with('#')).map(parse).collect();
    assert_eq!(samples.len(), 8);
    samples
}

fn parse(paragraph: &str) -> Sample {
    let mut sample = Sample::default();
    for line in paragraph.lines() {
        let (key, value) = line.split_once(' ').unwrap();
        match key {
            "packet" => sample.packet = value.parse().unwrap(),
            "type" => sample.kind = MessageType(value.parse().unwrap()),
            "version" => sample.version = value.parse().unwrap(),
            "tid" => sample.tid = value.parse().unwrap(),
            "says" => sample.says = value.to_owned(),
            "trace" => sample.trace = value.to_owned(),
            "front" => sample.front.extend(
                value
                    .as_bytes()
                    .chunks(2)
                    .map(|digits| u8::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap()),
            ),
            _ => panic!("{line}"),
        }
    }
    sample
}

fn sample(packet: u32) -> Sample {
    samples().into_iter().find(|sample| sample.packet == packet).unwrap()
}

impl Sample {
    fn message(&self) -> Message<'_> {
        decode(self, &self.front).unwrap_or_else(|fault| panic!("packet {}: {fault}", self.packet))
    }

    fn request(&self) -> ClientRequest<'_> {
        let Message::ClientRequest(request) = self.message() else { panic!("a request") };
        request
    }

    fn reply(&self) -> ClientReply<'_> {
        let Message::ClientReply(reply) = self.message() else { panic!("a reply") };
        reply
    }
}

fn decode<'a>(sample: &Sample, front: &'a [u8]) -> Result<Message<'a>, ceph_codec::Fault> {
    Message::decode(sample.kind, sample.version, Sections { front, ..Default::default() })
}

fn front(message: &Message<'_>) -> Vec<u8> {
    match message {
        Message::ClientReply(reply) => reply.front_to_vec(),
        Message::ClientRequest(request) => request.front_to_vec(),
        Message::ClientRequestForward(forward) => forward.front_to_vec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_byte_comes_back_and_the_line_is_the_daemons() {
    for sample in samples() {
        let message = sample.message();
        assert_eq!(front(&message), sample.front, "packet {}", sample.packet);
        let says = match message {
            Message::ClientReply(reply) => reply.summary(sample.tid).to_string(),
            Message::ClientRequest(request) => request.to_string(),
            Message::ClientRequestForward(forward) => forward.summary(sample.tid).to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(says, sample.says);
    }
}

#[test]
fn a_trace_says_which_inode_has_which_name_and_cap() {
    for sample in samples().iter().filter(|sample| sample.kind == MessageType::CLIENT_REPLY) {
        let reply = sample.reply();
        let encoding = reply.find_encoding().unwrap();
        assert_eq!(encoding, Encoding::Wrapped);
        let trace = reply.trace(encoding).unwrap();
        assert_eq!(trace.to_string(), sample.trace, "packet {}", sample.packet);
        if let Some(target) = trace.target {
            assert_eq!(target.form(), Form::Wrapped { version: 6, compat: 1 });
            assert!(target.tail().fscrypt().is_some() && target.tail().fscrypt_auth().is_none());
        }
        let mut buffer = vec![0; trace.encoded_len()];
        assert_eq!(trace.encode(&mut buffer), Ok(buffer.len()));
        assert_eq!(buffer, reply.trace_bytes());
    }
}

#[test]
fn a_create_brings_a_cap_and_numbers_to_use() {
    let sample = sample(710);
    let reply = sample.reply();
    let target = reply.trace(Encoding::Wrapped).unwrap().target.unwrap();
    let cap = target.cap().unwrap();
    assert_eq!((cap.cap_id, cap.seq, cap.mseq), (1, Seq(1), Seq(0)));
    assert_eq!(cap.caps.to_string(), "pAsxLsXsxFsxcrwb");
    assert_eq!((target.head.size, target.head.nlink, target.head.mode), (0, 1, 0o100_644));
    let Extra::Created(created) = reply.extra(Encoding::Wrapped).unwrap() else { panic!() };
    assert_eq!(created.ino, InodeNo(0x100_0000_0001));
    let ranges: Vec<_> = created.delegated().unwrap().iter().collect();
    assert_eq!((ranges.len(), ranges[0].start), (1, InodeNo(0x100_0000_0002)));
}

#[test]
fn a_request_releases_bits_of_a_cap() {
    let sample = sample(1120);
    let request = sample.request();
    let release = request.releases().iter().next().unwrap();
    assert_eq!((release.ino, release.cap_id), (InodeNo(0x100_0000_0001), 1));
    assert_eq!((release.caps, release.seq), ("pAsLsXs".parse::<Caps>().unwrap(), Seq(10)));
    let Args::Setattr(args) = request.args() else { panic!() };
    assert_eq!((args.size, args.mask & 32), (10, 32));
}

#[test]
fn every_truncation_is_told_up_to_the_fault() {
    for sample in samples() {
        for len in common::cuts(sample.front.len()) {
            let mut recorder = Recorder::default();
            let sections = Sections { front: &sample.front[..len], ..Default::default() };
            let fault = Message::decode_with(sample.kind, sample.version, sections, &mut recorder)
                .expect_err("the message is cut");
            let mut leaves = Vec::new();
            recorder.section("front").iter().for_each(|node| node.leaves(&mut leaves));
            assert_eq!(leaves.iter().map(|span| span.len).sum::<usize>(), fault.at, "{fault}");
            assert!(fault.at <= len && fault.within == "front");
        }
    }
}

#[test]
fn every_truncation_of_a_trace_is_a_fault_at_its_place_in_the_front() {
    for packet in [698, 710, 779, 1194] {
        let sample = sample(packet);
        let reply = sample.reply();
        for len in common::cuts(reply.trace_bytes().len()) {
            let mut cut = reply;
            cut.set_trace_bytes(&reply.trace_bytes()[..len]);
            for encoding in Encoding::KNOWN {
                let fault = cut.trace(encoding).expect_err("the trace is cut");
                assert!(fault.at >= 19 && fault.at <= 19 + len, "{fault}");
            }
            // All that is before the fault is shown.
            let mut recorder = Recorder::default();
            cut.trace_with(Encoding::Wrapped, &mut recorder).unwrap_err();
            let mut leaves = Vec::new();
            recorder.section("trace").iter().for_each(|node| node.leaves(&mut leaves));
            assert!(leaves.iter().map(|span| span.len).sum::<usize>() <= len);
        }
    }
}

#[test]
fn reading_and_writing_allocate_nothing() {
    for sample in samples() {
        let mut buffer = [0; 1024];
        let info = allocation_counter::measure(|| match sample.message() {
            Message::ClientReply(reply) => {
                let encoding = reply.find_encoding().unwrap();
                let trace = reply.trace(encoding).unwrap();
                trace.encode(&mut buffer).unwrap();
                reply.extra(encoding).unwrap().encode(&mut buffer).unwrap();
                assert_eq!(reply.encode_front(&mut buffer), Ok(sample.front.len()));
            }
            Message::ClientRequest(request) => {
                assert!(request.releases().iter().count() <= 1);
                assert_eq!(request.encode_front(&mut buffer), Ok(sample.front.len()));
            }
            _ => {}
        });
        assert_eq!(info.count_total, 0, "packet {}", sample.packet);
    }
}

/// A sample with some bytes changed, and cut.
fn damaged() -> impl Strategy<Value = (Sample, u16)> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    let cut = prop_oneof![Just(None), any::<prop::sample::Index>().prop_map(Some)];
    (prop::sample::select(samples()), changes, cut, 0_u16..8).prop_map(
        |(mut sample, changes, cut, version)| {
            for (at, byte) in changes {
                // Often where lengths and numbers stand.
                let at = at.index(sample.front.len());
                sample.front[at] = byte;
            }
            if let Some(cut) = cut {
                sample.front.truncate(cut.index(sample.front.len()));
            }
            (sample, version)
        },
    )
}

proptest! {
    #![proptest_config(common::config())]

    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes((sample, version) in damaged()) {
        for version in [sample.version, version] {
            let sections = Sections { front: &sample.front, ..Default::default() };
            let Ok(message) = Message::decode(sample.kind, version, sections) else { continue };
            prop_assert_eq!(&front(&message), &sample.front);
            let _ = format!("{message:?}");
            let Message::ClientReply(reply) = message else { continue };
            for encoding in Encoding::KNOWN {
                let mut buffer = vec![0; sample.front.len()];
                if let Ok(trace) = reply.trace(encoding) {
                    let len = trace.encode(&mut buffer).unwrap();
                    prop_assert_eq!(&buffer[..len], reply.trace_bytes());
                }
                if let Ok(extra) = reply.extra(encoding) {
                    let len = extra.encode(&mut buffer).unwrap();
                    prop_assert_eq!(&buffer[..len], reply.extra_bytes());
                }
            }
            let found = reply.find_encoding().is_ok();
            let any = Encoding::KNOWN
                .iter()
                .any(|e| reply.trace(*e).is_ok() && reply.extra(*e).is_ok());
            prop_assert_eq!(found, any);
        }
    }
}
