//! One event on one inode's capability.

use std::fmt;

use ceph_codec::message::client_cap_release::ReleaseItem;
use ceph_codec::message::client_caps::{CapOp, ClientCaps, ExportPeer, ImportPeer, PeerFlags};
use ceph_codec::message::client_reconnect::HeldCap;
use ceph_codec::message::client_reply::{Inode, InodeCap};
use ceph_codec::message::client_request::Release;
use ceph_codec::types::{Caps, InodeNo, Rank, Seq, SnapId};

use super::{At, Direction};

use crate::place::Place;
use crate::session::Envelope;
use crate::stream::ConnId;

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

/// The message that spoke of a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A MClientCaps with this operation.
    ClientCaps(CapOp),
    /// An inode in a MClientReply, with the cap that is issued with it.
    ClientReply {
        /// The cap is that of the inode's authority.
        auth: bool,
    },
    /// An item of a MClientCapRelease: the client has dropped the cap.
    CapRelease,
    /// A release inside a MClientRequest: the client gives bits up so that the request can proceed.
    RequestRelease,
    /// An item of a MClientReconnect: the client says what it holds to a rank that came back.
    Reconnect,
}

impl Source {
    /// The message's name, as in `events`.
    pub fn name(self) -> &'static str {
        match self {
            Source::ClientCaps(_) => "client_caps",
            Source::ClientReply { .. } => "client_reply",
            Source::CapRelease => "cap_release",
            Source::RequestRelease => "request_release",
            Source::Reconnect => "reconnect",
        }
    }

    /// The operation of a MClientCaps.
    pub fn op(self) -> Option<CapOp> {
        match self {
            Source::ClientCaps(op) => Some(op),
            _ => None,
        }
    }
}

impl fmt::Display for Source {
    /// What it does to the cap, in one word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::ClientCaps(op) => op.fmt(f),
            Source::ClientReply { .. } => f.pad("issue"),
            Source::CapRelease => f.pad("release"),
            Source::RequestRelease => f.pad("give_up"),
            Source::Reconnect => f.pad("reassert"),
        }
    }
}

/// What a message says of a cap, as later stages see it.
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
    /// From the message header: the flush's tid, in requests and replies the request's.
    pub tid: u64,
    /// Which message it is, and what it does.
    pub source: Source,
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
    /// The event that a decoded MClientCaps is.
    #[inline]
    pub(super) fn new(envelope: &Envelope<'_>, caps: &ClientCaps<'_>) -> Self {
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
            source: Source::ClientCaps(head.op),
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

    /// A cap issued in a reply; `None` where the inode comes without one.
    pub(super) fn issued(envelope: &Envelope<'_>, inode: &Inode<'_>) -> Option<Self> {
        let InodeCap { caps, wanted, cap_id, seq, mseq, flags, .. } = *inode.cap()?;
        let source = Source::ClientReply { auth: flags.contains(PeerFlags::AUTH) };
        let (size, max_size) = (inode.head.size, inode.head.max_size);
        Some(CapEvent {
            caps,
            wanted,
            seq,
            issue_seq: seq,
            mseq,
            size: Some((size, max_size)),
            ..CapEvent::blank(envelope, Direction::MdsToClient, source, inode.head.ino, cap_id)
        })
    }

    /// A cap dropped.
    pub(super) fn released(envelope: &Envelope<'_>, item: &ReleaseItem) -> Self {
        let (direction, source) = (Direction::ClientToMds, Source::CapRelease);
        CapEvent {
            issue_seq: item.issue_seq,
            mseq: item.mseq,
            ..CapEvent::blank(envelope, direction, source, item.ino, item.cap_id)
        }
    }

    /// Bits given up for a request.
    pub(super) fn given_up(envelope: &Envelope<'_>, release: &Release<'_>) -> Self {
        let (direction, source) = (Direction::ClientToMds, Source::RequestRelease);
        CapEvent {
            caps: release.caps,
            wanted: release.wanted,
            seq: release.seq,
            issue_seq: release.issue_seq,
            mseq: release.mseq,
            ..CapEvent::blank(envelope, direction, source, release.ino, release.cap_id)
        }
    }

    /// A cap asserted again. Its counters start over.
    pub(super) fn reasserted(envelope: &Envelope<'_>, held: &HeldCap<'_>) -> Self {
        let (direction, source) = (Direction::ClientToMds, Source::Reconnect);
        CapEvent {
            caps: held.issued,
            wanted: held.wanted,
            follows: held.snap_follows.unwrap_or_default(),
            ..CapEvent::blank(envelope, direction, source, held.ino, held.cap_id)
        }
    }

    fn blank(
        envelope: &Envelope<'_>,
        direction: Direction,
        source: Source,
        ino: InodeNo,
        cap_id: u64,
    ) -> Self {
        CapEvent {
            place: envelope.place,
            conn: envelope.conn,
            offset: envelope.offset,
            direction,
            replayed: envelope.replayed,
            version: envelope.header.version,
            tid: envelope.header.tid,
            source,
            ino,
            cap_id,
            seq: Seq(0),
            issue_seq: Seq(0),
            mseq: Seq(0),
            caps: Caps::NONE,
            wanted: Caps::NONE,
            dirty: Caps::NONE,
            follows: SnapId::default(),
            size: None,
            peer: None,
        }
    }

    /// Where it was seen.
    pub fn at(&self) -> At {
        let CapEvent { place, conn, offset, replayed, .. } = *self;
        At { place, conn, offset, replayed }
    }

    /// The operation of a MClientCaps.
    pub fn op(&self) -> Option<CapOp> {
        self.source.op()
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
