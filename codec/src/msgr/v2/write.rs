//! msgr2's bytes.

use alloc::vec::Vec;

use super::{
    BANNER, Banner, Control, ControlFrame, EpilogueRev0, EpilogueRev1, Frame, Header2, Preamble,
    Revision, Segment, Segments, Tag,
};
use crate::crc32c;
use crate::message::{Header, Sections};
use crate::wire::{Field, Fixed};

impl Banner {
    /// Appends the whole banner, 26 bytes.
    pub fn encode_banner(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(BANNER);
        (Banner::SIZE as u16).encode(out);
        Field::encode(self, out);
    }
}

impl ControlFrame<'_> {
    /// Appends the frame.
    pub fn encode(&self, revision: Revision, out: &mut Vec<u8>) {
        let mut payload = Vec::new();
        let segments = match &self.control {
            Control::Unknown(_, segments) => *segments,
            _ => {
                self.put(&mut payload);
                Segments::new(&[&payload])
            }
        };
        Frame { tag: self.tag(), segments }.encode(revision, 0, out);
    }
}

impl Frame<'_> {
    /// Appends the frame with its checksums. `flags` are those of the [`Preamble`].
    pub fn encode(&self, revision: Revision, flags: u8, out: &mut Vec<u8>) {
        let lens = self.segments.lens();
        // Empty segments at the end are not counted, but one is always there.
        let count = lens.iter().rposition(|len| *len > 0).map_or(1, |last| last + 1);
        let segment = |i: usize| Segment {
            len: lens[i],
            alignment: match (i < count, i) {
                (false, _) => 0,
                (true, 3) => 4096,
                (true, _) => 8,
            },
        };
        let mut preamble = Preamble {
            tag: self.tag,
            segments: count as u8,
            segment0: segment(0),
            segment1: segment(1),
            segment2: segment(2),
            segment3: segment(3),
            flags,
            reserved: 0,
            crc: 0,
        };
        let mut bytes = [0; Preamble::SIZE];
        preamble.write(&mut bytes);
        preamble.crc = crc32c(0, &bytes[..28]);
        Field::encode(&preamble, out);
        let crcs = self.segments.crcs(None);
        let crcs: [u32; 4] = core::array::from_fn(|i| if i < count { crcs[i] } else { 0 });
        out.extend_from_slice(self.segments.get(0));
        match revision {
            Revision::Rev0 => {
                (1..4).for_each(|i| out.extend_from_slice(self.segments.get(i)));
                let [crc0, crc1, crc2, crc3] = crcs;
                EpilogueRev0 { late_flags: 0, crc0, crc1, crc2, crc3 }.encode(out);
            }
            Revision::Rev1 => {
                if lens[0] > 0 {
                    crcs[0].encode(out);
                }
                if count > 1 {
                    (1..4).for_each(|i| out.extend_from_slice(self.segments.get(i)));
                    let [_, crc1, crc2, crc3] = crcs;
                    EpilogueRev1 { late_status: 0xe, crc1, crc2, crc3 }.encode(out);
                }
            }
        }
    }
}

/// Appends a message frame. `ack_seq` acknowledges the other direction's messages.
pub fn encode_message(
    header: &Header,
    ack_seq: u64,
    sections: &Sections<'_>,
    revision: Revision,
    out: &mut Vec<u8>,
) {
    let header2 = Header2 {
        seq: header.seq,
        tid: header.tid,
        kind: header.kind,
        priority: header.priority,
        version: header.version,
        data_pre_padding_len: 0,
        data_off: header.data_off,
        ack_seq,
        // As userspace does: complete, the messenger's own CRC of the data not computed. Linux writes 0.
        flags: 3,
        compat_version: header.compat_version,
        reserved: 0,
    };
    let mut head = [0; Header2::SIZE];
    header2.write(&mut head);
    let segments = Segments::new(&[&head, sections.front, sections.middle, sections.data]);
    Frame { tag: Tag::MESSAGE, segments }.encode(revision, 0, out);
}
