//! Ceph's own small types: ids, times, names, addresses, capability bits.

mod addr;
mod caps;
mod dirfrag;
mod entity;
mod ids;
mod time;

pub use addr::{
    Address, AddressKind, AddressList, AddressVector, LegacyAddress, ModernAddress, Sockaddr,
};
pub use caps::{Caps, CapsText, ParseCapsError};
pub use dirfrag::{DirFrag, Frag};
pub use entity::{EntityName, EntityType};
pub use ids::{InodeNo, Opaque, Rank, Seq, SnapId};
pub use time::{Logged, Timespec};

/// A number that has names: `Type(Int) { VALUE NAME "wire name", }`. Unknown numbers survive and show as
/// `unknown(N)`.
macro_rules! named_number {
    (
        $(#[$meta:meta])*
        pub struct $Name:ident($Int:ty) {
            $( $(#[doc = $doc:literal])* $value:literal $CONST:ident $name:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
        pub struct $Name(pub $Int);

        impl $Name {
            $( $(#[doc = $doc])* #[doc = concat!("`", $name, "`")] pub const $CONST: $Name = $Name($value); )+

            /// All numbers that have a name.
            pub const KNOWN: &'static [($Name, &'static str)] = &[$( ($Name($value), $name) ),+];

            /// Ceph's name for it, `None` where the number is not known.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $value => Some($name), )+
                    _ => None,
                }
            }
        }

        impl core::fmt::Display for $Name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => write!(f, "unknown({})", self.0),
                }
            }
        }

        $crate::types::fixed_newtype!(
            $Name($Int): $crate::wire::Shape::Leaf($crate::wire::Kind::Named(
                &[$( ($value, $name) ),+],
            )),
            |number| $crate::wire::Value::Named(u64::from(number.0), number.name())
        );
    };
}
pub(crate) use named_number;

/// A type around an integer that is read and written as that integer. It reports `value`, which has that shape.
macro_rules! fixed_newtype {
    ($Name:ident($Int:ty): $shape:expr, |$v:ident| $value:expr) => {
        impl $crate::wire::Fixed for $Name {
            const SIZE: usize = size_of::<$Int>();
            const SHAPE: &'static $crate::wire::Shape = &$shape;
            #[inline(always)]
            fn read(bytes: &[u8]) -> Self {
                $Name(<$Int as $crate::wire::Fixed>::read(bytes))
            }
            #[inline(always)]
            fn write(&self, bytes: &mut [u8]) {
                self.0.write(bytes);
            }
            fn show<S: $crate::wire::Sink>(&self, span: $crate::wire::Span, sink: &mut S) {
                let $v = *self;
                sink.field(span, $value);
            }
        }
    };
}
pub(crate) use fixed_newtype;
