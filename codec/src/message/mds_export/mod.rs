//! What metadata servers say to each other when a directory, or caps alone, move from one rank to another.
//!
//! | type | message | from, to |
//! | --- | --- | --- |
//! | 0x449 | [`ExportDirDiscover`] | exporter to importer: make the directory's inode known |
//! | 0x450 | [`ExportDirDiscoverAck`] | and back |
//! | 0x451 | [`ExportDirCancel`] | exporter to importer: it does not take place |
//! | 0x452 | [`ExportDirPrep`] | exporter to importer: what lies around the tree that moves |
//! | 0x453 | [`ExportDirPrepAck`] | and back |
//! | 0x456 | [`ExportDir`] | exporter to importer: the tree, with the clients' caps |
//! | 0x457 | [`ExportDirAck`] | and back, with the caps that the importer made of them |
//! | 0x458 | [`ExportDirNotify`] | exporter to the other ranks: who has the tree |
//! | 0x459 | [`ExportDirNotifyAck`] | and back |
//! | 0x460 | [`ExportDirFinish`] | exporter to importer: the clients may be told |
//! | 0x470 | [`ExportCaps`] | a rank that has no authority to the one that has: the clients' caps |
//! | 0x471 | [`ExportCapsAck`] | and back |
//! | 0x472 | [`GatherCaps`] | the rank that has authority to another: hand over your caps |
//!
//! All messages of one export have the same tid in their header. These are messages between daemons of one
//! cluster: their version is 1 ([`ExportCaps`]: 2), and what they carry changed without it. What is in a blob
//! is read where it has the form of Ceph 16 and later, and kept where it has not; see [`Encoded`].
//!
//! Sources: `src/messages/MExport*.h`, `src/messages/MGatherCaps.h`, `Migrator::encode_export_dir` and
//! `Migrator::decode_import_dir` in `src/mds/Migrator.cc`.
//!
//! [`Encoded`]: crate::Encoded

mod ack;
mod cancel;
mod cap;
mod caps;
mod caps_ack;
mod client;
mod data;
mod dir;
mod discover;
mod discover_ack;
mod finish;
mod gather_caps;
mod notify;
mod notify_ack;
mod prep;
mod prep_ack;

pub use ack::{AckFields, ExportDirAck, ImportedCaps};
pub use cancel::{CancelFields, ExportDirCancel};
pub use cap::{CapExport, CapImport, ExportedCap, ExportedCaps, ImportedCap};
pub use caps::{ExportCaps, ExportCapsTail, InodeCaps};
pub use caps_ack::{CapsAckFields, CapsAckImports, ExportCapsAck};
pub use client::{ClientInst, ClientMap, ClientMetadata};
pub use data::{
    AuthCaps, BareRemoteLink, ExportData, ExportedDentry, ExportedDir, ExportedInode, PrimaryLink,
    RemoteLink, Target,
};
pub use dir::{ExportDir, ExportDirFields, MovedInode};
pub use discover::{DiscoverFields, ExportDirDiscover};
pub use discover_ack::{DiscoverAckFields, ExportDirDiscoverAck};
pub use finish::{ExportDirFinish, FinishFields};
pub use gather_caps::{GatherCaps, GatherCapsFields};
pub use notify::{Authority, ExportDirNotify, NotifyFields};
pub use notify_ack::{ExportDirNotifyAck, NotifyAckFields};
pub use prep::{ExportDirPrep, PrepFields};
pub use prep_ack::{ExportDirPrepAck, PrepAckFields};

#[cfg(all(test, feature = "alloc"))]
mod tests;
