//! What of a client's conversation with a rank was seen, and what was not.

use std::fmt;

use ceph_codec::types::Rank;
use serde::Serialize;

use super::who::Ends;
use crate::place::{Place, Time};
use crate::stream::{ConnId, End};

/// Bytes of one direction that could not be read as messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Hole {
    /// The packet before which everything was read.
    pub before: Place,
    /// The packet from which on everything was read again; the last one there is if it never was.
    pub after: Place,
    /// Bytes between.
    pub bytes: u64,
    /// Holes merged into this one beyond the first, where there were too many to list.
    pub merged: u64,
}

/// A connection between a client and a metadata server, seen from the client: what the server sent on it.
#[derive(Clone, Debug)]
pub struct Link {
    /// The connection.
    pub conn: ConnId,
    /// Its ends.
    pub ends: Ends,
    /// Its opening was seen, so nothing came before it.
    pub from_start: bool,
    /// Its first packet.
    pub opened: Place,
    /// Its last packet.
    pub last: Place,
    /// The server's last packet, if any is in the capture.
    pub heard: Option<Place>,
    /// How it ended, if it did so within the capture.
    pub ended: Option<(End, Place)>,
    /// Whether messages can be read on it at all.
    pub readable: bool,
    /// Whether any message was read on it.
    pub spoken: bool,
    /// What was lost of what the server sent.
    pub holes: Vec<Hole>,
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

/// Why it cannot be said whether a rank sent something to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Doubt {
    /// Nobody said which client it is, so its other connections cannot be told from other clients'.
    ClientUnknown,
    /// No connection that the client had with the rank at that time is in the capture.
    NoConnection {
        /// The rank.
        mds: Rank,
    },
    /// The only connection that may be the one does not say who is at its ends.
    Unnamed {
        /// The rank.
        mds: Rank,
        /// The connection's first packet.
        since: Place,
    },
    /// A connection that may be the one is encrypted, or was never understood.
    Unreadable {
        /// The rank.
        mds: Rank,
        /// The connection's first packet.
        since: Place,
    },
    /// The connection was there before the capture, and was first seen later than needed.
    SeenLate {
        /// The rank.
        mds: Rank,
        /// Its first packet in the capture.
        since: Place,
    },
    /// Nothing that the rank sent on the connection was read, or captured, that late.
    Unheard {
        /// The rank.
        mds: Rank,
        /// The last packet of it on that connection; its first packet if there is none at all.
        since: Place,
    },
    /// Part of what the rank sent was not captured, or could not be read.
    Hole {
        /// The rank.
        mds: Rank,
        /// Where.
        hole: Hole,
    },
    /// The capture ended before the time was over in which the message may come.
    CaptureEnded {
        /// Nanoseconds from the event to the capture's end.
        left: i64,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::ClientUnknown => f.write_str("the capture does not say which client this is"),
            Doubt::NoConnection { mds } => {
                write!(
                    f,
                    "no connection that this client had with mds.{mds} at that time is in the capture"
                )
            }
            Doubt::Unnamed { mds, since } => write!(
                f,
                "the connection seen since frame {} may be the one to mds.{mds}, but who is at its ends \
                 is not in the capture",
                since.frame
            ),
            Doubt::Unreadable { mds, since } => {
                write!(
                    f,
                    "a connection to mds.{mds} since frame {} is encrypted or was not understood",
                    since.frame
                )
            }
            Doubt::SeenLate { mds, since } => write!(
                f,
                "the connection to mds.{mds} is seen from frame {} on only, in the middle of it",
                since.frame
            ),
            Doubt::Unheard { mds, since } => {
                write!(
                    f,
                    "of what mds.{mds} sent on that connection nothing is in the capture after frame {}",
                    since.frame
                )
            }
            Doubt::Hole { mds, hole } => write!(
                f,
                "{} bytes that mds.{mds} sent between frames {} and {} were not captured or not readable",
                hole.bytes, hole.before.frame, hole.after.frame
            ),
            Doubt::CaptureEnded { left } => {
                write!(f, "the capture ends {:.3} s later", *left as f64 / 1e9)
            }
        }
    }
}

/// All connections between clients and metadata servers.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// In the order of their first packets.
    pub links: Vec<Link>,
    /// The last packet of the capture.
    pub end: Place,
}

impl Links {
    /// What is known of a connection, if it is one between a client and a metadata server.
    pub fn link(&self, conn: ConnId) -> Option<&Link> {
        self.links.iter().find(|link| link.conn == conn)
    }

    /// The connections between the client of `with` and this rank, in order.
    pub fn between(&self, with: Ends, mds: Rank) -> impl Iterator<Item = &Link> {
        self.links
            .iter()
            .filter(move |l| l.ends.mds == Some(mds) && l.ends.same_client(&with) == Some(true))
    }

    /// Whether everything that `mds` sent to the client of `with` around the moment `at` was read, from
    /// `wait` nanoseconds before to as many after; if not, why.
    pub fn doubt(&self, with: &Ends, mds: Rank, at: Time, wait: i64) -> Option<Doubt> {
        let (from, to) = (Time(at.0.saturating_sub(wait)), Time(at.0.saturating_add(wait)));
        let mut carrier = false;
        let mut unnamed = None;
        let mut silent = None;
        for link in self.links.iter().filter(|l| l.opened.time <= to && self.until(l) >= from) {
            let ends = &link.ends;
            let named = ends.same_client(with) == Some(true) && ends.mds == Some(mds);
            // One whose ends were never named may be the one that would have carried it.
            let maybe = ends.same_client(with) != Some(false)
                && ends.mds.is_none_or(|m| m == mds)
                && ends.client_addr.ip() == with.client_addr.ip();
            if !named && !maybe {
                continue;
            }
            if !link.readable || (!named && !link.spoken && link.ended.is_none()) {
                return Some(Doubt::Unreadable { mds, since: link.opened });
            }
            if !named {
                unnamed.get_or_insert(link.opened);
                continue;
            }
            if !link.from_start && link.opened.time > from {
                return Some(Doubt::SeenLate { mds, since: link.opened });
            }
            let lost = link.holes.iter().find(|h| h.before.time <= to && h.after.time >= from);
            if let Some(hole) = lost {
                return Some(Doubt::Hole { mds, hole: *hole });
            }
            // It would have come on the connection that was there, or, if the client had no session with
            // that rank, on the one on which it asked for one.
            let there = link.opened.time <= at && self.until(link) >= at;
            let begun = link.opened.time > at && link.session_asked.is_some();
            if !(there || begun) {
                continue;
            }
            carrier = true;
            // Bytes that the capture lost show only with what comes behind them: a packet of the server
            // from after the time, or from after the message if there was nothing more to say by then.
            let closed = link.closed.is_some_and(|(_, place)| place.time >= at && place.time <= to);
            let needed = match link.ended.is_some() || closed {
                true => at.max(link.opened.time),
                false => to.min(self.end.time),
            };
            match link.heard.filter(|_| link.spoken) {
                Some(heard) if heard.time >= needed || self.end.time < to => {}
                heard => silent = Some(Doubt::Unheard { mds, since: heard.unwrap_or(link.opened) }),
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
