//! MExportDirNotifyAck, type 0x459: a rank knows who has the tree.

use core::fmt;

use crate::message::plain;
use crate::types::DirFrag;
use crate::wire::record;

use super::Authority;

record! {
    /// The fields of an [`ExportDirNotifyAck`], 20 bytes.
    pub struct NotifyAckFields: 20 {
        /// the directory at the root of the tree
        0 => pub dirfrag: DirFrag,
        /// who has authority, as the notification said
        12 => pub new_auth: Authority,
    }
}

plain! {
    /// A whole MExportDirNotifyAck.
    pub struct ExportDirNotifyAck<'a>(NotifyAckFields);
}

impl fmt::Display for ExportDirNotifyAck<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "export_notify_ack({})", self.fields.dirfrag)
    }
}
