//! MExportCapsAck, type 0x471: what became of caps that came without a tree, as far as their clients have to
//! hear it from the rank that they were taken from.

use core::fmt;

use crate::message::plain;
use crate::types::InodeNo;
use crate::wire::{Encoded, Entry, List, sequence};

use super::{ImportedCap, ImportedCaps};

sequence! {
    /// What is in the blob of an [`ExportCapsAck`].
    pub struct CapsAckImports<'a> {
        /// what became of the caps
        imports: ImportedCaps<'a>,
        /// ids that the caps had before, each behind its client's number
        peer_caps_ids: List<'a, Entry<i64, u64>>,
    }
}

sequence! {
    /// The fields of an [`ExportCapsAck`].
    pub struct CapsAckFields<'a> {
        /// inode
        ino: InodeNo,
        /// its caps
        cap_bl: Encoded<'a, CapsAckImports<'a>>,
    }
}

plain! {
    /// A whole MExportCapsAck.
    pub struct ExportCapsAck<'a>(CapsAckFields<'a>);
}

impl<'a> ExportCapsAck<'a> {
    /// The clients, and the caps that the rank with authority has for them. None where the blob is of a form that
    /// is not known.
    pub fn imports(&self) -> impl Iterator<Item = (i64, ImportedCap)> + use<'a> {
        let content = self.fields.cap_bl.content().copied().unwrap_or_default();
        content.imports.caps()
    }
}

impl fmt::Display for ExportCapsAck<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "export_caps_ack({})", self.fields.ino)
    }
}
