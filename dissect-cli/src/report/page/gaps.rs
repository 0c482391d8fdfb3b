//! When something that a client and a rank said to each other was not read.

use crate::caps::timeline::{Client, Server, parties};
use crate::event::Direction;
use crate::place::Time;
use crate::session::{Links, Who};

/// Gaps shown, 16,384. Beyond: counted in [`Page::gaps_left_out`](super::Page::gaps_left_out).
const MAX_GAPS: usize = 1 << 14;

/// A stretch of time in which messages may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The client.
    pub client: Client,
    /// The rank.
    pub server: Server,
    /// Which of the two spoke; `None`: either.
    pub direction: Option<Direction>,
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
    /// Why.
    pub why: Unread,
}

/// Why something was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// So many bytes were not captured, or made no sense.
    Hole {
        /// Bytes missing.
        bytes: u64,
        /// The packet before which everything was read.
        before: u64,
        /// The packet from which on everything was read again.
        after: u64,
    },
    /// The connection is encrypted, or was never understood.
    Unreadable,
    /// The connection was there before it was first understood.
    SeenLate,
}

/// All gaps between clients and ranks, and how many found no room.
pub(super) fn gaps(links: &Links, who: &Who, span: Option<(Time, Time)>) -> (Vec<Gap>, u64) {
    let mut gaps = Vec::new();
    let mut left_out = 0;
    let Some((_, end)) = span else { return (gaps, 0) };
    for link in links.iter() {
        let (client, server) = parties(link.conn, who);
        let mut gap = |direction, from, until, why| match gaps.len() < MAX_GAPS {
            true => gaps.push(Gap { client, server, direction, from, until, why }),
            false => left_out += 1,
        };
        if !link.readable {
            let until = link.ended.map_or(end, |(_, place)| place.time);
            gap(None, link.opened.time, until, Unread::Unreadable);
            continue;
        }
        for direction in [Direction::MdsToClient, Direction::ClientToMds] {
            let heard = link.heard(direction);
            // Where no packet was, nothing was said that could have been read.
            let opened = link.opened.time;
            if !link.from_start && heard.since.time > opened {
                gap(Some(direction), opened, heard.since.time, Unread::SeenLate);
            }
            for hole in &heard.holes {
                let (bytes, before, after) = (hole.bytes, hole.before.frame, hole.after.frame);
                let why = Unread::Hole { bytes, before, after };
                gap(Some(direction), hole.before.time, hole.after.time, why);
            }
        }
    }
    (gaps, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;
    use crate::session::{Ends, Heard, Hole, Link};
    use crate::stream::ConnId;

    #[test]
    fn further_gaps_are_counted() {
        let place = |at: i64| Place { file: 0, frame: at as u64, time: Time(at) };
        let hole = |at| {
            let (before, after) = (place(at), place(at + 1));
            Hole { before, after, bytes: 1, merged: 0, within: None }
        };
        let heard = |holes| Heard { since: place(0), last: None, spoken: true, holes };
        let many = MAX_GAPS as i64 + 3;
        let addr = ([10, 0, 0, 1], 1000).into();
        let link = Link {
            conn: ConnId(0),
            ends: Ends {
                client: Some(4100),
                party: ConnId(0),
                client_addr: addr,
                mds: None,
                mds_addr: addr,
            },
            from_start: true,
            resumed: false,
            opened: place(0),
            last: place(many),
            ended: None,
            readable: true,
            mds: heard((0..many).map(hole).collect()),
            client: heard(Vec::new()),
            session_asked: None,
            closed: None,
        };
        let links = Links::new(vec![link], place(many));
        let (gaps, left_out) = gaps(&links, &Who::default(), Some((Time(0), Time(many))));
        assert_eq!((gaps.len(), left_out), (MAX_GAPS, 3));
        assert_eq!(gaps.last().map(|gap| gap.from), Some(Time(MAX_GAPS as i64 - 1)));
    }
}
