//! A message as a machine-readable record.

use std::collections::BTreeMap;

use ceph_codec::message::Message;
use ceph_codec::{Text, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::Row;
use super::value::Plain;
use crate::dissect::{Content, Node, Party};
use crate::fields::Registry;

/// Fields that are repeated: they are lists even where there is one.
const REPEATED: [&str; 2] = ["item", "entry"];

/// A message with all that is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'r>(pub &'r Row<'r>);

/// The same for an index, which takes types from values: what stands at one path is of one type, whatever the
/// message. So a message's fields are under its word, fields of 64 bits are strings, since not all indexes take
/// what is more than 63, and what may have parts is always an object.
#[derive(Clone, Copy, Debug)]
pub struct Indexed<'r>(pub &'r Row<'r>);

/// For whom a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Indexed,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Document { row: self.0, form: Form::Plain }.serialize(serializer)
    }
}

impl Serialize for Indexed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Document { row: self.0, form: Form::Indexed }.serialize(serializer)
    }
}

/// A number of 64 bits.
struct Wide(u64, Form);

impl Serialize for Wide {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.1 {
            Form::Plain => serializer.serialize_u64(self.0),
            Form::Indexed => serializer.collect_str(&self.0),
        }
    }
}

struct Document<'r> {
    row: &'r Row<'r>,
    form: Form,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Document { row, form } = *self;
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
        let mut ends = parties.iter().flatten();
        let client = ends.clone().find_map(Party::client);
        map.serialize_entry("client", &client.map(|id| Wide(id, form)))?;
        map.serialize_entry("mds", &ends.find_map(Party::rank).map(|rank| rank.0))?;
        if let Some(header) = row.header() {
            map.serialize_entry("type", &header.kind.to_string())?;
            map.serialize_entry("type_number", &header.kind.0)?;
            map.serialize_entry("version", &header.version)?;
            map.serialize_entry("compat_version", &header.compat_version)?;
            map.serialize_entry("seq", &Wide(header.seq, form))?;
            map.serialize_entry("tid", &Wide(header.tid, form))?;
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
            let level = Level { row, form, nodes: payload };
            match form {
                Form::Plain => map.serialize_entry("fields", &level)?,
                Form::Indexed => {
                    map.serialize_entry("fields", &BTreeMap::from([(word(row), level)]))?;
                }
            }
        }
        let frame = dissected.frame.nodes();
        // The messenger's fields are nothing to look for.
        if !frame.is_empty() && form == Form::Plain {
            map.serialize_entry("framing", &Level { row, form, nodes: frame })?;
        }
        match form {
            Form::Plain => map.serialize_entry("stop", &dissected.stop)?,
            Form::Indexed => {
                map.serialize_entry("stop", &dissected.stop.map(|stop| stop.to_string()))?;
            }
        }
        map.end()
    }
}

/// The word that a message's fields begin with.
fn word(row: &Row<'_>) -> &'static str {
    let kind = row.header().map(|header| header.kind);
    let message = Message::TABLE.iter().find(|message| Some(message.kind) == kind);
    message.map_or("other", |message| message.word)
}

/// Nodes of one depth with what is below them.
struct Level<'r> {
    row: &'r Row<'r>,
    form: Form,
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
        let Level { row, form, .. } = *self;
        let is_there = |(node, _): &(&Node, &[Node])| form == Form::Plain || !is_hollow(node);
        let mut parts = self.parts().filter(is_there).peekable();
        while let Some(first) = parts.next() {
            let name = first.0.name;
            let again = |next: &(&Node, &[Node])| next.0.name == name;
            if REPEATED.contains(&name) || parts.peek().is_some_and(again) {
                let mut all = vec![first];
                while let Some(next) = parts.next_if(again) {
                    all.push(next);
                }
                map.serialize_entry(name, &Run { row, form, all: &all })?;
            } else {
                map.serialize_entry(name, &Field { row, form, node: first.0, parts: first.1 })?;
            }
        }
        map.end()
    }
}

/// Fields of one name, one behind the other.
struct Run<'r> {
    row: &'r Row<'r>,
    form: Form,
    all: &'r [(&'r Node, &'r [Node])],
}

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.all.len()))?;
        for (node, parts) in self.all {
            seq.serialize_element(&Field { row: self.row, form: self.form, node, parts })?;
        }
        seq.end()
    }
}

/// What the table of fields says of a node.
fn known(node: &Node) -> Option<&'static crate::fields::Field> {
    Registry::get().field(node.field?)
}

/// Whether it has no bytes where it may have parts.
fn is_hollow(node: &Node) -> bool {
    matches!(node.content, Content::Bytes(0)) && known(node).is_some_and(|field| field.has_parts)
}

struct Field<'r> {
    row: &'r Row<'r>,
    form: Form,
    node: &'r Node,
    parts: &'r [Node],
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Content::Group = self.node.content {
            return Level { row: self.row, form: self.form, nodes: self.parts }
                .serialize(serializer);
        }
        if self.form == Form::Indexed
            && let Some(field) = known(self.node)
            && let Some(value) = self.row.dissected.value(self.node)
        {
            return match value {
                value if field.has_parts => {
                    BTreeMap::from([("value", Plain(value).to_string())]).serialize(serializer)
                }
                Value::Uint(n) if field.is_wide => Wide(n, self.form).serialize(serializer),
                value => put(value, serializer),
            };
        }
        match self.row.dissected.value(self.node) {
            None => serializer.serialize_none(),
            Some(value) => put(value, serializer),
        }
    }
}

fn put<S: Serializer>(value: Value<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Value::Uint(n) => serializer.serialize_u64(n),
        Value::Int(n) => serializer.serialize_i64(n),
        Value::Text(text) => serializer.collect_str(&Text(text)),
        value => serializer.collect_str(&Plain(value)),
    }
}
