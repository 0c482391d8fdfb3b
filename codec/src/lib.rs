//! Zero-copy codec for the Ceph messenger and CephFS capability messages.
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
pub mod types;
mod wire;

pub use crc::crc32c;
pub use fault::{Fault, FaultKind};
pub use wire::{Entry, Full, List, NoSink, Row, Sink, SliceWriter, Span, Text, Value, Versioned};
