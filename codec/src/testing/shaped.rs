//! A sink that checks that what is told is in the table of messages. The tests beside the crate use it too.

use super::Vec;
use super::codec::message::{Message, MessageType};
use super::codec::{Row, Sink, Span, Value};

/// Goes down the rows of a message's layout, along with the spans.
#[derive(Debug)]
pub(crate) struct Shaped {
    /// For everything open the rows that it can be, the message first.
    open: Vec<Vec<&'static Row>>,
    /// The names of what is open.
    path: Vec<&'static str>,
    /// The paths that were told.
    pub(crate) told: Vec<Vec<&'static str>>,
}

impl Shaped {
    /// For a message of this type; `None` if it is not decoded.
    pub(crate) fn of(kind: MessageType) -> Option<Self> {
        let layout = Message::TABLE.iter().find(|message| message.kind == kind)?.layout;
        let open = Vec::from([layout.iter().collect()]);
        Some(Shaped { open, path: Vec::new(), told: Vec::new() })
    }

    /// For a part of it that is decoded apart, as the trace of a reply.
    pub(crate) fn part(kind: MessageType, name: &'static str) -> Option<Self> {
        let mut whole = Self::of(kind)?;
        let rows = whole.rows(name);
        whole.open = Vec::from([rows.iter().flat_map(|row| row.shape.parts()).collect()]);
        whole.path.push(name);
        Some(whole)
    }

    fn rows(&self, name: &str) -> Vec<&'static Row> {
        let rows = self.open.last().into_iter().flatten().copied();
        rows.filter(|row| row.name == name).collect()
    }
}

impl Sink for Shaped {
    fn field(&mut self, span: Span, value: Value<'_>) {
        let rows = self.rows(span.name);
        let fits = rows.iter().flat_map(|row| row.shape.kinds()).any(|kind| kind.is_of(&value));
        assert!(fits, "{span:?}: no row for {value:?} among {rows:?} of {:?}", self.path);
        self.told.push(self.path.iter().copied().chain([span.name]).collect());
    }

    fn open(&mut self, span: Span) {
        let rows = self.rows(span.name);
        let parts: Vec<_> = rows.iter().flat_map(|row| row.shape.parts()).collect();
        assert!(!parts.is_empty(), "{span:?}: no group of that name in {:?}", self.path);
        self.path.push(span.name);
        self.told.push(self.path.clone());
        self.open.push(parts);
    }

    fn close(&mut self, _: usize) {
        self.open.pop();
        self.path.pop();
    }
}
