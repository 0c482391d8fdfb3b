//! Blobs that have something encoded in them, which is read where it can be.

use nom::Err;

use super::{Field, LENGTH, NoSink, Put, REST, Row, Shape, Sink, Step, Wire, group, take};
use crate::message::show_bytes;
use crate::wire::Count;
use crate::{Fault, FaultKind};

/// A u32 length and as many bytes, in which a `T` is encoded, and maybe more behind it.
///
/// For what daemons say to each other and no version guards: bytes of another form are kept and are no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Encoded<'a, T> {
    content: Option<T>,
    rest: &'a [u8],
}

#[allow(private_bounds, reason = "how a field is read is this crate's own business")]
impl<'a, T: Field<'a>> Encoded<'a, T> {
    /// A blob of this content and nothing behind it.
    #[must_use]
    pub fn new(content: T) -> Self {
        Encoded { content: Some(content), rest: &[] }
    }

    /// What these bytes hold.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Self {
        Self::inside(Wire::new(bytes, "encoded"), &mut NoSink)
    }

    /// What is in it; `None` where it is of a form that is not known.
    #[must_use]
    pub fn content(&self) -> Option<&T> {
        self.content.as_ref()
    }

    /// What stands behind the content; all bytes where the content is not known.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn inside<S: Sink>(inside: Wire<'a>, sink: &mut S) -> Self {
        // A sink must not be told of what turns out to be something else.
        let (rest, content) = match T::decode(inside, "content", &mut NoSink) {
            Ok((rest, content)) => (rest, Some(content)),
            Err(_) => (inside, None),
        };
        if S::ON {
            if content.is_some() {
                _ = T::decode(inside, "content", sink);
            }
            show_bytes(rest, "rest", sink);
        }
        Encoded { content, rest: rest.bytes }
    }

    /// The fault of a blob that misses some of its `len` bytes.
    #[cold]
    fn cut<S: Sink>(input: Wire<'a>, len: u32, sink: &mut S) -> Fault {
        let short = |name, rest: Wire<'_>| {
            let needed = u64::from(len) - (rest.at - input.at) as u64;
            Fault::short(name, rest.at, rest.within, needed, rest.bytes.len())
        };
        match T::decode(input, "content", &mut NoSink) {
            // Bytes of another form, as it seems.
            Err(Err::Error(fault)) if !matches!(fault.kind, FaultKind::Short { .. }) => {
                return short("content", input);
            }
            _ => {}
        }
        match T::decode(input, "content", sink) {
            Ok((rest, _)) => short("rest", rest),
            Err(Err::Error(fault) | Err::Failure(fault)) => fault,
            Err(Err::Incomplete(_)) => short("content", input),
        }
    }
}

impl<'a, T: Field<'a>> Default for Encoded<'a, T> {
    /// No bytes.
    fn default() -> Self {
        Self::read(&[])
    }
}

impl<'a, T: Field<'a>> Field<'a> for Encoded<'a, T> {
    const SHAPE: &'static Shape = &Shape::Group(&[
        LENGTH,
        &[Row::part("content", "content", T::SHAPE, "what is in it, where its form is known")],
        REST,
    ]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| {
            let (input, len) = u32::decode(input, "length", sink)?;
            match take(input, name, u64::from(len)) {
                Ok((after, inside)) => Ok((after, Self::inside(inside.named(name), sink))),
                Err(_) => Err(Err::Error(Self::cut(input, len, sink))),
            }
        })
    }

    fn encode(&self, out: &mut impl Put) {
        let mut count = Count::default();
        if let Some(content) = &self.content {
            content.encode(&mut count);
        }
        u32::try_from(count.0 + self.rest.len()).unwrap_or(u32::MAX).encode(out);
        if let Some(content) = &self.content {
            content.encode(out);
        }
        out.put(self.rest);
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::wire::{List, finish};
    use std::string::ToString;
    use std::vec::Vec;

    type Numbers<'a> = Encoded<'a, List<'a, u16>>;

    fn decode(bytes: &[u8]) -> Result<Numbers<'_>, Fault> {
        finish(Numbers::decode(Wire::new(bytes, "front"), "blob", &mut NoSink)).map(|(_, b)| b)
    }

    fn bytes(blob: &Numbers<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        blob.encode(&mut bytes);
        bytes
    }

    #[test]
    fn content_and_what_is_behind_it_come_back() {
        let wire = b"\x09\0\0\0\x02\0\0\0\x07\0\x08\0x";
        let blob = decode(wire).unwrap();
        assert_eq!(blob.content().unwrap().iter().collect::<Vec<_>>(), [7, 8]);
        assert_eq!(blob.rest(), b"x");
        assert_eq!(bytes(&blob), wire);
        let mut buffer = [0; 4];
        let built = Numbers::new(List::write([7, 8], &mut buffer).unwrap());
        assert_eq!(decode(&bytes(&built)), Ok(built));
    }

    #[test]
    fn bytes_of_another_form_are_kept() {
        // Nine numbers are promised.
        let wire = b"\x06\0\0\0\x09\0\0\0\x07\0";
        let blob = decode(wire).unwrap();
        assert_eq!((blob.content(), blob.rest()), (None, &wire[4..]));
        assert_eq!(bytes(&blob), wire);
        assert_eq!(decode(&[0; 4]), Ok(Numbers::default()));
    }

    #[test]
    fn a_cut_is_a_fault_of_what_it_goes_through() {
        let wire = b"\x09\0\0\0\x02\0\0\0\x07\0\x08\0x";
        for (len, fault) in [
            (3, "length at byte 0 of front: needs 4 bytes, 3 are there"),
            (6, "content at byte 4 of front: needs 4 bytes, 2 are there"),
            (11, "item at byte 10 of front: needs 2 bytes, 1 are there"),
            (12, "rest at byte 12 of front: needs 1 bytes, 0 are there"),
        ] {
            assert_eq!(decode(&wire[..len]).unwrap_err().to_string(), fault);
        }
    }
}
