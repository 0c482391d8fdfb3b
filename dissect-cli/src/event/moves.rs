//! What metadata servers say to each other when a directory tree moves from one rank to another.

use ceph_codec::message::mds_export::ImportedCap;
use ceph_codec::message::{Message, MessageType};
use ceph_codec::types::{DirFrag, Frag, InodeNo};

use super::At;
use crate::session::{Envelope, Who};
use crate::stream::Dir;

/// A message between metadata servers about the export of a tree, or of caps alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoveEvent {
    /// Where it was seen.
    pub at: At,
    /// Which way it went on its connection.
    pub dir: Dir,
    /// Number of the export, the exporter's own: all its messages have it.
    pub tid: u64,
    /// The directory at the root of the tree; of caps alone their inode.
    pub tree: DirFrag,
    /// What it says.
    pub step: MoveStep,
}

/// What a message about an export says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveStep {
    /// The exporter names the tree that is to move.
    Discover,
    /// The importer knows the directory, or does not.
    DiscoverAck {
        /// It does.
        success: bool,
    },
    /// The exporter gives up.
    Cancel,
    /// The exporter tells what lies around the tree.
    Prep,
    /// The importer is ready, or is not.
    PrepAck {
        /// It is.
        success: bool,
    },
    /// The tree itself.
    Dir {
        /// Inodes that move, each snapshot's counted.
        inodes: u32,
        /// Caps on them.
        caps: u32,
    },
    /// A cap that the importer made, as its acknowledgement says; one event each, before
    /// [`Ack`](MoveStep::Ack).
    Took {
        /// The inode.
        ino: InodeNo,
        /// The client.
        client: i64,
        /// The cap; its id is 0 where the importer has no session with the client.
        cap: ImportedCap,
    },
    /// The importer has the tree in its journal.
    Ack {
        /// Caps that it took.
        caps: u32,
    },
    /// The exporter tells another rank who has the tree.
    Notify,
    /// That rank knows.
    NotifyAck,
    /// The exporter has it in its journal: the clients may be told.
    Finish {
        /// Every rank knows: nothing follows.
        last: bool,
    },
    /// A rank hands caps to the one that has authority over their inode.
    Caps {
        /// How many.
        caps: u32,
    },
    /// That rank has them.
    CapsAck {
        /// How many.
        caps: u32,
    },
    /// The rank that has authority over an inode asks for its caps.
    GatherCaps,
}

impl MoveStep {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            MoveStep::Discover => "discover",
            MoveStep::DiscoverAck { .. } => "discover_ack",
            MoveStep::Cancel => "cancel",
            MoveStep::Prep => "prep",
            MoveStep::PrepAck { .. } => "prep_ack",
            MoveStep::Dir { .. } => "export",
            MoveStep::Took { .. } => "took",
            MoveStep::Ack { .. } => "export_ack",
            MoveStep::Notify => "notify",
            MoveStep::NotifyAck => "notify_ack",
            MoveStep::Finish { .. } => "finish",
            MoveStep::Caps { .. } => "export_caps",
            MoveStep::CapsAck { .. } => "export_caps_ack",
            MoveStep::GatherCaps => "gather_caps",
        }
    }

    /// Whether it is of caps that move without a tree.
    pub fn is_without_tree(self) -> bool {
        matches!(self, MoveStep::Caps { .. } | MoveStep::CapsAck { .. } | MoveStep::GatherCaps)
    }

    /// Whether the rank that gives the tree or the caps up says it.
    pub fn is_of_exporter(self) -> bool {
        use MoveStep::{Ack, CapsAck, DiscoverAck, GatherCaps, NotifyAck, PrepAck, Took};
        !matches!(
            self,
            DiscoverAck { .. }
                | PrepAck { .. }
                | Took { .. }
                | Ack { .. }
                | NotifyAck
                | CapsAck { .. }
                | GatherCaps
        )
    }
}

impl MoveEvent {
    /// The direction in which the exporter speaks on this connection.
    pub fn exporter_side(&self) -> Dir {
        if self.step.is_of_exporter() { self.dir } else { self.dir.flip() }
    }

    /// The messages that such events are made of.
    pub(super) fn wants(kind: MessageType) -> bool {
        matches!(
            kind,
            MessageType::MDS_EXPORT_DIR_DISCOVER
                | MessageType::MDS_EXPORT_DIR_DISCOVER_ACK
                | MessageType::MDS_EXPORT_DIR_CANCEL
                | MessageType::MDS_EXPORT_DIR_PREP
                | MessageType::MDS_EXPORT_DIR_PREP_ACK
                | MessageType::MDS_EXPORT_DIR
                | MessageType::MDS_EXPORT_DIR_ACK
                | MessageType::MDS_EXPORT_DIR_NOTIFY
                | MessageType::MDS_EXPORT_DIR_NOTIFY_ACK
                | MessageType::MDS_EXPORT_DIR_FINISH
                | MessageType::MDS_EXPORT_CAPS
                | MessageType::MDS_EXPORT_CAPS_ACK
                | MessageType::MDS_GATHER_CAPS
        )
    }

    /// Hands on what a message of the family says; answers whether it is one.
    pub(super) fn read(
        envelope: &Envelope<'_>,
        message: &Message<'_>,
        who: &mut Who,
        mut out: impl FnMut(MoveEvent, &mut Who),
    ) -> bool {
        let (at, dir, tid) = (At::of(envelope), envelope.dir, envelope.header.tid);
        let Some((tree, step)) = said(message) else { return false };
        let from = match message {
            Message::ExportDirDiscover(discover) => Some(discover.fields().from),
            _ => None,
        };
        who.learn_ranks(at.conn, dir, from);
        let mut took = |ino, client, cap, who: &mut Who| {
            out(MoveEvent { at, dir, tid, tree, step: MoveStep::Took { ino, client, cap } }, who);
        };
        if let Message::ExportDirAck(ack) = message {
            ack.imports().for_each(|(ino, client, cap)| took(ino, client, cap, who));
        }
        out(MoveEvent { at, dir, tid, tree, step }, who);
        true
    }
}

/// The tree that a message is about, and what it says of it.
fn said(message: &Message<'_>) -> Option<(DirFrag, MoveStep)> {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let alone = |ino| DirFrag { ino, frag: Frag(0) };
    Some(match message {
        Message::ExportDirDiscover(m) => (m.fields().dirfrag, MoveStep::Discover),
        Message::ExportDirDiscoverAck(m) => {
            (m.fields().dirfrag, MoveStep::DiscoverAck { success: m.fields().success != 0 })
        }
        Message::ExportDirCancel(m) => (m.fields().dirfrag, MoveStep::Cancel),
        Message::ExportDirPrep(m) => (m.fields().dirfrag, MoveStep::Prep),
        Message::ExportDirPrepAck(m) => {
            (m.fields().dirfrag, MoveStep::PrepAck { success: m.fields().success != 0 })
        }
        Message::ExportDir(m) => {
            let (mut inodes, mut caps) = (0, 0);
            for inode in m.inodes() {
                inodes += 1;
                caps += inode.exports.len();
            }
            (m.fields().dirfrag, MoveStep::Dir { inodes: number(inodes), caps: number(caps) })
        }
        Message::ExportDirAck(m) => {
            (m.fields().dirfrag, MoveStep::Ack { caps: number(m.imports().count()) })
        }
        Message::ExportDirNotify(m) => (m.fields().base, MoveStep::Notify),
        Message::ExportDirNotifyAck(m) => (m.fields().dirfrag, MoveStep::NotifyAck),
        Message::ExportDirFinish(m) => {
            (m.fields().dirfrag, MoveStep::Finish { last: m.fields().last != 0 })
        }
        Message::ExportCaps(m) => {
            (alone(m.ino()), MoveStep::Caps { caps: number(m.exports().count()) })
        }
        Message::ExportCapsAck(m) => {
            (alone(m.fields().ino), MoveStep::CapsAck { caps: number(m.imports().count()) })
        }
        Message::GatherCaps(m) => (alone(m.fields().ino), MoveStep::GatherCaps),
        _ => return None,
    })
}
