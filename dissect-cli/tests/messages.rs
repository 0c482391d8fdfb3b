//! Every message of every capture at hand, taken apart to its last byte.

mod common;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use ceph_codec::message::{Message, MessageType};
use ceph_codec::{Sink, Span, Value};
use ceph_dissect::capture::Capture;
use ceph_dissect::dissect::{Content, Detail, Dissected, Dissector, Section};
use ceph_dissect::names::Names;
use ceph_dissect::pipeline::{Front, Heard};
use ceph_dissect::place::Time;
use ceph_dissect::render::messages::{Record, Row};
use common::captures;
use serde_json::value::RawValue;

fn each(path: &Path, mut check: impl FnMut(&Dissected<'_, '_>)) {
    let mut capture = Capture::open([path]);
    let mut dissector = Dissector::default();
    Front::new(|_| true).run(&mut capture, |_| ControlFlow::Continue(()), &mut |heard| {
        if let Heard::Said(spoken) = heard {
            check(&dissector.dissect(spoken, Detail::Frame));
        }
    });
}

/// What a decoder tells, with the bytes and texts that a tree does not keep.
#[derive(Default)]
struct Told(Vec<(&'static str, usize, String)>);

impl Sink for Told {
    fn field(&mut self, span: Span, value: Value<'_>) {
        self.0.push((span.name, span.at, format!("{value:?}")));
    }
    fn open(&mut self, _: Span) {}
    fn close(&mut self, _: usize) {}
}

#[test]
fn a_tree_has_what_the_decoder_tells() {
    let mut seen = BTreeMap::<MessageType, u64>::new();
    for path in captures("../fixtures/data") {
        each(&path, |dissected| {
            let Some(envelope) = dissected.spoken.envelope() else { return };
            let (header, sections) = (envelope.header, envelope.sections);
            if !Message::is_decoded(header.kind) || header.kind == MessageType::CLIENT_REPLY {
                return;
            }
            let mut told = Told::default();
            Message::decode_with(header.kind, header.version, sections, &mut told).unwrap();
            let nodes = dissected.payload.nodes().iter();
            let tree: Vec<_> = nodes
                .filter_map(|node| {
                    Some((node.name, node.at, format!("{:?}", dissected.value(node)?)))
                })
                .collect();
            assert_eq!(tree, told.0);
            *seen.entry(header.kind).or_default() += 1;
        });
    }
    assert!(seen.get(&MessageType::CLIENT_CAPS).is_some_and(|n| *n > 100), "{seen:?}");
    assert!(seen.len() >= 15, "{seen:?}");
}

/// The leaves of a tree lie one behind the other, from the first byte of their section to its last.
fn covers(dissected: &Dissected<'_, '_>, section: Section) {
    let mut end = 0;
    for node in dissected.payload.nodes().iter().filter(|node| node.section == section) {
        let is_leaf = !matches!(node.content, Content::Group);
        if is_leaf {
            assert_eq!(node.at, end, "{} leaves a hole or goes back", node.name);
            end = node.at + node.len;
        }
    }
    let len = dissected.section(section).len();
    if end != 0 || section == Section::Front {
        assert_eq!(end, len, "{}: not all of {len} bytes are shown", section.name());
    }
}

#[test]
fn every_byte_of_every_decoded_message_is_in_one_field() {
    for path in captures("../fixtures/data").into_iter().chain(captures("../../shared/captures")) {
        let mut count = 0_u64;
        each(&path, |dissected| {
            let Some(message) = &dissected.message else {
                assert!(dissected.stop.is_none(), "{}: {:?}", path.display(), dissected.stop);
                return;
            };
            if matches!(message, Message::Other(..)) {
                return;
            }
            assert_eq!(dissected.stop, None, "{}: {message}", path.display());
            for section in [Section::Front, Section::Middle, Section::Data] {
                covers(dissected, section);
            }
            count += 1;
        });
        eprintln!("{}: {count} messages", path.display());
    }
}

/// No object has a key twice: who reads it would lose one of the values.
#[test]
fn a_record_has_every_key_once() {
    let names = Names::default();
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data/crc-importer-crash.pcapng");
    let mut records = 0;
    each(&path, |dissected| {
        let row = Row {
            dissected,
            parties: None,
            names: &names,
            file: "",
            origin: Time::default(),
            before: None,
            findings: &[],
        };
        let text = serde_json::to_string(&Record(&row)).unwrap();
        unique(&text);
        records += 1;
    });
    assert!(records > 1000, "{records}");
}

fn unique(text: &str) {
    match text.as_bytes().first() {
        Some(b'{') => {
            let parts: Vec<(String, Box<RawValue>)> = entries(text);
            for (at, (key, value)) in parts.iter().enumerate() {
                assert!(parts[..at].iter().all(|(other, _)| other != key), "{key} twice in {text}");
                unique(value.get());
            }
        }
        Some(b'[') => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(text).unwrap();
            items.iter().for_each(|item| unique(item.get()));
        }
        _ => {}
    }
}

/// The entries of an object, doubles included.
fn entries(text: &str) -> Vec<(String, Box<RawValue>)> {
    struct Entries;
    impl<'de> serde::de::Visitor<'de> for Entries {
        type Value = Vec<(String, Box<RawValue>)>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(entry) = map.next_entry()? {
                all.push(entry);
            }
            Ok(all)
        }
    }
    serde::Deserializer::deserialize_map(&mut serde_json::Deserializer::from_str(text), Entries)
        .unwrap()
}
