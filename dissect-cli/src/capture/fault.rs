//! What can go wrong between a file and its packets.

use super::guess::Beginning;
use crate::capture::Link;
use serde::Serialize;

/// Something that kept a part of an input, or all of it, from being read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{name}: {what}{}", Where(self))]
pub struct CaptureFault {
    /// Index of the input file, from 0.
    pub file: u32,
    /// The input's name as given.
    pub name: String,
    /// Number the next packet of the file has or would have had.
    pub frame: u64,
    /// Byte offset in the file, after decompression, of the first byte of what is bad.
    pub offset: u64,
    /// What happened.
    pub what: FaultKind,
}

/// What happened to an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// The file could not be opened, or not even its first bytes be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The file holds no bytes.
    #[error("is empty")]
    Empty,
    /// The first bytes are those of no known format.
    #[error("is not a packet capture: it begins with {}", Beginning(.0))]
    NotACapture(Vec<u8>),
    /// The input ended within something.
    #[error("ends within {part}: {needed} bytes needed, {available} there")]
    Ended {
        /// Within what.
        part: &'static str,
        /// Bytes needed for all of it.
        needed: u64,
        /// Bytes there.
        available: u64,
    },
    /// The compressed data end before the compressed stream does.
    #[error("compressed data end early: {0}")]
    CompressedEnded(String),
    /// The compressed data end, and something else comes behind them.
    #[error("what follows the compressed data is not gzip, and was not read")]
    BehindCompressed,
    /// Reading or decompressing failed in the middle.
    #[error("reading failed: {0}")]
    Read(String),
    /// A packet says it is longer than any can be.
    #[error("a packet claims {length} bytes, more than the limit of {limit}")]
    PacketTooLong {
        /// Bytes claimed.
        length: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// What a pcap file says of a packet cannot be: no packet follows where it ends.
    #[error("a packet claims {length} bytes, and no packet follows them")]
    PacketLength {
        /// Bytes claimed.
        length: u64,
    },
    /// A pcapng block's length cannot be.
    #[error("block of type {block:#x} has an impossible length of {length} bytes")]
    BlockLength {
        /// Type of the block.
        block: u32,
        /// Bytes claimed.
        length: u32,
    },
    /// A pcapng block's two lengths differ.
    #[error("block of type {block:#x} gives its length as {first} bytes first and {second} last")]
    BlockTrailer {
        /// Type of the block.
        block: u32,
        /// Length at its beginning.
        first: u32,
        /// Length at its end.
        second: u32,
    },
    /// What is inside of a pcapng block does not fit into it.
    #[error("{block} cannot be read: {needed} bytes needed, {available} there")]
    BadBlock {
        /// Name of the block.
        block: &'static str,
        /// Bytes needed.
        needed: u64,
        /// Bytes in the block.
        available: u64,
    },
    /// A packet names an interface that was not described before it.
    #[error("a packet belongs to interface {id}, but {known} were described")]
    NoInterface {
        /// The interface's number, from 0.
        id: u32,
        /// Number of interfaces described.
        known: u32,
    },
    /// An interface's timestamps count in a unit that cannot be.
    #[error("timestamp resolution {0:#04x} cannot be used, microseconds taken")]
    Resolution(u8),
    /// A link type whose packets cannot be read. Reported once per file and link type.
    #[error("{0} is not known: its packets are counted, not read")]
    UnknownLink(Link),
    /// After damage, packets were found again further on.
    #[error("{skipped} bytes skipped to the next plausible packet")]
    Resumed {
        /// Bytes passed over.
        skipped: u64,
    },
}

/// How much a fault costs; the exit status depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultClass {
    /// The input was read as far as it goes, some packets of it could not be.
    Partial,
    /// The input ends in the middle of something, as one still being written does.
    EndedEarly,
    /// The input is damaged: the rest of it may be lost.
    Damaged,
    /// The input is no capture, or cannot be read at all.
    Unusable,
}

impl FaultKind {
    /// How much it costs.
    pub fn class(&self) -> FaultClass {
        match self {
            FaultKind::Unreadable(_) | FaultKind::Empty | FaultKind::NotACapture(_) => {
                FaultClass::Unusable
            }
            FaultKind::Ended { .. } | FaultKind::CompressedEnded(_) => FaultClass::EndedEarly,
            FaultKind::Read(_)
            | FaultKind::BehindCompressed
            | FaultKind::PacketTooLong { .. }
            | FaultKind::PacketLength { .. }
            | FaultKind::BlockLength { .. }
            | FaultKind::BlockTrailer { .. }
            | FaultKind::BadBlock { .. }
            | FaultKind::Resumed { .. } => FaultClass::Damaged,
            FaultKind::NoInterface { .. }
            | FaultKind::Resolution(_)
            | FaultKind::UnknownLink(_) => FaultClass::Partial,
        }
    }
}

/// Where in the file, unless there is no such place.
struct Where<'a>(&'a CaptureFault);

impl std::fmt::Display for Where<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let CaptureFault { frame, offset, what, .. } = self.0;
        match what.class() {
            FaultClass::Unusable => Ok(()),
            _ => write!(f, " (frame {frame}, byte {offset})"),
        }
    }
}
