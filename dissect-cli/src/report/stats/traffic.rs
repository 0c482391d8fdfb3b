//! What was said on every connection, counted.

use std::collections::HashMap;

use ceph_codec::message::MessageType;
use ceph_codec::msgr::Item;

use crate::place::Time;
use crate::session::{Spoken, Tally};
use crate::stream::{ConnId, Dir};

/// Types of messages told apart, of all directions of all connections together, 1,048,576 of about 40 bytes.
/// Beyond: [`Traffic::left_out`].
const MAX_COUNTS: usize = 1 << 20;

/// Counts messages by connection, direction and type: who is at the ends may be learned later.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    since: Option<Time>,
    until: Option<Time>,
    counts: HashMap<(ConnId, Dir, MessageType), Tally>,
    left_out: Tally,
}

impl Traffic {
    /// Counts what is said from one moment to another, both included.
    pub fn new(since: Option<Time>, until: Option<Time>) -> Traffic {
        Traffic { since, until, ..Traffic::default() }
    }

    /// Something was said.
    pub fn push(&mut self, spoken: &Spoken<'_>) {
        // What arrived damaged may be of any type.
        let header = match spoken.item {
            Item::Message(_) | Item::MessageSkipped { .. } => spoken.header(),
            _ => None,
        };
        let Some(header) = header else { return };
        let time = spoken.place.time;
        if self.since.is_some_and(|since| time < since)
            || self.until.is_some_and(|until| time > until)
        {
            return;
        }
        let key = (spoken.conn, spoken.dir, header.kind);
        let full = self.counts.len() >= MAX_COUNTS;
        let tally = match self.counts.get_mut(&key) {
            Some(tally) => tally,
            None if full => &mut self.left_out,
            None => self.counts.entry(key).or_default(),
        };
        tally.messages += 1;
        tally.bytes +=
            u64::from(header.front_len) + u64::from(header.middle_len) + u64::from(header.data_len);
    }

    /// How many messages of each type were sent in each direction of each connection, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (ConnId, Dir, MessageType, Tally)> {
        self.counts.iter().map(|((conn, dir, kind), tally)| (*conn, *dir, *kind, *tally))
    }

    /// By connection: what was sent in both directions.
    pub fn by_conn(&self) -> HashMap<ConnId, [Tally; 2]> {
        let mut all: HashMap<ConnId, [Tally; 2]> = HashMap::new();
        for (conn, dir, _, tally) in self.iter() {
            let sum = &mut all.entry(conn).or_default()[dir as usize];
            sum.messages += tally.messages;
            sum.bytes += tally.bytes;
        }
        all
    }

    /// Messages that found no room.
    pub fn left_out(&self) -> Tally {
        self.left_out
    }
}
