//! MClientSnap, type 0x312: an MDS tells its clients that snapshots or snap realms changed.
//!
//! | since | field |
//! | --- | --- |
//! | 0 | [`SnapHead`], 24 bytes |
//! | 0 | inodes that move to the new realm, `num_split_inos` numbers |
//! | 0 | realms that get another parent, `num_split_realms` numbers |
//! | 0 | [`SnapTrace`], `trace_len` bytes |
//! | | bytes of versions newer than known |
//!
//! Sources: `MClientSnap` in `src/messages/MClientSnap.h`, `struct ceph_mds_snap_head` in
//! `src/include/ceph_fs.h`; in Linux `ceph_handle_snap` in `fs/ceph/snap.c`.

use core::fmt;

use crate::types::{InodeNo, named_number};
use crate::wire::{Field, Fixed, List, Put, REST, Row, Sink, Step, Wire, record, rows, take};

use super::snap_trace::{SnapTrace, counted};
use super::{decodes_front, encodes_front, show_bytes};

named_number! {
    /// What a MClientSnap does. Source: `CEPH_SNAP_OP_*` in `src/include/ceph_fs.h`.
    pub struct SnapOp(u32) {
        /// A snapshot was made or removed.
        0 UPDATE "update",
        /// A snapshot was made.
        1 CREATE "create",
        /// A snapshot was removed.
        2 DESTROY "destroy",
        /// A directory became a realm of its own.
        3 SPLIT "split",
    }
}

record! {
    /// `struct ceph_mds_snap_head`, 24 bytes.
    pub struct SnapHead: 24 {
        /// operation
        0 => pub op: SnapOp,
        /// inode of the realm that was split off; 0 for none
        4 => pub split: InodeNo,
        /// number of inodes that move to it
        12 => num_split_inos: u32,
        /// number of realms that get it as their parent
        16 => num_split_realms: u32,
        /// bytes of the trace
        20 => trace_len: u32,
    }
}

/// A whole MClientSnap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClientSnap<'a> {
    version: u16,
    head: SnapHead,
    split_inos: List<'a, InodeNo>,
    split_realms: List<'a, InodeNo>,
    trace: SnapTrace<'a>,
    rest: &'a [u8],
}

impl ClientSnap<'_> {
    /// The layout, a row for each field.
    pub const LAYOUT: &'static [Row] = rows! {[
        /// what happened, and how much follows
        head: SnapHead,
        /// inodes that move to the realm that was split off
        split_inos: List<'_, InodeNo> = List::<InodeNo>::ITEMS,
        /// realms that get it as their parent
        split_realms: List<'_, InodeNo> = List::<InodeNo>::ITEMS,
        /// the realm that changed, and its parents
        trace: &[u8] = SnapTrace::SHAPE,
    ] (REST)};
}

// decode

decodes_front!(ClientSnap);

impl<'a> ClientSnap<'a> {
    fn front<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, bytes) = SnapHead::bytes(input, "head", sink)?;
        let head = SnapHead::read(bytes);
        let (input, split_inos) = counted(head.num_split_inos, input, "split_inos", sink)?;
        let (input, split_realms) = counted(head.num_split_realms, input, "split_realms", sink)?;
        let (rest, trace) = take(input, "trace", u64::from(head.trace_len))?;
        let trace = SnapTrace::of(trace, "trace", sink);
        show_bytes(rest, "rest", sink);
        let rest_bytes = rest.bytes;
        Ok((rest, ClientSnap { version, head, split_inos, split_realms, trace, rest: rest_bytes }))
    }
}

// encode

impl<'a> ClientSnap<'a> {
    fn put(&self, out: &mut impl Put) {
        self.head.encode(out);
        self.split_inos.encode_items(out);
        self.split_realms.encode_items(out);
        self.trace.encode(out);
        out.put(self.rest);
    }
}

encodes_front!(ClientSnap);

// build and read

impl<'a> ClientSnap<'a> {
    /// A message of `version`. The counts and the length in `head` are set here.
    #[must_use]
    pub fn new(
        version: u16,
        head: SnapHead,
        split_inos: List<'a, InodeNo>,
        split_realms: List<'a, InodeNo>,
        trace: SnapTrace<'a>,
    ) -> Self {
        let head = SnapHead {
            num_split_inos: split_inos.len() as u32,
            num_split_realms: split_realms.len() as u32,
            trace_len: trace.encoded_len() as u32,
            ..head
        };
        ClientSnap { version, head, split_inos, split_realms, trace, rest: &[] }
    }

    /// The header's version.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The first 24 bytes.
    #[must_use]
    pub fn head(&self) -> &SnapHead {
        &self.head
    }

    /// Inodes that move to the realm that was split off.
    #[must_use]
    pub fn split_inos(&self) -> List<'a, InodeNo> {
        self.split_inos
    }

    /// Realms that get it as their parent.
    #[must_use]
    pub fn split_realms(&self) -> List<'a, InodeNo> {
        self.split_realms
    }

    /// The realm that changed, and its parents.
    #[must_use]
    pub fn trace(&self) -> &SnapTrace<'a> {
        &self.trace
    }

    /// What a newer version wrote behind the fields known here.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](ClientSnap::rest).
    pub fn set_rest(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }
}

impl fmt::Display for ClientSnap<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client_snap({}", self.head.op)?;
        if self.head.split.0 != 0 {
            write!(f, " split={}", self.head.split)?;
        }
        write!(f, " tracelen={})", self.head.trace_len)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::message::Sections;
    use std::string::ToString;
    use std::vec::Vec;

    /// A split of realm 0x1ff: one inode, one realm, a trace of that realm without snapshots.
    fn split() -> Vec<u8> {
        let mut front = b"\x03\0\0\0\xff\x01\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\x30\0\0\0".to_vec();
        front.extend(b"\x05\0\0\0\0\x01\0\0\x06\0\0\0\0\x01\0\0");
        front.extend(b"\xff\x01\0\0\0\0\0\0");
        front.resize(24 + 16 + 48, 0);
        front
    }

    #[test]
    fn lists_and_trace_stand_behind_the_head() {
        let front = split();
        let sections = Sections { front: &front, ..Default::default() };
        let snap = ClientSnap::decode(1, sections).unwrap();
        assert_eq!(snap.split_inos().iter().collect::<Vec<_>>(), [InodeNo(0x100_0000_0005)]);
        assert_eq!(snap.split_realms().iter().collect::<Vec<_>>(), [InodeNo(0x100_0000_0006)]);
        let realms: Vec<_> = snap.trace().realms().map(|realm| realm.head().ino).collect();
        assert_eq!(realms, [InodeNo(0x1ff)]);
        assert_eq!(snap.to_string(), "client_snap(split split=0x1ff tracelen=48)");
        assert_eq!(snap.front_to_vec(), front);

        let head = SnapHead { op: SnapOp::SPLIT, split: InodeNo(0x1ff), ..Default::default() };
        let (inos, realms) = (snap.split_inos(), snap.split_realms());
        assert_eq!(ClientSnap::new(1, head, inos, realms, *snap.trace()), snap);
    }

    #[test]
    fn every_truncation_is_a_fault() {
        let front = split();
        for len in (0..front.len()).step_by(crate::testing::STEP) {
            let sections = Sections { front: &front[..len], ..Default::default() };
            let fault = ClientSnap::decode(1, sections).unwrap_err();
            assert!(fault.at <= len && fault.within == "front", "{fault}");
        }
    }
}
