//! Repeated and self-delimiting fields, read without copying.

use core::fmt;
use core::marker::PhantomData;

use super::{
    BYTES, COUNT, Field, Fixed, Full, Kind, NoSink, Put, Row, Shape, Sink, SliceWriter, Span, Step,
    Value, Wire, take, take_behind,
};

/// A u32 count and that many items. The items were checked when the list was decoded; iterating reads them
/// again from the message's bytes.
pub struct List<'a, T> {
    count: u32,
    bytes: &'a [u8],
    item: PhantomData<fn() -> T>,
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<'_, T> {}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        List { count: 0, bytes: &[], item: PhantomData }
    }
}

impl<T> PartialEq for List<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.bytes == other.bytes
    }
}

impl<T> Eq for List<'_, T> {}

impl<T> List<'_, T> {
    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[allow(private_bounds, reason = "how a field is read is this crate's own business")]
impl<'a, T: Field<'a>> List<'a, T> {
    /// The items, in wire order.
    pub fn iter(&self) -> impl Iterator<Item = T> + use<'a, T> {
        let mut rest = Wire::new(self.bytes, "list");
        (0..self.count).map_while(move |_| {
            let (next, item) = T::decode(rest, "item", &mut NoSink).ok()?;
            rest = next;
            Some(item)
        })
    }

    /// Encodes `items` into `buffer`, which the list then borrows; how to set a field that is a list.
    pub fn write(
        items: impl IntoIterator<Item = T>,
        buffer: &'a mut [u8],
    ) -> Result<List<'a, T>, Full> {
        let mut out = SliceWriter::new(&mut *buffer);
        let mut count = 0;
        for item in items {
            item.encode(&mut out);
            count += 1;
        }
        let len = out.finish()?;
        Ok(List { count, bytes: &buffer[..len], item: PhantomData })
    }
}

#[allow(private_bounds, reason = "how a field is read is this crate's own business")]
impl<'a, T: Field<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(feature = "serde")]
impl<'a, T: Field<'a> + serde::Serialize> serde::Serialize for List<'a, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[allow(private_bounds, reason = "how a field is read is this crate's own business")]
impl<'a, T: Field<'a>> List<'a, T> {
    /// The row of the items.
    const ITEM: &'static [Row] = &[Row::part("item", "item", T::SHAPE, "each of them")];

    /// What a list reports whose count stands elsewhere.
    pub(crate) const ITEMS: &'static Shape = &Shape::Group(&[Self::ITEM]);

    /// Reads `count` items; the count stands elsewhere.
    pub(crate) fn items<S: Sink>(count: u32, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let mut rest = input;
        // Every item takes at least a byte, so a count that is too large ends at the message's end.
        for _ in 0..count {
            (rest, _) = T::decode(rest, "item", sink)?;
        }
        let bytes = &input.bytes[..rest.at - input.at];
        Ok((rest, List { count, bytes, item: PhantomData }))
    }

    /// Reads items up to the last byte.
    pub(crate) fn to_end<S: Sink>(input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (mut rest, mut count) = (input, 0);
        while !rest.bytes.is_empty() {
            (rest, _) = T::decode(rest, "item", sink)?;
            count += 1;
        }
        Ok((rest, List { count, bytes: input.bytes, item: PhantomData }))
    }

    /// Writes the items without their count.
    pub(crate) fn encode_items(&self, out: &mut impl Put) {
        out.put(self.bytes);
    }
}

impl<'a, T: Field<'a>> Field<'a> for List<'a, T> {
    const SHAPE: &'static Shape = &Shape::Group(&[COUNT, Self::ITEM]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        let (items, count) = u32::decode(input, name, &mut NoSink)?;
        group(input, name, sink, |_, sink| {
            let span = Span { name: "count", within: input.within, at: input.at, len: 4 };
            sink.field(span, Value::Uint(u64::from(count)));
            Self::items(count, items, sink)
        })
    }

    fn encode(&self, out: &mut impl Put) {
        out.put(&self.count.to_le_bytes());
        out.put(self.bytes);
    }
}

/// Parts of the span `name`, which is closed whether or not they could be read.
#[inline]
pub(crate) fn group<'a, T, S: Sink>(
    input: Wire<'a>,
    name: &'static str,
    sink: &mut S,
    parts: impl FnOnce(Wire<'a>, &mut S) -> Step<'a, T>,
) -> Step<'a, T> {
    sink.open(Span { name, within: input.within, at: input.at, len: 0 });
    let step = parts(input, sink);
    sink.close(match &step {
        Ok((rest, _)) => rest.at,
        Err(_) => input.at + input.bytes.len(),
    });
    step
}

/// A key and its value in a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Entry<K, V> {
    /// The key.
    pub key: K,
    /// The value.
    pub value: V,
}

impl<'a, K: Field<'a>, V: Field<'a>> Field<'a> for Entry<K, V> {
    const SHAPE: &'static Shape = &Shape::Group(&[&[
        Row::part("key", "key", K::SHAPE, "the key"),
        Row::part("value", "value", V::SHAPE, "its value"),
    ]]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| {
            let (rest, key) = K::decode(input, "key", sink)?;
            let (rest, value) = V::decode(rest, "value", sink)?;
            Ok((rest, Entry { key, value }))
        })
    }

    fn encode(&self, out: &mut impl Put) {
        self.key.encode(out);
        self.value.encode(out);
    }
}

/// Text behind a u32 length; UTF-8 by custom, not by guarantee.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Text<'a>(pub &'a [u8]);

impl fmt::Display for Text<'_> {
    /// Control characters and what is not UTF-8 come escaped: text in a capture is anybody's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c.is_control() {
                    true => write!(f, "{}", c.escape_default())?,
                    false => write!(f, "{c}")?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Text<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'a> Field<'a> for Text<'a> {
    const SHAPE: &'static Shape = &Shape::Leaf(Kind::Text);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        let (rest, bytes) = <&[u8]>::decode(input, name, &mut NoSink)?;
        if S::ON {
            let span = Span { name, within: input.within, at: input.at, len: rest.at - input.at };
            sink.field(span, Value::Text(bytes));
        }
        Ok((rest, Text(bytes)))
    }

    fn encode(&self, out: &mut impl Put) {
        self.0.encode(out);
    }
}

/// Ceph's versioned envelope: u8 version, u8 oldest compatible version, u32 length, then that many bytes.
///
/// The bytes stay encoded here; newer writers append to them, so whoever reads them stops where its
/// knowledge ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Versioned<'a> {
    /// Version of the encoding inside.
    pub version: u8,
    /// The oldest version whose decoder can read it.
    pub compat: u8,
    /// What is inside.
    pub bytes: &'a [u8],
}

impl<'a> Field<'a> for Versioned<'a> {
    const SHAPE: &'static Shape = BYTES;

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        let (_, head) = take(input, name, 6)?;
        let [version, compat] = u16::read(head.bytes).to_le_bytes();
        let (rest, bytes) = take_behind(input, name, 6, u32::read(&head.bytes[2..]))?;
        if S::ON {
            let span = Span { name, within: input.within, at: input.at, len: rest.at - input.at };
            sink.field(span, Value::Bytes(bytes));
        }
        Ok((rest, Versioned { version, compat, bytes }))
    }

    fn encode(&self, out: &mut impl Put) {
        out.put(&[self.version, self.compat]);
        self.bytes.encode(out);
    }
}
