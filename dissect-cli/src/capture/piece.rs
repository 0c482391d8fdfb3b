//! What an input holds, piece by piece, for those who write it again.

use super::{Link, Packet};
use crate::place::Time;

/// The next thing in an input that is worth keeping.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// A packet.
    Packet(Packet<'a>, Origin<'a>),
    /// A pcapng block that is no packet, whole.
    Block(Section, Block, &'a [u8]),
}

/// How a packet lies in its file.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// In a pcap file that begins so.
    Record(Header),
    /// In a pcapng block.
    Block {
        /// Its section.
        section: Section,
        /// Its interface's number there, from 0.
        interface: u32,
        /// Its time, in that interface's unit and from its offset. A packet without a time has that of the one
        /// before it.
        ticks: u64,
        /// Its options as they lie there, in the byte order of the section.
        options: &'a [u8],
    },
}

/// What the header of a pcap file says of all its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Their link type.
    pub link: Link,
    /// Bytes of a packet that were kept at most; 0 is no limit.
    pub snaplen: u32,
    /// Whether times count nanoseconds, else microseconds.
    pub nanos: bool,
}

impl Header {
    /// A time in its unit; never negative.
    pub(super) fn ticks(&self, time: Time) -> u64 {
        u64::try_from(time.0).unwrap_or(0) / if self.nanos { 1 } else { 1000 }
    }
}

/// A section of a pcapng file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// Index of its file.
    pub file: u32,
    /// Its number in that file, from 1.
    pub number: u32,
    /// Its byte order.
    pub big_endian: bool,
}

/// What kind of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// The header of a section.
    Section,
    /// The description of an interface; they count by position.
    Interface {
        /// Whether its options could be read.
        readable: bool,
    },
    /// Something else: statistics, names, secrets, or what nobody here knows.
    Other,
}
