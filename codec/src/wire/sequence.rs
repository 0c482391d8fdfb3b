//! Fields of any length that follow one another, whatever the version.

/// Fields in wire order, each `name: Type`; all public, because every value survives its own encoding.
///
/// Made from the list: the struct, decode, encode, the report to a [`Sink`], the [`Row`](super::Row)s.
macro_rules! sequence {
    (
        $(#[$meta:meta])*
        pub struct $Name:ident<'a> {
            $( $(#[doc = $doc:literal])+ $field:ident: $Ty:ty, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct $Name<'a> { $( $(#[doc = $doc])+ pub $field: $Ty, )+ }

        impl<'a> $Name<'a> {
            /// The layout, a row for each field.
            pub const LAYOUT: &'static [$crate::wire::Row] = &[$( $crate::wire::Row {
                name: stringify!($field),
                at: None,
                len: None,
                ty: stringify!($Ty),
                shape: <$Ty as $crate::wire::Field<'a>>::SHAPE,
                since: 0,
                only: None,
                doc: concat!($($doc),+),
            } ),+];

            /// The fields, without a span around them.
            pub(crate) fn fields<S: $crate::wire::Sink>(
                input: $crate::wire::Wire<'a>,
                sink: &mut S,
            ) -> $crate::wire::Step<'a, Self> {
                $(
                    let (input, $field) =
                        <$Ty as $crate::wire::Field<'a>>::decode(input, stringify!($field), sink)?;
                )+
                Ok((input, $Name { $( $field, )+ }))
            }
        }

        impl<'a> $crate::wire::Field<'a> for $Name<'a> {
            const SHAPE: &'static $crate::wire::Shape =
                &$crate::wire::Shape::Group(&[Self::LAYOUT]);

            fn decode<S: $crate::wire::Sink>(
                input: $crate::wire::Wire<'a>,
                name: &'static str,
                sink: &mut S,
            ) -> $crate::wire::Step<'a, Self> {
                $crate::wire::group(input, name, sink, Self::fields)
            }

            fn encode(&self, out: &mut impl $crate::wire::Put) {
                $( <$Ty as $crate::wire::Field<'a>>::encode(&self.$field, out); )+
            }
        }
    };
}
pub(crate) use sequence;
