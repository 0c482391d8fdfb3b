//! The messages of one export, and those that tell clients of the caps that moved with it.
//!
//! A [`Trace`] goes along with a first reading and keeps what has the export's tid. When all is known, it says
//! which messages those are: of the ranks by where they stand, of the clients by inode, client and cap id, which
//! the tree and the importer's acknowledgement name.

use std::collections::{HashMap, HashSet};

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::message::{Message, MessageType};
use ceph_codec::types::{InodeNo, Rank};

use super::{Export, Moves};
use crate::event::{Event, MoveEvent, MoveStep};
use crate::place::Place;
use crate::session::{Spoken, Who};
use crate::stream::{ConnId, Dir};

/// Bounds of what is kept.
#[derive(Clone, Copy, Debug)]
pub struct TraceLimits {
    /// Events of exports with one tid, 262,144 of about 150 bytes, a cap that an importer took counted as one.
    /// Beyond: [`Trace::left_out`].
    pub steps: usize,
    /// Caps that trees with one tid carried, 262,144. Beyond: [`Trace::left_out`].
    pub caps: usize,
}

impl Default for TraceLimits {
    fn default() -> Self {
        TraceLimits { steps: 1 << 18, caps: 1 << 18 }
    }
}

/// Where a message stands: connection, direction, file, frame, offset.
type Key = (ConnId, Dir, u32, u64, u64);

fn key(conn: ConnId, dir: Dir, place: Place, offset: u64) -> Key {
    (conn, dir, place.file, place.frame, offset)
}

/// Keeps what has one tid.
#[derive(Clone, Debug)]
pub struct Trace {
    limits: TraceLimits,
    tid: u64,
    steps: Vec<MoveEvent>,
    /// By message: inode, client and cap id at the exporter of the caps in a tree.
    trees: HashMap<Key, Vec<(InodeNo, i64, u64)>>,
    caps: usize,
    left_out: u64,
}

impl Trace {
    /// Of exports with this tid.
    pub fn new(tid: u64) -> Trace {
        Trace::with_limits(tid, TraceLimits::default())
    }

    /// With other bounds.
    pub fn with_limits(tid: u64, limits: TraceLimits) -> Trace {
        Trace { limits, tid, steps: Vec::new(), trees: HashMap::new(), caps: 0, left_out: 0 }
    }

    /// Something was said: a tree tells which caps go with it.
    pub fn said(&mut self, spoken: &Spoken<'_>) {
        let Some(envelope) = spoken.envelope() else { return };
        let header = envelope.header;
        if header.kind != MessageType::MDS_EXPORT_DIR || header.tid != self.tid {
            return;
        }
        let message = Message::decode(header.kind, header.version, envelope.sections);
        let Ok(Message::ExportDir(tree)) = message else { return };
        let key = key(spoken.conn, spoken.dir, spoken.place, spoken.offset);
        let caps = self.trees.entry(key).or_default();
        for inode in tree.inodes() {
            for (client, cap) in inode.exports.caps() {
                if self.caps >= self.limits.caps {
                    self.left_out += 1;
                    continue;
                }
                self.caps += 1;
                caps.push((inode.ino, client, cap.cap_id));
            }
        }
    }

    /// Something happened.
    pub fn push(&mut self, event: &Event) {
        let Event::Move(step) = event else { return };
        if step.tid != self.tid || step.step.is_without_tree() {
            return;
        }
        match self.steps.len() < self.limits.steps {
            true => self.steps.push(*step),
            false => self.left_out += 1,
        }
    }

    /// Messages and caps that found no room.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The messages of these exports, which have its tid.
    pub fn of(&self, exports: &[&Export], moves: &Moves, who: &Who) -> Followed {
        let mut followed = Followed::default();
        let same_tid: Vec<_> = moves.exports().iter().filter(|e| e.tid == self.tid).collect();
        for step in &self.steps {
            let begun = |export: &&&Export| {
                let first = export.first.at.place;
                export.tree == step.tree && export.has(step, who) && first <= step.at.place
            };
            // A rank that begins anew counts from the beginning: the last one is meant.
            let Some(export) = same_tid.iter().rfind(begun) else { continue };
            if !exports.iter().any(|wanted| std::ptr::eq(*wanted, *export)) {
                continue;
            }
            let at = key(step.at.conn, step.dir, step.at.place, step.at.offset);
            let moved = Moved {
                client: 0,
                given: None,
                taken: None,
                ranks: export.ranks(who),
                since: export.first.at.place,
                told: [false; 2],
            };
            match step.step {
                MoveStep::Took { ino, client, cap } => {
                    let taken = Some(cap.cap_id).filter(|id| *id != 0);
                    followed.add(ino, Moved { client, taken, ..moved });
                    continue;
                }
                MoveStep::Dir { .. } => {
                    for (ino, client, cap_id) in self.trees.get(&at).into_iter().flatten() {
                        let (client, given) = (*client, Some(*cap_id));
                        followed.add(*ino, Moved { client, given, ..moved });
                    }
                }
                _ => {}
            }
            followed.messages.insert(at);
        }
        followed
    }
}

/// A cap that moved.
#[derive(Clone, Copy, Debug)]
struct Moved {
    client: i64,
    /// Its id at the exporter.
    given: Option<u64>,
    /// Its id at the importer.
    taken: Option<u64>,
    /// From which rank to which one.
    ranks: [Option<Rank>; 2],
    /// Where its export began.
    since: Place,
    /// Whether its EXPORT and its IMPORT have come.
    told: [bool; 2],
}

/// The messages of some exports.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    messages: HashSet<Key>,
    caps: HashMap<InodeNo, Vec<Moved>>,
}

impl Followed {
    /// The tree and the acknowledgement both tell of a cap, each with the id that it has at one of the ranks.
    fn add(&mut self, ino: InodeNo, new: Moved) {
        let caps = self.caps.entry(ino).or_default();
        let other_half = |old: &&mut Moved| {
            old.client == new.client
                && old.since == new.since
                && (old.given.is_none() || new.given.is_none() || old.given == new.given)
                && (old.taken.is_none() || new.taken.is_none() || old.taken == new.taken)
        };
        match caps.iter_mut().find(other_half) {
            Some(old) => {
                old.given = old.given.or(new.given);
                old.taken = old.taken.or(new.taken);
            }
            None => caps.push(new),
        }
    }

    /// How many messages the ranks sent each other.
    pub fn messages(&self) -> usize {
        self.messages.len()
    }

    /// How many caps moved.
    pub fn caps(&self) -> usize {
        self.caps.values().map(Vec::len).sum()
    }

    /// Whether a message belongs to them. Of EXPORTs and IMPORTs the first one of each cap does; `rank` is who
    /// sends it, `client` who gets it, as far as they are known.
    pub fn has(&mut self, spoken: &Spoken<'_>, rank: Option<Rank>, client: Option<u64>) -> bool {
        let Some(envelope) = spoken.envelope() else { return false };
        let header = envelope.header;
        if header.kind != MessageType::CLIENT_CAPS {
            return self.messages.contains(&key(
                spoken.conn,
                spoken.dir,
                spoken.place,
                spoken.offset,
            ));
        }
        let message = Message::decode(header.kind, header.version, envelope.sections);
        let Ok(Message::ClientCaps(caps)) = message else { return false };
        let head = caps.head();
        let (half, [given, taken]) = match head.op {
            CapOp::EXPORT => (0, [Some(head.cap_id), caps.export_peer().map(|peer| peer.cap_id)]),
            CapOp::IMPORT => (1, [caps.import_peer().map(|peer| peer.cap_id), Some(head.cap_id)]),
            _ => return false,
        };
        let is_it = |moved: &&mut Moved| {
            let same = |one: Option<u64>, other: Option<u64>| one.is_some() && one == other;
            let (of, by) = (moved.client, moved.ranks[half]);
            moved.since <= spoken.place
                && (same(moved.given, given) || same(moved.taken, taken))
                && client.is_none_or(|client| i64::try_from(client) == Ok(of))
                && (by.is_none() || rank.is_none() || by == rank)
                && (!moved.told[half] || spoken.replayed)
        };
        match self.caps.get_mut(&head.ino).and_then(|caps| caps.iter_mut().find(is_it)) {
            Some(moved) => {
                moved.told[half] = true;
                true
            }
            None => false,
        }
    }
}
