//! The connections followed: by address, and by how long they had no packet.

use super::ConnId;
use super::follow::Live;
use crate::hash::HashMap;
use std::net::{IpAddr, SocketAddr};

/// Both ends of a connection, the same for either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    addrs: [u128; 2],
    ports: [u16; 2],
    v6: bool,
}

impl Key {
    pub(super) fn new(src: SocketAddr, dst: SocketAddr) -> Key {
        let number = |addr: SocketAddr| match addr.ip() {
            IpAddr::V4(ip) => u128::from(ip.to_bits()),
            IpAddr::V6(ip) => ip.to_bits(),
        };
        let mut ends = [(number(src), src.port()), (number(dst), dst.port())];
        if ends[1] < ends[0] {
            ends.swap(0, 1);
        }
        let [(addr, port), (other_addr, other_port)] = ends;
        Key { addrs: [addr, other_addr], ports: [port, other_port], v6: src.is_ipv6() }
    }
}

/// No slot.
const NONE: u32 = u32::MAX;

/// Slots of live connections, in a list from the one with the newest packet to the oldest.
#[derive(Debug)]
pub(super) struct Table {
    // The standard hasher is keyed at random: addresses are chosen by whoever sent the packets.
    by_key: HashMap<Key, u32>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    newest: u32,
    oldest: u32,
}

#[derive(Debug)]
struct Slot {
    key: Key,
    live: Live,
    newer: u32,
    older: u32,
}

impl Default for Table {
    fn default() -> Table {
        let by_key = HashMap::default();
        Table { by_key, slots: Vec::new(), free: Vec::new(), newest: NONE, oldest: NONE }
    }
}

impl Table {
    /// Number of live connections.
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// The slot of a connection.
    pub(super) fn find(&self, key: &Key) -> Option<u32> {
        // Packets come in runs of the same connection.
        match self.slots.get(self.newest as usize) {
            Some(slot) if slot.key == *key => Some(self.newest),
            _ => self.by_key.get(key).copied(),
        }
    }

    pub(super) fn get(&self, at: u32) -> &Live {
        &self.slots[at as usize].live
    }

    pub(super) fn get_mut(&mut self, at: u32) -> &mut Live {
        &mut self.slots[at as usize].live
    }

    /// Adds a connection as the newest.
    pub(super) fn insert(&mut self, key: Key, live: Live) -> u32 {
        let slot = Slot { key, live, newer: NONE, older: NONE };
        let at = match self.free.pop() {
            Some(at) => {
                self.slots[at as usize] = slot;
                at
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as u32
            }
        };
        self.by_key.insert(key, at);
        self.link(at);
        at
    }

    /// Removes a connection.
    pub(super) fn remove(&mut self, at: u32) -> Live {
        self.unlink(at);
        let slot = &mut self.slots[at as usize];
        self.by_key.remove(&slot.key);
        self.free.push(at);
        std::mem::replace(&mut slot.live, Live::new(ConnId(u32::MAX)))
    }

    /// Makes a connection the newest.
    pub(super) fn touch(&mut self, at: u32) {
        if self.newest != at {
            self.unlink(at);
            self.link(at);
        }
    }

    /// The connection longest without a packet.
    pub(super) fn oldest(&self) -> Option<u32> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// The next newer one.
    pub(super) fn newer(&self, at: u32) -> Option<u32> {
        let newer = self.slots[at as usize].newer;
        (newer != NONE).then_some(newer)
    }

    /// All live connections, oldest first.
    pub(super) fn slots(&self) -> impl Iterator<Item = (u32, &Live)> {
        std::iter::successors(self.oldest(), |&at| self.newer(at)).map(|at| (at, self.get(at)))
    }

    fn link(&mut self, at: u32) {
        let before = self.newest;
        let slot = &mut self.slots[at as usize];
        (slot.newer, slot.older) = (NONE, before);
        match self.slots.get_mut(before as usize) {
            Some(slot) => slot.newer = at,
            None => self.oldest = at,
        }
        self.newest = at;
    }

    fn unlink(&mut self, at: u32) {
        let Slot { newer, older, .. } = self.slots[at as usize];
        match self.slots.get_mut(newer as usize) {
            Some(slot) => slot.older = older,
            None => self.newest = older,
        }
        match self.slots.get_mut(older as usize) {
            Some(slot) => slot.newer = newer,
            None => self.oldest = newer,
        }
    }
}
