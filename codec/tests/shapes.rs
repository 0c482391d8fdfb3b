//! The table of messages against what decoders tell: of every message of the fuzz targets' corpus, which has
//! every type and version, and whether the table has rows that no decoder tells.
#![cfg(feature = "alloc")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ceph_codec::message::client_reply::Encoding;
use ceph_codec::message::{Message, MessageLayout, MessageType, Sections};
use ceph_codec::{Kind, Row, Shape};

use common::shaped::Shaped;

/// Offsets in the front, and what to put there.
const SET: [&[(usize, u8)]; 6] = [
    &[],
    // MClientSnap: one inode moves; one realm.
    &[(12, 1)],
    &[(16, 1)],
    // MClientRequest: one release; a head of version 3 that is a byte longer than known.
    &[(20, 1)],
    &[(0, 3), (106, 119)],
    // MMDSMap: a map of version 3, its second part of version 5.
    &[(20, 144), (24, 3), (78, 5)],
];

/// Decodes one file of the corpus, in the form of the fuzz target `message`, and notes what was told.
fn decode(file: &[u8], told: &mut BTreeSet<String>) {
    let Some((&[kind0, kind1, version, middle0, middle1], rest)) = file.split_first_chunk() else {
        return;
    };
    let kind = MessageType(u16::from_le_bytes([kind0, kind1]));
    let Some(mut shaped) = Shaped::of(kind) else { return };
    let middle = usize::from(u16::from_le_bytes([middle0, middle1])).min(rest.len());
    let (front, middle) = rest.split_at(rest.len() - middle);
    let sections = match kind {
        MessageType::CLIENT_RECONNECT => Sections { front: &[], middle, data: front },
        _ => Sections { front, middle, data: &[] },
    };
    let message = Message::decode_with(kind, u16::from(version), sections, &mut shaped);
    note(&shaped, kind, told);
    let Ok(Message::ClientReply(reply)) = message else { return };
    for encoding in Encoding::KNOWN {
        let mut shaped = Shaped::part(kind, "trace").unwrap();
        _ = reply.trace_with(encoding, &mut shaped);
        note(&shaped, kind, told);
        let mut shaped = Shaped::part(kind, "extra").unwrap();
        _ = reply.extra_with(encoding, &mut shaped);
        note(&shaped, kind, told);
    }
}

fn note(shaped: &Shaped, kind: MessageType, told: &mut BTreeSet<String>) {
    let word = Message::TABLE.iter().find(|message| message.kind == kind).unwrap().word;
    told.extend(shaped.told.iter().map(|path| format!("{word}.{}", path.join("."))));
}

/// Every row with the path to it.
fn rows(message: &MessageLayout) -> Vec<(String, &'static Row)> {
    fn below(
        path: &str,
        rows: &mut dyn Iterator<Item = &'static Row>,
        to: &mut Vec<(String, &'static Row)>,
    ) {
        for row in rows {
            let path = format!("{path}.{}", row.name);
            to.push((path.clone(), row));
            below(&path, &mut row.shape.parts(), to);
        }
    }
    let mut all = Vec::new();
    below(message.word, &mut message.layout.iter(), &mut all);
    all
}

#[test]
#[cfg_attr(miri, ignore = "needs every message and version at once, which takes hours there")]
fn the_table_has_what_decoders_tell() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/message");
    let Ok(files) = fs::read_dir(&folder) else {
        return eprintln!("skipped: no corpus at {}", folder.display());
    };
    let mut told = BTreeSet::new();
    for file in files {
        decode(&fs::read(file.unwrap().path()).unwrap(), &mut told);
    }
    // Whatever is not in the corpus: every type and version, of zeros alone and with a few bytes set.
    for (kind, version) in Message::TABLE.iter().flat_map(|m| (0..=20).map(move |v| (m.kind, v))) {
        for set in SET {
            let mut file = [kind.0.to_le_bytes().as_slice(), &[version, 0, 0], &[0; 600]].concat();
            set.iter().for_each(|(at, byte)| file[5 + at] = *byte);
            decode(&file, &mut told);
        }
    }
    let rows = Message::TABLE.iter().flat_map(|m| m.layout.iter().map(move |row| (m.word, row)));
    let paths = rows.map(|(word, row)| format!("{word}.{}", row.name));
    let missing: Vec<_> = paths.filter(|path| !told.contains(path)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn rows_are_well_formed() {
    for message in Message::TABLE {
        for (path, row) in rows(message) {
            assert!(!row.doc.trim().is_empty(), "{path} says nothing");
            assert!(row.shape.forms().next().is_some(), "{path}");
            for form in row.shape.forms() {
                match form {
                    Shape::Leaf(Kind::Named(names)) => {
                        let numbers: BTreeSet<_> = names.iter().map(|(number, _)| number).collect();
                        assert_eq!(numbers.len(), names.len(), "{path}: a number has two names");
                    }
                    Shape::Either(_) => panic!("{path}: alternatives within alternatives"),
                    _ => {}
                }
            }
        }
    }
}
