//! The filter language from outside: a filter that is asked allocates nothing.

use std::net::SocketAddr;
use std::ops::ControlFlow;

use ceph_codec::Value;
use ceph_codec::types::{Caps, InodeNo};
use ceph_dissect::filter::{FieldId, Fields, Filter, Row, Type};

const OPS: &[(u64, &str)] = &[(9, "export"), (8, "import")];

const FIELDS: [(&str, Type); 8] = [
    ("caps.op", Type::Named(OPS)),
    ("caps.mseq", Type::Uint),
    ("caps.issued", Type::Caps),
    ("ino", Type::Ino),
    ("path", Type::Path),
    ("host", Type::Text),
    ("src", Type::Entity),
    ("addr", Type::Addr),
];

struct Table;

impl Fields for Table {
    fn find(&self, name: &str) -> Option<(FieldId, Type)> {
        let id = FIELDS.iter().position(|field| field.0 == name)?;
        Some((FieldId(id as _), FIELDS[id].1))
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(FIELDS.iter().map(|field| field.0))
    }
}

/// A value for each field.
struct Array([Value<'static>; FIELDS.len()]);

impl Row for Array {
    fn each(&self, field: FieldId, take: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>) {
        if let Some(value) = self.0.get(field.0 as usize) {
            _ = take(*value);
        }
    }
}

fn row() -> Array {
    let addr: SocketAddr = "10.1.0.2:6800".parse().unwrap();
    Array([
        Value::Named(9, Some("export")),
        Value::Uint(3),
        Value::Caps(Caps(0xd55)),
        Value::Ino(InodeNo(0x100_0000_0001)),
        Value::Text(b"/dir/sub/file.log"),
        Value::Text("größe-01".as_bytes()),
        Value::Text(b"mds.0"),
        Value::Socket(addr),
    ])
}

#[test]
fn asking_allocates_nothing() {
    let row = row();
    for text in [
        "caps.op == export && caps.mseq > 2",
        "caps.issued contains Fr && !(caps.issued & Fwb) || ino in {1, 0x10..0x20}",
        "path matches \"/dir/**/*.log\" ^^ path ~ \"[0-9]{3}\"",
        "host contains ö && host matches \"^GRÖ\" && caps.op contains exp",
        "src == mds && src != client.4 && addr == 10.0.0.0/8",
        "caps.mseq != ino && path != host",
    ] {
        let filter = Filter::parse(text, &Table).unwrap();
        // Patterns make their own buffers when they are first asked.
        assert!(filter.holds(&row), "{text}");
        let allocated = allocation_counter::measure(|| {
            for _ in 0..100 {
                assert!(filter.holds(&row));
            }
        });
        assert_eq!(allocated.count_total, 0, "{text}");
    }
}
