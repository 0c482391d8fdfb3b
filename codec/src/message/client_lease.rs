//! MClientLease, type 0x311: an MDS and a client talk about the lease on one name in a directory.
//!
//! | since | field |
//! | --- | --- |
//! | 0 | [`LeaseHead`], 35 bytes |
//! | 0 | str name |
//! | | bytes of versions newer than known, or from Linux room for a name of 255 bytes |
//!
//! Sources: `MClientLease` in `src/messages/MClientLease.h`, `struct ceph_mds_lease` in
//! `src/include/ceph_fs.h`.

use core::fmt;

use crate::types::{InodeNo, Seq, SnapId, named_number};
use crate::wire::{Field, Put, REST, Row, Sink, Step, Text, Wire, record, rows};

use super::{decodes_front, encodes_front, show_bytes};

named_number! {
    /// What a MClientLease does. Source: `CEPH_MDS_LEASE_*` in `src/include/ceph_fs.h`.
    pub struct LeaseAction(u8) {
        /// MDS to client: the name may change, stop using it.
        1 REVOKE "revoke",
        /// Client to MDS: has no more use for it.
        2 RELEASE "release",
        /// Either way: asks for more time, grants it.
        3 RENEW "renew",
        /// Client to MDS: the answer to a revoke.
        4 REVOKE_ACK "revoke_ack",
    }
}

record! {
    /// `struct ceph_mds_lease`, 35 bytes.
    pub struct LeaseHead: 35 {
        /// operation
        0 => pub action: LeaseAction,
        /// which leases, as bits: 1 and 2 that the name is valid, 4 that it is the primary link
        1 => pub mask: u16,
        /// the directory
        3 => pub ino: InodeNo,
        /// first snapshot that the lease is for
        11 => pub first: SnapId,
        /// last snapshot that the lease is for
        19 => pub last: SnapId,
        /// counts the lease's messages
        27 => pub seq: Seq,
        /// for how many milliseconds a renewed lease holds
        31 => pub duration_ms: u32,
    }
}

/// A whole MClientLease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClientLease<'a> {
    version: u16,
    head: LeaseHead,
    name: Text<'a>,
    rest: &'a [u8],
}

impl ClientLease<'_> {
    /// The layout, a row for each field.
    pub const LAYOUT: &'static [Row] = rows! {[
        /// the first 35 bytes
        head: LeaseHead,
        /// the name in the directory
        name: Text<'_>,
    ] (REST)};
}

// decode

decodes_front!(ClientLease);

impl<'a> ClientLease<'a> {
    fn front<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, head) = LeaseHead::decode(input, "head", sink)?;
        let (rest, name) = Text::decode(input, "name", sink)?;
        show_bytes(rest, "rest", sink);
        Ok((rest, ClientLease { version, head, name, rest: rest.bytes }))
    }
}

// encode

impl<'a> ClientLease<'a> {
    fn put(&self, out: &mut impl Put) {
        self.head.encode(out);
        self.name.encode(out);
        out.put(self.rest);
    }
}

encodes_front!(ClientLease);

// build and read

impl<'a> ClientLease<'a> {
    /// A message of `version` about one name.
    #[must_use]
    pub fn new(version: u16, head: LeaseHead, name: Text<'a>) -> Self {
        ClientLease { version, head, name, rest: &[] }
    }

    /// The header's version.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The first 35 bytes.
    #[must_use]
    pub fn head(&self) -> &LeaseHead {
        &self.head
    }

    /// The name in the directory.
    #[must_use]
    pub fn name(&self) -> Text<'a> {
        self.name
    }

    /// What a newer version wrote behind the fields known here; from Linux, which always sends room for a
    /// name of 255 bytes, what is left of that.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](ClientLease::rest).
    pub fn set_rest(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }
}

impl fmt::Display for ClientLease<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LeaseHead { action, mask, ino, first, last, seq, .. } = self.head;
        write!(f, "client_lease(a={action} seq {seq} mask {mask} {ino}")?;
        if last != SnapId::HEAD {
            write!(f, " [{first},{last}]")?;
        }
        if !self.name.0.is_empty() {
            write!(f, "/{}", self.name)?;
        }
        f.write_str(")")
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::message::Sections;
    use std::string::ToString;

    /// By hand, field by field.
    const RENEW: &[u8] =
        b"\x03\x01\0\x05\0\0\0\0\x01\0\0\x02\0\0\0\0\0\0\0\xfe\xff\xff\xff\xff\xff\
        \xff\xff\x09\0\0\0\x30\x75\0\0\x02\0\0\0f1";

    #[test]
    fn the_name_stands_behind_35_bytes() {
        let head = LeaseHead {
            action: LeaseAction::RENEW,
            mask: 1,
            ino: InodeNo(0x100_0000_0005),
            first: SnapId(2),
            last: SnapId::HEAD,
            seq: Seq(9),
            duration_ms: 30_000,
        };
        let built = ClientLease::new(1, head, Text(b"f1"));
        assert_eq!(built.front_to_vec(), RENEW);
        let sections = Sections { front: RENEW, ..Default::default() };
        assert_eq!(ClientLease::decode(1, sections), Ok(built));
        assert_eq!(built.to_string(), "client_lease(a=renew seq 9 mask 1 0x10000000005/f1)");
        let snap = LeaseHead { last: SnapId(31), action: LeaseAction(9), ..head };
        assert_eq!(
            ClientLease::new(1, snap, Text(b"")).to_string(),
            "client_lease(a=unknown(9) seq 9 mask 1 0x10000000005 [2,1f])"
        );
    }

    #[test]
    fn a_name_that_is_cut_is_a_fault_of_the_name() {
        let sections = Sections { front: &RENEW[..40], ..Default::default() };
        assert_eq!(
            ClientLease::decode(1, sections).unwrap_err().to_string(),
            "name at byte 35 of front: needs 6 bytes, 5 are there"
        );
    }
}
