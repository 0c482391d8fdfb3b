//! MExportDirFinish, type 0x460: the export is in the exporter's journal. The importer sends its IMPORTs at the
//! first of them; there are two where other ranks had to be told.

use core::fmt;

use crate::message::plain;
use crate::types::DirFrag;
use crate::wire::record;

record! {
    /// The fields of an [`ExportDirFinish`], 13 bytes.
    pub struct FinishFields: 13 {
        /// the directory at the root of the tree that moved
        0 => pub dirfrag: DirFrag,
        /// 0: another follows, once every rank knows
        12 => pub last: u8,
    }
}

plain! {
    /// A whole MExportDirFinish.
    pub struct ExportDirFinish<'a>(FinishFields);
}

impl fmt::Display for ExportDirFinish<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = if self.fields.last != 0 { " last" } else { "" };
        write!(f, "export_finish({}{last})", self.fields.dirfrag)
    }
}
