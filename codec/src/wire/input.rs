//! The parser's input: bytes that know where in the message they stand.

use core::iter::{Copied, Enumerate};
use core::slice::Iter;

use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult, Input, Needed};

use crate::Fault;

/// The bytes still to read, the absolute offset of the first one, and what set their end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wire<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    pub(crate) within: &'static str,
}

impl<'a> Wire<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], within: &'static str) -> Self {
        Wire { bytes, at: 0, within }
    }

    /// The same bytes, bounded by another name: a length field's owner.
    #[inline]
    pub(crate) fn named(self, within: &'static str) -> Self {
        Wire { within, ..self }
    }
}

impl<'a> Input for Wire<'a> {
    type Item = u8;
    type Iter = Copied<Iter<'a, u8>>;
    type IterIndices = Enumerate<Self::Iter>;

    #[inline]
    fn input_len(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    fn take(&self, index: usize) -> Self {
        Wire { bytes: &self.bytes[..index], ..*self }
    }

    #[inline]
    fn take_from(&self, index: usize) -> Self {
        Wire { bytes: &self.bytes[index..], at: self.at + index, ..*self }
    }

    #[inline]
    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    #[inline]
    fn position<P: Fn(u8) -> bool>(&self, predicate: P) -> Option<usize> {
        self.bytes.iter().position(|b| predicate(*b))
    }

    #[inline]
    fn iter_elements(&self) -> Self::Iter {
        self.bytes.iter().copied()
    }

    #[inline]
    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    #[inline]
    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        match self.bytes.len() {
            len if len >= count => Ok(count),
            len => Err(Needed::new(count - len)),
        }
    }
}

impl<'a> ParseError<Wire<'a>> for Fault {
    fn from_error_kind(input: Wire<'a>, _: ErrorKind) -> Self {
        Fault::short("", input.at, input.within, 0, input.bytes.len())
    }

    fn append(_: Wire<'a>, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// `count` bytes for the field `name`.
#[inline]
pub(crate) fn take<'a>(
    input: Wire<'a>,
    name: &'static str,
    count: u64,
) -> IResult<Wire<'a>, Wire<'a>, Fault> {
    // A u64 count of a peer may not fit a 32-bit machine's usize; no slice is that long anyway.
    let fits = usize::try_from(count).ok().filter(|n| *n <= input.bytes.len());
    match fits {
        Some(n) => nom::bytes::complete::take(n)(input),
        None => {
            Err(Err::Error(Fault::short(name, input.at, input.within, count, input.bytes.len())))
        }
    }
}

/// The `len` bytes behind the first `prefix` bytes of the field `name`, which said so. A fault speaks of the
/// whole field: it is there or it is not.
#[inline]
pub(crate) fn take_behind<'a>(
    input: Wire<'a>,
    name: &'static str,
    prefix: usize,
    len: u32,
) -> IResult<Wire<'a>, &'a [u8], Fault> {
    let (rest, whole) = take(input, name, prefix as u64 + u64::from(len))?;
    Ok((rest, &whole.bytes[prefix..]))
}
