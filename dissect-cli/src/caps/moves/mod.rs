//! Exports of directory trees from rank to rank, as the ranks tell it to each other: how far each came, and
//! whether the clients were told of the caps that moved.
//!
//! All messages of an export have its tid, which is the exporter's own number, and name its tree. The importer's
//! acknowledgement names the caps that it made; a client's EXPORT and IMPORT name the same ones, so what is
//! still missing of them is known here from both sides.

mod awaited;
mod fate;
mod phase;
#[cfg(test)]
mod tests;
mod trace;

use ceph_codec::message::mds_map::MdsState;
use ceph_codec::types::{DirFrag, Frag, InodeNo, Rank};

use crate::event::{Event, MoveEvent, MoveStep, RankEvent};
use crate::hash::HashMap;
use crate::place::Place;
use crate::session::Who;
use crate::stream::{ConnId, Dir};

pub use awaited::{Awaited, Half};
pub use fate::Fate;
pub use phase::{PHASES, Phase};
pub use trace::{Followed, Trace, TraceLimits};

use awaited::Waiting;

/// Bounds of what is followed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Exports followed, those that are complete included, 65,536 of about 400 bytes. Beyond: new ones are not
    /// followed, [`Moves::not_followed`].
    pub exports: usize,
    /// Caps of which EXPORT or IMPORT is still to come, 262,144. Beyond: those of later exports are not looked
    /// for, [`Moves::caps_not_followed`].
    pub caps: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { exports: 1 << 16, caps: 1 << 18 }
    }
}

/// An export of a tree.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its number, the exporter's own.
    pub tid: u64,
    /// The directory at the root of the tree.
    pub tree: DirFrag,
    /// The connection on which its last message came.
    pub conn: ConnId,
    /// The direction in which the exporter speaks there.
    pub side: Dir,
    /// The first message seen.
    pub first: MoveEvent,
    /// The last message seen between the two ranks.
    pub last: MoveEvent,
    /// How far it came, and where.
    phases: [Option<Place>; PHASES],
    /// The importer did not want it.
    pub refused: Option<Place>,
    /// A map said that one of the two ranks is not active any more while it was under way.
    pub down: Option<(Rank, Place)>,
    /// Other ranks that were told, and that said that they know.
    pub notified: [u32; 2],
    /// Inodes that moved, as the tree says.
    pub inodes: u32,
    /// Caps on them.
    pub caps: u32,
    /// Caps that the importer took.
    pub taken: u32,
    /// Those of them that it has for no client, since it has no session with it.
    pub without_session: u32,
    /// Those of which the EXPORT was seen.
    pub exported: u32,
    /// Those of which the IMPORT was seen.
    pub imported: u32,
    /// Those of which both were seen.
    pub both: u32,
}

impl Export {
    fn new(event: &MoveEvent) -> Export {
        Export {
            tid: event.tid,
            tree: event.tree,
            conn: event.at.conn,
            side: event.exporter_side(),
            first: *event,
            last: *event,
            phases: [None; PHASES],
            refused: None,
            down: None,
            notified: [0; 2],
            inodes: 0,
            caps: 0,
            taken: 0,
            without_session: 0,
            exported: 0,
            imported: 0,
            both: 0,
        }
    }

    /// Where it came to a phase, if it was seen.
    pub fn at(&self, phase: Phase) -> Option<Place> {
        self.phases.get(phase as usize).copied().flatten()
    }

    /// The last phase that it came to.
    pub fn came_to(&self) -> Phase {
        Phase::ALL.into_iter().rev().find(|phase| self.at(*phase).is_some()).unwrap_or_default()
    }

    /// The rank that gives the tree up and the one that takes it, as far as they are known.
    pub fn ranks(&self, who: &Who) -> [Option<Rank>; 2] {
        who.ranks(self.conn, self.side)
    }

    /// Whether nothing more is to come.
    pub fn is_over(&self) -> bool {
        self.at(Phase::Last).is_some() || self.at(Phase::Cancel).is_some() || self.refused.is_some()
    }

    /// Whether a message is of it, whose tid and tree are the same.
    fn has(&self, event: &MoveEvent, who: &Who) -> bool {
        let side = event.exporter_side();
        if event.at.conn == self.conn {
            return side == self.side;
        }
        // Other ranks hear of it from the same exporter.
        let [exporter, _] = who.ranks(event.at.conn, side);
        exporter.is_some() && exporter == self.ranks(who)[0]
    }

    fn take(&mut self, event: &MoveEvent) {
        match event.step {
            MoveStep::Dir { inodes, caps } => (self.inodes, self.caps) = (inodes, caps),
            MoveStep::Ack { caps } => self.taken = caps,
            MoveStep::Notify => return self.notified[0] = self.notified[0].saturating_add(1),
            MoveStep::NotifyAck => return self.notified[1] = self.notified[1].saturating_add(1),
            MoveStep::DiscoverAck { success: false } | MoveStep::PrepAck { success: false } => {
                self.refused.get_or_insert(event.at.place);
            }
            _ => {}
        }
        self.last = *event;
        (self.conn, self.side) = (event.at.conn, event.exporter_side());
        if let Some(phase) = Phase::of(event.step)
            && let Some(at) = self.phases.get_mut(phase as usize)
        {
            at.get_or_insert(event.at.place);
        }
    }
}

/// The tid, and the tree.
type Key = (u64, InodeNo, Frag);

/// All exports.
#[derive(Debug, Default)]
pub struct Moves {
    limits: Limits,
    exports: Vec<Export>,
    /// Those that are under way, by tid and tree.
    live: HashMap<Key, Vec<u32>>,
    waiting: Waiting,
    not_followed: u64,
    caps_messages: [u64; 2],
}

impl Moves {
    /// Follows within these bounds.
    pub fn new(limits: Limits) -> Moves {
        Moves { limits, ..Moves::default() }
    }

    /// Takes the next event.
    pub fn push(&mut self, event: &Event, who: &Who) {
        match event {
            Event::Move(event) if !event.at.replayed => self.step(event, who),
            Event::Cap(cap) if !cap.replayed => self.waiting.told(cap, &mut self.exports, who),
            Event::Rank(event) => self.rank(event, who),
            _ => {}
        }
    }

    fn step(&mut self, event: &MoveEvent, who: &Who) {
        match event.step {
            MoveStep::Caps { .. } => return self.caps_messages[0] += 1,
            MoveStep::CapsAck { .. } => return self.caps_messages[1] += 1,
            MoveStep::GatherCaps => return,
            _ => {}
        }
        let key = (event.tid, event.tree.ino, event.tree.frag);
        let found = match event.step {
            // It is the first message.
            MoveStep::Discover => None,
            _ => self.find(&key, event, who),
        };
        let index = match found {
            Some(index) => index,
            // What other ranks are told says nothing of an export that was not seen.
            None if matches!(event.step, MoveStep::Notify | MoveStep::NotifyAck) => return,
            None => match self.add(key, event) {
                Some(index) => index,
                None => return,
            },
        };
        let Some(export) = self.exports.get_mut(index as usize) else { return };
        if let MoveStep::Took { ino, client, cap } = event.step {
            match cap.cap_id {
                0 => export.without_session = export.without_session.saturating_add(1),
                id => self.waiting.add(index, (ino, id), client, self.limits.caps),
            }
            return;
        }
        export.take(event);
        // Only the other ranks' answers may still come.
        if export.is_over()
            && let Some(live) = self.live.get_mut(&key)
        {
            live.retain(|other| *other != index);
            if live.is_empty() {
                self.live.remove(&key);
            }
        }
    }

    fn find(&self, key: &Key, event: &MoveEvent, who: &Who) -> Option<u32> {
        let is = |index: &&u32| {
            self.exports.get(**index as usize).is_some_and(|export| export.has(event, who))
        };
        self.live.get(key)?.iter().rev().find(is).copied()
    }

    fn add(&mut self, key: Key, event: &MoveEvent) -> Option<u32> {
        if self.exports.len() >= self.limits.exports {
            self.not_followed += 1;
            return None;
        }
        let index = u32::try_from(self.exports.len()).ok()?;
        self.exports.push(Export::new(event));
        self.live.entry(key).or_default().push(index);
        Some(index)
    }

    fn rank(&mut self, event: &RankEvent, who: &Who) {
        let serves = [MdsState::ACTIVE, MdsState::CLIENTREPLAY, MdsState::STOPPING];
        if event.state.is_some_and(|state| serves.contains(&state)) {
            return;
        }
        for index in self.live.values().flatten() {
            let Some(export) = self.exports.get_mut(*index as usize) else { continue };
            if export.ranks(who).contains(&Some(event.rank)) {
                export.down.get_or_insert((event.rank, event.at.place));
            }
        }
    }

    /// All exports, in the order of their first messages.
    pub fn exports(&self) -> &[Export] {
        &self.exports
    }

    /// Caps that an importer took, and of which the client's EXPORT or IMPORT was not seen so far: with the
    /// export that they are of, in its place in [`exports`](Moves::exports).
    pub fn awaited(&self) -> impl Iterator<Item = (InodeNo, &Awaited)> {
        self.waiting.iter()
    }

    /// The export with which a client's cap moved of which EXPORT or IMPORT is missing, by the importer's cap.
    pub fn of_cap(&self, ino: InodeNo, cap_id: u64, client: Option<u64>) -> Option<&Export> {
        let awaited = self.waiting.get(ino, cap_id, client)?;
        self.exports.get(awaited.export as usize)
    }

    /// Messages of exports that came when too many were followed.
    pub fn not_followed(&self) -> u64 {
        self.not_followed
    }

    /// Caps that were not looked for, since there were too many.
    pub fn caps_not_followed(&self) -> u64 {
        self.waiting.not_followed()
    }

    /// Caps handed over without a tree: messages, and their acknowledgements.
    pub fn caps_messages(&self) -> [u64; 2] {
        self.caps_messages
    }
}
