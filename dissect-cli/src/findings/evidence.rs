//! The packets and the caps that a finding points to.

use serde::Serialize;

use crate::event::Peer;
use crate::place::Place;

/// What a packet shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shows {
    /// The EXPORT.
    Export,
    /// The IMPORT.
    Import,
    /// The end of the connection to the rank that should have spoken.
    ConnectionEnd,
    /// A new connection to that rank.
    NewConnection,
    /// The rank closed or rejected the session.
    SessionClosed,
    /// The rank spoke of the cap.
    MdsSpoke,
    /// The client used the cap.
    ClientUsed,
    /// The client told the cap to the rank that came back.
    Reasserted,
    /// The client told its caps to the rank that came back, and this one not among them.
    NotReasserted,
    /// The rank tells how many messages it has sent in the session.
    Counter,
    /// A map tells that the rank is not active any more.
    RankLeft,
    /// A map tells that the rank waits for its clients to tell their caps.
    RankReconnect,
}

/// A packet that a finding rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What it shows.
    pub shows: Shows,
    /// Which one it is.
    pub place: Place,
}

/// The cap at the other side of a migration, as findings tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PeerCap {
    /// Its id.
    pub cap_id: u64,
    /// Its seq.
    pub seq: u32,
    /// Its mseq.
    pub mseq: u32,
    /// Its rank.
    pub mds: i32,
    /// Its flags: 1 auth, 2 release.
    pub flags: u8,
}

impl From<Peer> for PeerCap {
    fn from(peer: Peer) -> Self {
        PeerCap {
            cap_id: peer.cap_id(),
            seq: peer.seq().0,
            mseq: peer.mseq().0,
            mds: peer.mds().0,
            flags: peer.flags().0,
        }
    }
}
