//! The messages that a page has in full: fields and bytes.

use std::collections::HashMap;

use ceph_codec::message::MessageType;

use crate::caps::timeline::Timelines;
use crate::dissect::{Detail, Dissector, Node, Section};
use crate::event::At;
use crate::findings::Finding;
use crate::report::page::{AskedRow, Spot};
use crate::session::Spoken;
use crate::stream::ConnId;

/// Messages that a page has unless told otherwise.
pub const MAX_MESSAGES: usize = 5_000;
/// Bytes kept of each section, 4 KiB. Beyond: left out, and said.
const MAX_BYTES: usize = 1 << 12;
/// Fields kept of a message, 1,024. Beyond: left out, and said.
const MAX_FIELDS: usize = 1 << 10;
/// Bytes and fields of all messages together, 24 MiB as counted by [`cost`]. Beyond: messages are left out.
const MAX_COST: usize = 24 << 20;

/// The sections of a message.
const SECTIONS: [Section; 3] = [Section::Front, Section::Middle, Section::Data];

/// Where a message begins: connection, packet, offset in the stream.
pub type Key = (ConnId, u64, u64);

/// Where a message begins.
pub fn key(at: &At) -> Key {
    (at.conn, at.place.frame, at.offset)
}

/// Messages in full, as many as find room.
#[derive(Debug)]
pub struct Messages {
    max_cost: usize,
    wanted: HashMap<Key, usize>,
    /// Those that were found, in the order of their worth.
    kept: Vec<Option<Kept>>,
    cost: usize,
    dissector: Dissector,
    /// Messages that the events are of.
    pub total: u64,
}

/// A message in full.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What it is.
    pub kind: MessageType,
    /// Version of its encoding.
    pub version: u16,
    /// Its fields, every group in front of its parts.
    pub fields: Vec<Node>,
    /// Fields that found no room.
    pub fields_left_out: usize,
    /// The bytes of its front, middle and data section, as far as they found room.
    pub bytes: [Vec<u8>; 3],
    /// How many there are of each.
    pub lengths: [usize; 3],
    /// Why it was not read to its end.
    pub stop: Option<String>,
}

impl Default for Messages {
    fn default() -> Self {
        Messages {
            max_cost: MAX_COST,
            wanted: HashMap::new(),
            kept: Vec::new(),
            cost: 0,
            dissector: Dissector::default(),
            total: 0,
        }
    }
}

impl Messages {
    /// Chooses at most `max` messages: those that findings are of, then the others of their inodes, then all
    /// others about caps, then requests and replies.
    pub(super) fn choose(
        findings: &[Finding],
        spots: &[Spot],
        timelines: &Timelines,
        asked: &[AskedRow],
        max: usize,
    ) -> Self {
        let mut messages = Messages::default();
        let told = findings.iter().map(|finding| key(&finding.at));
        let mut with = vec![false; timelines.inodes.len()];
        for inode in spots.iter().filter_map(|spot| spot.inode) {
            if let Some(with) = with.get_mut(inode) {
                *with = true;
            }
        }
        let of = |found: bool| {
            let inodes = timelines.inodes.iter().zip(&with);
            let inodes = inodes.filter(move |(_, with)| **with == found);
            let entries = inodes.flat_map(|(timeline, _)| &timeline.entries);
            entries.map(|entry| key(&entry.event.at()))
        };
        let mut all = HashMap::new();
        let asked = asked.iter().map(|row| key(&row.at));
        for key in told.chain(of(true)).chain(of(false)).chain(asked) {
            let next = all.len();
            let number = *all.entry(key).or_insert(next);
            if number == next && number < max {
                messages.wanted.insert(key, number);
            }
        }
        messages.total = all.len() as u64;
        messages.kept.resize_with(messages.wanted.len(), || None);
        messages
    }

    /// Whether none is asked for.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Takes a message, if it is one that was chosen.
    pub fn push(&mut self, spoken: &Spoken<'_>) {
        let key = (spoken.conn, spoken.place.frame, spoken.offset);
        let Some(number) = self.wanted.get(&key) else { return };
        let Some(room) = self.kept.get_mut(*number).filter(|room| room.is_none()) else { return };
        let dissected = self.dissector.dissect(spoken, Detail::Fields);
        let Some(header) = spoken.header() else { return };
        let nodes = dissected.payload.nodes();
        let sections = SECTIONS.map(|section| dissected.section(section));
        let kept = Kept {
            kind: header.kind,
            version: header.version,
            fields: nodes.iter().take(MAX_FIELDS).copied().collect(),
            fields_left_out: nodes.len().saturating_sub(MAX_FIELDS),
            bytes: sections.map(|bytes| bytes[..bytes.len().min(MAX_BYTES)].to_vec()),
            lengths: sections.map(<[u8]>::len),
            stop: dissected.stop.map(|stop| stop.to_string()),
        };
        let cost = cost(&kept);
        if self.cost.saturating_add(cost) <= self.max_cost {
            self.cost += cost;
            *room = Some(kept);
        }
    }

    /// The messages that are there, by where they begin; the most telling first.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &Kept)> {
        let mut keys: Vec<_> = self.wanted.iter().map(|(key, number)| (*number, *key)).collect();
        keys.sort_unstable();
        keys.into_iter().filter_map(|(number, key)| Some((key, self.kept.get(number)?.as_ref()?)))
    }
}

impl Kept {
    /// The bytes of a section, as far as they are kept.
    pub fn section(&self, section: Section) -> &[u8] {
        let at = SECTIONS.iter().position(|other| *other == section);
        at.and_then(|at| self.bytes.get(at)).map_or(&[], Vec::as_slice)
    }
}

/// About what a message takes.
fn cost(kept: &Kept) -> usize {
    kept.bytes.iter().map(Vec::len).sum::<usize>() * 4 / 3 + kept.fields.len() * 24
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

    /// Reads a story in which a client reconnects twice with many caps; `take` gets these messages.
    fn long(mut take: impl FnMut(&Spoken<'_>)) {
        let mut scene = Scene::new(Protocol::V1);
        scene.open(4100, 0);
        let inos: Vec<u64> = (0x1000..0x1100).collect();
        inos.iter().for_each(|ino| scene.grant(4100, 0, *ino, "pAsLsXs"));
        for _ in 0..2 {
            scene.reconnect(4100, 0, &inos);
        }
        let file = fixtures::pcap::write(&scene.finish().packets, &Default::default());
        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
        let mut capture = Capture::from_readers([("story".to_owned(), reader)], Default::default());
        let mut front = Front::new(|_| true);
        front.run(&mut capture, |_| ControlFlow::Continue(()), &mut |heard| {
            if let Heard::Said(spoken) = heard
                && spoken.header().is_some_and(|h| h.kind == MessageType::CLIENT_RECONNECT)
            {
                take(spoken);
            }
        });
    }

    /// All that are long, as far as they find room.
    fn told(max_cost: usize) -> Messages {
        let mut messages = Messages { max_cost, ..Messages::default() };
        long(|spoken| {
            let key = (spoken.conn, spoken.place.frame, spoken.offset);
            messages.wanted.insert(key, messages.kept.len());
            messages.kept.push(None);
        });
        long(|spoken| messages.push(spoken));
        messages
    }

    #[test]
    fn of_a_long_message_the_beginning_is_kept() {
        let messages = told(MAX_COST);
        let kept: Vec<_> = messages.iter().collect();
        assert_eq!(kept.len(), 2);
        for (_, kept) in kept {
            let data = kept.section(Section::Data).len();
            assert_eq!((data, kept.fields.len()), (MAX_BYTES, MAX_FIELDS));
            assert!(kept.lengths.iter().sum::<usize>() > MAX_BYTES && kept.fields_left_out > 0);
        }
    }

    #[test]
    fn messages_that_cost_too_much_are_left_out() {
        let one = cost(told(MAX_COST).iter().next().unwrap().1);
        for (room, kept) in [(one * 2, 2), (one * 2 - 1, 1), (one, 1), (one - 1, 0)] {
            assert_eq!(told(room).iter().count(), kept, "{room} for messages of {one}");
        }
    }
}
