//! MExportDir, type 0x456: the tree, and the clients that have caps in it. From here on the importer can do what
//! it has to with the caps, whatever becomes of the exporter.

use core::fmt;

use crate::message::plain;
use crate::types::{DirFrag, InodeNo, SnapId};
use crate::wire::{Encoded, List, Text, sequence};

use super::{ClientInst, ClientMap, ExportData, ExportedCaps};

sequence! {
    /// The fields of an [`ExportDir`].
    pub struct ExportDirFields<'a> {
        /// the directory at the root of the tree that moves
        dirfrag: DirFrag,
        /// directories below that do not move with it
        bounds: List<'a, DirFrag>,
        /// the tree
        export_data: Encoded<'a, ExportData<'a>>,
        /// the clients that have caps in it
        client_map: Encoded<'a, ClientMap<'a>>,
    }
}

plain! {
    /// A whole MExportDir.
    pub struct ExportDir<'a>(ExportDirFields<'a>);
}

/// An inode on its way to another rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MovedInode<'a> {
    /// The directory that it is in.
    pub dir: DirFrag,
    /// Its name there.
    pub name: Text<'a>,
    /// The inode.
    pub ino: InodeNo,
    /// The last snapshot that it is for; [`SnapId::HEAD`] for the live inode.
    pub last: SnapId,
    /// Caps on it, each behind its client's number.
    pub exports: ExportedCaps<'a>,
}

impl<'a> ExportDir<'a> {
    /// The inodes that move, directory by directory, the root's names first. None where the tree is of a form
    /// that is not known.
    pub fn inodes(&self) -> impl Iterator<Item = MovedInode<'a>> + use<'a> {
        let data = self.fields.export_data.content().copied().unwrap_or_default();
        data.dirs().flat_map(|envelope| {
            let (dir, dentries) = envelope.fields().parts();
            dentries.iter().filter_map(move |dentry| {
                let (ino, last, exports) = dentry.target.inode()?.parts();
                Some(MovedInode { dir, name: dentry.name, ino, last, exports })
            })
        })
    }

    /// The clients that have caps in the tree, by number. None where the map is of a form that is not known.
    pub fn clients(&self) -> impl Iterator<Item = (i64, ClientInst<'a>)> + use<'a> {
        let map = self.fields.client_map.content().copied().unwrap_or_default();
        map.clients.iter().map(|entry| (entry.key, entry.value))
    }
}

impl fmt::Display for ExportDir<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "export({})", self.fields.dirfrag)
    }
}
