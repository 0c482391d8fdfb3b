//! Who holds what: caps, by inode and client, and by session.
//!
//! A [`Node`] is one inode as one client has it. Its caps, one a rank, are a list; so are the caps of a session
//! and the nodes of an inode. A node goes with its last cap and its last flush.

use std::cell::Cell;

use ceph_codec::types::{Caps, InodeNo, Rank, Seq};

use super::{Flushing, Held, Origin};
use crate::caps::arena::{Arena, NIL};
use crate::hash::HashMap;

/// Ranks of which a client is followed on one inode, 256, as many as a file system can have. Further caps are
/// not taken.
pub(super) const MAX_RANKS: usize = 256;

/// Flushes under way of one inode and client, 128. Further ones are not noted, so their acknowledgements are
/// unmatched.
pub(super) const MAX_FLUSHES: usize = 128;

/// One inode as one client has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) ino: InodeNo,
    pub(super) party: u32,
    caps: u32,
    flushes: u32,
    /// The session to which dirty state has to be flushed.
    pub(super) flushing_to: u32,
    /// Nodes of the same inode.
    before: u32,
    after: u32,
    pub(super) exporting: Option<Exporting>,
}

/// What a client of old remembers of an EXPORT until the IMPORT comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exporting {
    pub(super) mds: Option<Rank>,
    pub(super) mseq: Seq,
    pub(super) issued: Caps,
}

/// A cap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cap {
    pub(super) held: Held,
    pub(super) node: u32,
    pub(super) session: u32,
    /// The session's generation when it was last issued.
    pub(super) generation: u32,
    /// Its seq is not from its rank, but from an EXPORT's peer.
    pub(super) told_by_peer: bool,
    /// Caps of the same node.
    sibling: u32,
    /// Caps of the same session.
    before: u32,
    after: u32,
}

#[derive(Clone, Copy, Debug)]
struct Flush {
    flushing: Flushing,
    after: u32,
}

/// Ends of a session's list of caps.
#[derive(Clone, Copy, Debug)]
pub(super) struct CapList {
    first: u32,
    last: u32,
    pub(super) len: u32,
}

impl Default for CapList {
    fn default() -> Self {
        CapList { first: NIL, last: NIL, len: 0 }
    }
}

/// Everything held.
#[derive(Debug)]
pub(super) struct Store {
    caps: Arena<Cap>,
    nodes: Arena<Node>,
    flushes: Arena<Flush>,
    /// By inode and client.
    by_key: HashMap<(InodeNo, u32), u32>,
    /// The node that was found last: the next question is often about the same one. [`NIL`] if none.
    last: Cell<(InodeNo, u32, u32)>,
    /// The first node of an inode.
    by_ino: HashMap<InodeNo, u32>,
    /// Nodes and caps that came or went.
    changes: u64,
}

impl Store {
    pub(super) fn new(max_caps: usize, max_flushes: usize) -> Self {
        Store {
            caps: Arena::new(max_caps),
            // A node may outlive its caps for a flush.
            nodes: Arena::new(max_caps.saturating_add(max_flushes)),
            flushes: Arena::new(max_flushes),
            by_key: HashMap::default(),
            last: Cell::new((InodeNo(0), NIL, NIL)),
            by_ino: HashMap::default(),
            changes: 0,
        }
    }

    /// How many nodes and caps came or went: as long as that stays the same, each is where it was found.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Number of live caps.
    pub(super) fn len(&self) -> usize {
        self.caps.len()
    }

    pub(super) fn cap(&self, ix: u32) -> Option<&Cap> {
        self.caps.get(ix)
    }

    pub(super) fn cap_mut(&mut self, ix: u32) -> Option<&mut Cap> {
        self.caps.get_mut(ix)
    }

    pub(super) fn node(&self, ix: u32) -> Option<&Node> {
        self.nodes.get(ix)
    }

    pub(super) fn node_mut(&mut self, ix: u32) -> Option<&mut Node> {
        self.nodes.get_mut(ix)
    }

    /// The node of an inode and a client, [`NIL`] if there is none.
    pub(super) fn find(&self, ino: InodeNo, party: u32) -> u32 {
        let last = self.last.get();
        if (last.0, last.1) == (ino, party) && last.2 != NIL {
            return last.2;
        }
        let found = self.by_key.get(&(ino, party)).copied().unwrap_or(NIL);
        self.last.set((ino, party, found));
        found
    }

    /// The same; made if it is not there.
    pub(super) fn find_or_make(&mut self, ino: InodeNo, party: u32) -> u32 {
        let found = self.find(ino, party);
        if found != NIL {
            return found;
        }
        let after = self.by_ino.get(&ino).copied().unwrap_or(NIL);
        let node = Node {
            ino,
            party,
            caps: NIL,
            flushes: NIL,
            flushing_to: NIL,
            before: NIL,
            after,
            exporting: None,
        };
        let Some(ix) = self.nodes.insert(node) else { return NIL };
        self.changes += 1;
        if let Some(next) = self.nodes.get_mut(after) {
            next.before = ix;
        }
        self.by_ino.insert(ino, ix);
        self.by_key.insert((ino, party), ix);
        ix
    }

    /// Forgets a node that holds nothing any more.
    pub(super) fn tidy(&mut self, ix: u32) {
        let Some(node) = self.nodes.get(ix).copied() else { return };
        if node.caps != NIL || node.flushes != NIL || node.exporting.is_some() {
            return;
        }
        self.changes += 1;
        self.by_key.remove(&(node.ino, node.party));
        self.last.set((node.ino, node.party, NIL));
        match (node.before, node.after) {
            (NIL, NIL) => _ = self.by_ino.remove(&node.ino),
            (NIL, after) => _ = self.by_ino.insert(node.ino, after),
            (before, after) => {
                if let Some(node) = self.nodes.get_mut(before) {
                    node.after = after;
                }
            }
        }
        if let Some(next) = self.nodes.get_mut(node.after) {
            next.before = node.before;
        }
        self.nodes.remove(ix);
    }

    /// The nodes of an inode.
    pub(super) fn nodes_of(&self, ino: InodeNo) -> impl Iterator<Item = (u32, &Node)> {
        let mut ix = self.by_ino.get(&ino).copied().unwrap_or(NIL);
        std::iter::from_fn(move || {
            let found = (ix, self.nodes.get(ix)?);
            ix = found.1.after;
            Some(found)
        })
    }

    /// The caps of a node.
    pub(super) fn caps_of(&self, node: u32) -> impl Iterator<Item = (u32, &Cap)> {
        let mut ix = self.nodes.get(node).map_or(NIL, |node| node.caps);
        std::iter::from_fn(move || {
            let found = (ix, self.caps.get(ix)?);
            ix = found.1.sibling;
            Some(found)
        })
    }

    /// The cap of a session on a node, [`NIL`] if there is none.
    pub(super) fn cap_of(&self, node: u32, session: u32) -> u32 {
        self.caps_of(node).find(|(_, cap)| cap.session == session).map_or(NIL, |(ix, _)| ix)
    }

    /// The auth cap of a node, [`NIL`] if there is none.
    pub(super) fn auth_of(&self, node: u32) -> u32 {
        self.caps_of(node).find(|(_, cap)| cap.held.auth).map_or(NIL, |(ix, _)| ix)
    }

    /// Makes this cap the auth cap of its node.
    pub(super) fn set_auth(&mut self, ix: u32) {
        let Some(node) = self.caps.get(ix).map(|cap| cap.node) else { return };
        let old = self.auth_of(node);
        if let Some(cap) = self.caps.get_mut(old) {
            cap.held.auth = false;
        }
        if let Some(cap) = self.caps.get_mut(ix) {
            cap.held.auth = true;
        }
    }

    /// Adds a cap; [`NIL`] if there are too many.
    pub(super) fn insert(
        &mut self,
        node: u32,
        session: u32,
        generation: u32,
        held: Held,
        list: &mut CapList,
    ) -> u32 {
        let Some(sibling) = self.nodes.get(node).map(|node| node.caps) else { return NIL };
        if self.caps_of(node).count() >= MAX_RANKS {
            return NIL;
        }
        let told_by_peer = held.origin == Origin::Placeholder;
        let (before, after) = (list.last, NIL);
        let cap = Cap { held, node, session, generation, told_by_peer, sibling, before, after };
        let Some(ix) = self.caps.insert(cap) else { return NIL };
        self.changes += 1;
        if let Some(node) = self.nodes.get_mut(node) {
            node.caps = ix;
        }
        match self.caps.get_mut(list.last) {
            Some(last) => last.after = ix,
            None => list.first = ix,
        }
        list.last = ix;
        list.len += 1;
        ix
    }

    /// Takes a cap out of all lists. Its node stays, see [`tidy`](Store::tidy).
    pub(super) fn remove(&mut self, ix: u32, list: &mut CapList) -> Option<Cap> {
        let cap = *self.caps.get(ix)?;
        let previous =
            self.caps_of(cap.node).find(|(_, other)| other.sibling == ix).map(|(other, _)| other);
        match previous.and_then(|previous| self.caps.get_mut(previous)) {
            Some(previous) => previous.sibling = cap.sibling,
            None => {
                if let Some(node) = self.nodes.get_mut(cap.node) {
                    node.caps = cap.sibling;
                }
            }
        }
        match self.caps.get_mut(cap.before) {
            Some(before) => before.after = cap.after,
            None => list.first = cap.after,
        }
        match self.caps.get_mut(cap.after) {
            Some(after) => after.before = cap.before,
            None => list.last = cap.before,
        }
        list.len -= 1;
        self.caps.remove(ix);
        self.changes += 1;
        Some(cap)
    }

    /// The caps of a session, the oldest first.
    pub(super) fn caps_in(&self, list: &CapList) -> impl Iterator<Item = (u32, &Cap)> {
        let mut ix = list.first;
        std::iter::from_fn(move || {
            let found = (ix, self.caps.get(ix)?);
            ix = found.1.after;
            Some(found)
        })
    }

    /// The first cap of a session, and the one behind a cap.
    pub(super) fn first_in(list: &CapList) -> u32 {
        list.first
    }

    pub(super) fn next_in(&self, ix: u32) -> u32 {
        self.caps.get(ix).map_or(NIL, |cap| cap.after)
    }
}

// Flushes

impl Store {
    /// What is on its way, the last begun first.
    pub(super) fn flushes_of(&self, node: u32) -> impl Iterator<Item = Flushing> + '_ {
        let mut ix = self.nodes.get(node).map_or(NIL, |node| node.flushes);
        std::iter::from_fn(move || {
            let found = self.flushes.get(ix)?;
            ix = found.after;
            Some(found.flushing)
        })
    }

    /// Notes a flush. Answers whether it was under way before.
    pub(super) fn flush(&mut self, node: u32, flushing: Flushing) -> bool {
        let first = self.nodes.get(node).map_or(NIL, |node| node.flushes);
        let mut ix = first;
        let mut count = 0;
        while let Some(flush) = self.flushes.get_mut(ix) {
            count += 1;
            if flush.flushing.tid == flushing.tid && flush.flushing.snap == flushing.snap {
                flush.flushing.last = flushing.last;
                flush.flushing.caps |= flushing.caps;
                return true;
            }
            ix = flush.after;
        }
        if count < MAX_FLUSHES
            && let Some(ix) = self.flushes.insert(Flush { flushing, after: first })
            && let Some(node) = self.nodes.get_mut(node)
        {
            node.flushes = ix;
        }
        false
    }

    /// Forgets the flushes for which `done` answers yes; answers how many.
    pub(super) fn flushed(&mut self, node: u32, done: impl Fn(&Flushing) -> bool) -> usize {
        let mut count = 0;
        let mut previous = NIL;
        let mut ix = self.nodes.get(node).map_or(NIL, |node| node.flushes);
        while let Some(flush) = self.flushes.get(ix).copied() {
            if done(&flush.flushing) {
                match self.flushes.get_mut(previous) {
                    Some(previous) => previous.after = flush.after,
                    None => {
                        if let Some(node) = self.nodes.get_mut(node) {
                            node.flushes = flush.after;
                        }
                    }
                }
                self.flushes.remove(ix);
                count += 1;
            } else {
                previous = ix;
            }
            ix = flush.after;
        }
        count
    }
}

// Names that come late

impl Store {
    /// Two parties were one: what `from` has on an inode becomes `to`'s. Caps of both on the node are one
    /// list afterwards.
    pub(super) fn give_node(&mut self, from: u32, to: u32) {
        let Some(old) = self.nodes.get(from).copied() else { return };
        self.changes += 1;
        let target = self.find(old.ino, to);
        if target == NIL {
            self.by_key.remove(&(old.ino, old.party));
            self.by_key.insert((old.ino, to), from);
            self.last.set((old.ino, to, NIL));
            if let Some(node) = self.nodes.get_mut(from) {
                node.party = to;
            }
            return;
        }
        let mut last = NIL;
        let mut ix = old.caps;
        let auth = self.auth_of(target) != NIL;
        while let Some(cap) = self.caps.get_mut(ix) {
            cap.node = target;
            cap.held.auth &= !auth;
            last = ix;
            ix = cap.sibling;
        }
        let first = self.nodes.get(target).map_or(NIL, |node| node.caps);
        if let Some(cap) = self.caps.get_mut(last) {
            cap.sibling = first;
            if let Some(node) = self.nodes.get_mut(target) {
                node.caps = old.caps;
            }
        }
        let mut last = NIL;
        let mut ix = old.flushes;
        while let Some(flush) = self.flushes.get(ix) {
            last = ix;
            ix = flush.after;
        }
        let first = self.nodes.get(target).map_or(NIL, |node| node.flushes);
        if let Some(flush) = self.flushes.get_mut(last) {
            flush.after = first;
            if let Some(node) = self.nodes.get_mut(target) {
                node.flushes = old.flushes;
            }
        }
        if let Some(node) = self.nodes.get_mut(target) {
            node.exporting = node.exporting.or(old.exporting);
        }
        if let Some(node) = self.nodes.get_mut(from) {
            (node.caps, node.flushes, node.exporting) = (NIL, NIL, None);
        }
        self.tidy(from);
    }
}
