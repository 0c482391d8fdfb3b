//! Clients' sessions with ranks over time: how they began and ended, renewals, reconnects, recalls, and what
//! a rank counted of the messages that it sent.
//!
//! Everything is noted by connection while it passes, and put together at the end, when it is known who is
//! at the ends: [`SessionLog::histories`].

mod counter;
mod history;
mod leg;
mod ranks;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::event::{Answer, Direction, Event, Source};
use crate::stream::ConnId;

pub use counter::{Beginning, Unseen};
pub use history::{History, Return};
pub use leg::{Leg, Note, Recall, Renewals, What};
pub use ranks::RankLog;

/// Bounds of the log.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Notes kept of all connections, 1 million. Beyond: only counted, [`Leg::dropped`].
    pub max_notes: usize,
    /// Connections of which anything is noted, 1 million. Beyond: nothing is.
    pub max_legs: usize,
}

impl Default for SessionLimits {
    fn default() -> Self {
        SessionLimits { max_notes: 1 << 20, max_legs: 1 << 20 }
    }
}

/// What was said of all sessions.
#[derive(Debug, Default)]
pub struct SessionLog {
    limits: SessionLimits,
    legs: BTreeMap<ConnId, Leg>,
    notes: usize,
    ranks: RankLog,
}

impl SessionLog {
    /// Takes the next event, in the order of the capture. `held`: how many caps the client of the event's
    /// connection has from its rank, if that is known.
    pub fn push(&mut self, event: &Event, held: Option<u32>) {
        if let Event::Rank(event) = event {
            self.ranks.push(event);
            return;
        }
        // Between ranks are no sessions.
        if matches!(event, Event::Move(_)) {
            return;
        }
        let at = event.at();
        let from_mds = match event {
            Event::Cap(event) => event.direction == Direction::MdsToClient,
            Event::Reply(_) | Event::Pushed(_) => true,
            _ => false,
        };
        let many = self.legs.len() >= self.limits.max_legs;
        let leg = match self.legs.entry(at.conn) {
            Entry::Occupied(leg) => leg.into_mut(),
            Entry::Vacant(_) if many => return,
            Entry::Vacant(none) => none.insert(Leg::new(at.conn, at.place)),
        };
        if at.replayed {
            return;
        }
        if from_mds {
            leg.spoke(at.place);
        }
        if matches!(event, Event::Cap(_) | Event::Session(_) | Event::Reconnect(_)) {
            leg.holds(at.place, held);
        }
        let note = match event {
            Event::Cap(event) => {
                // Replies carry caps too, and are not counted.
                if from_mds && matches!(event.source, Source::ClientCaps(_)) {
                    leg.count(event.place);
                }
                if event.source == Source::CapRelease {
                    leg.released(1);
                }
                None
            }
            Event::Pushed(event) => {
                leg.count(event.at.place);
                None
            }
            Event::Reply(event) => {
                if !matches!(event.answer, Answer::Forward { .. }) {
                    leg.served(event.at.place);
                }
                None
            }
            Event::Session(event) => leg.session(event, held),
            Event::Reconnect(event) => Some(What::Reconnect { caps: event.caps, more: event.more }),
            Event::Request(_) | Event::Rank(_) | Event::Move(_) => None,
        };
        let Some(what) = note else { return };
        match self.notes < self.limits.max_notes {
            true => {
                self.notes += 1;
                leg.note(at, what);
            }
            false => leg.drop_note(),
        }
    }

    /// What was said on a connection.
    pub fn leg(&self, conn: ConnId) -> Option<&Leg> {
        self.legs.get(&conn)
    }

    /// What the maps said of the ranks.
    pub fn ranks(&self) -> &RankLog {
        &self.ranks
    }
}
