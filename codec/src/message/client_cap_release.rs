//! MClientCapRelease, type 0x313: a client gives caps back that it has no more use for.
//!
//! | since | field |
//! | --- | --- |
//! | 0 | u32 count, then [`ReleaseItem`]s, 24 bytes each |
//! | 2 | [`ReleaseTail`]: an OSD map |
//! | | bytes of versions newer than known |
//!
//! Sources: `MClientCapRelease` in `src/messages/MClientCapRelease.h`, `struct ceph_mds_cap_item` in
//! `src/include/ceph_fs.h`.

use core::fmt;

use crate::types::{InodeNo, Seq};
use crate::wire::{Field, List, Put, REST, Row, Sink, Step, Wire, gated, record, rows};

use super::{Gate, decodes_front, encodes_front, show_bytes};

record! {
    /// `struct ceph_mds_cap_item`, 24 bytes.
    pub struct ReleaseItem: 24 {
        /// inode
        0 => pub ino: InodeNo,
        /// id of the cap; the MDS ignores the item if its own is another
        8 => pub cap_id: u64,
        /// how often the cap moved between ranks; the MDS ignores the item if it knows of more
        16 => pub mseq: Seq,
        /// `seq` at which the MDS last issued bits; the MDS keeps the cap if it has issued again since
        20 => pub issue_seq: Seq,
    }
}

gated! {
    /// The field that came with a later version.
    pub struct ReleaseTail<'a> {
        /// the OSD map that the MDS must have before it lets others at the objects
        since 2 => osd_epoch_barrier / set_osd_epoch_barrier: u32,
    }
}

/// A whole MClientCapRelease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClientCapRelease<'a> {
    version: u16,
    items: List<'a, ReleaseItem>,
    tail: ReleaseTail<'a>,
    rest: &'a [u8],
}

impl ClientCapRelease<'_> {
    /// The layout, a row for each field.
    pub const LAYOUT: &'static [Row] = rows! {[
        /// the caps
        items: List<'_, ReleaseItem>,
    ] (ReleaseTail::LAYOUT) (REST)};
}

// decode

decodes_front!(ClientCapRelease);

impl<'a> ClientCapRelease<'a> {
    fn front<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, items) = List::decode(input, "items", sink)?;
        let gate = Gate { version, ..Gate::default() };
        let (rest, tail) = ReleaseTail::decode(gate, input, sink)?;
        show_bytes(rest, "rest", sink);
        Ok((rest, ClientCapRelease { version, items, tail, rest: rest.bytes }))
    }
}

// encode

impl<'a> ClientCapRelease<'a> {
    fn put(&self, out: &mut impl Put) {
        self.items.encode(out);
        self.tail.encode(out);
        out.put(self.rest);
    }
}

encodes_front!(ClientCapRelease);

// build and read

impl<'a> ClientCapRelease<'a> {
    /// A message of `version`, everything behind the items at its default.
    #[must_use]
    pub fn new(version: u16, items: List<'a, ReleaseItem>) -> Self {
        let tail = ReleaseTail::new(Gate { version, ..Gate::default() });
        ClientCapRelease { version, items, tail, rest: &[] }
    }

    /// The header's version.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The caps.
    #[must_use]
    pub fn items(&self) -> List<'a, ReleaseItem> {
        self.items
    }

    /// The fields that came with later versions.
    #[must_use]
    pub fn tail(&self) -> &ReleaseTail<'a> {
        &self.tail
    }

    /// The same, to set them.
    pub fn tail_mut(&mut self) -> &mut ReleaseTail<'a> {
        &mut self.tail
    }

    /// What a newer version wrote behind the fields known here.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](ClientCapRelease::rest).
    pub fn set_rest(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }
}

impl fmt::Display for ClientCapRelease<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client_cap_release({})", self.items.len())
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::Fault;
    use crate::message::Sections;
    use std::string::ToString;

    fn decode(version: u16, front: &[u8]) -> Result<ClientCapRelease<'_>, Fault> {
        ClientCapRelease::decode(version, Sections { front, ..Default::default() })
    }

    /// Version 2 by hand: one item, an epoch.
    const RELEASE: &[u8] = b"\x01\0\0\0\x05\0\0\0\0\x01\0\0\x07\0\0\0\0\0\0\0\x02\0\0\0\x03\0\0\0\
        \x09\0\0\0";

    #[test]
    fn items_stand_behind_their_count() {
        let release = decode(2, RELEASE).unwrap();
        let item = ReleaseItem {
            ino: InodeNo(0x100_0000_0005),
            cap_id: 7,
            mseq: Seq(2),
            issue_seq: Seq(3),
        };
        assert_eq!(release.items().iter().collect::<std::vec::Vec<_>>(), [item]);
        assert_eq!(release.tail().osd_epoch_barrier(), Some(9));
        assert_eq!(release.to_string(), "client_cap_release(1)");
        assert_eq!(release.front_to_vec(), RELEASE);
        // The version before has no epoch.
        let older = decode(1, RELEASE).unwrap();
        assert_eq!((older.tail().osd_epoch_barrier(), older.rest().len()), (None, 4));

        let mut buffer = [0; 24];
        let mut built = ClientCapRelease::new(2, List::write([item], &mut buffer).unwrap());
        built.tail_mut().set_osd_epoch_barrier(9).unwrap();
        assert_eq!(built, release);
    }

    #[test]
    fn a_cut_item_says_what_it_lacks() {
        let fault = decode(1, &RELEASE[..20]).unwrap_err();
        assert_eq!(fault.to_string(), "mseq at byte 20 of front: needs 4 bytes, 0 are there");
    }
}
