//! What happened, owned and small: here the borrow of the capture ends.
//!
//! [`Reader`] makes events of messages. Who the client and the rank are is asked of the event's connection,
//! since it may be learned only later.

mod cap;
mod encodings;
mod moves;
mod ops;
mod order;
mod reader;

use ceph_codec::message::MessageType;
use ceph_codec::message::client_request::RequestOp;
use ceph_codec::message::client_session::SessionOp;
use ceph_codec::message::mds_map::MdsState;
use ceph_codec::types::{InodeNo, Rank};

pub use cap::{CapEvent, Peer, Source};
pub use encodings::Encodings;
pub use moves::{MoveEvent, MoveStep};
pub use ops::OpCounts;
pub use order::InOrder;
pub use reader::{Counts, Reader, Undecoded};

pub use crate::session::Direction;

use crate::names::FsIndex;
use crate::place::Place;
use crate::session::Envelope;
use crate::stream::ConnId;

/// The message that an event is of, and where it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The packet that completed the message.
    pub place: Place,
    /// The connection that carried it.
    pub conn: ConnId,
    /// Offset of the message's first byte in its direction of the stream.
    pub offset: u64,
    /// Delivered before, on an earlier connection of the same session.
    pub replayed: bool,
}

impl At {
    fn of(envelope: &Envelope<'_>) -> At {
        let Envelope { place, conn, offset, replayed, .. } = *envelope;
        At { place, conn, offset, replayed }
    }
}

/// Something that happened between clients and metadata servers, or among these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "the large one is the common one, and a box would allocate"
)]
pub enum Event {
    /// To a capability.
    Cap(CapEvent),
    /// To a session.
    Session(SessionEvent),
    /// A client asks for something.
    Request(RequestEvent),
    /// It is answered, or sent on to another rank.
    Reply(ReplyEvent),
    /// A client has told all its caps to a rank that came back; the caps went before it, one by one.
    Reconnect(ReconnectEvent),
    /// A message to a client that the session's counter counts and that concerns no cap: lease, snap, quota.
    Pushed(PushedEvent),
    /// Somebody was told the state of a rank.
    Rank(RankEvent),
    /// A tree, or caps alone, on their way from rank to rank.
    Move(MoveEvent),
}

/// A MClientSession.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionEvent {
    /// Where it was seen.
    pub at: At,
    /// What it does.
    pub op: SessionOp,
    /// What it says of the number of messages pushed to the client.
    pub seq: u64,
    /// With recall_state: how many caps the client may keep.
    pub max_caps: u32,
    /// The client is told that it is blocklisted.
    pub blocklisted: bool,
}

/// A MClientRequest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestEvent {
    /// Where it was seen.
    pub at: At,
    /// Number of the request, the client's own.
    pub tid: u64,
    /// What is asked for.
    pub op: RequestOp,
    /// The inode that it is about, if the capture told which one the path means.
    pub ino: Option<InodeNo>,
    /// The directory in which its last name is.
    pub dir: Option<InodeNo>,
    /// It was sent before, to this rank or to another.
    pub again: bool,
}

/// A MClientReply or a MClientRequestForward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyEvent {
    /// Where it was seen.
    pub at: At,
    /// Number of the request.
    pub tid: u64,
    /// What became of it.
    pub answer: Answer,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done, but not yet safe from a crash of the server: a safe answer follows.
    Unsafe {
        /// 0, or an errno, negative.
        result: i32,
    },
    /// Done.
    Safe {
        /// 0, or an errno, negative.
        result: i32,
    },
    /// Another rank has to do it.
    Forward {
        /// Which one.
        to: Rank,
    },
}

/// The end of a MClientReconnect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconnectEvent {
    /// Where it was seen.
    pub at: At,
    /// Number of caps that it told.
    pub caps: u32,
    /// Another message goes on with the list.
    pub more: bool,
}

/// A counted message without a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushedEvent {
    /// Where it was seen.
    pub at: At,
    /// What it is.
    pub kind: MessageType,
}

/// What a MMDSMap says of one rank, if it is news to the connection's ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankEvent {
    /// Where it was seen. The connection is one to a monitor.
    pub at: At,
    /// Of which file system.
    pub fs: FsIndex,
    /// Which rank.
    pub rank: Rank,
    /// Its state from then on; `None`: nobody holds the rank.
    pub state: Option<MdsState>,
    /// Epoch of the map.
    pub epoch: u32,
}

impl Event {
    /// The connection on which it was seen.
    pub fn conn(&self) -> ConnId {
        match self {
            Event::Cap(event) => event.conn,
            other => other.at().conn,
        }
    }

    /// Where it was seen.
    pub fn at(&self) -> At {
        match self {
            Event::Cap(event) => event.at(),
            Event::Session(event) => event.at,
            Event::Request(event) => event.at,
            Event::Reply(event) => event.at,
            Event::Reconnect(event) => event.at,
            Event::Pushed(event) => event.at,
            Event::Rank(event) => event.at,
            Event::Move(event) => event.at,
        }
    }
}
