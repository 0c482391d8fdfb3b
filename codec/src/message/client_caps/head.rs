//! The first 92 bytes, the same for every version and operation.

use crate::types::{Caps, InodeNo, Seq, SnapId, named_number};
use crate::wire::record;

named_number! {
    /// What a MClientCaps does. Source: `CEPH_CAP_OP_*` in `src/include/ceph_fs.h`.
    pub struct CapOp(u32) {
        /// MDS to client: has issued these caps.
        0 GRANT "grant",
        /// MDS to client: `caps` is the new, smaller set.
        1 REVOKE "revoke",
        /// MDS to client: the file was truncated.
        2 TRUNC "trunc",
        /// MDS to client: this rank gives up its cap.
        3 EXPORT "export",
        /// MDS to client: this rank took a cap over.
        4 IMPORT "import",
        /// Client to MDS: retains, wants, writes back.
        5 UPDATE "update",
        /// Client to MDS, historical.
        6 DROP "drop",
        /// Client to MDS: writes dirty state back.
        7 FLUSH "flush",
        /// MDS to client: the flush with this tid is safe.
        8 FLUSH_ACK "flush_ack",
        /// Client to MDS: writes the state as of a snapshot back.
        9 FLUSHSNAP "flushsnap",
        /// MDS to client: that is safe.
        10 FLUSHSNAP_ACK "flushsnap_ack",
        /// Client to MDS, historical.
        11 RELEASE "release",
        /// Client to MDS, historical.
        12 RENEW "renew",
    }
}

record! {
    /// `struct ceph_mds_caps_head`, 92 bytes.
    pub struct Head: 92 {
        /// operation
        0 => pub op: CapOp,
        /// inode
        4 => pub ino: InodeNo,
        /// inode of the snap realm
        12 => pub realm: InodeNo,
        /// id of the cap, unique for one rank, inode and client
        20 => pub cap_id: u64,
        /// number of the cap's last message; restarts with each new cap
        28 => pub seq: Seq,
        /// `seq` at which the MDS last issued bits
        32 => pub issue_seq: Seq,
        /// bits issued (from an MDS) or retained (from a client)
        36 => pub caps: Caps,
        /// bits that somebody has a use for
        40 => pub wanted: Caps,
        /// bits whose state is being written back or acknowledged
        44 => pub dirty: Caps,
        /// how often the cap moved between ranks
        48 => pub mseq: Seq,
        /// the snapshot that this state follows
        52 => pub snap_follows: SnapId,
        /// bytes of the snap trace
        60 => pub(super) snap_trace_len: u32,
        /// owner
        64 => pub uid: u32,
        /// group
        68 => pub gid: u32,
        /// permissions
        72 => pub mode: u32,
        /// link count
        76 => pub nlink: u32,
        /// bytes of the middle section
        80 => pub(super) xattr_len: u32,
        /// version of the extended attributes
        84 => pub xattr_version: u64,
    }
}
