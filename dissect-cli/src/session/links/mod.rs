//! What of a client's conversation with a rank was seen, and what was not.

mod among;
mod doubt;
mod hole;
mod index;

use ceph_codec::message::MessageType;
use ceph_codec::types::Rank;
use serde::Serialize;

use super::direction::Direction;
use super::who::Ends;
use crate::place::{Place, Time};
use crate::stream::{ConnId, End};
use index::Index;

pub use among::{Trunk, Trunks};
pub use doubt::Doubt;
pub use hole::Hole;

/// What one end of a connection said, as far as the capture has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// From where on it was understood; the connection's first packet if its opening was seen.
    pub since: Place,
    /// Its last packet, if any is in the capture.
    pub last: Option<Place>,
    /// Whether anything of it was understood.
    pub spoken: bool,
    /// What was lost of it, in the order of the capture.
    pub holes: Vec<Hole>,
}

/// A connection between a client and a metadata server.
#[derive(Clone, Debug)]
pub struct Link {
    /// The connection.
    pub conn: ConnId,
    /// Its ends.
    pub ends: Ends,
    /// Its opening was seen, so nothing came before it.
    pub from_start: bool,
    /// It goes on with an earlier connection's messenger session.
    pub resumed: bool,
    /// Its first packet.
    pub opened: Place,
    /// Its last packet.
    pub last: Place,
    /// How it ended, if it did so within the capture.
    pub ended: Option<(End, Place)>,
    /// Whether messages can be read on it at all.
    pub readable: bool,
    /// What the server said.
    pub mds: Heard,
    /// What the client said.
    pub client: Heard,
    /// The client asked for a session on it, so that it had none with that rank before.
    pub session_asked: Option<Place>,
    /// The session ended on it, with all its caps.
    pub closed: Option<(SessionEnd, Place)>,
}

/// How a session, and not only its connection, ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The server closed it.
    Closed,
    /// The server rejected it.
    Rejected,
    /// The server's messenger did not know it any more.
    Reset,
}

/// The messages that are asked after: which way they would have gone, and when.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// Who would have sent them.
    pub direction: Direction,
    /// Their first moment.
    pub from: Time,
    /// They would have come on a connection that was there at this moment, or on one that was opened for
    /// them later.
    pub at: Time,
    /// Their last moment.
    pub to: Time,
    /// Their types; none: any.
    pub kinds: &'a [MessageType],
}

impl Link {
    /// What was heard in one direction.
    pub fn heard(&self, direction: Direction) -> &Heard {
        match direction {
            Direction::MdsToClient => &self.mds,
            Direction::ClientToMds => &self.client,
        }
    }

    /// What was lost of the span, or came too late to be seen.
    fn lost(&self, mds: Rank, span: &Span<'_>) -> Option<Doubt> {
        let Span { direction, from, to, kinds, .. } = *span;
        let heard = self.heard(direction);
        if !self.from_start && heard.since.time > from {
            return Some(Doubt::SeenLate { mds, since: heard.since });
        }
        let lost = heard
            .holes
            .iter()
            .find(|h| h.before.time <= to && h.after.time >= from && h.may_hide(kinds))?;
        Some(Doubt::Hole { mds, direction, hole: *lost })
    }

    /// Bytes that the capture lost show only with what comes behind them: a packet of the sender from after
    /// the time, or from after the message if there was nothing more to say by then.
    fn silent(&self, mds: Rank, span: &Span<'_>, end: Time) -> Option<Doubt> {
        let Span { direction, at, to, .. } = *span;
        let closed = self.closed.is_some_and(|(_, place)| place.time >= at && place.time <= to);
        let needed = match self.ended.is_some() || closed {
            true => at.max(self.opened.time),
            false => to.min(end),
        };
        let heard = self.heard(direction);
        match heard.last.filter(|_| heard.spoken) {
            Some(last) if last.time >= needed || end < to => None,
            last => Some(Doubt::Unheard { mds, direction, since: last.unwrap_or(self.opened) }),
        }
    }
}

/// All connections between clients and metadata servers.
#[derive(Clone, Debug, Default)]
pub struct Links {
    links: Vec<Link>,
    index: Index,
    end: Place,
}

impl Links {
    /// These connections, in the order of their first packets, in a capture whose last packet is `end`.
    pub fn new(links: Vec<Link>, end: Place) -> Links {
        let index = Index::of(&links);
        Links { links, index, end }
    }

    /// All of them, in the order of their first packets.
    pub fn iter(&self) -> impl Iterator<Item = &Link> {
        self.links.iter()
    }

    /// The last packet of the capture.
    pub fn end(&self) -> Place {
        self.end
    }

    /// What is known of a connection, if it is one between a client and a metadata server.
    pub fn link(&self, conn: ConnId) -> Option<&Link> {
        self.links.get(self.index.conn(conn)?)
    }

    /// The connections between the client of `with` and this rank, in order.
    pub fn between(&self, with: Ends, mds: Rank) -> impl Iterator<Item = &Link> {
        self.near(&with)
            .filter(move |l| l.ends.mds == Some(mds) && l.ends.same_client(&with) == Some(true))
    }

    /// Where the last connection between the client of `with` and this rank had ended by a moment; `None` if
    /// one was there then, or none was seen before.
    pub fn disconnected(&self, with: Ends, mds: Rank, at: Time) -> Option<Place> {
        let mut ended = None;
        for link in self.between(with, mds).filter(|link| link.opened.time <= at) {
            let (_, place) = link.ended.filter(|(_, place)| place.time <= at)?;
            ended = ended.max(Some(place));
        }
        ended
    }

    /// The connections that may be of the client of `with`, in order.
    fn near(&self, with: &Ends) -> impl Iterator<Item = &Link> + use<'_> {
        self.index.near(with).into_iter().filter_map(|index| self.links.get(index))
    }

    /// Whether every MClientCaps that `mds` sent to the client of `with` around the moment `at` was read,
    /// from `wait` nanoseconds before to as many after; if not, why.
    pub fn doubt(&self, with: &Ends, mds: Rank, at: Time, wait: i64) -> Option<Doubt> {
        let span = Span {
            direction: Direction::MdsToClient,
            from: Time(at.0.saturating_sub(wait)),
            at,
            to: Time(at.0.saturating_add(wait)),
            kinds: &[MessageType::CLIENT_CAPS],
        };
        self.unread(with, mds, &span)
    }

    /// Whether everything that went in this direction between the client of `with` and `mds` was read, from
    /// one moment to another, on whichever connections they had.
    ///
    /// # Errors
    ///
    /// What may have been missed.
    pub fn covered(
        &self,
        with: &Ends,
        mds: Rank,
        direction: Direction,
        from: Time,
        to: Time,
    ) -> Result<(), Doubt> {
        let span = Span { direction, from, at: from, to, kinds: &[] };
        // Whoever carried it, each of them counts.
        let silent = || {
            let mut links = self.between(*with, mds);
            links.find_map(|link| {
                let meanwhile = link.opened.time <= to && self.until(link) >= from;
                link.silent(mds, &span, self.end.time).filter(|_| meanwhile)
            })
        };
        self.unread(with, mds, &span).or_else(silent).map_or(Ok(()), Err)
    }

    /// The same of one connection alone.
    ///
    /// # Errors
    ///
    /// What may have been missed.
    pub fn covered_on(
        &self,
        conn: ConnId,
        direction: Direction,
        from: Time,
        to: Time,
    ) -> Result<(), Doubt> {
        let Some(link) = self.link(conn) else { return Err(Doubt::ClientUnknown) };
        let Some(mds) = link.ends.mds else {
            return Err(Doubt::RankUnknown { since: link.opened });
        };
        if !link.readable {
            return Err(Doubt::Unreadable { mds, since: link.opened });
        }
        let span = Span { direction, from, at: from, to, kinds: &[] };
        let doubt = link.lost(mds, &span).or_else(|| link.silent(mds, &span, self.end.time));
        match doubt {
            Some(doubt) => Err(doubt),
            None if self.end.time < to && link.ended.is_none() => {
                Err(Doubt::CaptureEnded { left: self.end.time.since(from) })
            }
            None => Ok(()),
        }
    }

    /// What keeps it from being said that everything of `span` between the client of `with` and `mds` was
    /// read; `None` if it was.
    pub fn unread(&self, with: &Ends, mds: Rank, span: &Span<'_>) -> Option<Doubt> {
        let Span { from, at, to, .. } = *span;
        let mut carrier = false;
        let mut unnamed = None;
        let mut silent = None;
        for link in self.near(with).filter(|l| l.opened.time <= to && self.until(l) >= from) {
            let ends = &link.ends;
            let named = ends.same_client(with) == Some(true) && ends.mds == Some(mds);
            // One whose ends were never named may be the one that would have carried it.
            let maybe = ends.same_client(with) != Some(false)
                && ends.mds.is_none_or(|m| m == mds)
                && ends.client_addr.ip() == with.client_addr.ip();
            if !named && !maybe {
                continue;
            }
            if !link.readable || (!named && !link.mds.spoken && link.ended.is_none()) {
                return Some(Doubt::Unreadable { mds, since: link.opened });
            }
            if !named {
                unnamed.get_or_insert(link.opened);
                continue;
            }
            if let Some(doubt) = link.lost(mds, span) {
                return Some(doubt);
            }
            // It would have come on the connection that was there, or, if the client had no session with
            // that rank, on the one on which it asked for one.
            let there = link.opened.time <= at && self.until(link) >= at;
            let begun = link.opened.time > at && link.session_asked.is_some();
            if there || begun {
                carrier = true;
                silent = link.silent(mds, span, self.end.time).or(silent);
            }
        }
        match (carrier, unnamed) {
            (true, _) => {}
            (false, _) if with.client.is_none() => return Some(Doubt::ClientUnknown),
            (false, Some(since)) => return Some(Doubt::Unnamed { mds, since }),
            (false, None) => return Some(Doubt::NoConnection { mds }),
        }
        if silent.is_none() && self.end.time < to {
            return Some(Doubt::CaptureEnded { left: self.end.time.since(at) });
        }
        silent
    }

    /// Until when a connection is there; silence does not end it.
    fn until(&self, link: &Link) -> Time {
        link.ended.map_or(self.end.time, |(_, place)| place.time)
    }
}

#[cfg(test)]
mod tests;
