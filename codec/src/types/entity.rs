//! Who speaks: the kind of daemon or client, and its number.

use core::fmt;

use super::named_number;
use crate::wire::{Fixed, Shape, Sink, Span, Value, rows};

named_number! {
    /// Kind of a Ceph entity. Source: `CEPH_ENTITY_TYPE_*` in `src/include/msgr.h`.
    pub struct EntityType(u8) {
        1 MON "mon",
        2 MDS "mds",
        4 OSD "osd",
        8 CLIENT "client",
        16 MGR "mgr",
        32 AUTH "auth",
    }
}

/// An entity's kind and number, 9 bytes: u8 kind, s64 number.
///
/// The number is the rank for an MDS and the global id for a client; negative while it has none.
/// Source: `entity_name_t` in `src/msg/msg_types.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct EntityName {
    /// Its kind.
    pub kind: EntityType,
    /// Rank or global id.
    pub number: i64,
}

impl Fixed for EntityName {
    const SIZE: usize = 9;
    const SHAPE: &'static Shape = &Shape::Group(&[rows! {[
        /// what it is
        kind: EntityType,
        /// rank or global id; negative for none
        number: i64,
    ]}]);

    #[inline(always)]
    fn read(bytes: &[u8]) -> Self {
        match bytes.first_chunk::<9>() {
            Some(b) => EntityName { kind: EntityType(b[0]), number: i64::read(&b[1..]) },
            None => Self::default(),
        }
    }

    #[inline(always)]
    fn write(&self, bytes: &mut [u8]) {
        if let Some(b) = bytes.first_chunk_mut::<9>() {
            b[0] = self.kind.0;
            self.number.write(&mut b[1..]);
        }
    }

    fn show<S: Sink>(&self, span: Span, sink: &mut S) {
        sink.open(span);
        self.kind.show(Span { name: "kind", len: 1, ..span }, sink);
        sink.field(
            Span { name: "number", at: span.at + 1, len: 8, ..span },
            Value::Int(self.number),
        );
        sink.close(span.at + 9);
    }
}

impl fmt::Display for EntityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            n if n < 0 => write!(f, "{}.?", self.kind),
            n => write!(f, "{}.{n}", self.kind),
        }
    }
}
