//! How layouts are written down once and read, written and shown from that one description.

mod encoded;
mod envelope;
mod field;
mod input;
mod layout;
mod list;
mod put;
mod sequence;
mod shape;
mod sink;

pub use encoded::Encoded;
pub use envelope::Envelope;
pub(crate) use envelope::{Enveloped, bounded, enveloped};
pub(crate) use field::{Field, Fixed, Step, finish};
pub(crate) use input::{Wire, take, take_behind};
pub use layout::Row;
pub(crate) use layout::{gated, reaches, record};
pub(crate) use list::group;
pub use list::{Entry, List, Text, Versioned};
pub(crate) use put::{Count, Put};
pub use put::{Full, SliceWriter};
pub(crate) use sequence::sequence;
pub(crate) use shape::{BYTES, COUNT, ENVELOPE, LENGTH, REST, count, join, rows};
pub use shape::{Kind, Shape};
pub use sink::{NoSink, Sink, Span, Value};
