//! The messages: one file each, one table for all.

pub mod client_cap_release;
pub mod client_caps;
pub mod client_lease;
pub mod client_metrics;
pub mod client_quota;
pub mod client_reconnect;
pub mod client_reply;
pub mod client_request;
pub mod client_request_forward;
pub mod client_session;
pub mod client_snap;
mod header;
pub mod mds_export;
pub mod mds_map;
pub mod snap_trace;

pub use header::{Header, MessageType};

use core::fmt;

use crate::Fault;
use crate::wire::{NoSink, Row, Sink, Span, Value, Wire};

/// The three byte strings of a message, as the messenger delivers them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sections<'a> {
    /// The typed payload.
    pub front: &'a [u8],
    /// A second payload; MClientCaps keeps extended attributes here.
    pub middle: &'a [u8],
    /// Bulk data.
    pub data: &'a [u8],
}

/// What decides which fields a message has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gate {
    /// The header's version.
    pub(crate) version: u16,
    /// MClientCaps: the operation is IMPORT.
    pub(crate) import: bool,
}

/// A field was to be set that this version of the message does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotInVersion {
    /// The field's name.
    pub field: &'static str,
    /// The message's version.
    pub version: u16,
}

impl fmt::Display for NotInVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "version {} of this message, with this operation, has no {}",
            self.version, self.field
        )
    }
}

impl core::error::Error for NotInVersion {}

/// The public side of a message's `fn front(version, input, sink)`, which reads its front section, for
/// messages that have nothing else.
macro_rules! decodes_front {
    ($Type:ident) => {
        impl<'a> $Type<'a> {
            /// Decodes the front section of a message whose header said `version`.
            pub fn decode(
                version: u16,
                sections: $crate::message::Sections<'a>,
            ) -> Result<Self, $crate::Fault> {
                Self::decode_with(version, sections, &mut $crate::NoSink)
            }

            #[doc = concat!("As [`decode`](", stringify!($Type), "::decode), and reports every field to `sink`.")]
            pub fn decode_with<S: $crate::Sink>(
                version: u16,
                sections: $crate::message::Sections<'a>,
                sink: &mut S,
            ) -> Result<Self, $crate::Fault> {
                let front = $crate::wire::Wire::new(sections.front, "front");
                $crate::wire::finish(Self::front(version, front, sink)).map(|(_, message)| message)
            }
        }
    };
}
use decodes_front;

/// The public side of a message's `fn put(&self, out: &mut impl Put)`, which writes the section that has its
/// payload.
macro_rules! encodes {
    ($Type:ident, $section:literal, $len:ident, $encode:ident, $to_vec:ident) => {
        impl $Type<'_> {
            #[doc = concat!("Bytes of the ", $section, " section.")]
            #[must_use]
            pub fn $len(&self) -> usize {
                let mut count = $crate::wire::Count::default();
                self.put(&mut count);
                count.0
            }

            #[doc = concat!("Writes the ", $section, " section and says how many bytes it has.")]
            #[inline]
            pub fn $encode(&self, buffer: &mut [u8]) -> Result<usize, $crate::Full> {
                let mut out = $crate::SliceWriter::new(buffer);
                self.put(&mut out);
                out.finish()
            }

            #[doc = concat!("The ", $section, " section.")]
            #[cfg(feature = "alloc")]
            #[must_use]
            pub fn $to_vec(&self) -> alloc::vec::Vec<u8> {
                let mut bytes = alloc::vec::Vec::with_capacity(self.$len());
                self.put(&mut bytes);
                bytes
            }
        }
    };
}
use encodes;

/// Of a message whose payload is the front.
macro_rules! encodes_front {
    ($Type:ident) => {
        $crate::message::encodes!($Type, "front", front_len, encode_front, front_to_vec);
    };
}
use encodes_front;

/// A message that has the same fields in every version: `pub struct Type<'a>(Fields);`. What is made of it: the
/// type, decode, encode, and how to build and to read it. What it looks like in a log is up to its file.
macro_rules! plain {
    ($(#[$meta:meta])* pub struct $Type:ident<'a>($Fields:ty);) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct $Type<'a> {
            version: u16,
            fields: $Fields,
            rest: &'a [u8],
        }

        // decode

        $crate::message::decodes_front!($Type);

        impl<'a> $Type<'a> {
            /// The layout, a row for each field.
            pub const LAYOUT: &'static [$crate::wire::Row] = &[
                $crate::wire::Row::part(
                    "fields",
                    stringify!($Fields),
                    <$Fields as $crate::wire::Field<'a>>::SHAPE,
                    "everything that is known",
                ),
                $crate::wire::REST[0],
            ];

            fn front<S: $crate::Sink>(
                version: u16,
                input: $crate::wire::Wire<'a>,
                sink: &mut S,
            ) -> $crate::wire::Step<'a, Self> {
                let (rest, fields) =
                    <$Fields as $crate::wire::Field<'a>>::decode(input, "fields", sink)?;
                $crate::message::show_bytes(rest, "rest", sink);
                Ok((rest, $Type { version, fields, rest: rest.bytes }))
            }
        }

        // encode

        impl<'a> $Type<'a> {
            fn put(&self, out: &mut impl $crate::wire::Put) {
                <$Fields as $crate::wire::Field<'a>>::encode(&self.fields, out);
                out.put(self.rest);
            }
        }

        $crate::message::encodes_front!($Type);

        // build and read

        impl<'a> $Type<'a> {
            /// A message of `version`.
            #[must_use]
            pub fn new(version: u16, fields: $Fields) -> Self {
                $Type { version, fields, rest: &[] }
            }

            /// The header's version.
            #[must_use]
            pub fn version(&self) -> u16 {
                self.version
            }

            /// Everything that is known of the message.
            #[must_use]
            pub fn fields(&self) -> &$Fields {
                &self.fields
            }

            /// What a newer version wrote behind the fields known here.
            #[must_use]
            pub fn rest(&self) -> &'a [u8] {
                self.rest
            }

            #[doc = concat!("Sets [`rest`](", stringify!($Type), "::rest).")]
            pub fn set_rest(&mut self, rest: &'a [u8]) {
                self.rest = rest;
            }
        }
    };
}
use plain;

/// What a message can have in it, whatever its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageLayout {
    /// Its type.
    pub kind: MessageType,
    /// A short word for it, as `caps`.
    pub word: &'static str,
    /// The name of the type in Ceph, as `MClientCaps`.
    pub name: &'static str,
    /// Its fields, in wire order.
    pub layout: &'static [Row],
}

/// The table of messages: type number, short word, module, type, Ceph's name where it is not `M` and the type's. A
/// new message is its file and one line.
macro_rules! messages {
    (@name $Type:ident) => { concat!("M", stringify!($Type)) };
    (@name $Type:ident $name:literal) => { $name };
    ($( $number:literal $word:ident $module:ident::$Type:ident $(as $name:literal)?, )+) => {
        /// A decoded message.
        ///
        /// Its variants hold everything themselves, the large ones too: a box would need an allocator.
        #[allow(clippy::large_enum_variant, reason = "the message is to live without an allocator")]
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Message<'a> {
            $( #[doc = concat!("Type ", stringify!($number), ", see [`", stringify!($module), "`].")]
               $Type($module::$Type<'a>), )+
            /// A type without a decoder; its bytes go past unread.
            Other(MessageType, Sections<'a>),
        }

        impl Message<'_> {
            /// Every message that is decoded, and what can be in it.
            pub const TABLE: &'static [MessageLayout] = &[$( MessageLayout {
                kind: MessageType($number),
                word: stringify!($word),
                name: messages!(@name $Type $($name)?),
                layout: $module::$Type::LAYOUT,
            }, )+];
        }

        impl fmt::Display for Message<'_> {
            /// As the daemons log it; a type without a decoder by its name.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $( Message::$Type(message) => message.fmt(f), )+
                    Message::Other(kind, _) => kind.fmt(f),
                }
            }
        }

        impl<'a> Message<'a> {
            /// Whether messages of this type are decoded; others need not be read at all.
            #[must_use]
            pub const fn is_decoded(kind: MessageType) -> bool {
                matches!(kind.0, $( $number )|+)
            }

            /// Decodes a message whose header said `kind` and `version`.
            pub fn decode(kind: MessageType, version: u16, sections: Sections<'a>) -> Result<Self, Fault> {
                Self::decode_with(kind, version, sections, &mut NoSink)
            }

            /// As [`decode`](Message::decode), and reports every field to `sink`, in wire order, up to the
            /// end or to the fault.
            pub fn decode_with<S: Sink>(
                kind: MessageType,
                version: u16,
                sections: Sections<'a>,
                sink: &mut S,
            ) -> Result<Self, Fault> {
                match kind.0 {
                    $( $number => $module::$Type::decode_with(version, sections, sink).map(Message::$Type), )+
                    _ => Ok(Message::Other(kind, sections)),
                }
            }
        }
    };
}

messages! {
    21 mdsmap mds_map::MdsMap as "MMDSMap",
    22 session client_session::ClientSession,
    23 reconnect client_reconnect::ClientReconnect,
    24 request client_request::ClientRequest,
    25 forward client_request_forward::ClientRequestForward,
    26 reply client_reply::ClientReply,
    29 metrics client_metrics::ClientMetrics,
    0x310 caps client_caps::ClientCaps,
    0x311 lease client_lease::ClientLease,
    0x312 snap client_snap::ClientSnap,
    0x313 release client_cap_release::ClientCapRelease,
    0x314 quota client_quota::ClientQuota,
    0x449 export_discover mds_export::ExportDirDiscover,
    0x450 export_discover_ack mds_export::ExportDirDiscoverAck,
    0x451 export_cancel mds_export::ExportDirCancel,
    0x452 export_prep mds_export::ExportDirPrep,
    0x453 export_prep_ack mds_export::ExportDirPrepAck,
    0x456 export_dir mds_export::ExportDir,
    0x457 export_dir_ack mds_export::ExportDirAck,
    0x458 export_notify mds_export::ExportDirNotify,
    0x459 export_notify_ack mds_export::ExportDirNotifyAck,
    0x460 export_finish mds_export::ExportDirFinish,
    0x470 export_caps mds_export::ExportCaps,
    0x471 export_caps_ack mds_export::ExportCapsAck,
    0x472 gather_caps mds_export::GatherCaps,
}

/// Reports bytes whose length stands elsewhere; none, where there are none.
#[inline]
pub(crate) fn show_bytes<S: Sink>(bytes: Wire<'_>, name: &'static str, sink: &mut S) {
    if S::ON && !bytes.bytes.is_empty() {
        let span = Span { name, within: bytes.within, at: bytes.at, len: bytes.bytes.len() };
        sink.field(span, Value::Bytes(bytes.bytes));
    }
}
