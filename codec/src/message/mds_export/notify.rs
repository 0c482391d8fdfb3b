//! MExportDirNotify, type 0x458: tells a rank that takes no part in an export who has the tree.

use core::fmt;

use crate::message::plain;
use crate::types::{DirFrag, Rank};
use crate::wire::{List, record, sequence};

record! {
    /// Who has authority over a tree, 8 bytes; two while it moves.
    pub struct Authority: 8 {
        /// rank
        0 => pub first: Rank,
        /// the other one; -2 for none
        4 => pub second: Rank,
    }
}

impl fmt::Display for Authority {
    /// As Ceph logs it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.first, self.second)
    }
}

sequence! {
    /// The fields of an [`ExportDirNotify`].
    pub struct NotifyFields<'a> {
        /// the directory at the root of the tree
        base: DirFrag,
        /// 1: the sender waits for an answer
        ack: u8,
        /// who had authority
        old_auth: Authority,
        /// who has it now
        new_auth: Authority,
        /// directories below that are not part of the tree
        bounds: List<'a, DirFrag>,
    }
}

plain! {
    /// A whole MExportDirNotify.
    pub struct ExportDirNotify<'a>(NotifyFields<'a>);
}

impl fmt::Display for ExportDirNotify<'_> {
    /// As the daemons log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotifyFields { base, ack, old_auth, new_auth, .. } = self.fields;
        let ack = if ack != 0 { "ack" } else { "no ack" };
        write!(f, "export_notify({base} {old_auth} -> {new_auth} {ack})")
    }
}
