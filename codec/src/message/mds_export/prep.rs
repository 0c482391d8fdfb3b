//! MExportDirPrep, type 0x452: what the importer has to know before it can take the tree.

use core::fmt;

use crate::message::plain;
use crate::types::{DirFrag, Rank};
use crate::wire::{List, sequence};

sequence! {
    /// The fields of an [`ExportDirPrep`].
    pub struct PrepFields<'a> {
        /// the directory at the root of the tree that moves
        dirfrag: DirFrag,
        /// that directory's state, encoded
        basedir: &'a [u8],
        /// directories below that do not move with it
        bounds: List<'a, DirFrag>,
        /// the way to each of these, encoded: inodes, names and directories
        traces: List<'a, &'a [u8]>,
        /// other ranks that have to be told
        bystanders: List<'a, Rank>,
    }
}

plain! {
    /// A whole MExportDirPrep.
    pub struct ExportDirPrep<'a>(PrepFields<'a>);
}

impl fmt::Display for ExportDirPrep<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "export_prep({})", self.fields.dirfrag)
    }
}
