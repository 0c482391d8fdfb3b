//! What one export that took place says, from the directory's name to the caps that came of it.
#![cfg(feature = "alloc")]

use std::collections::BTreeMap;

use ceph_codec::message::mds_export::Target;
use ceph_codec::message::{Message, MessageType, Sections};
use ceph_codec::types::{InodeNo, Seq};

/// The first message of a type among the samples: its version and front.
fn sample(kind: MessageType) -> (u16, Vec<u8>) {
    let start = format!("{} ", kind.name().unwrap());
    let mut paragraphs = include_str!("samples/mds_export.txt").split("\n\n");
    let paragraph = paragraphs.find(|paragraph| paragraph.starts_with(&start)).unwrap();
    let (head, digits) = paragraph.split_once('\n').unwrap();
    let digits: Vec<u8> = digits.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let byte = |digits| u8::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap();
    (head[start.len()..][..1].parse().unwrap(), digits.chunks(2).map(byte).collect())
}

fn decode(kind: MessageType, (version, front): &(u16, Vec<u8>)) -> Message<'_> {
    Message::decode(kind, *version, Sections { front, ..Default::default() }).unwrap()
}

#[test]
fn the_tree_has_names_inodes_and_caps() {
    let (kind, bytes) = (MessageType::MDS_EXPORT_DIR, sample(MessageType::MDS_EXPORT_DIR));
    let Message::ExportDir(export) = decode(kind, &bytes) else { panic!() };
    let inodes: Vec<_> =
        export.inodes().map(|i| (i.dir.ino.0, i.name.to_string(), i.ino.0)).collect();
    assert_eq!(
        inodes,
        [
            (0x100_0000_0000, "f0".to_owned(), 0x100_0000_0001),
            (0x100_0000_0000, "f1".to_owned(), 0x100_0000_01f6),
            (0x100_0000_0000, "f2".to_owned(), 0x100_0000_01f7),
        ]
    );
    let first = export.inodes().next().unwrap();
    let caps: Vec<_> = first.exports.caps().collect();
    assert_eq!(
        caps.iter().map(|(client, cap)| (*client, cap.cap_id)).collect::<Vec<_>>(),
        [(4130, 1), (4132, 6)]
    );
    assert_eq!((caps[0].1.seq, caps[0].1.mseq), (Seq(6), Seq(1)));
    let clients: Vec<_> = export.clients().map(|(_, inst)| inst.name.to_string()).collect();
    assert_eq!(clients, ["client.4130", "client.4132"]);

    let data = export.fields().export_data.content().unwrap();
    for dir in data.dirs() {
        for dentry in dir.fields().dentries().unwrap().iter() {
            assert!(matches!(dentry.target, Target::Primary(_)), "{dentry:?}");
        }
    }
    let map = export.fields().client_map.content().unwrap();
    for said in map.metadata.iter() {
        let pairs = said.value.fields().metadata().unwrap();
        assert!(pairs.iter().any(|pair| pair.key.0 == b"ceph_version"));
        assert!(said.value.fields().metric_spec().is_some());
    }
}

#[test]
fn the_answer_has_a_cap_for_each_that_was_sent() {
    let (one, two) = (sample(MessageType::MDS_EXPORT_DIR), sample(MessageType::MDS_EXPORT_DIR_ACK));
    let Message::ExportDir(export) = decode(MessageType::MDS_EXPORT_DIR, &one) else { panic!() };
    let Message::ExportDirAck(ack) = decode(MessageType::MDS_EXPORT_DIR_ACK, &two) else {
        panic!()
    };
    assert_eq!(ack.fields().dirfrag, export.fields().dirfrag);
    let sent: BTreeMap<(InodeNo, i64), Seq> = export
        .inodes()
        .flat_map(|i| i.exports.caps().map(move |(client, cap)| ((i.ino, client), cap.mseq)))
        .collect();
    let taken: BTreeMap<_, _> =
        ack.imports().map(|(ino, client, cap)| ((ino, client), cap.mseq)).collect();
    assert_eq!((sent.len(), &sent), (5, &taken));
}

#[test]
fn caps_move_without_a_tree() {
    let bytes = sample(MessageType::MDS_EXPORT_CAPS);
    let Message::ExportCaps(caps) = decode(MessageType::MDS_EXPORT_CAPS, &bytes) else { panic!() };
    let exports: Vec<_> = caps.exports().collect();
    assert_eq!(exports.len(), 1);
    let (client, cap) = exports[0];
    assert_eq!((client, cap.cap_id, cap.seq), (4121, 56, Seq(4)));
    assert_eq!(cap.issued.to_string(), "pAsXsFr");
    let inst = caps.client_map().iter().next().unwrap();
    assert_eq!((inst.key, inst.value.name.number), (4121, 4121));
    assert_eq!(inst.value.address.to_string(), "10.79.0.1:0/583428474");
    let said = caps.tail().client_metadata_map().unwrap();
    assert_eq!(said.iter().map(|entry| entry.key).collect::<Vec<_>>(), [4121]);
}

#[test]
fn reading_and_writing_allocate_nothing() {
    let bytes = sample(MessageType::MDS_EXPORT_DIR);
    let mut buffer = [0; 4096];
    let info = allocation_counter::measure(|| {
        let Message::ExportDir(export) = decode(MessageType::MDS_EXPORT_DIR, &bytes) else {
            panic!()
        };
        assert_eq!(export.inodes().flat_map(|i| i.exports.caps()).count(), 5);
        assert_eq!(export.clients().count(), 2);
        assert_eq!(export.encode_front(&mut buffer), Ok(bytes.1.len()));
    });
    assert_eq!(info.count_total, 0);
    assert_eq!(buffer[..bytes.1.len()], bytes.1);
}
