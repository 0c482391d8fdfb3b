//! A frame's fixed parts, and what its segments mean.

use super::{ControlFrame, Item, Tag};
use crate::message::{Header, MessageType, Sections};
use crate::msgr::{self, Checked, Parcel, Wrapping};
use crate::wire::{Field, NoSink, Wire, finish, record};
use crate::{Fault, crc32c};

record! {
    /// `preamble_block_t`, 32 bytes, the beginning of every frame.
    pub struct Preamble: 32 {
        /// what it is
        0 => pub tag: Tag,
        /// segments, 1 to 4
        1 => pub segments: u8,
        /// the first segment
        2 => pub segment0: Segment,
        /// the second
        8 => pub segment1: Segment,
        /// the third
        14 => pub segment2: Segment,
        /// the fourth
        20 => pub segment3: Segment,
        /// 1: segments are compressed
        26 => pub flags: u8,
        /// 0
        27 => pub reserved: u8,
        /// CRC-32C of the 28 bytes before, seed 0
        28 => pub crc: u32,
    }
}

record! {
    /// `segment_t`, 6 bytes.
    pub struct Segment: 6 {
        /// its bytes
        0 => pub len: u32,
        /// how the receiver is to align it
        4 => pub alignment: u16,
    }
}

record! {
    /// `struct ceph_msg_header2`, 41 bytes, a message's first segment.
    pub struct Header2: 41 {
        /// number of the message in this direction
        0 => pub seq: u64,
        /// transaction id
        8 => pub tid: u64,
        /// what it is
        16 => pub kind: MessageType,
        /// higher is sooner
        18 => pub priority: u16,
        /// version of the payload's encoding
        20 => pub version: u16,
        /// bytes by which data was moved to align it
        22 => pub data_pre_padding_len: u32,
        /// where the data belongs in its object
        26 => pub data_off: u16,
        /// the last message received, as in ACK
        28 => pub ack_seq: u64,
        /// flags as in msgr1's footer; always 0 from Linux
        36 => pub flags: u8,
        /// oldest version whose decoder can read it
        37 => pub compat_version: u16,
        /// 0
        39 => pub reserved: u16,
    }
}

impl Preamble {
    /// Flag: segments are compressed.
    pub const COMPRESSED: u8 = 1;

    /// Lengths of the segments that there are.
    #[must_use]
    pub fn lens(&self) -> [u32; 4] {
        let lens = [self.segment0.len, self.segment1.len, self.segment2.len, self.segment3.len];
        core::array::from_fn(|i| if i < usize::from(self.segments) { lens[i] } else { 0 })
    }

    /// Whether every value is one that a preamble can have.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let invalid = |name, at, found: u32, expected| {
            Err(Fault::invalid(name, at, "preamble", u64::from(found), expected))
        };
        match self.segments {
            count @ (0 | 5..) => invalid("segments", 1, count.into(), "1 to 4"),
            count @ 2.. if self.lens()[usize::from(count) - 1] == 0 => {
                invalid("segments", 1, count.into(), "a last segment that is not empty")
            }
            _ if self.flags > 1 => invalid("flags", 26, self.flags.into(), "0 or 1"),
            _ if self.reserved != 0 => invalid("reserved", 27, self.reserved.into(), "0"),
            _ => Ok(()),
        }
    }
}

impl Header2 {
    /// What both messengers say; the lengths are those of the other three segments.
    #[must_use]
    pub fn header(&self, lens: [u32; 4]) -> Header {
        Header {
            seq: self.seq,
            tid: self.tid,
            kind: self.kind,
            priority: self.priority,
            version: self.version,
            compat_version: self.compat_version,
            front_len: lens[1],
            middle_len: lens[2],
            data_len: lens[3],
            data_off: self.data_off,
            source: None,
        }
    }
}

record! {
    /// `epilogue_crc_rev0_block_t`, 17 bytes behind the segments of every frame of msgr2.0.
    pub struct EpilogueRev0: 17 {
        /// bit 0: the sender gave the frame up
        0 => pub late_flags: u8,
        /// CRC-32C of the first segment, seed ffffffff
        1 => pub crc0: u32,
        /// of the second; 0 if there is none
        5 => pub crc1: u32,
        /// of the third
        9 => pub crc2: u32,
        /// of the fourth
        13 => pub crc3: u32,
    }
}

record! {
    /// `epilogue_crc_rev1_block_t`, 13 bytes behind the segments of a msgr2.1 frame that has more than one.
    pub struct EpilogueRev1: 13 {
        /// low half: 0xe complete, 0x1 given up by the sender
        0 => pub late_status: u8,
        /// CRC-32C of the second segment, seed ffffffff; the first has its own behind it
        1 => pub crc1: u32,
        /// of the third; 0 if there is none
        5 => pub crc2: u32,
        /// of the fourth
        9 => pub crc3: u32,
    }
}

/// A frame's segments, up to four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segments<'b> {
    parts: [&'b [u8]; 4],
    count: u8,
}

impl<'b> Segments<'b> {
    /// These segments; beyond the fourth they are left out.
    #[must_use]
    pub fn new(segments: &[&'b [u8]]) -> Self {
        let count = segments.len().min(4);
        let parts = core::array::from_fn(|i| segments.get(i).copied().unwrap_or(&[]));
        Segments { parts, count: count as u8 }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        usize::from(self.count)
    }

    /// Segment `i`; empty if there is none.
    #[must_use]
    pub fn get(&self, i: usize) -> &'b [u8] {
        self.parts.get(i).copied().unwrap_or(&[])
    }

    /// The segments in their order.
    pub fn iter(&self) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        self.parts.into_iter().take(self.count())
    }

    /// Their lengths.
    pub(super) fn lens(&self) -> [u32; 4] {
        self.parts.map(|part| part.len() as u32)
    }

    /// Their checksums; the `first` one may be known.
    pub(super) fn crcs(&self, first: Option<u32>) -> [u32; 4] {
        let [head, others @ ..] = self.parts;
        let [one, two, three] = others.map(|part| crc32c(u32::MAX, part));
        [first.unwrap_or_else(|| crc32c(u32::MAX, head)), one, two, three]
    }
}

/// A frame taken apart, whatever mode brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'b> {
    /// What it is.
    pub tag: Tag,
    /// Its segments.
    pub segments: Segments<'b>,
}

impl<'b> Frame<'b> {
    /// What the frame says. This is also the way in for frames that were decrypted or decompressed.
    pub fn item(&self, checked: Checked) -> Result<msgr::Item<'b>, Fault> {
        if self.tag != Tag::MESSAGE {
            let frame = ControlFrame::decode(self.tag, self.segments)?;
            return Ok(msgr::Item::V2(Item::Control(frame)));
        }
        let input = Wire::new(self.segments.get(0), "header segment");
        let (_, header2) = finish(Header2::decode(input, "header", &mut NoSink))?;
        let sections = Sections {
            front: self.segments.get(1),
            middle: self.segments.get(2),
            data: self.segments.get(3),
        };
        Ok(msgr::Item::Message(Parcel {
            header: header2.header(self.segments.lens()),
            sections,
            checked,
            wrapping: Wrapping::V2 { header: header2 },
        }))
    }
}
