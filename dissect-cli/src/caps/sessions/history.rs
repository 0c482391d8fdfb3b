//! The sessions of one client with one rank, over all their connections.

use std::collections::HashMap;
use std::net::SocketAddr;

use ceph_codec::message::client_session::SessionOp;
use ceph_codec::types::Rank;

use super::counter::{self, Unseen};
use super::{Leg, Note, SessionLog, What};
use crate::place::{Place, Time};
use crate::session::{Ends, Link, Links};
use crate::stream::ConnId;

/// The sessions of one client with one rank.
#[derive(Clone, Debug)]
pub struct History<'a> {
    /// The ends, as the first connection has them.
    pub ends: Ends,
    /// The connections on which anything was said, in order.
    pub legs: Vec<(&'a Link, &'a Leg)>,
}

/// A client went back to a rank after its connection was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Return {
    /// The connection before, if there is one in the capture.
    pub before: Option<ConnId>,
    /// The rank's last word before.
    pub last_word: Option<Place>,
    /// Where the connection before ended.
    pub lost: Option<Place>,
    /// The new connection.
    pub conn: ConnId,
    /// The message in which the client tells its caps; the first one if there are several.
    pub told: Note,
    /// How many caps it told.
    pub caps: u64,
    /// The rank opened the session again.
    pub opened: Option<Place>,
    /// Instead, it closed or rejected it.
    pub denied: Option<(SessionOp, Place)>,
    /// The rank's first word about caps or requests.
    pub first_word: Option<Place>,
    /// Its first reply.
    pub first_reply: Option<Place>,
}

/// A client and a rank, as far as they are known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Named(u64, Rank),
    Client(u64, SocketAddr),
    Rank(ConnId, Rank),
    Neither(ConnId, SocketAddr),
}

impl Key {
    fn of(ends: &Ends) -> Key {
        match (ends.client, ends.mds) {
            (Some(client), Some(mds)) => Key::Named(client, mds),
            (Some(client), None) => Key::Client(client, ends.mds_addr),
            (None, Some(mds)) => Key::Rank(ends.party, mds),
            (None, None) => Key::Neither(ends.party, ends.mds_addr),
        }
    }
}

impl SessionLog {
    /// The sessions by client and rank, in the order of their first connections.
    pub fn histories<'a>(&'a self, links: &'a Links) -> Vec<History<'a>> {
        let mut histories: Vec<History<'a>> = Vec::new();
        let mut index = HashMap::new();
        for link in links.iter() {
            let Some(leg) = self.leg(link.conn) else { continue };
            let at = *index.entry(Key::of(&link.ends)).or_insert(histories.len());
            match histories.get_mut(at) {
                Some(history) => history.legs.push((link, leg)),
                None => histories.push(History { ends: link.ends, legs: vec![(link, leg)] }),
            }
        }
        histories
    }

    /// Those of one client with one rank.
    pub fn history<'a>(&'a self, links: &'a Links, with: Ends, mds: Rank) -> History<'a> {
        let legs = links.between(with, mds).filter_map(|link| Some((link, self.leg(link.conn)?)));
        let legs: Vec<_> = legs.collect();
        History { ends: legs.first().map_or(with, |(link, _)| link.ends), legs }
    }
}

impl<'a> History<'a> {
    /// What the rank counted of the messages that it sent, and the capture does not have.
    pub fn unseen(&self) -> Vec<Unseen> {
        counter::unseen(self)
    }

    /// All that was said, in the order of the connections.
    pub fn notes(&self) -> impl Iterator<Item = (&'a Link, &'a Note)> + '_ {
        self.legs.iter().flat_map(|(link, leg)| leg.notes.iter().map(move |note| (*link, note)))
    }

    /// Where the client went back to a rank that had been gone.
    pub fn returns(&self) -> Vec<Return> {
        let mut returns = Vec::new();
        for (index, (link, leg)) in self.legs.iter().enumerate() {
            let told = |note: &&Note| matches!(note.what, What::Reconnect { .. });
            let Some(first) = leg.notes.iter().find(told) else { continue };
            let before = index.checked_sub(1).and_then(|index| self.legs.get(index));
            let behind = || leg.notes.iter().filter(|note| note.at.place >= first.at.place);
            let op = |wanted: &[SessionOp]| {
                behind().find_map(|note| match note.what {
                    What::Session { op, .. } if wanted.contains(&op) => Some((op, note.at.place)),
                    _ => None,
                })
            };
            let opened = op(&[SessionOp::OPEN]).map(|(_, place)| place);
            let asked = op(&[SessionOp::REQUEST_CLOSE]);
            let denied = op(&[SessionOp::CLOSE, SessionOp::REJECT]);
            returns.push(Return {
                before: before.map(|(link, _)| link.conn),
                last_word: before.and_then(|(_, leg)| leg.last_word),
                lost: before.and_then(|(link, _)| link.ended).map(|(_, place)| place),
                conn: link.conn,
                told: *first,
                caps: behind()
                    .map(|note| match note.what {
                        What::Reconnect { caps, .. } => u64::from(caps),
                        What::Session { .. } => 0,
                    })
                    .sum(),
                opened,
                // A session that was opened again, or whose end the client asked for, was not denied.
                denied: denied.filter(|_| opened.is_none() && asked.is_none()),
                first_word: leg.first_word_after,
                first_reply: leg.first_reply_after,
            });
        }
        returns
    }

    /// Whether a session is seen to be open at this moment.
    pub fn is_open(&self, at: Time) -> bool {
        let mut open = false;
        for (_, note) in self.notes().filter(|(_, note)| note.at.place.time <= at) {
            if let What::Session { op, .. } = note.what {
                match op {
                    SessionOp::OPEN | SessionOp::FLUSHMSG => open = true,
                    SessionOp::CLOSE | SessionOp::REJECT => open = false,
                    _ => {}
                }
            }
        }
        open
    }
}
