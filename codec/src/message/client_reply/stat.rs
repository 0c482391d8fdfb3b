//! What a reply says of an inode, a directory, a lease comes in one of two encodings.

use core::ops::Deref;

use crate::message::{NotInVersion, show_bytes};
use crate::wire::Field;
use crate::wire::{Count, ENVELOPE, Put, REST, Row, Shape, Sink, Step, Wire, group, take};

/// How a session's replies encode their parts; no reply says which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Encoding {
    /// Each part in an envelope: to a client that announced CephFS feature 9 in its MClientSession.
    Wrapped,
    /// As they are: to every other client.
    Bare(Bare),
}

/// Which optional fields bare parts have: those whose feature the client's messenger announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::struct_excessive_bools, reason = "each is a feature bit of its own")]
pub struct Bare {
    /// Feature bit 7.
    pub dir_layout: bool,
    /// Feature bit 40.
    pub inline_data: bool,
    /// Feature bit 47.
    pub quota: bool,
    /// Feature bit 58.
    pub pool_ns: bool,
    /// Feature bit 59.
    pub btime: bool,
}

impl Bare {
    /// What a peer gets that announced these messenger features.
    #[must_use]
    pub const fn of_features(features: u64) -> Self {
        Bare {
            dir_layout: features >> 7 & 1 != 0,
            inline_data: features >> 40 & 1 != 0,
            quota: features >> 47 & 1 != 0,
            pool_ns: features >> 58 & 1 != 0,
            btime: features >> 59 & 1 != 0,
        }
    }
}

const ALL: Bare =
    Bare { dir_layout: true, inline_data: true, quota: true, pool_ns: true, btime: true };

impl Encoding {
    /// The encodings that clients are known to get, the likely ones first.
    pub const KNOWN: [Encoding; 9] = [
        Encoding::Wrapped,
        Encoding::Bare(ALL),
        Encoding::Bare(Bare { btime: false, ..ALL }),
        Encoding::Bare(Bare { btime: false, pool_ns: false, ..ALL }),
        Encoding::Bare(Bare { btime: false, pool_ns: false, quota: false, ..ALL }),
        Encoding::Bare(Bare { dir_layout: true, ..Bare::of_features(0) }),
        // Linux announced the later features before it knew quotas.
        Encoding::Bare(Bare { quota: false, btime: false, ..ALL }),
        Encoding::Bare(Bare { quota: false, ..ALL }),
        Encoding::Bare(Bare::of_features(0)),
    ];
}

/// How one part was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Form {
    /// In an envelope.
    Wrapped {
        /// Version of the encoding inside.
        version: u8,
        /// The oldest version whose decoder can read it.
        compat: u8,
    },
    /// As it is.
    Bare(Bare),
}

/// Which fields a form has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatGate {
    pub(crate) version: u16,
    pub(crate) dir_layout: bool,
    pub(crate) inline_data: bool,
    pub(crate) quota: bool,
    pub(crate) pool_ns: bool,
    pub(crate) btime: bool,
}

impl From<Form> for StatGate {
    fn from(form: Form) -> Self {
        let (version, bare) = match form {
            Form::Wrapped { version, .. } => (u16::from(version), ALL),
            Form::Bare(bare) => (0, bare),
        };
        let Bare { dir_layout, inline_data, quota, pool_ns, btime } = bare;
        StatGate { version, dir_layout, inline_data, quota, pool_ns, btime }
    }
}

/// What can stand in a [`Stat`].
pub(crate) trait Part<'a>: Sized {
    /// The rows of all fields.
    const ROWS: &'static [Row];

    /// Reads the fields that this form has.
    fn decode<S: Sink>(form: Form, input: Wire<'a>, sink: &mut S) -> Step<'a, Self>;

    /// Writes them.
    fn put(&self, out: &mut impl Put);

    /// Whether these are the fields of that form.
    fn fits(&self, form: Form) -> bool;
}

/// A part of a reply in the form in which it came. It dereferences to the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Stat<'a, T> {
    form: Form,
    part: T,
    rest: &'a [u8],
}

impl<T> Deref for Stat<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.part
    }
}

// decode

#[allow(private_bounds, reason = "how a part is read is this crate's own business")]
impl<'a, T: Part<'a>> Stat<'a, T> {
    /// What a part reports, in either form.
    pub(super) const SHAPE: &'static Shape = &Shape::Group(&[ENVELOPE, T::ROWS, REST]);

    pub(super) fn decode<S: Sink>(
        encoding: Encoding,
        input: Wire<'a>,
        name: &'static str,
        sink: &mut S,
    ) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| match encoding {
            Encoding::Wrapped => Self::wrapped(input, name, sink),
            Encoding::Bare(bare) => {
                let form = Form::Bare(bare);
                let (rest, part) = T::decode(form, input, sink)?;
                Ok((rest, Stat { form, part, rest: &[] }))
            }
        })
    }

    fn wrapped<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        let (inside, version) = u8::decode(input, "version", sink)?;
        let (inside, compat) = u8::decode(inside, "compat", sink)?;
        let (inside, len) = u32::decode(inside, "length", sink)?;
        let (after, inside) = take(inside, name, u64::from(len))?;
        let form = Form::Wrapped { version, compat };
        let (rest, part) = T::decode(form, inside.named(name), sink)?;
        show_bytes(rest, "rest", sink);
        Ok((after, Stat { form, part, rest: rest.bytes }))
    }

    // encode

    pub(super) fn put(&self, out: &mut impl Put) {
        if let Form::Wrapped { version, compat } = self.form {
            let mut inside = Count::default();
            self.part.put(&mut inside);
            let len = u32::try_from(inside.0 + self.rest.len()).unwrap_or(u32::MAX);
            out.put(&[version, compat]);
            out.put(&len.to_le_bytes());
        }
        self.part.put(out);
        out.put(self.rest);
    }

    /// Bytes of the part, envelope included.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let mut count = Count::default();
        self.put(&mut count);
        count.0
    }

    // build and read

    /// A part in this form; `None` if these are not the fields that the form has.
    #[must_use]
    pub fn new(form: Form, part: T) -> Option<Self> {
        part.fits(form).then_some(Stat { form, part, rest: &[] })
    }

    /// How it was encoded.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// What a newer version wrote behind the fields known here; a bare part has nothing there.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](Stat::rest); refused for a bare part.
    pub fn set_rest(&mut self, rest: &'a [u8]) -> Result<(), NotInVersion> {
        match self.form {
            Form::Wrapped { .. } => self.rest = rest,
            Form::Bare(_) => return Err(NotInVersion { field: "rest", version: 0 }),
        }
        Ok(())
    }
}
