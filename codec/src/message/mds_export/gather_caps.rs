//! MGatherCaps, type 0x472: the rank that has authority over an inode asks another one for the caps that it
//! issued. The answer is a MExportCaps.

use core::fmt;

use crate::message::plain;
use crate::types::InodeNo;
use crate::wire::record;

record! {
    /// The fields of a [`GatherCaps`], 8 bytes.
    pub struct GatherCapsFields: 8 {
        /// inode
        0 => pub ino: InodeNo,
    }
}

plain! {
    /// A whole MGatherCaps.
    pub struct GatherCaps<'a>(GatherCapsFields);
}

impl fmt::Display for GatherCaps<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gather_caps({})", self.fields.ino)
    }
}
