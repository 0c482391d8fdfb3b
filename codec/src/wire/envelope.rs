//! Versioned envelopes whose content is read.

use nom::Err;

use super::{ENVELOPE, Field, Fixed, Put, REST, Row, Shape, Sink, Step, Wire, group, take};
use crate::Fault;
use crate::message::{NotInVersion, show_bytes};
use crate::wire::Count;

/// The `len` bytes behind a length that `name` has: `parts` reads what it knows, the rest is kept.
///
/// Where fewer bytes are there, the fault is that of the first part that is not whole.
pub(crate) fn bounded<'a, T, S: Sink>(
    input: Wire<'a>,
    name: &'static str,
    len: u32,
    sink: &mut S,
    parts: impl FnOnce(Wire<'a>, &mut S) -> Step<'a, T>,
) -> Step<'a, (T, &'a [u8])> {
    match take(input, name, u64::from(len)) {
        Ok((after, inside)) => {
            let (rest, value) = parts(inside.named(name), sink)?;
            show_bytes(rest, "rest", sink);
            Ok((after, (value, rest.bytes)))
        }
        Err(_) => {
            let (rest, _) = parts(input, sink)?;
            let needed = u64::from(len) - (rest.at - input.at) as u64;
            let available = rest.bytes.len();
            Err(Err::Error(Fault::short("rest", rest.at, rest.within, needed, available)))
        }
    }
}

/// What can be in an [`Envelope`]; see [`enveloped!`].
pub(crate) trait Enveloped<'a>: Sized {
    /// Versions below have no length; only then does the oldest compatible version, where it exists, have
    /// another meaning.
    const FRAMED_SINCE: u8;
    /// Bytes in front of the fields where there is no length.
    const BARE: usize;
    /// Older versions are not read.
    const OLDEST: u8 = 0;
    /// The rows of all fields.
    const ROWS: &'static [Row];

    fn of_version(version: u8) -> Self;
    fn decode_fields<S: Sink>(version: u8, input: Wire<'a>, sink: &mut S) -> Step<'a, Self>;
    fn encode_fields(&self, out: &mut impl Put);
}

/// Says that what `gated!` made, by the envelope's version, can be in one: `enveloped!(Name)`. With
/// `enveloped!(Name, framed since 4, else 1)` versions below 4 are one byte, the version, and then the fields.
macro_rules! enveloped {
    ($Name:ident) => {
        $crate::wire::enveloped!($Name, framed since 0, else 0);
    };
    ($Name:ident, framed since $since:literal, else $bare:literal) => {
        impl<'a> $crate::wire::Enveloped<'a> for $Name<'a> {
            const FRAMED_SINCE: u8 = $since;
            const BARE: usize = $bare;
            const ROWS: &'static [$crate::wire::Row] = Self::LAYOUT;

            fn of_version(version: u8) -> Self {
                let version = u16::from(version);
                Self::new($crate::message::Gate { version, ..Default::default() })
            }

            fn decode_fields<S: $crate::wire::Sink>(
                version: u8,
                input: $crate::wire::Wire<'a>,
                sink: &mut S,
            ) -> $crate::wire::Step<'a, Self> {
                let version = u16::from(version);
                Self::decode($crate::message::Gate { version, ..Default::default() }, input, sink)
            }

            fn encode_fields(&self, out: &mut impl $crate::wire::Put) {
                self.encode(out);
            }
        }
    };
}
pub(crate) use enveloped;

/// Before there were envelopes a version could have two bytes.
const VERSION_HIGH: &[Row] = &[Row::part(
    "version_high",
    "u8",
    <u8 as Fixed>::SHAPE,
    "without an envelope: the version's second byte",
)];

/// Ceph's versioned envelope around known fields: u8 version, u8 oldest compatible version, u32 length, then
/// that many bytes: the fields, and what newer writers appended.
///
/// Some types were there before the envelope: their oldest versions have the version alone in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Envelope<'a, T> {
    version: u8,
    compat: u8,
    fields: T,
    rest: &'a [u8],
}

#[allow(private_bounds, reason = "how a field is read is this crate's own business")]
impl<'a, T: Enveloped<'a>> Envelope<'a, T> {
    /// One of `version`, which decoders from version `compat` on can read; all fields at their defaults.
    ///
    /// A version older than those that are read becomes the oldest of them.
    #[must_use]
    pub fn new(version: u8, compat: u8) -> Self {
        let version = version.max(T::OLDEST);
        let compat = if version < T::FRAMED_SINCE { 0 } else { compat };
        Envelope { version, compat, fields: T::of_version(version), rest: &[] }
    }

    /// Version of the encoding inside.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The oldest version whose decoder can read it.
    #[must_use]
    pub fn compat(&self) -> u8 {
        self.compat
    }

    /// What is inside.
    #[must_use]
    pub fn fields(&self) -> &T {
        &self.fields
    }

    /// The same, to set it.
    pub fn fields_mut(&mut self) -> &mut T {
        &mut self.fields
    }

    /// What a newer version wrote behind the fields known here.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](Envelope::rest); refused where the version is from before the envelope.
    pub fn set_rest(&mut self, rest: &'a [u8]) -> Result<(), NotInVersion> {
        if self.version < T::FRAMED_SINCE {
            return Err(NotInVersion { field: "rest", version: u16::from(self.version) });
        }
        self.rest = rest;
        Ok(())
    }
}

impl<'a, T: Enveloped<'a>> Default for Envelope<'a, T> {
    /// Version 1, or the oldest that is read, with all fields at their defaults.
    fn default() -> Self {
        Self::new(1, 1)
    }
}

impl<'a, T: Enveloped<'a>> Field<'a> for Envelope<'a, T> {
    const SHAPE: &'static Shape = match T::BARE {
        2.. => &Shape::Group(&[VERSION_HIGH, ENVELOPE, T::ROWS, REST]),
        _ => &Shape::Group(&[ENVELOPE, T::ROWS, REST]),
    };

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| {
            let (mut input, version) = u8::decode(input, "version", sink)?;
            let mut compat = 0;
            if version < T::FRAMED_SINCE {
                if T::BARE > 1 {
                    (input, compat) = u8::decode(input, "version_high", sink)?;
                }
                let (after, fields) = T::decode_fields(version, input, sink)?;
                return Ok((after, Envelope { version, compat, fields, rest: &[] }));
            }
            (input, compat) = u8::decode(input, "compat", sink)?;
            let (input, len) = u32::decode(input, "length", sink)?;
            let (after, (fields, rest)) = bounded(input, name, len, sink, |inside, sink| {
                T::decode_fields(version, inside, sink)
            })?;
            Ok((after, Envelope { version, compat, fields, rest }))
        })
    }

    fn encode(&self, out: &mut impl Put) {
        self.version.encode(out);
        if self.version < T::FRAMED_SINCE {
            if T::BARE > 1 {
                self.compat.encode(out);
            }
            return self.fields.encode_fields(out);
        }
        self.compat.encode(out);
        let mut count = Count::default();
        self.fields.encode_fields(&mut count);
        u32::try_from(count.0 + self.rest.len()).unwrap_or(u32::MAX).encode(out);
        self.fields.encode_fields(out);
        out.put(self.rest);
    }
}
