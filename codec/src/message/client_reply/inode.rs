//! What a reply says of an inode, of a directory, of a dentry's lease.

use crate::message::client_caps::{FileLayout, PeerFlags};
use crate::types::{Caps, InodeNo, Rank, Seq, SnapId, Timespec};
use crate::wire::{
    Entry, Field, List, Put, Row, Sink, Step, Text, Versioned, Wire, gated, record, rows, sequence,
};

use super::stat::{Form, Part, Stat, StatGate};

/// An inode in a reply; see [`Inode`].
pub type InodeStat<'a> = Stat<'a, Inode<'a>>;
/// A directory in a reply; see [`Dir`].
pub type DirStat<'a> = Stat<'a, Dir<'a>>;
/// A lease in a reply; see [`Lease`].
pub type LeaseStat<'a> = Stat<'a, Lease<'a>>;

record! {
    /// `struct ceph_mds_reply_cap`, 33 bytes: the cap that the reply brings.
    pub struct InodeCap: 33 {
        /// bits issued
        0 => pub caps: Caps,
        /// bits that somebody has a use for
        4 => pub wanted: Caps,
        /// id of the cap; 0: none is issued
        8 => pub cap_id: u64,
        /// number of the cap's last message
        16 => pub seq: Seq,
        /// how often the cap moved between ranks
        20 => pub mseq: Seq,
        /// inode of the snap realm
        24 => pub realm: InodeNo,
        /// 1: the cap of the inode's authority
        32 => pub flags: PeerFlags,
    }
}

record! {
    /// What every encoding begins with, 217 bytes.
    pub struct InodeHead: 217 {
        /// inode
        0 => pub ino: InodeNo,
        /// the snapshot that this is the state of
        8 => pub snapid: SnapId,
        /// device of a special file
        16 => pub rdev: u32,
        /// version of the inode
        20 => pub version: u64,
        /// version of the extended attributes
        28 => pub xattr_version: u64,
        /// the cap issued with it
        36 => pub cap: InodeCap,
        /// striping over objects
        69 => pub layout: FileLayout,
        /// last change of the inode
        97 => pub ctime: Timespec,
        /// last change of the data
        105 => pub mtime: Timespec,
        /// last access
        113 => pub atime: Timespec,
        /// how often a client set a time back
        121 => pub time_warp_seq: u32,
        /// bytes of the file
        125 => pub size: u64,
        /// how far the client may write without asking
        133 => pub max_size: u64,
        /// size to which the file was last truncated
        141 => pub truncate_size: u64,
        /// number of that truncation
        149 => pub truncate_seq: u32,
        /// type and permissions
        153 => pub mode: u32,
        /// owner
        157 => pub uid: u32,
        /// group
        161 => pub gid: u32,
        /// link count
        165 => pub nlink: u32,
        /// directory: files
        169 => pub nfiles: u64,
        /// directory: subdirectories
        177 => pub nsubdirs: u64,
        /// directory: bytes of everything below
        185 => pub rbytes: u64,
        /// directory: files below
        193 => pub rfiles: u64,
        /// directory: directories below
        201 => pub rsubdirs: u64,
        /// directory: last change below
        209 => pub rctime: Timespec,
    }
}

record! {
    /// A fragment that is split.
    pub struct FragSplit: 8 {
        /// 8 bits: how many bits of the hash name the fragment; 24 bits: those bits, from the top
        0 => pub frag: u32,
        /// into how many further bits it is split
        4 => pub split_by: i32,
    }
}

sequence! {
    /// What follows the head in every encoding.
    pub struct InodeMiddle<'a> {
        /// a directory's fragment tree
        frags: List<'a, FragSplit>,
        /// a symlink's target
        symlink: Text<'a>,
    }
}

record! {
    /// `struct ceph_dir_layout`, 8 bytes.
    pub struct DirLayout: 8 {
        /// hash of the names
        0 => pub hash: u8,
        /// unused
        1 => pub unused1: u8,
        /// unused
        2 => pub unused2: u16,
        /// unused
        4 => pub unused3: u32,
    }
}

gated! {
    /// The fields that depend on the encoding, in wire order.
    pub struct InodeTail<'a> by StatGate {
        /// bare: feature bit 7; how a directory hashes names
        since 0 if dir_layout => dir_layout / set_dir_layout: DirLayout,
        /// map of extended attributes, encoded; empty for not sent
        since 0 => xattrs / set_xattrs: &'a [u8],
        /// bare: feature bit 40; version of the inline data
        since 0 if inline_data => inline_version / set_inline_version: u64,
        /// bare: feature bit 40; a small file's data
        since 0 if inline_data => inline_data / set_inline_data: &'a [u8],
        /// bare: feature bit 47; s64 bytes and s64 files at most
        since 0 if quota => quota / set_quota: Versioned<'a>,
        /// bare: feature bit 58; RADOS namespace of the layout
        since 0 if pool_ns => pool_ns / set_pool_ns: &'a [u8],
        /// bare: feature bit 59; when the inode was made
        since 0 if btime => btime / set_btime: Timespec,
        /// bare: feature bit 59; counts changes
        since 0 if btime => change_attr / set_change_attr: u64,
        /// rank that a directory is pinned to; -1 for none
        since 2 => dir_pin / set_dir_pin: Rank,
        /// when the snapshot was made
        since 3 => snap_btime / set_snap_btime: Timespec,
        /// directory: snapshots below
        since 4 => rsnaps / set_rsnaps: u64,
        /// what the snapshot's maker said of it
        since 5 => snap_metadata / set_snap_metadata: List<'a, Entry<Text<'a>, Text<'a>>>,
        /// 1: encrypted
        since 6 => fscrypt / set_fscrypt: u8,
        /// fscrypt context
        since 7 => fscrypt_auth / set_fscrypt_auth: &'a [u8],
        /// fscrypt: u64 true size
        since 7 => fscrypt_file / set_fscrypt_file: &'a [u8],
        /// metadata that few inodes have, such as how names are compared
        since 8 => optmetadata / set_optmetadata: Versioned<'a>,
        /// subvolume of the inode
        since 9 => subvolume_id / set_subvolume_id: u64,
    }
}

/// An inode: its cap, its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Inode<'a> {
    /// The first 217 bytes, the cap among them.
    pub head: InodeHead,
    /// Fragments and symlink.
    pub middle: InodeMiddle<'a>,
    tail: InodeTail<'a>,
}

impl<'a> Inode<'a> {
    /// An inode with the fields of `form`, those behind the head at their default.
    #[must_use]
    pub fn new(form: Form, head: InodeHead) -> Self {
        Inode { head, middle: InodeMiddle::default(), tail: InodeTail::new(form.into()) }
    }

    /// The fields that depend on the encoding.
    #[must_use]
    pub fn tail(&self) -> &InodeTail<'a> {
        &self.tail
    }

    /// The same, to set them.
    pub fn tail_mut(&mut self) -> &mut InodeTail<'a> {
        &mut self.tail
    }

    /// The cap that the client has now; `None` if none was issued, and for a snapshot, whose caps nobody
    /// takes back.
    #[must_use]
    pub fn cap(&self) -> Option<&InodeCap> {
        let live = self.head.cap.cap_id != 0 && self.head.snapid == SnapId::HEAD;
        live.then_some(&self.head.cap)
    }
}

impl<'a> Part<'a> for Inode<'a> {
    const ROWS: &'static [Row] = rows! {[
        /// what every encoding begins with
        head: InodeHead,
    ] (InodeMiddle::LAYOUT) (InodeTail::LAYOUT)};

    fn decode<S: Sink>(form: Form, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, head) = InodeHead::decode(input, "head", sink)?;
        let (input, middle) = InodeMiddle::fields(input, sink)?;
        let (input, tail) = InodeTail::decode(form.into(), input, sink)?;
        Ok((input, Inode { head, middle, tail }))
    }

    fn put(&self, out: &mut impl Put) {
        self.head.encode(out);
        self.middle.encode(out);
        self.tail.encode(out);
    }

    fn fits(&self, form: Form) -> bool {
        self.tail.gate == form.into()
    }
}

sequence! {
    /// A directory fragment and who has it.
    pub struct Dir<'a> {
        /// the fragment
        frag: u32,
        /// rank of its authority; -1: that of the directory's inode
        auth: Rank,
        /// ranks that have a replica
        replicas: List<'a, Rank>,
    }
}

impl<'a> Part<'a> for Dir<'a> {
    const ROWS: &'static [Row] = Dir::LAYOUT;

    fn decode<S: Sink>(_: Form, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        Self::fields(input, sink)
    }

    fn put(&self, out: &mut impl Put) {
        self.encode(out);
    }

    fn fits(&self, _: Form) -> bool {
        true
    }
}

gated! {
    /// How long the client may trust that a dentry stays as it is.
    pub struct Lease<'a> by StatGate {
        /// 1 or 2: a lease is given; 4: the dentry is the inode's first
        since 0 => mask / set_mask: u16,
        /// for so many milliseconds
        since 0 => duration_ms / set_duration_ms: u32,
        /// number of the lease
        since 0 => seq / set_seq: Seq,
        /// the name that belongs to an encrypted one
        since 2 => alternate_name / set_alternate_name: Text<'a>,
    }
}

impl Lease<'_> {
    /// No lease, in this form.
    #[must_use]
    pub fn none(form: Form) -> Self {
        Lease::new(form.into())
    }
}

impl<'a> Part<'a> for Lease<'a> {
    const ROWS: &'static [Row] = Lease::LAYOUT;

    fn decode<S: Sink>(form: Form, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        Lease::decode(form.into(), input, sink)
    }

    fn put(&self, out: &mut impl Put) {
        self.encode(out);
    }

    fn fits(&self, form: Form) -> bool {
        self.gate == form.into()
    }
}
