//! A sink that keeps what it is told and checks that it adds up.

use ceph_codec::{Sink, Span, Value};

use super::Leaves;

/// What one span was, with the spans inside it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    /// Text of the value; `None` for a span that was opened.
    pub(crate) value: Option<String>,
    pub(crate) parts: Vec<Node>,
}

/// Builds the tree of spans.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) done: Vec<Node>,
    open: Vec<Node>,
}

impl Recorder {
    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(outer) => outer.parts.push(node),
            None => self.done.push(node),
        }
    }

    /// The spans of one section. Everything opened must be closed by now.
    pub(crate) fn section(&self, within: &str) -> Vec<&Node> {
        assert_eq!(self.open, [], "opened and not closed");
        self.done.iter().filter(|node| node.span.within == within).collect()
    }

    /// The leaves of the front, which must lie one behind the other, name by name as `expected`, from the
    /// first byte up to `end`.
    pub(crate) fn assert_leaves(&self, expected: &Leaves, end: usize) {
        let mut found = Vec::new();
        for node in self.section("front") {
            node.leaves(&mut found);
        }
        let expected: Vec<_> = expected
            .placed()
            .filter(|(at, leaf)| at + leaf.bytes.len() <= end)
            .map(|(at, leaf)| (leaf.name, at, leaf.bytes.len()))
            .collect();
        let found: Vec<_> = found.iter().map(|span| (span.name, span.at, span.len)).collect();
        assert_eq!(found, expected);
        assert_eq!(found.last().map_or(0, |(_, at, len)| at + len), end, "bytes nobody reported");
    }
}

impl Node {
    pub(crate) fn leaves(&self, to: &mut Vec<Span>) {
        match self.value {
            Some(_) => to.push(self.span),
            None => self.parts.iter().for_each(|part| part.leaves(to)),
        }
        let mut at = self.span.at;
        for part in &self.parts {
            assert_eq!(
                part.span.at, at,
                "{} leaves a hole before {}",
                self.span.name, part.span.name
            );
            at += part.span.len;
        }
    }
}

impl Sink for Recorder {
    fn field(&mut self, span: Span, value: Value<'_>) {
        self.add(Node { span, value: Some(format!("{value:?}")), parts: Vec::new() });
    }

    fn open(&mut self, span: Span) {
        self.open.push(Node { span, value: None, parts: Vec::new() });
    }

    fn close(&mut self, end: usize) {
        let mut node = self.open.pop().expect("closed and not opened");
        let len = end - node.span.at;
        assert!(node.span.len == 0 || len <= node.span.len, "{node:?} closed at {end}");
        node.span.len = len;
        self.add(node);
    }
}
