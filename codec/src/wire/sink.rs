//! Who wants to see every field while a message is decoded.

use crate::types::{Caps, InodeNo, SnapId, Timespec};

/// Receives every field of a message in wire order, while the message is decoded.
///
/// When decoding stops at a [`Fault`](crate::Fault), everything before it has been reported: that is how a
/// damaged message is shown in part. Decoding with [`NoSink`] compiles to code that knows nothing of sinks.
pub trait Sink {
    /// Whether anybody looks. Decoders skip the work of describing when this is `false`.
    const ON: bool = true;

    /// A field and its value.
    fn field(&mut self, span: Span, value: Value<'_>);

    /// The following fields, up to the matching [`close`](Sink::close), are parts of `span`.
    ///
    /// `span.len` is 0 where the length is known only at the end.
    fn open(&mut self, span: Span);

    /// The end of what [`open`](Sink::open) began; `end` is the offset behind its last byte.
    fn close(&mut self, end: usize);
}

/// Where a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The field's name, as in the layout tables.
    pub name: &'static str,
    /// Section (`front`, `middle`, ...) or outer field that holds it.
    pub within: &'static str,
    /// Offset of its first byte in the section.
    pub at: usize,
    /// Its length in bytes, length prefix included.
    pub len: usize,
}

/// A field's value, with as much meaning as its type has.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// An unsigned number.
    Uint(u64),
    /// A signed number.
    Int(i64),
    /// A number that has names; `None` where this one is unknown.
    Named(u64, Option<&'static str>),
    /// An inode number.
    Ino(InodeNo),
    /// A set of capability bits.
    Caps(Caps),
    /// A snapshot id.
    Snap(SnapId),
    /// A moment.
    Time(Timespec),
    /// An IP address and port.
    Socket(core::net::SocketAddr),
    /// Bytes without a decoder of their own.
    Bytes(&'a [u8]),
    /// Text, UTF-8 by custom but not by guarantee.
    Text(&'a [u8]),
}

/// Nobody looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSink;

impl Sink for NoSink {
    const ON: bool = false;
    #[inline(always)]
    fn field(&mut self, _: Span, _: Value<'_>) {}
    #[inline(always)]
    fn open(&mut self, _: Span) {}
    #[inline(always)]
    fn close(&mut self, _: usize) {}
}
