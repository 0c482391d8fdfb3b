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
use ceph_dissect::render::Style;
use ceph_dissect::render::messages::{Indexed, Lead, Record, Row, line};
use common::captures;
use serde_json::Value as Json;
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

/// A message of which nothing else is known.
fn row<'r>(
    dissected: &'r Dissected<'r, 'r>,
    names: &'r Names,
    findings: &'r [&'static str],
) -> Row<'r> {
    Row {
        dissected,
        parties: None,
        names,
        file: "",
        origin: Time::default(),
        before: None,
        findings,
    }
}

/// An index takes a path's type from the first value that it sees there, and none of more than 63 bits.
#[test]
fn a_record_for_an_index_has_one_type_at_one_path() {
    let names = Names::default();
    let mut types = BTreeMap::<String, &str>::new();
    let mut wide = 0;
    for path in captures("../fixtures/data").into_iter().chain(captures("../../shared/captures")) {
        if path.to_string_lossy().contains("large") {
            continue;
        }
        let mut seen = BTreeMap::<_, u32>::new();
        each(&path, |dissected| {
            let kind = dissected.spoken.header().map(|header| (header.kind, header.version));
            let seen = seen.entry(kind).or_default();
            *seen += 1;
            if *seen > 300 {
                return;
            }
            let row = row(dissected, &names, &[]);
            let mut indexed = serde_json::to_value(Indexed(&row)).unwrap();
            one_type("", &indexed, &mut types);
            // What it says is what the record says.
            let mut record = serde_json::to_value(Record(&row)).unwrap();
            let word = indexed["fields"].as_object().and_then(|f| f.keys().next()).cloned();
            if let Some(word) = word {
                indexed["fields"] = indexed["fields"][word].take();
            }
            for each in [&mut indexed, &mut record] {
                let keys = each.as_object_mut().unwrap();
                keys.remove("stop");
                keys.remove("framing");
            }
            wide += same(&indexed, &record);
        });
    }
    assert!(types.len() > 300, "{}", types.len());
    assert!(wide > 10_000, "{wide}");
    assert_eq!(types.get(".fields.caps.head.ino"), Some(&"string"));
    assert_eq!(types.get(".fields.caps.head.mseq"), Some(&"number"));
    assert_eq!(types.get(".fields.caps.head.cap_id"), Some(&"string"));
    assert_eq!(types.get(".fields.reply.trace"), Some(&"object"));
}

fn one_type(path: &str, value: &Json, types: &mut BTreeMap<String, &'static str>) {
    let ty = match value {
        Json::Null => return,
        Json::Array(items) => return items.iter().for_each(|item| one_type(path, item, types)),
        Json::Object(entries) => {
            for (key, value) in entries {
                one_type(&format!("{path}.{key}"), value, types);
            }
            "object"
        }
        Json::Bool(_) => "boolean",
        Json::Number(number) => {
            assert!(number.is_i64(), "{path}: {number}");
            "number"
        }
        Json::String(_) => "string",
    };
    let before = *types.entry(path.to_owned()).or_insert(ty);
    assert_eq!(before, ty, "{path}: {value}");
}

/// Whether both say the same; answers how many numbers are strings.
fn same(indexed: &Json, record: &Json) -> u64 {
    match (indexed, record) {
        (Json::Object(one), Json::Object(other)) => {
            // What is empty where there may be parts is left out.
            let gone = other.iter().filter(|(key, _)| !one.contains_key(*key));
            for (key, value) in gone {
                assert!(value == "" || *value == Json::Null, "{key}: {value}");
            }
            one.iter().map(|(key, value)| same(value, &other[key])).sum()
        }
        (Json::Object(one), Json::String(_)) => {
            assert_eq!(one.get("value"), Some(record));
            0
        }
        (Json::Array(one), Json::Array(other)) => {
            assert_eq!(one.len(), other.len());
            one.iter().zip(other).map(|(one, other)| same(one, other)).sum()
        }
        (Json::String(text), Json::Number(number)) => {
            assert_eq!(*text, number.to_string());
            1
        }
        (one, other) => {
            assert_eq!(one, other);
            0
        }
    }
}

#[test]
fn a_line_fits_the_terminal_and_has_its_findings() {
    let names = Names::default();
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data/crc-importer-crash.pcapng");
    let mut lines = 0;
    each(&path, |dissected| {
        if dissected.spoken.header().is_none() {
            return;
        }
        let codes = ["export-without-import", "seq-gap"];
        let row = row(dissected, &names, &codes);
        let lead = Lead { files: true, ..Lead::default() };
        let shown = |width| {
            let mut out = Vec::new();
            let style = Style { width, color: false, unicode: true };
            line(&row, lead, &style, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let whole = shown(0);
        assert_eq!(whole.lines().count(), 1);
        let frame = format!("1:{}", dissected.spoken.place.frame);
        for width in [40, 60, 80, 100, 120] {
            let text = shown(width);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}: {text}");
            assert!(codes.iter().all(|code| text.contains(&format!("! {code}"))), "{text}");
            assert!(text.trim_start().starts_with(&frame), "{text}");
            // Of the summary there is at least its first word.
            let summary = row.summary().to_string();
            let word = summary.split(['(', ' ']).next().unwrap();
            assert!(text.contains(&word[..word.len().min(20)]), "{width}: {text}");
        }
        lines += 1;
    });
    assert!(lines > 900, "{lines}");
}

/// No object has a key twice: who reads it would lose one of the values.
#[test]
fn a_record_has_every_key_once() {
    let names = Names::default();
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data/crc-importer-crash.pcapng");
    let mut records = 0;
    each(&path, |dissected| {
        let row = row(dissected, &names, &[]);
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
