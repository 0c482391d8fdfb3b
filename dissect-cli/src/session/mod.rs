//! Streams of bytes become messages: handshakes, frames, identities.

mod links;
mod who;

use ceph_codec::message::{Header, Sections};

use crate::place::Place;
use crate::stream::{ConnId, Dir};

pub use links::{Doubt, Hole, Link, Links};
pub use who::{End, Ends, Who};

/// A message, out of its frames, with where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The packet that completed it.
    pub place: Place,
    /// Its connection.
    pub conn: ConnId,
    /// Its direction there.
    pub dir: Dir,
    /// Offset of its first byte in that direction.
    pub offset: u64,
    /// What the messenger says of it.
    pub header: Header,
    /// The payload.
    pub sections: Sections<'a>,
    /// Whether the session had delivered it before, on an earlier connection.
    pub replayed: bool,
    /// Whether a metadata server sent it.
    pub from_mds: bool,
}
