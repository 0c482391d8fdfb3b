//! Messages as people look at them: who said what to whom, and every field with its place in the bytes.
//!
//! Nothing is gathered here: a [`Dissector`] keeps its buffers between messages, and what it yields borrows
//! from them and from the capture.

mod party;
mod row;
mod summary;
mod tree;

use std::collections::HashSet;

use ceph_codec::message::client_reply::ClientReply;
use ceph_codec::message::{Message, Sections};
use ceph_codec::types::InodeNo;
use ceph_codec::{Fault, Value};

pub use party::Party;
pub use row::Row;
pub use summary::Summary;
pub use tree::{Content, Node, Section, Tree};

use crate::event::Encodings;
use crate::fields::Walker;
use crate::session::Spoken;
use crate::stream::ConnId;

/// How much is wanted of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// What the messenger says of it.
    Header,
    /// What a log would say of it.
    Summary,
    /// Every field of the payload too.
    Fields,
    /// And every field of the frame around it.
    Frame,
}

/// Takes messages apart.
#[derive(Debug, Default)]
pub struct Dissector {
    payload: Tree,
    frame: Tree,
    /// How a connection's replies are encoded.
    encodings: Encodings,
    walker: Walker,
}

/// What one message is.
#[derive(Clone, Copy, Debug)]
pub struct Dissected<'a, 't> {
    /// Where it was seen, and its bytes.
    pub spoken: Spoken<'a>,
    /// The payload, if it was read, its type is known, and it is whole.
    pub message: Option<Message<'a>>,
    /// Why the payload was not read to its end.
    pub stop: Option<Fault>,
    /// The fields of the payload, up to where reading stopped.
    pub payload: &'t Tree,
    /// The fields of the frame.
    pub frame: &'t Tree,
}

impl Dissector {
    /// Takes apart what was said.
    pub fn dissect<'a>(&mut self, spoken: &Spoken<'a>, detail: Detail) -> Dissected<'a, '_> {
        self.payload.clear();
        self.frame.clear();
        if detail >= Detail::Frame {
            // What cannot be described is left out of the description, and stands in the hex view.
            _ = spoken.item.describe(spoken.bytes, &mut self.frame);
        }
        let (message, stop) = match spoken.envelope() {
            Some(envelope) if detail > Detail::Header => {
                let (header, sections) = (&envelope.header, envelope.sections);
                let (kind, version) = (header.kind, header.version);
                let read = match detail {
                    Detail::Summary => Message::decode(kind, version, sections),
                    _ => Message::decode_with(kind, version, sections, &mut self.payload),
                };
                match read {
                    Ok(Message::ClientReply(reply)) if detail > Detail::Summary => {
                        let stop = self.parts(spoken.conn, &reply).err();
                        (Some(Message::ClientReply(reply)), stop)
                    }
                    Ok(message) => (Some(message), None),
                    Err(fault) => (None, Some(fault)),
                }
            }
            _ => (None, None),
        };
        if let Some(header) = spoken.header().filter(|_| detail > Detail::Summary) {
            self.payload.name(header.kind, &mut self.walker);
        }
        let Dissector { payload, frame, .. } = self;
        Dissected { spoken: *spoken, message, stop, payload, frame }
    }

    /// A reply's trace and extra bytes, in the encoding that its connection uses.
    fn parts(&mut self, conn: ConnId, reply: &ClientReply<'_>) -> Result<(), Fault> {
        if !reply.depends_on_encoding() {
            return Ok(());
        }
        let encoding = self.encodings.of(conn, reply)?;
        let trace = self.payload.expand("trace", |tree| reply.trace_with(encoding, tree).map(drop));
        let extra = self.payload.expand("extra", |tree| reply.extra_with(encoding, tree).map(drop));
        trace.and(extra)
    }
}

impl<'a> Dissected<'a, '_> {
    /// The payload's sections; empty where it was not read.
    pub fn sections(&self) -> Sections<'a> {
        self.spoken.envelope().map(|envelope| envelope.sections).unwrap_or_default()
    }

    /// The bytes of a section.
    pub fn section(&self, section: Section) -> &'a [u8] {
        match section {
            Section::Frame => self.spoken.bytes,
            Section::Front => self.sections().front,
            Section::Middle => self.sections().middle,
            Section::Data => self.sections().data,
        }
    }

    /// The bytes of a field.
    pub fn bytes(&self, node: &Node) -> &'a [u8] {
        self.section(node.section).get(node.at..node.at + node.len).unwrap_or_default()
    }

    /// The inodes that it is [about](crate::fields::INO), each once. 0, which stands in most requests, is
    /// none of them.
    pub fn inodes(&self) -> impl Iterator<Item = InodeNo> {
        let nodes = self.payload.nodes().iter().filter(|node| node.is_about);
        let named = nodes.filter_map(|node| match self.value(node) {
            Some(Value::Ino(ino)) if ino != InodeNo(0) => Some(ino),
            _ => None,
        });
        // Most name one.
        let (mut first, mut others) = (None, HashSet::new());
        named.filter(move |ino| match first {
            None => {
                first = Some(*ino);
                true
            }
            Some(first) => *ino != first && others.insert(*ino),
        })
    }

    /// What a field holds; `None` for one that has parts.
    pub fn value(&self, node: &Node) -> Option<Value<'a>> {
        node.value(self.section(node.section))
    }
}
