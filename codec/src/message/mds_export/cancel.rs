//! MExportDirCancel, type 0x451: the exporter gives up before it has sent the tree.

use core::fmt;

use crate::message::plain;
use crate::types::DirFrag;
use crate::wire::record;

record! {
    /// The fields of an [`ExportDirCancel`], 12 bytes.
    pub struct CancelFields: 12 {
        /// the directory at the root of the tree that stays
        0 => pub dirfrag: DirFrag,
    }
}

plain! {
    /// A whole MExportDirCancel.
    pub struct ExportDirCancel<'a>(CancelFields);
}

impl fmt::Display for ExportDirCancel<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "export_cancel({})", self.fields.dirfrag)
    }
}
