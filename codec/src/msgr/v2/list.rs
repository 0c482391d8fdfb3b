//! A list of numbers on the wire.

use core::fmt;

use crate::wire::{BYTES, Field, Fixed, Put, Shape, Sink, Span, Step, Value, Wire, take};

/// u32 values behind a u32 that counts them.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Numbers<'a>(&'a [u8]);

impl<'a> Numbers<'a> {
    /// The list in these bytes, 4 for each number, little-endian; what is over is left out.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Numbers(&bytes[..bytes.len() / 4 * 4])
    }

    /// The numbers in their order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.0.chunks_exact(4).map(u32::read)
    }
}

impl fmt::Debug for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> Field<'a> for Numbers<'a> {
    const SHAPE: &'static Shape = BYTES;

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        let (_, count) = u32::decode(input, name, &mut crate::NoSink)?;
        // A fault speaks of the whole field: it is there or it is not.
        let (rest, whole) = take(input, name, 4 + u64::from(count) * 4)?;
        let list = &whole.bytes[4..];
        if S::ON {
            let span = Span { name, within: input.within, at: input.at, len: whole.bytes.len() };
            sink.field(span, Value::Bytes(list));
        }
        Ok((rest, Numbers(list)))
    }

    fn encode(&self, out: &mut impl Put) {
        ((self.0.len() / 4) as u32).encode(out);
        out.put(self.0);
    }
}
