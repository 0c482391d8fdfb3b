//! What happened between clients and ranks that is about no inode in particular, and explains much.

use ceph_codec::message::client_session::SessionOp;
use ceph_codec::message::mds_map::MdsState;

use super::collect::Parties;
use super::{Client, Server};
use crate::event::{Direction, Event};
use crate::place::Place;
use crate::session::{Links, Who};
use crate::stream::{ConnId, End};

/// Notes kept, 65,536. Beyond: not told, [`Notes::dropped`].
const MAX_NOTES: usize = 1 << 16;

/// Something between a client and a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// The packet that shows it.
    pub place: Place,
    /// The client; `None`: it is about the rank alone.
    pub client: Option<Client>,
    /// The rank.
    pub server: Server,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A MDS map says that the rank is in another state; `None`: nobody holds it.
    Rank(Option<MdsState>),
    /// The client asked for a session.
    Asked,
    /// The rank opened a session.
    Opened,
    /// The rank said that the session is stale.
    Stale,
    /// The session was renewed after it had been stale.
    Renewed,
    /// The session was closed.
    Closed,
    /// The session was refused.
    Rejected,
    /// The client told the rank its caps.
    Reconnected {
        /// How many.
        caps: u32,
    },
    /// The connection ended.
    Ended(End),
    /// A new connection began.
    Connected,
    /// So many bytes of what one of them sent could not be read.
    Hole {
        /// Which one's.
        direction: Direction,
        /// Bytes missing.
        bytes: u64,
        /// From where on everything was read again.
        until: Place,
    },
}

impl What {
    /// Whether the client has no caps from this rank any more.
    pub(super) fn ends_session(self) -> bool {
        matches!(self, What::Closed | What::Rejected)
    }
}

/// Keeps what may become notes until everybody's name is known.
#[derive(Debug, Default)]
pub(super) struct Notes {
    kept: Vec<(Place, ConnId, Option<Server>, What)>,
    dropped: u64,
}

impl Notes {
    /// Takes an event, if it is one to note.
    pub(super) fn push(&mut self, event: &Event) {
        let at = event.at();
        let (server, what) = match event {
            _ if at.replayed => return,
            Event::Rank(rank) => (Some(Server::Rank(rank.rank.0)), What::Rank(rank.state)),
            Event::Reconnect(reconnect) => (None, What::Reconnected { caps: reconnect.caps }),
            Event::Session(session) => match session.op {
                SessionOp::REQUEST_OPEN => (None, What::Asked),
                SessionOp::OPEN => (None, What::Opened),
                SessionOp::STALE => (None, What::Stale),
                SessionOp::CLOSE => (None, What::Closed),
                SessionOp::REJECT => (None, What::Rejected),
                _ => return,
            },
            _ => return,
        };
        if self.kept.len() >= MAX_NOTES {
            self.dropped += 1;
            return;
        }
        self.kept.push((at.place, at.conn, server, what));
    }

    /// All notes in order, with those that only show at the end: connections' ends and holes.
    pub(super) fn finish(self, who: &Who, links: &Links) -> (Vec<Note>, u64) {
        let mut notes = Vec::with_capacity(self.kept.len());
        for (place, conn, server, what) in self.kept {
            notes.push(match server {
                Some(server) => Note { place, client: None, server, what },
                None => {
                    let parties = Parties::of(conn, who);
                    Note { place, client: Some(parties.client), server: parties.server, what }
                }
            });
        }
        for link in links.iter() {
            let parties = Parties::of(link.conn, who);
            let mut note = |place, what| {
                let (client, server) = (Some(parties.client), parties.server);
                notes.push(Note { place, client, server, what });
            };
            if link.from_start {
                note(link.opened, What::Connected);
            }
            if let Some((how, place)) = link.ended.filter(|(how, _)| *how != End::CaptureEnd) {
                note(place, What::Ended(how));
            }
            for (heard, direction) in
                [(&link.mds, Direction::MdsToClient), (&link.client, Direction::ClientToMds)]
            {
                for hole in &heard.holes {
                    let (bytes, until) = (hole.bytes, hole.after);
                    note(hole.before, What::Hole { direction, bytes, until });
                }
            }
        }
        notes.sort_by_key(|note| super::fold::order(note.place));
        (notes, self.dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{At, ReconnectEvent};

    #[test]
    fn further_notes_are_counted() {
        let mut notes = Notes::default();
        for frame in 0..MAX_NOTES as u64 + 3 {
            let place = Place { frame, ..Place::default() };
            let at = At { place, conn: ConnId(0), offset: 0, replayed: false };
            notes.push(&Event::Reconnect(ReconnectEvent { at, caps: 0, more: false }));
        }
        let (kept, dropped) = notes.finish(&Who::default(), &Links::default());
        assert_eq!((kept.len(), dropped), (MAX_NOTES, 3));
        assert_eq!(kept.last().map(|note| note.place.frame), Some(MAX_NOTES as u64 - 1));
    }
}
