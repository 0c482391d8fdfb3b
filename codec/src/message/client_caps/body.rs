//! The 84 bytes behind the head, and the two caps that a migration names.

use core::fmt;

use crate::types::{Opaque, Rank, Seq, Timespec, fixed_newtype};
use crate::wire::{Field, Fixed, Kind, Put, Shape, Sink, Step, Value, Wire, record};

use super::CapOp;

/// What an EXPORT says of the importer's cap begins where other messages have `size`; only the operation
/// and the version tell which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Body {
    /// Every operation but EXPORT.
    State(State),
    /// EXPORT from version 3 on.
    Export(Export),
    /// EXPORT before version 3: the sender left these bytes as they were.
    Unread(Opaque<84>),
}

impl Body {
    #[inline]
    pub(super) fn bytes<'a, S: Sink>(
        op: CapOp,
        version: u16,
        input: Wire<'a>,
        sink: &mut S,
    ) -> Step<'a, &'a [u8]> {
        match (op, version) {
            (CapOp::EXPORT, 3..) => Export::bytes(input, "export", sink),
            (CapOp::EXPORT, _) => Opaque::<84>::bytes(input, "unread", sink),
            _ => State::bytes(input, "state", sink),
        }
    }

    #[inline]
    pub(super) fn read(op: CapOp, version: u16, bytes: &[u8]) -> Self {
        match (op, version) {
            (CapOp::EXPORT, 3..) => Body::Export(Export::read(bytes)),
            (CapOp::EXPORT, _) => Body::Unread(Opaque::read(bytes)),
            _ => Body::State(State::read(bytes)),
        }
    }

    #[inline]
    pub(super) fn encode(&self, out: &mut impl Put) {
        match self {
            Body::State(body) => body.encode(out),
            Body::Export(body) => body.encode(out),
            Body::Unread(body) => body.encode(out),
        }
    }

    pub(super) fn fits(&self, op: CapOp, version: u16) -> bool {
        match self {
            Body::Export(_) => op == CapOp::EXPORT && version >= 3,
            Body::Unread(_) => op == CapOp::EXPORT && version < 3,
            Body::State(_) => op != CapOp::EXPORT,
        }
    }
}

record! {
    /// The inode's state, 84 bytes.
    pub struct State: 84 {
        /// bytes of the file
        0 => pub size: u64,
        /// how far the client may write without asking
        8 => pub max_size: u64,
        /// size to which the file was last truncated
        16 => pub truncate_size: u64,
        /// number of that truncation
        24 => pub truncate_seq: u32,
        /// last change of the data
        28 => pub mtime: Timespec,
        /// last access
        36 => pub atime: Timespec,
        /// last change of the inode
        44 => pub ctime: Timespec,
        /// striping over objects
        52 => pub layout: FileLayout,
        /// how often a client set a time back
        80 => pub time_warp_seq: u32,
    }
}

record! {
    /// `struct ceph_file_layout_legacy`, 28 bytes.
    pub struct FileLayout: 28 {
        /// bytes of a stripe in one object
        0 => pub stripe_unit: u32,
        /// objects that a stripe goes over
        4 => pub stripe_count: u32,
        /// bytes of an object
        8 => pub object_size: u32,
        /// `fl_cas_hash`, unused
        12 => pub cas_hash: u32,
        /// `fl_object_stripe_unit`, unused
        16 => pub object_stripe_unit: u32,
        /// `fl_unused`
        20 => pub unused: u32,
        /// pool of the objects
        24 => pub pool: i32,
    }
}

record! {
    /// An EXPORT's 84 bytes.
    pub struct Export: 84 {
        /// the importer's cap
        0 => pub peer: ExportPeer,
        /// zero from every sender seen
        21 => pub unused: Opaque<63>,
    }
}

record! {
    /// `struct ceph_mds_cap_peer` in an EXPORT, 21 bytes: the cap that the importer made for this client.
    pub struct ExportPeer: 21 {
        /// id of the importer's cap; 0 where it made none
        0 => pub cap_id: u64,
        /// the seq that the importer's IMPORT will carry
        8 => pub seq: Seq,
        /// the mseq that it will carry
        12 => pub mseq: Seq,
        /// rank of the importer; negative where the cap goes nowhere
        16 => pub mds: Rank,
        /// 0 from every sender seen
        20 => pub flags: PeerFlags,
    }
}

record! {
    /// `struct ceph_mds_cap_peer` in an IMPORT, 21 bytes: the cap that the exporter gave up.
    pub struct ImportPeer: 21 {
        /// id of the exporter's cap
        0 => pub cap_id: u64,
        /// the last seq that the exporter sent for it
        8 => pub seq: Seq,
        /// its mseq
        12 => pub mseq: Seq,
        /// rank of the exporter
        16 => pub mds: Rank,
        /// whether it was the auth cap, and whether to release it
        20 => pub flags: PeerFlags,
    }
}

impl ExportPeer {
    /// Whether it names a cap at a rank at all. Linux asks for the rank, userspace for the id.
    #[must_use]
    pub fn is_somewhere(&self) -> bool {
        self.cap_id != 0 && self.mds.0 >= 0
    }
}

/// Flags of a peer's cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct PeerFlags(pub u8);

impl PeerFlags {
    /// It was the cap of the inode's authority.
    pub const AUTH: PeerFlags = PeerFlags(1);
    /// The client is to queue a release of it.
    pub const RELEASE: PeerFlags = PeerFlags(2);

    /// Whether every flag of `other` is set.
    #[must_use]
    pub const fn contains(self, other: PeerFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

fixed_newtype!(PeerFlags(u8): Shape::Leaf(Kind::Uint), |flags| Value::Uint(u64::from(flags.0)));

macro_rules! peer_display {
    ($($Peer:ident),+) => {$(
        impl fmt::Display for $Peer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} seq {} mseq {} mds.{} flags {}", self.cap_id, self.seq, self.mseq, self.mds, self.flags.0)
            }
        }
    )+};
}
peer_display!(ExportPeer, ImportPeer);
