//! MClientCaps of any version, operation and content.

use ceph_codec::message::client_caps::{
    Body, CapOp, ClientCaps, Export, ExportPeer, FileLayout, Head, ImportPeer, PeerFlags, State,
};
use ceph_codec::message::{NotInVersion, Sections};
use ceph_codec::types::{Caps, InodeNo, Opaque, Rank, Seq, SnapId, Timespec};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Leaves, blob, number};

const EXPORT: u32 = 3;
const IMPORT: u32 = 4;

/// Every number that a message can hold, whether or not its version and operation have a place for it.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) version: u16,
    pub(crate) op: u32,
    pub(crate) n: Vec<u64>,
    pub(crate) body: Vec<u8>,
    pub(crate) snap_trace: Vec<u8>,
    pub(crate) flock: Vec<u8>,
    pub(crate) inline_data: Vec<u8>,
    pub(crate) pool_ns: Vec<u8>,
    pub(crate) fscrypt: [Vec<u8>; 2],
    pub(crate) rest: Vec<u8>,
    pub(crate) xattrs: Vec<u8>,
}

/// Any message of versions 0 to 16, EXPORT and IMPORT often.
pub(crate) fn spec() -> impl Strategy<Value = Spec> {
    let op = prop_oneof![Just(EXPORT), Just(IMPORT), 0_u32..13, any::<u32>()];
    let blobs = (blob(), blob(), blob(), blob(), (blob(), blob()), blob(), blob());
    (0_u16..=16, op, vec(number(), 33), vec(any::<u8>(), 84), blobs).prop_map(
        |(
            version,
            op,
            n,
            body,
            (snap_trace, flock, inline_data, pool_ns, (a, f), rest, xattrs),
        )| Spec {
            version,
            op,
            n,
            body,
            snap_trace,
            flock,
            inline_data,
            pool_ns,
            fscrypt: [a, f],
            rest,
            xattrs,
        },
    )
}

impl Spec {
    fn u32(&self, i: usize) -> u32 {
        self.n[i] as u32
    }

    fn body_u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.body[at..at + 4].try_into().unwrap())
    }

    fn body_u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.body[at..at + 8].try_into().unwrap())
    }

    fn body_time(&self, at: usize) -> Timespec {
        Timespec { sec: self.body_u32(at), nsec: self.body_u32(at + 4) }
    }

    fn has_export_peer(&self) -> bool {
        self.op == EXPORT && self.version >= 3
    }

    pub(crate) fn has_import_peer(&self) -> bool {
        self.op == IMPORT && self.version >= 3
    }

    /// The message through the codec's interface.
    pub(crate) fn build(&self) -> ClientCaps<'_> {
        let mut caps = ClientCaps::new(self.version, self.head(), self.message_body()).unwrap();
        caps.set_snap_trace(&self.snap_trace).unwrap();
        caps.set_xattrs(&self.xattrs).unwrap();
        caps.set_rest(&self.rest);
        for (field, since, set) in self.set_tail(&mut caps) {
            let here = self.version >= since && (field != "import_peer" || self.has_import_peer());
            let refused = Err(NotInVersion { field, version: self.version });
            assert_eq!(set, if here { Ok(()) } else { refused });
        }
        caps
    }

    fn head(&self) -> Head {
        let mut head = Head::default();
        head.op = CapOp(self.op);
        head.ino = InodeNo(self.n[0]);
        head.realm = InodeNo(self.n[1]);
        head.cap_id = self.n[2];
        head.seq = Seq(self.u32(3));
        head.issue_seq = Seq(self.u32(4));
        head.caps = Caps(self.u32(5));
        head.wanted = Caps(self.u32(6));
        head.dirty = Caps(self.u32(7));
        head.mseq = Seq(self.u32(8));
        head.snap_follows = SnapId(self.n[9]);
        head.uid = self.u32(10);
        head.gid = self.u32(11);
        head.mode = self.u32(12);
        head.nlink = self.u32(13);
        head.xattr_version = self.n[14];
        head
    }

    pub(crate) fn message_body(&self) -> Body {
        match self.op {
            EXPORT if self.version >= 3 => Body::Export(Export {
                peer: ExportPeer {
                    cap_id: self.body_u64(0),
                    seq: Seq(self.body_u32(8)),
                    mseq: Seq(self.body_u32(12)),
                    mds: Rank(self.body_u32(16) as i32),
                    flags: PeerFlags(self.body[20]),
                },
                unused: Opaque(self.body[21..].try_into().unwrap()),
            }),
            EXPORT => Body::Unread(Opaque(self.body[..].try_into().unwrap())),
            _ => Body::State(State {
                size: self.body_u64(0),
                max_size: self.body_u64(8),
                truncate_size: self.body_u64(16),
                truncate_seq: self.body_u32(24),
                mtime: self.body_time(28),
                atime: self.body_time(36),
                ctime: self.body_time(44),
                layout: FileLayout {
                    stripe_unit: self.body_u32(52),
                    stripe_count: self.body_u32(56),
                    object_size: self.body_u32(60),
                    cas_hash: self.body_u32(64),
                    object_stripe_unit: self.body_u32(68),
                    unused: self.body_u32(72),
                    pool: self.body_u32(76) as i32,
                },
                time_warp_seq: self.body_u32(80),
            }),
        }
    }

    /// Tries every setter: name, the version that has it by the protocol's table, what the setter said.
    fn set_tail<'a>(
        &'a self,
        caps: &mut ClientCaps<'a>,
    ) -> [(&'static str, u16, Result<(), NotInVersion>); 18] {
        let tail = caps.tail_mut();
        let peer = ImportPeer {
            cap_id: self.n[15],
            seq: Seq(self.u32(16)),
            mseq: Seq(self.u32(17)),
            mds: Rank(self.u32(18) as i32),
            flags: PeerFlags(self.n[19] as u8),
        };
        let btime = Timespec { sec: self.u32(25), nsec: self.u32(26) };
        [
            ("flock", 2, tail.set_flock(&self.flock)),
            ("import_peer", 3, tail.set_import_peer(peer)),
            ("inline_version", 4, tail.set_inline_version(self.n[20])),
            ("inline_data", 4, tail.set_inline_data(&self.inline_data)),
            ("osd_epoch_barrier", 5, tail.set_osd_epoch_barrier(self.u32(21))),
            ("oldest_flush_tid", 6, tail.set_oldest_flush_tid(self.n[22])),
            ("caller_uid", 7, tail.set_caller_uid(self.u32(23))),
            ("caller_gid", 7, tail.set_caller_gid(self.u32(24))),
            ("pool_ns", 8, tail.set_pool_ns(&self.pool_ns)),
            ("btime", 9, tail.set_btime(btime)),
            ("change_attr", 9, tail.set_change_attr(self.n[27])),
            ("flags", 10, tail.set_flags(self.u32(28))),
            ("nfiles", 11, tail.set_nfiles(self.n[29] as i64)),
            ("nsubdirs", 11, tail.set_nsubdirs(self.n[30] as i64)),
            ("fscrypt_auth", 12, tail.set_fscrypt_auth(&self.fscrypt[0])),
            ("fscrypt_file", 12, tail.set_fscrypt_file(&self.fscrypt[1])),
            ("subvolume_id", 13, tail.set_subvolume_id(self.n[31])),
            ("errno", 14, tail.set_errno(self.u32(32) as i32)),
        ]
    }

    /// The front section, field by field, from the protocol's tables alone.
    pub(crate) fn leaves(&self) -> Leaves {
        let mut to = Leaves::default();
        let n = |i: usize| self.n[i].to_le_bytes();
        let four = |i: usize| self.u32(i).to_le_bytes();
        to.plain("op", &self.op.to_le_bytes());
        to.plain("ino", &n(0));
        to.plain("realm", &n(1));
        to.plain("cap_id", &n(2));
        for (i, name) in (3..).zip(["seq", "issue_seq", "caps", "wanted", "dirty", "mseq"]) {
            to.plain(name, &four(i));
        }
        to.plain("snap_follows", &n(9));
        to.plain("snap_trace_len", &(self.snap_trace.len() as u32).to_le_bytes());
        for (i, name) in (10..).zip(["uid", "gid", "mode", "nlink"]) {
            to.plain(name, &four(i));
        }
        to.plain("xattr_len", &(self.xattrs.len() as u32).to_le_bytes());
        to.plain("xattr_version", &n(14));
        self.body_leaves(&mut to);
        to.plain("snap_trace", &self.snap_trace);
        self.tail_leaves(&mut to);
        to.plain("rest", &self.rest);
        to
    }

    fn body_leaves(&self, to: &mut Leaves) {
        const PEER: &[(&str, usize)] =
            &[("cap_id", 8), ("seq", 4), ("mseq", 4), ("mds", 4), ("flags", 1), ("unused", 63)];
        const UNREAD: &[(&str, usize)] = &[("unread", 84)];
        const STATE: &[(&str, usize)] = &[
            ("size", 8),
            ("max_size", 8),
            ("truncate_size", 8),
            ("truncate_seq", 4),
            ("mtime", 8),
            ("atime", 8),
            ("ctime", 8),
            ("stripe_unit", 4),
            ("stripe_count", 4),
            ("object_size", 4),
            ("cas_hash", 4),
            ("object_stripe_unit", 4),
            ("unused", 4),
            ("pool", 4),
            ("time_warp_seq", 4),
        ];
        let table = match self.op {
            EXPORT if self.has_export_peer() => PEER,
            EXPORT => UNREAD,
            _ => STATE,
        };
        let mut at = 0;
        for (name, len) in table {
            to.plain(name, &self.body[at..at + len]);
            at += len;
        }
        assert_eq!(at, 84);
    }

    fn tail_leaves(&self, to: &mut Leaves) {
        let since = |version| self.version >= version;
        let n = |i: usize| self.n[i].to_le_bytes();
        let four = |i: usize| self.u32(i).to_le_bytes();
        if since(2) {
            to.counted("flock", &[], &self.flock);
        }
        if self.has_import_peer() {
            to.plain("cap_id", &n(15));
            to.plain("seq", &four(16));
            to.plain("mseq", &four(17));
            to.plain("mds", &four(18));
            to.plain("flags", &[self.n[19] as u8]);
        }
        if since(4) {
            to.plain("inline_version", &n(20));
            to.counted("inline_data", &[], &self.inline_data);
        }
        if since(5) {
            to.plain("osd_epoch_barrier", &four(21));
        }
        if since(6) {
            to.plain("oldest_flush_tid", &n(22));
        }
        if since(7) {
            to.plain("caller_uid", &four(23));
            to.plain("caller_gid", &four(24));
        }
        if since(8) {
            to.counted("pool_ns", &[], &self.pool_ns);
        }
        if since(9) {
            to.plain("btime", &[four(25), four(26)].concat());
            to.plain("change_attr", &n(27));
        }
        if since(10) {
            to.plain("flags", &four(28));
        }
        if since(11) {
            to.plain("nfiles", &n(29));
            to.plain("nsubdirs", &n(30));
        }
        if since(12) {
            to.counted("fscrypt_auth", &[], &self.fscrypt[0]);
            to.counted("fscrypt_file", &[], &self.fscrypt[1]);
        }
        if since(13) {
            to.plain("subvolume_id", &n(31));
        }
        if since(14) {
            to.plain("errno", &four(32));
        }
    }

    pub(crate) fn sections<'a>(&'a self, front: &'a [u8]) -> Sections<'a> {
        Sections { front, middle: &self.xattrs, data: &[] }
    }
}
