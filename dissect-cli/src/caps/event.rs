//! One event on one inode's capability, owned and small: here the borrow of the capture ends.

use ceph_codec::message::client_caps::{CapOp, ClientCaps, ExportPeer, ImportPeer, PeerFlags};
use ceph_codec::types::{Caps, InodeNo, Rank, Seq, SnapId};

use crate::place::Place;
use crate::session::Envelope;
use crate::stream::ConnId;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From a metadata server to a client.
    MdsToClient,
    /// From a client to a metadata server.
    ClientToMds,
}

/// The other cap of a migration, as EXPORT and IMPORT name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// In an EXPORT: the cap that the importer made.
    Importer(ExportPeer),
    /// In an IMPORT: the cap that the exporter gave up.
    Exporter(ImportPeer),
}

impl Peer {
    /// Id of the other cap.
    pub fn cap_id(&self) -> u64 {
        match self {
            Peer::Importer(p) => p.cap_id,
            Peer::Exporter(p) => p.cap_id,
        }
    }

    /// Its seq.
    pub fn seq(&self) -> Seq {
        match self {
            Peer::Importer(p) => p.seq,
            Peer::Exporter(p) => p.seq,
        }
    }

    /// Its mseq.
    pub fn mseq(&self) -> Seq {
        match self {
            Peer::Importer(p) => p.mseq,
            Peer::Exporter(p) => p.mseq,
        }
    }

    /// Its rank, negative where none is named.
    pub fn mds(&self) -> Rank {
        match self {
            Peer::Importer(p) => p.mds,
            Peer::Exporter(p) => p.mds,
        }
    }

    /// Its flags.
    pub fn flags(&self) -> PeerFlags {
        match self {
            Peer::Importer(p) => p.flags,
            Peer::Exporter(p) => p.flags,
        }
    }
}

/// A MClientCaps as later stages see it. Who the client and the rank are is asked of the connection, since
/// it may be learned only later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapEvent {
    /// The packet that completed the message.
    pub place: Place,
    /// The connection that carried it.
    pub conn: ConnId,
    /// Offset of the message's first byte in its direction of the stream.
    pub offset: u64,
    /// Which way it went.
    pub direction: Direction,
    /// Delivered before, on an earlier connection of the same session.
    pub replayed: bool,
    /// Version of the message.
    pub version: u16,
    /// Flush tid, from the message header.
    pub tid: u64,
    /// What it does.
    pub op: CapOp,
    /// To which inode.
    pub ino: InodeNo,
    /// Id of the cap.
    pub cap_id: u64,
    /// Number of the cap's message.
    pub seq: Seq,
    /// `seq` when bits were last issued.
    pub issue_seq: Seq,
    /// How often the cap moved.
    pub mseq: Seq,
    /// Issued or retained bits.
    pub caps: Caps,
    /// Wanted bits.
    pub wanted: Caps,
    /// Bits being written back or acknowledged.
    pub dirty: Caps,
    /// The snapshot that this state follows.
    pub follows: SnapId,
    /// Size and largest size granted, in bytes; an EXPORT says neither.
    pub size: Option<(u64, u64)>,
    /// The other cap of a migration.
    pub peer: Option<Peer>,
}

impl CapEvent {
    /// The event that a decoded message is.
    pub fn new(envelope: &Envelope<'_>, caps: &ClientCaps<'_>) -> Self {
        let head = caps.head();
        let peer = caps
            .export_peer()
            .map(Peer::Importer)
            .or_else(|| caps.import_peer().map(Peer::Exporter));
        CapEvent {
            place: envelope.place,
            conn: envelope.conn,
            offset: envelope.offset,
            direction: direction(head.op, envelope),
            replayed: envelope.replayed,
            version: caps.version(),
            tid: envelope.header.tid,
            op: head.op,
            ino: head.ino,
            cap_id: head.cap_id,
            seq: head.seq,
            issue_seq: head.issue_seq,
            mseq: head.mseq,
            caps: head.caps,
            wanted: head.wanted,
            dirty: head.dirty,
            follows: head.snap_follows,
            size: caps.state().map(|state| (state.size, state.max_size)),
            peer,
        }
    }
}

/// The operation says it; only for an unknown one the sender's kind has to.
fn direction(op: CapOp, envelope: &Envelope<'_>) -> Direction {
    match op {
        CapOp::GRANT
        | CapOp::REVOKE
        | CapOp::TRUNC
        | CapOp::EXPORT
        | CapOp::IMPORT
        | CapOp::FLUSH_ACK
        | CapOp::FLUSHSNAP_ACK => Direction::MdsToClient,
        CapOp::UPDATE
        | CapOp::DROP
        | CapOp::FLUSH
        | CapOp::FLUSHSNAP
        | CapOp::RELEASE
        | CapOp::RENEW => Direction::ClientToMds,
        _ if envelope.from_mds => Direction::MdsToClient,
        _ => Direction::ClientToMds,
    }
}
