//! What a client asks for.

use crate::types::named_number;

named_number! {
    /// What a MClientRequest asks for. Source: `CEPH_MDS_OP_*` in `src/include/ceph_fs.h`, names as in
    /// `ceph_mds_op_name`.
    pub struct RequestOp(u32) {
        0x100 LOOKUP "lookup",
        0x101 GETATTR "getattr",
        0x102 LOOKUPHASH "lookuphash",
        0x103 LOOKUPPARENT "lookupparent",
        0x104 LOOKUPINO "lookupino",
        0x105 LOOKUPNAME "lookupname",
        0x106 GETVXATTR "getvxattr",
        0x110 GETFILELOCK "getfilelock",
        0x302 OPEN "open",
        0x305 READDIR "readdir",
        0x400 LOOKUPSNAP "lookupsnap",
        0x402 LSSNAP "lssnap",
        0x1105 SETXATTR "setxattr",
        0x1106 RMXATTR "rmxattr",
        0x1107 SETLAYOUT "setlayout",
        0x1108 SETATTR "setattr",
        0x1109 SETFILELOCK "setfilelock",
        0x110a SETDIRLAYOUT "setdirlayout",
        0x1201 MKNOD "mknod",
        0x1202 LINK "link",
        0x1203 UNLINK "unlink",
        0x1204 RENAME "rename",
        0x1220 MKDIR "mkdir",
        0x1221 RMDIR "rmdir",
        0x1222 SYMLINK "symlink",
        /// Opens the file too.
        0x1301 CREATE "create",
        0x1400 MKSNAP "mksnap",
        0x1401 RMSNAP "rmsnap",
        0x1403 RENAMESNAP "renamesnap",
        0x1404 SNAPDIFF "snapdiff",
    }
}

impl RequestOp {
    /// Whether it changes something: its reply comes unsafe first and safe later.
    #[must_use]
    pub const fn is_write(self) -> bool {
        self.0 & 0x1000 != 0
    }
}
