//! The language, on a table of made-up fields of every type.

mod errors;
mod language;
mod properties;
mod show;

use std::ops::ControlFlow;

use ceph_codec::Value;
use ceph_codec::types::{Caps, InodeNo, SnapId, Timespec};

use super::{Error, FieldId, Fields, Filter, Row, Type};

const OPS: &[(u64, &str)] = &[
    (0, "grant"),
    (3, "revoke"),
    (7, "flush_ack"),
    (9, "export"),
    (8, "import"),
    (20, "two words"),
];

const LABELS: &[&str] = &["export-without-import", "import-without-export", "seq-gap"];

/// Every field, by number.
const FIELDS: &[(&str, Type)] = &[
    ("frame", Type::Uint),
    ("caps.mseq", Type::Uint),
    ("caps.op", Type::Named(OPS)),
    ("caps.issued", Type::Caps),
    ("caps.wanted", Type::Caps),
    ("ino", Type::Ino),
    ("snap", Type::Snap),
    ("time", Type::Elapsed),
    ("time.utc", Type::Time),
    ("path", Type::Path),
    ("host", Type::Text),
    ("finding", Type::Label(LABELS)),
    ("src", Type::Entity),
    ("client", Type::Of("client")),
    ("addr", Type::Addr),
    ("caps.xattr", Type::Bytes),
    ("result", Type::Int),
    ("caps.last", Type::Bool),
    ("caps.issue_seq", Type::Uint),
    ("dst", Type::Entity),
    ("peer.addr", Type::Addr),
    ("caps.flags", Type::Uint),
];

pub(super) struct Table;

impl Fields for Table {
    fn find(&self, name: &str) -> Option<(FieldId, Type)> {
        let id = FIELDS.iter().position(|field| field.0 == name)?;
        Some((FieldId(id as u16), FIELDS[id].1))
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(FIELDS.iter().map(|field| field.0))
    }
}

/// A message as a list of values.
#[derive(Debug, Default)]
pub(super) struct List<'a>(Vec<(u16, Value<'a>)>);

impl Row for List<'_> {
    fn each(&self, field: FieldId, take: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>) {
        for (_, value) in self.0.iter().filter(|(id, _)| FieldId(*id) == field) {
            if take(*value).is_break() {
                return;
            }
        }
    }
}

impl<'a> List<'a> {
    fn with(mut self, name: &str, value: Value<'a>) -> Self {
        let (FieldId(id), _) = Table.find(name).unwrap();
        self.0.push((id, value));
        self
    }
}

/// An EXPORT of a client's cap.
fn export() -> List<'static> {
    List::default()
        .with("frame", Value::Uint(101))
        .with("caps.mseq", Value::Uint(3))
        .with("caps.op", Value::Named(9, Some("export")))
        .with("caps.issued", Value::Caps("pAsLsXsFscr".parse().unwrap()))
        .with("caps.wanted", Value::Caps(Caps::NONE))
        .with("ino", Value::Ino(InodeNo(0x100_0000_0001)))
        .with("snap", Value::Snap(SnapId::HEAD))
        .with("time", Value::Int(8_500_000_000))
        .with("time.utc", Value::Time(Timespec { sec: 1_795_407_443, nsec: 377_218_000 }))
        .with("path", Value::Text(b"/dir/sub/file.log"))
        .with("host", Value::Text("größe-01".as_bytes()))
        .with("finding", Value::Text(b"export-without-import"))
        .with("finding", Value::Named(2, Some("seq-gap")))
        .with("src", Value::Text(b"mds.0"))
        .with("dst", Value::Text(b"client.4125"))
        .with("client", Value::Uint(4125))
        .with("addr", Value::Socket("10.1.0.2:6800".parse().unwrap()))
        .with("addr", Value::Socket("[::ffff:10.1.0.11]:45000".parse().unwrap()))
        .with("caps.xattr", Value::Bytes(b"\x01\x00user.key\xff"))
        .with("result", Value::Int(-2))
        .with("caps.last", Value::Uint(1))
        .with("caps.issue_seq", Value::Uint(3))
        .with("caps.flags", Value::Uint(0b101))
}

fn parse(text: &str) -> Result<Filter, Error> {
    Filter::parse(text, &Table)
}

/// Whether a filter holds for the EXPORT.
fn holds(text: &str) -> bool {
    match parse(text) {
        Ok(filter) => filter.holds(&export()),
        Err(error) => panic!("{}", error.show(text)),
    }
}
