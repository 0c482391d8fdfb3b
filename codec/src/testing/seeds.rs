//! The seeds of the decoders' targets: those of the target `message`, the samples of the tests beside the crate, and
//! a few made by hand of what was never seen. Written anew by `cargo test -p ceph-codec --lib seeds -- --ignored`.

use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;
use std::{format, fs};

use super::decoder;
use crate::message::{Message, MessageType, Sections};

/// Types that nobody was seen sending: version and payload in hexadecimal digits.
const MADE: &[(MessageType, u8, &[&str])] = &[
    (
        MessageType::CLIENT_LEASE,
        1,
        &[
            "01 0100 0100000000010000 feffffffffffffff feffffffffffffff 03000000 30750000",
            "02000000 6630",
        ],
    ),
    (
        MessageType::CLIENT_QUOTA,
        1,
        &[
            "0100000000010000 eabd036b2b6c1d30 0010000000000000 0200000000000000 0100000000000000",
            "01 01 10000000 0000100000000000 6400000000000000",
        ],
    ),
    (
        MessageType::MDS_EXPORT_CAPS_ACK,
        1,
        &[
            "0100000000010000 38000000",
            "01000000 2210000000000000 01 01 10000000 0700000000000000 01000000 02000000",
            "01000000 2210000000000000 0900000000000000",
            "6e65",
        ],
    ),
    (MessageType::MDS_GATHER_CAPS, 1, &["0100000000010000"]),
];

/// One message: type, version, payload, middle section.
struct Seed {
    name: String,
    kind: MessageType,
    version: u8,
    payload: Vec<u8>,
    middle: Vec<u8>,
}

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<_> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The target `message`: type, version, length of the middle section, front, middle.
fn of_message() -> impl Iterator<Item = Seed> {
    let files = fs::read_dir(root().join("fuzz/corpus/message")).unwrap();
    files.filter_map(|file| {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap().strip_prefix("seed-")?.into();
        let data = fs::read(file.path()).unwrap();
        let (&[low, high, version, middle, more], rest) = data.split_first_chunk()?;
        let kind = MessageType(u16::from_le_bytes([low, high]));
        let middle = rest.len() - usize::from(u16::from_le_bytes([middle, more]));
        let (payload, middle) = rest.split_at(middle);
        Some(Seed { name, kind, version, payload: payload.into(), middle: middle.into() })
    })
}

/// Paragraphs that begin with a type's name and a version.
fn of_payloads(file: &str) -> Vec<Seed> {
    let text = fs::read_to_string(root().join("codec/tests/samples").join(file)).unwrap();
    let paragraphs = text.split("\n\n").filter(|p| !p.starts_with('#')).enumerate();
    let seeds = paragraphs.map(|(i, paragraph)| {
        let (head, digits) = paragraph.split_once('\n').unwrap();
        let mut words = head.split(' ');
        let name = words.next().unwrap();
        let kind = MessageType::KNOWN.iter().find(|known| known.1 == name).unwrap().0;
        let version = words.next().unwrap().parse().unwrap();
        let name = format!("{}-{i}", file.trim_end_matches(".txt"));
        Seed { name, kind, version, payload: hex(digits), middle: Vec::new() }
    });
    seeds.collect()
}

/// Paragraphs of lines that begin with a key; without a type they are MClientCaps.
fn of_packets(file: &str) -> Vec<Seed> {
    let text = fs::read_to_string(root().join("codec/tests/samples").join(file)).unwrap();
    let paragraphs = text.split("\n\n").filter(|p| !p.starts_with('#'));
    let seeds = paragraphs.map(|paragraph| {
        let all = |key: &str| -> String {
            let lines = paragraph.lines().filter_map(|line| line.split_once(' '));
            lines.filter(|(k, _)| *k == key).map(|(_, value)| value).collect()
        };
        Seed {
            name: format!("packet-{}", all("packet")),
            kind: all("type").parse().map_or(MessageType::CLIENT_CAPS, MessageType),
            version: all("version").parse().unwrap(),
            payload: hex(&all("front")),
            middle: hex(&all("middle")),
        }
    });
    seeds.collect()
}

fn made() -> impl Iterator<Item = Seed> {
    MADE.iter().map(|(kind, version, digits)| {
        let payload = hex(&digits.concat());
        let name = format!("made-{kind}");
        Seed { name, kind: *kind, version: *version, payload, middle: Vec::new() }
    })
}

#[test]
#[ignore = "writes fuzz/corpus"]
fn seeds() {
    let mut seeds: Vec<_> = of_message().chain(made()).collect();
    seeds.extend(["payloads.txt", "mds_export.txt"].into_iter().flat_map(of_payloads));
    seeds.extend(["client_caps.txt", "requests.txt"].into_iter().flat_map(of_packets));
    for Seed { name, kind, version, payload, middle } in seeds {
        let sections = match kind {
            MessageType::CLIENT_RECONNECT => Sections { data: &payload, ..Sections::default() },
            _ => Sections { front: &payload, middle: &middle, data: &[] },
        };
        let decoded = Message::decode(kind, version.into(), sections);
        assert!(decoded.is_ok(), "{name}: {decoded:?}");
        // A tree that moves is long; cut, it would be a fault.
        if payload.len() + middle.len() > decoder::LONGEST {
            continue;
        }
        let choice = match kind {
            MessageType::CLIENT_CAPS => u8::try_from(middle.len()).unwrap(),
            _ => 0,
        };
        let (word, ..) = decoder::ALL.iter().find(|(_, of, _)| *of == kind).unwrap();
        let folder = root().join("fuzz/corpus").join(word);
        fs::create_dir_all(&folder).unwrap();
        let head = [version, choice];
        fs::write(folder.join(format!("seed-{name}")), [&head, &payload[..], &middle].concat())
            .unwrap();
    }
}
