//! What a type must know to stand in a layout.

use nom::{Err, IResult};

use super::{BYTES, Kind, NoSink, Put, Shape, Sink, Span, Value, Wire, take, take_behind};
use crate::Fault;
use crate::types::Opaque;

/// The result of reading one field: what is left, and the value.
pub(crate) type Step<'a, T> = IResult<Wire<'a>, T, Fault>;

/// The value or the fault, without nom's wrapping.
#[inline]
pub(crate) fn finish<'a, T>(step: Step<'a, T>) -> Result<(Wire<'a>, T), Fault> {
    step.map_err(|e| match e {
        Err::Error(fault) | Err::Failure(fault) => fault,
        // Only streaming parsers ask for more; all ours are complete.
        Err::Incomplete(_) => Fault::short("message", 0, "message", 0, 0),
    })
}

/// A type whose encoding has the same number of bytes for every value. All integers are little-endian.
pub(crate) trait Fixed: Copy + Default {
    /// Bytes on the wire.
    const SIZE: usize;

    /// What [`show`](Fixed::show) reports.
    const SHAPE: &'static Shape;

    /// Reads the first `SIZE` bytes. The caller has checked that they are there.
    fn read(bytes: &[u8]) -> Self;

    /// Fills the first `SIZE` bytes.
    fn write(&self, bytes: &mut [u8]);

    /// Reports the value, or each part of it.
    fn show<S: Sink>(&self, span: Span, sink: &mut S);

    /// The bytes of the field `name`, checked and reported, but not read: whoever reads them later, straight
    /// into their place in the message, saves the copies on the way there.
    #[inline]
    fn bytes<'a, S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, &'a [u8]> {
        let span = Span { name, within: input.within, at: input.at, len: Self::SIZE };
        match take(input, name, Self::SIZE as u64) {
            Ok((rest, bytes)) => {
                if S::ON {
                    Self::read(bytes.bytes).show(span, sink);
                }
                Ok((rest, bytes.bytes))
            }
            Err(_) => Err(Err::Error(Self::cut(span, input.bytes, sink))),
        }
    }

    /// The fault of a value whose bytes end early. Reports the parts that are there.
    #[cold]
    fn cut<S: Sink>(span: Span, bytes: &[u8], _: &mut S) -> Fault {
        Fault::short(span.name, span.at, span.within, Self::SIZE as u64, bytes.len())
    }
}

/// A type that can be a field of a message.
pub(crate) trait Field<'a>: Sized {
    /// What [`decode`](Field::decode) reports.
    const SHAPE: &'static Shape;

    /// Reads the field `name` and reports it.
    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self>;

    /// Writes what [`decode`](Field::decode) reads.
    fn encode(&self, out: &mut impl Put);
}

impl<'a, T: Fixed> Field<'a> for T {
    const SHAPE: &'static Shape = <T as Fixed>::SHAPE;

    #[inline]
    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        let (rest, bytes) = T::bytes(input, name, sink)?;
        Ok((rest, T::read(bytes)))
    }

    #[inline]
    fn encode(&self, out: &mut impl Put) {
        if let Some(room) = out.room(T::SIZE) {
            self.write(room);
        }
    }
}

/// Bytes behind a u32 that counts them.
impl<'a> Field<'a> for &'a [u8] {
    const SHAPE: &'static Shape = BYTES;

    #[inline]
    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        let (_, len) = u32::decode(input, name, &mut NoSink)?;
        let (rest, bytes) = take_behind(input, name, 4, len)?;
        if S::ON {
            let span = Span { name, within: input.within, at: input.at, len: 4 + bytes.len() };
            sink.field(span, Value::Bytes(bytes));
        }
        Ok((rest, bytes))
    }

    #[inline]
    fn encode(&self, out: &mut impl Put) {
        // A slice that came off the wire had a u32 length; longer ones cannot be said in this protocol.
        let len = u32::try_from(self.len()).unwrap_or(u32::MAX);
        out.put(&len.to_le_bytes());
        out.put(&self[..len as usize]);
    }
}

macro_rules! integers {
    ($($int:ty => $value:ident as $wide:ty),+) => {$(
        impl Fixed for $int {
            const SIZE: usize = size_of::<$int>();
            const SHAPE: &'static Shape = &Shape::Leaf(Kind::$value);

            #[inline(always)]
            fn read(bytes: &[u8]) -> Self {
                bytes.first_chunk().map_or(0, |b| <$int>::from_le_bytes(*b))
            }

            #[inline(always)]
            fn write(&self, bytes: &mut [u8]) {
                if let Some(b) = bytes.first_chunk_mut() {
                    *b = self.to_le_bytes();
                }
            }

            #[inline]
            fn show<S: Sink>(&self, span: Span, sink: &mut S) {
                sink.field(span, Value::$value(<$wide>::from(*self)));
            }
        }
    )+};
}

integers!(u8 => Uint as u64, u16 => Uint as u64, u32 => Uint as u64, u64 => Uint as u64);
integers!(i32 => Int as i64, i64 => Int as i64);

/// Bytes of a fixed number without a meaning of their own.
impl<const N: usize> Fixed for Opaque<N> {
    const SIZE: usize = N;
    const SHAPE: &'static Shape = BYTES;

    #[inline(always)]
    fn read(bytes: &[u8]) -> Self {
        Opaque(bytes.first_chunk().copied().unwrap_or([0; N]))
    }

    #[inline(always)]
    fn write(&self, bytes: &mut [u8]) {
        if let Some(b) = bytes.first_chunk_mut() {
            *b = self.0;
        }
    }

    #[inline]
    fn show<S: Sink>(&self, span: Span, sink: &mut S) {
        sink.field(span, Value::Bytes(&self.0));
    }
}
