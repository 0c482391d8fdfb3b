//! The heads, paths, releases and later fields of a request.

use core::fmt;

use crate::types::{Caps, InodeNo, Seq, Timespec};
use crate::wire::{List, Text, gated, record, sequence};

use super::RequestOp;

record! {
    /// What the head has before the arguments, 40 bytes.
    pub struct RequestHead: 40 {
        /// the oldest request of the session still unanswered
        0 => pub oldest_tid: u64,
        /// epoch of the MDS map that the client has
        8 => pub mdsmap_epoch: u32,
        /// 1 replay, 2 wants the dentry, 4 async
        12 => pub flags: u32,
        /// how often it was sent again; from head version 2 on its low 8 bits
        16 => pub num_retry: u8,
        /// how often it was forwarded; from head version 2 on its low 8 bits
        17 => pub num_fwd: u8,
        /// number of cap releases
        18 => pub(super) num_releases: u16,
        /// operation
        20 => pub op: RequestOp,
        /// user who asks
        24 => pub caller_uid: u32,
        /// group of that user
        28 => pub caller_gid: u32,
        /// async create: the inode number that the client chose
        32 => pub ino: InodeNo,
    }
}

record! {
    /// What head version 2 has behind the arguments, 8 bytes.
    pub struct Counters: 8 {
        /// how often it was sent again
        0 => pub num_retry: u32,
        /// how often it was forwarded
        4 => pub num_fwd: u32,
    }
}

record! {
    /// What head version 3 has behind that, 8 bytes.
    pub struct Owner: 8 {
        /// owner of a new inode
        0 => pub uid: u32,
        /// its group
        4 => pub gid: u32,
    }
}

sequence! {
    /// A path, from an inode on.
    pub struct FilePath<'a> {
        /// 1
        encoding: u8,
        /// inode where the path begins
        ino: InodeNo,
        /// names, with / between them
        path: Text<'a>,
    }
}

impl FilePath<'_> {
    /// Whether it names nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ino.0 == 0 && self.path.0.is_empty()
    }
}

impl fmt::Display for FilePath<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.ino.0, self.path.0) {
            (0, _) => write!(f, "{}", self.path),
            (_, []) => write!(f, "#{}", self.ino),
            _ => write!(f, "#{}/{}", self.ino, self.path),
        }
    }
}

sequence! {
    /// What the client gives up so that the request can proceed: an update of a cap, and maybe a lease.
    pub struct Release<'a> {
        /// inode
        ino: InodeNo,
        /// id of the cap
        cap_id: u64,
        /// bits retained
        caps: Caps,
        /// bits that somebody has a use for
        wanted: Caps,
        /// number of the cap's last message
        seq: Seq,
        /// `seq` at which the MDS last issued bits
        issue_seq: Seq,
        /// how often the cap moved between ranks
        mseq: Seq,
        /// `seq` of the dentry's lease
        dname_seq: Seq,
        /// the dentry whose lease it gives up; empty for none
        dname: Text<'a>,
    }
}

gated! {
    /// The fields that came with later versions, in wire order.
    pub struct RequestTail<'a> {
        /// when the client asked
        since 2 => stamp / set_stamp: Timespec,
        /// further groups of the user
        since 4 => gids / set_gids: List<'a, u64>,
        /// the name that belongs to an encrypted one
        since 5 => alternate_name / set_alternate_name: Text<'a>,
        /// fscrypt context of a new inode
        since 6 => fscrypt_auth / set_fscrypt_auth: &'a [u8],
        /// fscrypt: u64 true size
        since 6 => fscrypt_file / set_fscrypt_file: &'a [u8],
    }
}
