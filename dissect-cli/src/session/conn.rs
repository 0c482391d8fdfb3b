//! What is known of one connection's messenger.

use std::net::SocketAddr;

use ceph_codec::message::MessageType;
use ceph_codec::msgr::{Agreement, Messenger, Mode, SkipReason};
use serde::Serialize;

use super::links::Hole;
use crate::place::Place;
use crate::stream::Dir;

/// How frames are protected on a connection, as far as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// msgr1, or msgr2 in crc mode.
    Crc,
    /// msgr2 in secure mode: nothing can be read without keys.
    Secure,
    /// Nobody said, and nothing was read.
    Unknown,
}

/// Bytes passed over in one direction, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Payloads of messages that nobody asked for.
    pub unwanted: u64,
    /// Frames longer than the bound.
    pub too_long: u64,
    /// Rest of frames of which a part was not captured.
    pub cut: u64,
    /// Frames with a wrong checksum.
    pub damaged: u64,
    /// Bytes in which no frame was recognised.
    pub unrecognised: u64,
    /// Frames that their sender gave up.
    pub aborted: u64,
    /// Bytes of connections that begin with no banner of Ceph's.
    pub foreign: u64,
    /// Encrypted bytes.
    pub encrypted: u64,
}

impl Skipped {
    pub(super) fn add(&mut self, why: SkipReason, bytes: u64) {
        let sum = match why {
            SkipReason::Unwanted => &mut self.unwanted,
            SkipReason::TooLong => &mut self.too_long,
            SkipReason::Cut => &mut self.cut,
            SkipReason::Damaged => &mut self.damaged,
            SkipReason::Encrypted => &mut self.encrypted,
            SkipReason::Aborted => &mut self.aborted,
            SkipReason::Foreign => &mut self.foreign,
            _ => &mut self.unrecognised,
        };
        *sum += bytes;
    }
}

/// One direction of a connection, as the messenger saw it.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Messages, read or passed over.
    pub messages: u64,
    /// Messages whose checksum was wrong, or that did not arrive whole.
    pub damaged: u64,
    /// Compressed frames; they are not read.
    pub compressed: u64,
    /// Bytes passed over.
    pub skipped: Skipped,
    /// The first packet from which something was understood.
    pub understood: Option<Place>,
    /// Stretches that could not be read, in order; bounded, see [`super::Limits::max_holes`].
    pub holes: Vec<Hole>,
    /// The highest message number.
    pub(super) seq: u64,
    /// The last packet from which something was understood.
    pub(super) last: Place,
    /// Something was said that is only said behind the handshake.
    pub(super) running: bool,
    /// Bytes missing of which it is not yet known whether they matter.
    pub(super) gap: u64,
    /// The message in which bytes went missing, if its header was read; until something is read again.
    pub(super) cut: Option<MessageType>,
    /// The stretch that cannot be read just now.
    pub(super) open: Option<Box<Hole>>,
}

impl Said {
    /// The stretches that could not be read, the one included that lasts to the end: up to `last`, the
    /// connection's last packet.
    pub fn holes_up_to(&self, last: Place) -> impl Iterator<Item = Hole> {
        let open = self.open.as_deref().map(|hole| Hole { after: last, ..*hole });
        self.holes.iter().copied().chain(open)
    }

    /// How many stretches could not be read, the one included that lasts to the end.
    pub fn holes_total(&self) -> u64 {
        let closed: u64 = self.holes.iter().map(|hole| 1 + hole.merged).sum();
        closed + u64::from(self.open.is_some())
    }
}

/// A connection, as the messenger saw it.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    /// What both ends agreed on.
    pub(super) agreement: Agreement,
    /// Which messenger.
    pub messenger: Option<Messenger>,
    /// The mode of msgr2, once said.
    pub mode: Option<Mode>,
    /// What `a` and `b` said.
    pub said: [Said; 2],
    /// It goes on with the session of an earlier connection.
    pub resumed: bool,
    /// Where the acceptor said that it does not know the session any more.
    pub reset: Option<Place>,
    /// What the session calls itself.
    pub(super) session: Option<SessionKey>,
    /// msgr1: the number of the connector's attempt; 0 for a new session.
    pub(super) connect_seq: u32,
    /// Another connection goes on with this one.
    pub(super) continued: bool,
}

/// What identifies a messenger's session across connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum SessionKey {
    /// msgr1: the connector's address with its nonce, and whom it connects to.
    V1 { connector: SocketAddr, nonce: u32, acceptor: SocketAddr },
    /// msgr2: the connector's cookie, and whom it connects to.
    V2 { cookie: u64, acceptor: SocketAddr },
}

impl Talk {
    /// What was said in a direction.
    pub fn dir(&self, dir: Dir) -> &Said {
        &self.said[dir as usize]
    }

    /// Whether something of Ceph was recognised, or may be on the connection that goes on with it.
    pub(super) fn is_known(&self) -> bool {
        let understood = self.said.iter().any(|said| said.understood.is_some());
        self.messenger.is_some() || self.continued || understood
    }

    /// Whether messages can be read.
    pub fn protection(&self) -> Protection {
        match (self.messenger, self.mode) {
            (_, Some(Mode::Secure)) => Protection::Secure,
            (Some(Messenger::V1), _) | (Some(Messenger::V2), Some(Mode::Crc)) => Protection::Crc,
            // Without the handshake, a message that was read shows that it is not encrypted.
            _ if self.said.iter().any(|said| said.messages > 0) => Protection::Crc,
            _ => Protection::Unknown,
        }
    }
}
