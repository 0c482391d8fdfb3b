//! MExportDirPrepAck, type 0x453: whether the importer is ready for the tree.

use core::fmt;

use crate::message::plain;
use crate::types::DirFrag;
use crate::wire::record;

record! {
    /// The fields of an [`ExportDirPrepAck`], 13 bytes.
    pub struct PrepAckFields: 13 {
        /// the directory at the root of the tree that moves
        0 => pub dirfrag: DirFrag,
        /// 1: the importer is ready
        12 => pub success: u8,
    }
}

plain! {
    /// A whole MExportDirPrepAck.
    pub struct ExportDirPrepAck<'a>(PrepAckFields);
}

impl fmt::Display for ExportDirPrepAck<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let success = if self.fields.success != 0 { "success" } else { "fail" };
        write!(f, "export_prep_ack({} {success})", self.fields.dirfrag)
    }
}
