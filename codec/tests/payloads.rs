//! What holds for the messages around MClientCaps, and what some that were sent say.
#![cfg(feature = "alloc")]

mod common;

use ceph_codec::message::{Message, MessageType, Sections};
use ceph_codec::{Fault, FaultKind};
use proptest::collection::vec;
use proptest::prelude::*;

use common::payload;
use common::recorder::Recorder;

const KINDS: [MessageType; 20] = [
    MessageType::MDS_MAP,
    MessageType::CLIENT_RECONNECT,
    MessageType::CLIENT_LEASE,
    MessageType::CLIENT_SNAP,
    MessageType::CLIENT_CAP_RELEASE,
    MessageType::CLIENT_METRICS,
    MessageType::CLIENT_QUOTA,
    MessageType::MDS_EXPORT_DIR_DISCOVER,
    MessageType::MDS_EXPORT_DIR_DISCOVER_ACK,
    MessageType::MDS_EXPORT_DIR_CANCEL,
    MessageType::MDS_EXPORT_DIR_PREP,
    MessageType::MDS_EXPORT_DIR_PREP_ACK,
    MessageType::MDS_EXPORT_DIR,
    MessageType::MDS_EXPORT_DIR_ACK,
    MessageType::MDS_EXPORT_DIR_NOTIFY,
    MessageType::MDS_EXPORT_DIR_NOTIFY_ACK,
    MessageType::MDS_EXPORT_DIR_FINISH,
    MessageType::MDS_EXPORT_CAPS,
    MessageType::MDS_EXPORT_CAPS_ACK,
    MessageType::MDS_GATHER_CAPS,
];

fn sections(kind: MessageType, bytes: &[u8]) -> Sections<'_> {
    match kind {
        MessageType::CLIENT_RECONNECT => Sections { data: bytes, ..Default::default() },
        _ => Sections { front: bytes, ..Default::default() },
    }
}

/// Decodes: to a message that encodes to the same bytes, all of them reported, or to a fault inside, with
/// everything in front of it reported.
fn check(kind: MessageType, version: u16, bytes: &[u8]) -> Result<Message<'_>, Fault> {
    let sections = sections(kind, bytes);
    let mut recorder = Recorder::default();
    let result = Message::decode_with(kind, version, sections, &mut recorder);
    assert_eq!(result, Message::decode(kind, version, sections));
    let mut leaves = Vec::new();
    for within in ["front", "data"] {
        recorder.section(within).iter().for_each(|node| node.leaves(&mut leaves));
    }
    let told: usize = leaves.iter().map(|span| span.len).sum();
    match &result {
        Ok(message) => {
            assert_eq!(payload(message).0, bytes);
            assert_eq!(told, bytes.len(), "{message:?}");
        }
        Err(fault) => {
            assert!(!fault.field.is_empty() && fault.at <= bytes.len(), "{fault}");
            if let FaultKind::Short { needed, available } = fault.kind {
                assert!(
                    needed > available as u64 && fault.at + available <= bytes.len(),
                    "{fault}"
                );
                assert_eq!(told, fault.at, "{fault}");
            }
        }
    }
    result
}

/// A message that was sent: type, version, payload, and the line for it.
struct Sample {
    kind: MessageType,
    version: u16,
    line: String,
    bytes: Vec<u8>,
}

fn samples() -> Vec<Sample> {
    let files = [include_str!("samples/payloads.txt"), include_str!("samples/mds_export.txt")];
    let paragraphs = files.into_iter().flat_map(|file| file.split("\n\n"));
    let parse = |paragraph: &str| {
        let mut lines = paragraph.lines();
        let mut head = lines.next().unwrap().splitn(3, ' ');
        let mut next = || head.next().unwrap();
        let (name, version, line) = (next(), next(), next());
        let kind = MessageType::KNOWN.iter().find(|known| known.1 == name).unwrap().0;
        let digits: String = lines.collect();
        let bytes = digits.as_bytes().chunks(2);
        let byte = |digits| u8::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap();
        Sample {
            kind,
            version: version.parse().unwrap(),
            line: line.to_owned(),
            bytes: bytes.map(byte).collect(),
        }
    };
    paragraphs.filter(|p| !p.starts_with('#')).map(parse).collect()
}

fn line(message: &Message<'_>) -> String {
    match message {
        Message::MdsMap(message) => message.to_string(),
        Message::ClientReconnect(message) => message.to_string(),
        Message::ClientLease(message) => message.to_string(),
        Message::ClientSnap(message) => message.to_string(),
        Message::ClientCapRelease(message) => message.to_string(),
        Message::ClientMetrics(message) => message.to_string(),
        Message::ClientQuota(message) => message.to_string(),
        Message::ExportDirDiscover(message) => message.to_string(),
        Message::ExportDirDiscoverAck(message) => message.to_string(),
        Message::ExportDirCancel(message) => message.to_string(),
        Message::ExportDirPrep(message) => message.to_string(),
        Message::ExportDirPrepAck(message) => message.to_string(),
        Message::ExportDir(message) => message.to_string(),
        Message::ExportDirAck(message) => message.to_string(),
        Message::ExportDirNotify(message) => message.to_string(),
        Message::ExportDirNotifyAck(message) => message.to_string(),
        Message::ExportDirFinish(message) => message.to_string(),
        Message::ExportCaps(message) => message.to_string(),
        Message::ExportCapsAck(message) => message.to_string(),
        Message::GatherCaps(message) => message.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn messages_that_were_sent_come_back() {
    for sample in samples() {
        let message = check(sample.kind, sample.version, &sample.bytes).unwrap();
        assert_eq!(line(&message), sample.line);
        assert!(payload(&message).1.is_empty(), "{}: bytes without a name", sample.line);
    }
}

#[test]
fn every_truncation_is_told_up_to_the_fault() {
    for sample in samples() {
        for len in common::cuts(sample.bytes.len()) {
            check(sample.kind, sample.version, &sample.bytes[..len]).expect_err("it is cut");
        }
    }
}

proptest! {
    #![proptest_config(common::config())]

    #[test]
    fn any_bytes_decode_or_fault(version in 0_u16..8, bytes in vec(any::<u8>(), 0..300)) {
        for kind in KINDS {
            let _ = check(kind, version, &bytes);
        }
    }

    #[test]
    fn damaged_messages_decode_or_fault(
        index in any::<prop::sample::Index>(),
        version in 0_u16..8,
        damage in vec((any::<prop::sample::Index>(), prop_oneof![0_u8..8, any::<u8>()]), 1..4),
    ) {
        let samples = samples();
        let Sample { kind, bytes, .. } = index.get(&samples);
        let mut bytes = bytes.clone();
        for (place, byte) in damage {
            *place.get_mut(&mut bytes) = byte;
        }
        let _ = check(*kind, version, &bytes);
    }
}
