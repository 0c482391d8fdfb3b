//! MExportDirDiscover, type 0x449: the first message of an export. It names the tree that is to move.

use core::fmt;

use crate::message::client_request::FilePath;
use crate::message::plain;
use crate::types::{DirFrag, Rank};
use crate::wire::sequence;

sequence! {
    /// The fields of an [`ExportDirDiscover`].
    pub struct DiscoverFields<'a> {
        /// rank of the sender, the exporter
        from: Rank,
        /// the directory at the root of the tree that moves
        dirfrag: DirFrag,
        /// its path
        path: FilePath<'a>,
    }
}

plain! {
    /// A whole MExportDirDiscover.
    pub struct ExportDirDiscover<'a>(DiscoverFields<'a>);
}

impl fmt::Display for ExportDirDiscover<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "export_discover({} {})", self.fields.dirfrag, self.fields.path)
    }
}
