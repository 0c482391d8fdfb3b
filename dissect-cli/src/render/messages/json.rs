//! A message as a machine-readable record.

use ceph_codec::{Text, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::Row;
use super::value::Plain;
use crate::dissect::{Content, Node};

/// Fields that are repeated: they are lists even where there is one.
const REPEATED: [&str; 2] = ["item", "entry"];

/// A message with all that is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'r>(pub &'r Row<'r>);

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.0;
        let dissected = row.dissected;
        let spoken = &dissected.spoken;
        let place = spoken.place;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("file", &place.file)?;
        map.serialize_entry("frame", &place.frame)?;
        map.serialize_entry("time", &place.time.to_string())?;
        map.serialize_entry("elapsed_ns", &place.time.since(row.origin))?;
        map.serialize_entry("connection", &spoken.conn.0)?;
        map.serialize_entry("offset", &spoken.offset)?;
        let parties = row.parties;
        map.serialize_entry("src", &parties.map(|p| p[0].to_string()))?;
        map.serialize_entry("src_addr", &parties.map(|p| p[0].addr.to_string()))?;
        map.serialize_entry("dst", &parties.map(|p| p[1].to_string()))?;
        map.serialize_entry("dst_addr", &parties.map(|p| p[1].addr.to_string()))?;
        let either = |of: fn(&crate::dissect::Party) -> Option<i64>| {
            parties.and_then(|parties| parties.iter().find_map(of))
        };
        map.serialize_entry("client", &either(|p| p.client().map(|id| id as i64)))?;
        map.serialize_entry("mds", &either(|p| p.rank().map(|rank| rank.0.into())))?;
        if let Some(header) = row.header() {
            map.serialize_entry("type", &header.kind.to_string())?;
            map.serialize_entry("type_number", &header.kind.0)?;
            map.serialize_entry("version", &header.version)?;
            map.serialize_entry("compat_version", &header.compat_version)?;
            map.serialize_entry("seq", &header.seq)?;
            map.serialize_entry("tid", &header.tid)?;
            map.serialize_entry("priority", &header.priority)?;
            map.serialize_entry("front_len", &header.front_len)?;
            map.serialize_entry("middle_len", &header.middle_len)?;
            map.serialize_entry("data_len", &header.data_len)?;
            map.serialize_entry("replayed", &spoken.replayed)?;
        }
        map.serialize_entry("summary", &row.summary().to_string())?;
        map.serialize_entry("findings", row.findings)?;
        let payload = dissected.payload.nodes();
        if !payload.is_empty() {
            map.serialize_entry("fields", &Level { row, nodes: payload })?;
        }
        let frame = dissected.frame.nodes();
        if !frame.is_empty() {
            map.serialize_entry("framing", &Level { row, nodes: frame })?;
        }
        map.serialize_entry("stop", &dissected.stop)?;
        map.end()
    }
}

/// Nodes of one depth with what is below them.
struct Level<'r> {
    row: &'r Row<'r>,
    nodes: &'r [Node],
}

impl<'r> Level<'r> {
    /// Each node of the outermost depth with its parts.
    fn parts(&self) -> impl Iterator<Item = (&'r Node, &'r [Node])> + use<'r> {
        let mut rest = self.nodes;
        std::iter::from_fn(move || {
            let (node, after) = rest.split_first()?;
            let len = after.iter().take_while(|part| part.depth > node.depth).count();
            let (parts, next) = after.split_at(len);
            rest = next;
            Some((node, parts))
        })
    }
}

impl Serialize for Level<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut parts = self.parts().peekable();
        while let Some(first) = parts.next() {
            let name = first.0.name;
            let again = |next: &(&Node, &[Node])| next.0.name == name;
            if REPEATED.contains(&name) || parts.peek().is_some_and(again) {
                let mut all = vec![first];
                while let Some(next) = parts.next_if(again) {
                    all.push(next);
                }
                map.serialize_entry(name, &Run { row: self.row, all: &all })?;
            } else {
                map.serialize_entry(name, &Field { row: self.row, node: first.0, parts: first.1 })?;
            }
        }
        map.end()
    }
}

/// Fields of one name, one behind the other.
struct Run<'r> {
    row: &'r Row<'r>,
    all: &'r [(&'r Node, &'r [Node])],
}

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.all.len()))?;
        for (node, parts) in self.all {
            seq.serialize_element(&Field { row: self.row, node, parts })?;
        }
        seq.end()
    }
}

struct Field<'r> {
    row: &'r Row<'r>,
    node: &'r Node,
    parts: &'r [Node],
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Content::Group = self.node.content {
            return Level { row: self.row, nodes: self.parts }.serialize(serializer);
        }
        match self.row.dissected.value(self.node) {
            None => serializer.serialize_none(),
            Some(Value::Uint(n)) => serializer.serialize_u64(n),
            Some(Value::Int(n)) => serializer.serialize_i64(n),
            Some(Value::Text(text)) => serializer.collect_str(&Text(text)),
            Some(value) => serializer.collect_str(&Plain(value)),
        }
    }
}
