//! MExportDirDiscoverAck, type 0x450: whether the importer knows the directory.

use core::fmt;

use crate::message::plain;
use crate::types::DirFrag;
use crate::wire::record;

record! {
    /// The fields of an [`ExportDirDiscoverAck`], 13 bytes.
    pub struct DiscoverAckFields: 13 {
        /// the directory at the root of the tree that moves
        0 => pub dirfrag: DirFrag,
        /// 1: the importer knows it
        12 => pub success: u8,
    }
}

plain! {
    /// A whole MExportDirDiscoverAck.
    pub struct ExportDirDiscoverAck<'a>(DiscoverAckFields);
}

impl fmt::Display for ExportDirDiscoverAck<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let success = if self.fields.success != 0 { "success" } else { "failure" };
        write!(f, "export_discover_ack({} {success})", self.fields.dirfrag)
    }
}
