//! What of the conversations of metadata servers with each other was seen.

use ceph_codec::message::MessageType;
use ceph_codec::types::Rank;

use super::{Direction, Doubt, Heard};
use crate::place::{Place, Time};
use crate::stream::{ConnId, Dir, End};

/// A connection between two metadata servers.
#[derive(Clone, Debug)]
pub struct Trunk {
    /// The connection.
    pub conn: ConnId,
    /// The ranks of `a` and `b`, as far as they are known.
    pub ranks: [Option<Rank>; 2],
    /// Its opening was seen, so nothing came before it.
    pub from_start: bool,
    /// It goes on with an earlier connection's messenger session.
    pub resumed: bool,
    /// Its first packet.
    pub opened: Place,
    /// How it ended, if it did so within the capture.
    pub ended: Option<(End, Place)>,
    /// Whether messages can be read on it at all.
    pub readable: bool,
    /// What `a` and `b` said.
    pub heard: [Heard; 2],
}

/// All connections between metadata servers.
#[derive(Clone, Debug, Default)]
pub struct Trunks {
    trunks: Vec<Trunk>,
    end: Place,
}

impl Trunks {
    /// These connections, in a capture whose last packet is `end`.
    pub fn new(trunks: Vec<Trunk>, end: Place) -> Trunks {
        Trunks { trunks, end }
    }

    /// The last packet of the capture.
    pub fn end(&self) -> Place {
        self.end
    }

    /// What is known of a connection, if it is one between metadata servers.
    pub fn get(&self, conn: ConnId) -> Option<&Trunk> {
        self.trunks.iter().find(|trunk| trunk.conn == conn)
    }

    /// The connections that are between the ranks of `trunk`, or may be.
    fn like<'a>(&'a self, trunk: &'a Trunk) -> impl Iterator<Item = &'a Trunk> {
        let may_be = |one: Option<Rank>, other: Option<Rank>| match (one, other) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        self.trunks.iter().filter(move |other| {
            let ([a, b], [c, d]) = (trunk.ranks, other.ranks);
            other.conn == trunk.conn || may_be(a, c) && may_be(b, d) || may_be(a, d) && may_be(b, c)
        })
    }

    /// Where the connection was lost after `since`, if it was, and not taken up again by another one.
    pub fn lost(&self, conn: ConnId, since: Time) -> Option<Place> {
        let trunk = self.get(conn)?;
        let (_, place) = trunk.ended.filter(|(how, _)| *how != End::Evicted)?;
        let again = self.like(trunk).any(|other| other.resumed && other.opened.time >= place.time);
        (place.time >= since && !again).then_some(place)
    }

    /// What keeps it from being said that a message of one of `kinds`, in direction `dir` of this connection, did
    /// not come between `from` and `to`, and not later either; `None` if it did not.
    pub fn unread(
        &self,
        conn: ConnId,
        dir: Dir,
        from: Time,
        to: Time,
        kinds: &[MessageType],
    ) -> Option<Doubt> {
        let direction = Direction::MdsToClient;
        let Some(trunk) = self.get(conn) else {
            return Some(Doubt::RankUnknown { since: self.end });
        };
        let Some(mds) = trunk.ranks[dir as usize] else {
            return Some(Doubt::RankUnknown { since: trunk.opened });
        };
        for other in self.like(trunk) {
            let until = other.ended.map_or(self.end.time, |(_, place)| place.time);
            if until < from {
                continue;
            }
            if !other.readable {
                return Some(Doubt::Unreadable { mds, since: other.opened });
            }
            // Of another one it is not known which end is which.
            let dirs = if other.conn == conn { vec![dir] } else { vec![Dir::AToB, Dir::BToA] };
            for dir in dirs {
                let heard = &other.heard[dir as usize];
                if !other.from_start && heard.since.time > from {
                    return Some(Doubt::SeenLate { mds, since: heard.since });
                }
                let lost = heard.holes.iter().find(|h| h.after.time >= from && h.may_hide(kinds));
                if let Some(hole) = lost {
                    return Some(Doubt::Hole { mds, direction, hole: *hole });
                }
            }
        }
        if self.end.time < to {
            return Some(Doubt::CaptureEnded { left: self.end.time.since(from) });
        }
        let heard = &trunk.heard[dir as usize];
        match heard.last.filter(|_| heard.spoken) {
            Some(last) if last.time >= to || trunk.ended.is_some() => None,
            last => Some(Doubt::Unheard { mds, direction, since: last.unwrap_or(trunk.opened) }),
        }
    }
}
