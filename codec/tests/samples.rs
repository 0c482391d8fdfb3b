//! Messages that real daemons and clients sent, against what those logged.
#![cfg(feature = "alloc")]

mod common;

use ceph_codec::message::client_caps::{CapOp, ClientCaps};
use ceph_codec::message::{Message, MessageType, Sections};
use ceph_codec::types::{Caps, InodeNo};

use common::recorder::Recorder;

/// One message of the text file.
#[derive(Debug, Default)]
struct Sample {
    packet: u32,
    version: u16,
    tid: u64,
    says: Vec<(String, String)>,
    front: Vec<u8>,
    middle: Vec<u8>,
}

fn samples() -> Vec<Sample> {
    let paragraphs = include_str!("samples/client_caps.txt").split("\n\n");
    let samples: Vec<_> = paragraphs.filter(|p| !p.starts_with('#')).map(parse).collect();
    assert_eq!(samples.len(), 16);
    samples
}

fn parse(paragraph: &str) -> Sample {
    let mut sample = Sample::default();
    for line in paragraph.lines() {
        let (key, value) = line.split_once(' ').unwrap();
        match key {
            "packet" => sample.packet = value.parse().unwrap(),
            "version" => sample.version = value.parse().unwrap(),
            "tid" => sample.tid = value.parse().unwrap(),
            "front" => sample.front.extend(hex(value)),
            "middle" => sample.middle.extend(hex(value)),
            "says" => {
                let pairs = value.split(' ').map(|pair| pair.split_once('=').unwrap());
                sample.says = pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
            }
            _ => panic!("{line}"),
        }
    }
    sample
}

fn hex(text: &str) -> impl Iterator<Item = u8> {
    text.as_bytes()
        .chunks(2)
        .map(|digits| u8::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap())
}

impl Sample {
    fn sections(&self) -> Sections<'_> {
        Sections { front: &self.front, middle: &self.middle, ..Default::default() }
    }

    fn caps(&self) -> ClientCaps<'_> {
        ClientCaps::decode(self.version, self.sections())
            .unwrap_or_else(|fault| panic!("packet {}: {fault}", self.packet))
    }
}

#[test]
fn fields_are_what_the_sender_logged() {
    for sample in samples() {
        let caps = sample.caps();
        let head = caps.head();
        let size = |of: fn(&_) -> u64| caps.state().map_or(0, of);
        for (name, logged) in &sample.says {
            let ours = match &name[..] {
                "direction" => continue,
                "op" => head.op.to_string(),
                "ino" => head.ino.to_string(),
                "cap_id" => head.cap_id.to_string(),
                "seq" => head.seq.to_string(),
                "tid" => sample.tid.to_string(),
                "mseq" => head.mseq.to_string(),
                "size" => size(|state| state.size).to_string(),
                "max_size" => size(|state| state.max_size).to_string(),
                "caps" => head.caps.to_string(),
                "dirty" => head.dirty.to_string(),
                "wanted" => head.wanted.to_string(),
                "follows" => head.snap_follows.to_string(),
                _ => panic!("{name}"),
            };
            assert_eq!(ours, *logged, "{name} in packet {}", sample.packet);
            if ["caps", "dirty", "wanted"].contains(&&name[..]) {
                assert_eq!(logged.parse::<Caps>().unwrap().to_string(), *logged);
            }
        }
    }
}

#[test]
fn every_byte_comes_back() {
    for sample in samples() {
        let caps = sample.caps();
        assert_eq!(caps.front_to_vec(), sample.front);
        assert_eq!(caps.front_len(), sample.front.len());
        assert_eq!(caps.xattrs(), sample.middle);
        assert!(caps.rest().is_empty());
        // The sender set no field that its own operation has no use for.
        let importing = caps.head().op == CapOp::IMPORT;
        assert_eq!(caps.import_peer().is_some(), importing);
        assert_eq!(caps.snap_trace().is_empty(), !importing);
    }
}

#[test]
fn every_truncation_is_told_up_to_the_fault() {
    for sample in samples() {
        for len in common::cuts(sample.front.len()) {
            let sections = Sections { front: &sample.front[..len], ..sample.sections() };
            let mut recorder = Recorder::default();
            let kind = MessageType::CLIENT_CAPS;
            let fault = Message::decode_with(kind, sample.version, sections, &mut recorder)
                .expect_err("the message is cut");
            let mut leaves = Vec::new();
            recorder.section("front").iter().for_each(|node| node.leaves(&mut leaves));
            assert_eq!(leaves.iter().map(|span| span.len).sum::<usize>(), fault.at, "{fault}");
            assert!(fault.at <= len && fault.within == "front");
        }
    }
}

#[test]
fn both_halves_of_a_migration_name_each_other() {
    let samples = samples();
    let caps: Vec<_> = samples.iter().map(Sample::caps).collect();
    let mut pairs = 0;
    for import in &caps {
        let Some(old) = import.import_peer() else { continue };
        let new = import.head();
        let export = caps.iter().find(|caps| {
            let peer = caps.export_peer();
            peer.is_some_and(|peer| caps.head().ino == new.ino && peer.cap_id == new.cap_id)
        });
        let Some(export) = export else { continue };
        let peer = export.export_peer().unwrap();
        assert!(peer.is_somewhere());
        assert_eq!((peer.seq, peer.mseq), (new.seq, new.mseq));
        assert_eq!((old.cap_id, old.mseq), (export.head().cap_id, export.head().mseq));
        assert_ne!(old.mds, peer.mds);
        assert_eq!(new.ino, InodeNo(0x100_0000_0001));
        pairs += 1;
    }
    assert_eq!(pairs, 2, "one migration, two clients");
}
