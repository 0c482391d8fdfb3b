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
#[derive(Clone, Debug)]
pub struct Traffic {
    max: usize,
    since: Option<Time>,
    until: Option<Time>,
    counts: HashMap<(ConnId, Dir, MessageType), Tally>,
    left_out: Tally,
}

impl Default for Traffic {
    fn default() -> Self {
        Traffic::new(None, None)
    }
}

impl Traffic {
    /// Counts what is said from one moment to another, both included.
    pub fn new(since: Option<Time>, until: Option<Time>) -> Traffic {
        let (counts, left_out) = (HashMap::new(), Tally::default());
        Traffic { max: MAX_COUNTS, since, until, counts, left_out }
    }

    /// The same, and tells at most so many apart.
    #[must_use]
    pub fn with_room(self, max: usize) -> Traffic {
        Traffic { max, ..self }
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
        let full = self.counts.len() >= self.max;
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

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};
    use std::ops::ControlFlow;

    use fixtures::msgr::Protocol;
    use fixtures::scene::Scene;

    use super::*;
    use crate::capture::Capture;
    use crate::pipeline::{Front, Heard};

    /// What is said in a story with requests, replies and messages of sessions.
    fn told(max: usize) -> Traffic {
        let mut scene = Scene::new(Protocol::V2);
        for client in [4100, 4200] {
            scene.open(client, 0);
            scene.lookup(client, 0, (1, "d"), 0x1000, "pAsLsXs");
        }
        let file = fixtures::pcap::write(&scene.finish().packets, &Default::default());
        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
        let mut capture = Capture::from_readers([("story".to_owned(), reader)], Default::default());
        let mut traffic = Traffic::default().with_room(max);
        let mut front = Front::new(|_| true);
        front.run(&mut capture, |_| ControlFlow::Continue(()), &mut |heard| {
            if let Heard::Said(spoken) = heard {
                traffic.push(spoken);
            }
        });
        traffic
    }

    #[test]
    fn what_finds_no_room_is_counted_together() {
        let sum = |traffic: &Traffic| {
            let all = traffic.iter().map(|(.., tally)| tally).chain([traffic.left_out()]);
            all.fold((0, 0), |sum, tally| (sum.0 + tally.messages, sum.1 + tally.bytes))
        };
        let (all, few) = (told(MAX_COUNTS), told(3));
        assert_eq!((all.iter().count(), all.left_out()), (8, Tally::default()));
        assert_eq!(few.iter().count(), 3);
        assert!(few.left_out().messages >= 5);
        assert_eq!(sum(&few), sum(&all));
    }
}
