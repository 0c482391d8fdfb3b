//! MExportDirAck, type 0x457: the tree is in the importer's journal. It names the caps that the importer made of
//! those that it got; the exporter puts them into its EXPORTs.

use core::fmt;

use crate::message::plain;
use crate::types::{DirFrag, InodeNo};
use crate::wire::{Encoded, Entry, Envelope, List, sequence};

use super::{CapImport, ImportedCap};

/// What became of the caps on an inode, each behind its client's number.
pub type ImportedCaps<'a> = List<'a, Entry<i64, Envelope<'a, CapImport<'a>>>>;

sequence! {
    /// The fields of an [`ExportDirAck`].
    pub struct AckFields<'a> {
        /// the directory at the root of the tree that moves
        dirfrag: DirFrag,
        /// what became of the caps, inode by inode
        imported_caps: Encoded<'a, List<'a, Entry<InodeNo, ImportedCaps<'a>>>>,
    }
}

plain! {
    /// A whole MExportDirAck.
    pub struct ExportDirAck<'a>(AckFields<'a>);
}

impl<'a> ExportDirAck<'a> {
    /// Inodes, clients, and the caps that the importer made for them. None where the blob is of a form that is
    /// not known.
    pub fn imports(&self) -> impl Iterator<Item = (InodeNo, i64, ImportedCap)> + use<'a> {
        let inodes = self.fields.imported_caps.content().copied().unwrap_or_default();
        inodes.iter().flat_map(|Entry { key: ino, value: caps }| {
            caps.caps().map(move |(client, cap)| (ino, client, cap))
        })
    }
}

impl fmt::Display for ExportDirAck<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "export_ack({})", self.fields.dirfrag)
    }
}
