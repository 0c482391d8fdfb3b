//! A client's cap on its way from one rank to another, and what became of it there.
//!
//! Sources: `Capability::Export` and `Capability::Import` in `src/mds/Capability.cc`,
//! `Capability::make_export` in `src/mds/Capability.h`.

use crate::types::{Caps, Seq, SnapId, Timespec};
use crate::wire::{Entry, Envelope, List, enveloped, gated, record};

record! {
    /// A cap as its rank gives it away, 44 bytes.
    pub struct ExportedCap: 44 {
        /// id of the cap, from the rank that gives it away
        0 => pub cap_id: u64,
        /// bits that the client has a use for
        8 => pub wanted: Caps,
        /// bits that the client may still hold
        12 => pub issued: Caps,
        /// bits that it is to hold
        16 => pub pending: Caps,
        /// the snapshot that the client's state follows
        20 => pub client_follows: SnapId,
        /// `seq` of the last message about the cap
        28 => pub seq: Seq,
        /// how often the cap moved between ranks, this time included
        32 => pub mseq: Seq,
        /// when bits were last issued
        36 => pub last_issue_stamp: Timespec,
    }
}

gated! {
    /// An [`ExportedCap`] with what came later.
    pub struct CapExport<'a> {
        /// the cap
        since 0 => cap / set_cap: ExportedCap,
        /// flags of the cap that move with it
        since 3 => state / set_state: u32,
    }
}

enveloped!(CapExport, framed since 2, else 1);

record! {
    /// A cap as its new rank took it, 16 bytes; all 0 where that rank has no session with the client.
    pub struct ImportedCap: 16 {
        /// id of the cap, from the rank that took it
        0 => pub cap_id: u64,
        /// `seq` that its IMPORT will have
        8 => pub issue_seq: Seq,
        /// how often the cap moved between ranks
        12 => pub mseq: Seq,
    }
}

gated! {
    /// An [`ImportedCap`].
    pub struct CapImport<'a> {
        /// the cap
        since 0 => cap / set_cap: ImportedCap,
    }
}

enveloped!(CapImport);

/// Caps on one inode, each behind its client's number.
pub type ExportedCaps<'a> = List<'a, Entry<i64, Envelope<'a, CapExport<'a>>>>;

impl<'a> ExportedCaps<'a> {
    /// The clients and their caps.
    pub fn caps(&self) -> impl Iterator<Item = (i64, ExportedCap)> + use<'a> {
        self.iter().map(|Entry { key, value }| (key, value.fields().cap))
    }
}

impl<'a> List<'a, Entry<i64, Envelope<'a, CapImport<'a>>>> {
    /// The clients and what became of their caps.
    pub fn caps(&self) -> impl Iterator<Item = (i64, ImportedCap)> + use<'a> {
        self.iter().map(|Entry { key, value }| (key, value.fields().cap))
    }
}
