//! Zero-copy codec for the Ceph messenger and CephFS capability messages.
//!
//! ```
//! use ceph_codec::message::{Message, MessageType, Sections};
//!
//! // The front section of an EXPORT that an MDS of Ceph 16.2.15 sent; its header said version 11.
//! let front = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/export.bin"));
//! let sections = Sections { front, ..Default::default() };
//! let Message::ClientCaps(caps) = Message::decode(MessageType::CLIENT_CAPS, 11, sections)? else {
//!     unreachable!("the type was MClientCaps");
//! };
//! let peer = caps.export_peer().expect("EXPORT of version 3 or later");
//! assert_eq!(caps.head().ino.to_string(), "0x10000000001");
//! assert_eq!(peer.to_string(), "7 seq 1 mseq 1 mds.1 flags 0");
//!
//! let mut buffer = [0; 512];
//! let len = caps.encode_front(&mut buffer)?;
//! assert_eq!(buffer[..len], front[..]);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! [`message`] has the messages, [`msgr`] finds them in a TCP stream, [`types`] has Ceph's small types. A
//! [`Sink`] is told of every field, its place and its value, also when a message is damaged.
//!
//! # What is promised
//!
//! - **No panic.** Any bytes decode, or fail with a [`Fault`].
//! - **No allocation** in decoding, in iterating over what was decoded, or in encoding into a slice.
//! - **Faults say where.** A [`Fault`] has the name of the field, the offset of its first byte in the section
//!   (however deep it is nested), how many bytes it needed and how many there were.
//! - **Exact round trip.** What decodes encodes to the same bytes: unknown operations, bits and flags, unused
//!   fields, and what newer versions put behind the known fields are kept. What was built decodes to itself,
//!   because no field can be set that the version has no place for.
//! - **No unsafe code**, and no type of the parser library in the interface.
//!
//! # What is not covered
//!
//! - The messages of the table in [`message`] are decoded; the others are [`Message::Other`]. File locks and
//!   extended attributes stay encoded, and so does what stands in a [`Versioned`] envelope.
//! - A MClientReply does not say how its trace is encoded; [`find_encoding`] tells by trying.
//! - A field is not checked for sense: sizes, times and bits are what the sender wrote.
//! - A single byte string longer than `u32::MAX` cannot be said in this protocol. The setters of
//!   [`ClientCaps`] for snap trace and attributes refuse it; other fields would be cut to that length.
//! - Only little-endian encodings exist on the wire. Messages of Ceph before 0.52 were never seen.
//!
//! # Features
//!
//! | feature | default | brings |
//! | --- | --- | --- |
//! | `std` | yes | hardware CRC-32C; implies `alloc` |
//! | `alloc` | through `std` | `front_to_vec`: encoding into a `Vec` |
//! | `serde` | no | `Serialize` for messages, values and faults |
//!
//! Without features the crate needs `core` and no allocator.
//!
//! [`Message::Other`]: message::Message::Other
//! [`find_encoding`]: message::client_reply::ClientReply::find_encoding
//! [`ClientCaps`]: message::client_caps::ClientCaps
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod crc;
mod fault;
pub mod message;
pub mod msgr;
#[cfg(all(any(test, fuzzing), feature = "alloc"))]
pub mod testing;
pub mod types;
mod wire;

pub use crc::crc32c;
pub use fault::{Fault, FaultKind};
pub use wire::{
    Encoded, Entry, Envelope, Full, Kind, List, NoSink, Row, Shape, Sink, SliceWriter, Span, Text,
    Value, Versioned,
};

// Runs the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
