//! The two shapes that a layout can have, each written down once.
//!
//! [`record!`] is for bytes at fixed offsets, [`gated!`] for fields that follow one another and depend on
//! the message's version. From the one list come the struct, decode, encode, the report to a
//! [`Sink`](super::Sink), the place of a fault, and the [`Row`]s that the documentation is tested against.

use super::Shape;

/// One line of a layout table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The field's name.
    pub name: &'static str,
    /// Offset in its record; `None` where it depends on what comes before.
    pub at: Option<usize>,
    /// Bytes; `None` where it depends on the value.
    pub len: Option<usize>,
    /// Its type's name.
    pub ty: &'static str,
    /// What it reports: a value, or parts.
    pub shape: &'static Shape,
    /// The header version that brought it; 0 for all versions.
    pub since: u16,
    /// What must be so besides, as in `import`; `None` where the version alone decides.
    pub only: Option<&'static str>,
    /// What it means.
    pub doc: &'static str,
}

impl Row {
    /// A field that every version has, behind others.
    pub(crate) const fn part(
        name: &'static str,
        ty: &'static str,
        shape: &'static Shape,
        doc: &'static str,
    ) -> Row {
        Row { name, at: None, len: None, ty, shape, since: 0, only: None, doc }
    }
}

/// Bytes at fixed offsets: `AT => name: Type`. The compiler checks that the offsets leave no hole.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $Name:ident: $size:literal {
            $( $(#[doc = $doc:literal])+ $at:literal => $vis:vis $field:ident: $Ty:ty, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct $Name { $( $(#[doc = $doc])+ $vis $field: $Ty, )+ }

        const _: () = {
            let mut end = 0;
            $(
                assert!(end == $at, "a field does not begin where the one before it ends");
                end += <$Ty as $crate::wire::Fixed>::SIZE;
            )+
            assert!(end == $size, "the fields do not add up to the record's size");
        };

        impl $Name {
            /// Bytes on the wire.
            pub const SIZE: usize = $size;

            /// The layout, a row for each field.
            pub const LAYOUT: &'static [$crate::wire::Row] = &[$( $crate::wire::Row {
                name: stringify!($field),
                at: Some($at),
                len: Some(<$Ty as $crate::wire::Fixed>::SIZE),
                ty: stringify!($Ty),
                shape: <$Ty as $crate::wire::Fixed>::SHAPE,
                since: 0,
                only: None,
                doc: concat!($($doc),+),
            } ),+];
        }

        impl $crate::wire::Fixed for $Name {
            const SIZE: usize = $size;
            const SHAPE: &'static $crate::wire::Shape =
                &$crate::wire::Shape::Group(&[Self::LAYOUT]);

            #[inline(always)]
            fn read(bytes: &[u8]) -> Self {
                // The caller checked the length once; every offset below is a constant within it.
                match bytes.first_chunk::<$size>() {
                    Some(b) => $Name {
                        $( $field: <$Ty as $crate::wire::Fixed>::read(
                            &b[$at..$at + <$Ty as $crate::wire::Fixed>::SIZE],
                        ), )+
                    },
                    None => Self::default(),
                }
            }

            #[inline(always)]
            fn write(&self, bytes: &mut [u8]) {
                if let Some(b) = bytes.first_chunk_mut::<$size>() {
                    $( <$Ty as $crate::wire::Fixed>::write(
                        &self.$field,
                        &mut b[$at..$at + <$Ty as $crate::wire::Fixed>::SIZE],
                    ); )+
                }
            }

            fn show<S: $crate::wire::Sink>(&self, span: $crate::wire::Span, sink: &mut S) {
                sink.open(span);
                $( self.$field.show($crate::wire::Span {
                    name: stringify!($field),
                    within: span.within,
                    at: span.at + $at,
                    len: <$Ty as $crate::wire::Fixed>::SIZE,
                }, sink); )+
                sink.close(span.at + $size);
            }

            #[cold]
            fn cut<S: $crate::wire::Sink>(
                span: $crate::wire::Span,
                bytes: &[u8],
                sink: &mut S,
            ) -> $crate::Fault {
                sink.open(span);
                $(
                    let part = $crate::wire::Span {
                        name: stringify!($field),
                        within: span.within,
                        at: span.at + $at,
                        len: <$Ty as $crate::wire::Fixed>::SIZE,
                    };
                    match bytes.get($at..$at + part.len) {
                        Some(b) => <$Ty as $crate::wire::Fixed>::read(b).show(part, sink),
                        None => {
                            let left = bytes.get($at..).unwrap_or(&[]);
                            let fault = <$Ty as $crate::wire::Fixed>::cut(part, left, sink);
                            sink.close(span.at + bytes.len());
                            return fault;
                        }
                    }
                )+
                $crate::Fault::short(span.name, span.at, span.within, $size, bytes.len())
            }
        }
    };
}
pub(crate) use record;

/// Fields in wire order, each `since VERSION [if CONDITION] => getter / setter: Type`.
///
/// `CONDITION` is a `bool` of [`Gate`](crate::message::Gate), or of the type named behind `by`, which has a
/// `version` too. The fields are private: a getter answers `None` for a field that this version does not
/// have, a setter refuses it, so that no value can be written down which would not survive its own encoding.
macro_rules! gated {
    (@gate) => { $crate::message::Gate };
    (@gate $Gate:ident) => { $Gate };
    (
        $(#[$meta:meta])*
        pub struct $Name:ident<'a> $(by $Gate:ident)? {
            $( $(#[doc = $doc:literal])+ since $since:literal $(if $cond:ident)? => $field:ident / $set:ident: $Ty:ty, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct $Name<'a> {
            #[cfg_attr(feature = "serde", serde(skip))]
            gate: $crate::wire::gated!(@gate $($Gate)?),
            $( $field: $Ty, )+
            #[cfg_attr(feature = "serde", serde(skip))]
            lifetime: core::marker::PhantomData<&'a [u8]>,
        }

        impl<'a> $Name<'a> {
            /// The layout, a row for each field.
            pub const LAYOUT: &'static [$crate::wire::Row] = &[$( $crate::wire::Row {
                name: stringify!($field),
                at: None,
                len: None,
                ty: stringify!($Ty),
                shape: <$Ty as $crate::wire::Field<'a>>::SHAPE,
                since: $since,
                only: { let only: &[&str] = &[$(stringify!($cond))?]; only.first().copied() },
                doc: concat!($($doc),+),
            } ),+];

            /// Every field of this version at its default.
            #[inline]
            pub(crate) fn new(gate: $crate::wire::gated!(@gate $($Gate)?)) -> Self {
                $Name { gate, $( $field: Default::default(), )+ lifetime: core::marker::PhantomData }
            }

            $(
                $(#[doc = $doc])+
                ///
                /// `None` where this version has no such field.
                #[inline]
                #[must_use]
                pub fn $field(&self) -> Option<$Ty> {
                    ($crate::wire::reaches(self.gate.version, $since) $(&& self.gate.$cond)?).then_some(self.$field)
                }

                /// Sets the field; refused where this version has no such field.
                pub fn $set(&mut self, value: $Ty) -> Result<(), $crate::message::NotInVersion> {
                    if $crate::wire::reaches(self.gate.version, $since) $(&& self.gate.$cond)? {
                        self.$field = value;
                        Ok(())
                    } else {
                        Err($crate::message::NotInVersion { field: stringify!($field), version: self.gate.version })
                    }
                }
            )+

            // Fields that the caller does not look at are then checked, and not put together.
            #[inline(always)]
            pub(crate) fn decode<S: $crate::wire::Sink>(
                gate: $crate::wire::gated!(@gate $($Gate)?),
                input: $crate::wire::Wire<'a>,
                sink: &mut S,
            ) -> $crate::wire::Step<'a, Self> {
                let mut value = Self::new(gate);
                $(
                    let input = if $crate::wire::reaches(gate.version, $since) $(&& gate.$cond)? {
                        let (rest, field) =
                            <$Ty as $crate::wire::Field<'a>>::decode(input, stringify!($field), sink)?;
                        value.$field = field;
                        rest
                    } else {
                        input
                    };
                )+
                Ok((input, value))
            }

            #[inline]
            pub(crate) fn encode(&self, out: &mut impl $crate::wire::Put) {
                $(
                    if $crate::wire::reaches(self.gate.version, $since) $(&& self.gate.$cond)? {
                        <$Ty as $crate::wire::Field<'a>>::encode(&self.$field, out);
                    }
                )+
            }
        }
    };
}
pub(crate) use gated;

/// Whether a version has what came with `since`; here, so that 0 may stand for every version.
#[inline(always)]
pub(crate) const fn reaches(version: u16, since: u16) -> bool {
    version >= since
}
