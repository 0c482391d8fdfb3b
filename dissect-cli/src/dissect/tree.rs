//! The fields of a message, in wire order.

use ceph_codec::message::MessageType;
use ceph_codec::{Sink, Span, Value};

use crate::fields::{FieldId, Registry, Walker};

/// Where bytes stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// The frame, from its first byte.
    Frame,
    /// The message's front section.
    #[default]
    Front,
    /// Its middle section.
    Middle,
    /// Its data section.
    Data,
}

impl Section {
    /// As the codec calls it.
    pub fn name(self) -> &'static str {
        match self {
            Section::Frame => "frame",
            Section::Front => "front",
            Section::Middle => "middle",
            Section::Data => "data",
        }
    }
}

/// A field, or a group of fields.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Its name, as in the layout tables.
    pub name: &'static str,
    /// How many groups are around it.
    pub depth: u16,
    /// The section that has its bytes.
    pub section: Section,
    /// Offset of its first byte there.
    pub at: usize,
    /// Its bytes, a length in front included.
    pub len: usize,
    /// What it holds.
    pub content: Content,
    /// What it is called in filters; `None` where it has no name there.
    pub field: Option<FieldId>,
    /// It is an inode that the message is about.
    pub is_about: bool,
}

/// What a node holds.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// The nodes behind it that are deeper.
    Group,
    /// A value that has no bytes of its own.
    Value(Value<'static>),
    /// Bytes: so many, the last of the node's.
    Bytes(usize),
    /// Text: so many bytes, the last of the node's.
    Text(usize),
}

impl Node {
    /// Its value, if `section` is what it stands in.
    pub fn value<'a>(&self, section: &'a [u8]) -> Option<Value<'a>> {
        let end = self.at + self.len;
        let last = |n: usize| end.checked_sub(n).and_then(|at| section.get(at..end));
        match self.content {
            Content::Group => None,
            Content::Value(value) => Some(value),
            Content::Bytes(n) => last(n).map(Value::Bytes),
            Content::Text(n) => last(n).map(Value::Text),
        }
    }
}

/// All fields of one message.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    /// The groups that are open: their index.
    open: Vec<usize>,
    section: Section,
    /// What is put in the place of one node, while that is made.
    spare: Vec<Node>,
}

impl Tree {
    /// The nodes, every group in front of its parts.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether nothing was reported.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.open.clear();
        self.section = Section::default();
    }

    /// Gives the fields of a message of this type their numbers.
    pub(super) fn name(&mut self, kind: MessageType, walker: &mut Walker) {
        let registry = Registry::get();
        walker.begin(kind);
        for node in &mut self.nodes {
            node.field = walker.at(usize::from(node.depth), node.name);
            node.is_about = node
                .field
                .and_then(|field| registry.field(field))
                .is_some_and(|field| field.is_about);
        }
    }

    /// Makes a group of the outermost node `name`, of what `parts` reports. If there is none, nothing is asked.
    pub(super) fn expand<E>(
        &mut self,
        name: &str,
        parts: impl FnOnce(&mut Tree) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_it = |node: &Node| node.depth == 0 && node.name == name;
        let Some(index) = self.nodes.iter().position(is_it) else { return Ok(()) };
        let mut inner = Tree { nodes: std::mem::take(&mut self.spare), ..Tree::default() };
        inner.nodes.clear();
        inner.section = self.nodes[index].section;
        let result = parts(&mut inner);
        if !inner.nodes.is_empty() {
            let group = Node { content: Content::Group, ..self.nodes[index] };
            for node in &mut inner.nodes {
                node.depth += 1;
                node.section = group.section;
            }
            // The parts begin behind a length, which is no field of theirs.
            let head = inner.nodes[0].at.saturating_sub(group.at);
            if head > 0 {
                let value = Value::Uint((group.len.saturating_sub(head)) as u64);
                let (depth, content) = (group.depth + 1, Content::Value(value));
                let length = Node { name: "length", depth, len: head, content, ..group };
                inner.nodes.insert(0, length);
            }
            self.nodes[index] = group;
            self.nodes.splice(index + 1..index + 1, inner.nodes.drain(..));
        }
        self.spare = inner.nodes;
        result
    }

    fn push(&mut self, span: Span, content: Content) {
        if self.open.is_empty() {
            self.section = match span.within {
                "frame" => Section::Frame,
                "middle" => Section::Middle,
                "data" => Section::Data,
                _ => Section::Front,
            };
        }
        let Span { name, at, len, .. } = span;
        let depth = self.open.len() as u16;
        let (section, field, is_about) = (self.section, None, false);
        self.nodes.push(Node { name, depth, section, at, len, content, field, is_about });
    }
}

impl Sink for Tree {
    fn field(&mut self, span: Span, value: Value<'_>) {
        let content = match value {
            Value::Uint(n) => Content::Value(Value::Uint(n)),
            Value::Int(n) => Content::Value(Value::Int(n)),
            Value::Named(n, name) => Content::Value(Value::Named(n, name)),
            Value::Ino(ino) => Content::Value(Value::Ino(ino)),
            Value::Caps(caps) => Content::Value(Value::Caps(caps)),
            Value::Snap(snap) => Content::Value(Value::Snap(snap)),
            Value::Time(time) => Content::Value(Value::Time(time)),
            Value::Socket(socket) => Content::Value(Value::Socket(socket)),
            Value::Text(text) => Content::Text(text.len()),
            Value::Bytes(bytes) => Content::Bytes(bytes.len()),
            // A kind of value that is not known here is at least bytes.
            _ => Content::Bytes(span.len),
        };
        self.push(span, content);
    }

    fn open(&mut self, span: Span) {
        self.push(span, Content::Group);
        self.open.push(self.nodes.len() - 1);
    }

    fn close(&mut self, end: usize) {
        if let Some(node) = self.open.pop().and_then(|index| self.nodes.get_mut(index)) {
            node.len = end.saturating_sub(node.at);
        }
    }
}
