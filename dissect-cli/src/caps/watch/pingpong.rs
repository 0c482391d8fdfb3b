//! Inodes that go to and fro: between ranks, and between clients that take bits from each other.

use std::time::Duration;

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, InodeNo};

use super::{Revoke, SeatId, Seats, Selected};
use crate::caps::timeline::Server;
use crate::event::{CapEvent, Peer, Source};
use crate::hash::HashMap;
use crate::place::Place;

/// Turns kept of one inode, 256: the last ones. Beyond: only counted.
pub(super) const MAX_TURNS: usize = 256;

/// It went from one to another.
#[derive(Clone, Copy, Debug)]
pub struct Turn<T> {
    /// The EXPORT, or the REVOKE.
    pub place: Place,
    /// The connection that carried it.
    pub seat: SeatId,
    /// From whom.
    pub from: T,
    /// To whom.
    pub to: T,
}

/// All turns of one inode.
#[derive(Clone, Debug)]
pub struct Turns<T> {
    /// How many there were.
    pub total: u64,
    /// The first one.
    pub first: Place,
    /// The bits that changed hands, all together.
    pub bits: Caps,
    turns: std::collections::VecDeque<Turn<T>>,
}

impl<T: Copy + PartialEq> Turns<T> {
    fn push(&mut self, turn: Turn<T>) {
        self.total += 1;
        if self.turns.len() == MAX_TURNS {
            self.turns.pop_front();
        }
        self.turns.push_back(turn);
    }

    /// Those kept, in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Turn<T>> {
        self.turns.iter()
    }

    /// The largest number of them within so much time, as far as they are kept, and the last one of these.
    pub fn most_within(&self, time: Duration) -> (u32, Option<&Turn<T>>) {
        let time = i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        let mut most = (0, None);
        let mut from = 0;
        for (index, turn) in self.turns.iter().enumerate() {
            while self.turns.get(from).is_some_and(|t| turn.place.time.since(t.place.time) > time) {
                from += 1;
            }
            let n = u32::try_from(index + 1 - from).unwrap_or(u32::MAX);
            if n > most.0 {
                most = (n, Some(turn));
            }
        }
        most
    }
}

/// All inodes that go to and fro.
#[derive(Debug, Default)]
pub struct PingPong {
    max_inodes: usize,
    selected: Selected,
    /// Between ranks.
    moves: HashMap<InodeNo, Turns<i32>>,
    /// Between clients, by their numbers: who was asked last.
    asked: HashMap<InodeNo, (u32, SeatId)>,
    turns: HashMap<InodeNo, Turns<SeatId>>,
}

impl PingPong {
    pub(super) fn new(max_inodes: usize, selected: Selected) -> PingPong {
        PingPong { max_inodes, selected, ..PingPong::default() }
    }

    /// Takes a cap event, and the REVOKE that it is.
    pub(super) fn push(
        &mut self,
        event: &CapEvent,
        begun: Option<&Revoke>,
        seat: SeatId,
        seats: &Seats,
    ) {
        let at = seats.get(seat);
        let counts = || self.selected.has(at, [Some(event.ino), None], event.place.time);
        match (event.source, event.peer, begun) {
            (Source::ClientCaps(CapOp::EXPORT), Some(Peer::Importer(peer)), _)
                if peer.is_somewhere() =>
            {
                if let Server::Rank(from) = at.server
                    && counts()
                {
                    self.moved(event, seat, from, peer.mds.0);
                }
            }
            (_, _, Some(revoke))
                if revoke.asked.is_some_and(|asked| !asked.is_empty()) && counts() =>
            {
                self.asked(revoke, seats);
            }
            _ => {}
        }
    }

    /// Every client is told of a move on its own; it is one.
    fn moved(&mut self, event: &CapEvent, seat: SeatId, from: i32, to: i32) {
        if self.moves.len() >= self.max_inodes && !self.moves.contains_key(&event.ino) {
            return;
        }
        let turns = self.moves.entry(event.ino).or_insert_with(|| Turns::new(event.place));
        let told = turns.turns.back().is_some_and(|last| (last.from, last.to) == (from, to));
        if !told {
            turns.push(Turn { place: event.place, seat, from, to });
        }
    }

    /// Bits are asked back from another client than the last time.
    fn asked(&mut self, revoke: &Revoke, seats: &Seats) {
        let (ino, place) = (revoke.event.ino, revoke.event.place);
        let client = seats.get(revoke.seat).client_no;
        if self.asked.len() >= self.max_inodes && !self.asked.contains_key(&ino) {
            return;
        }
        let last = self.asked.insert(ino, (client, revoke.seat));
        let Some((_, from)) = last.filter(|(last, _)| *last != client) else { return };
        let turns = self.turns.entry(ino).or_insert_with(|| Turns::new(place));
        turns.bits |= revoke.asked.unwrap_or_default();
        turns.push(Turn { place, seat: revoke.seat, from, to: revoke.seat });
    }

    /// Inodes that moved between ranks.
    pub fn moves(&self) -> impl Iterator<Item = (InodeNo, &Turns<i32>)> {
        self.moves.iter().map(|(ino, turns)| (*ino, turns))
    }

    /// Inodes of which bits were asked back from one client, then from another.
    pub fn turns(&self) -> impl Iterator<Item = (InodeNo, &Turns<SeatId>)> {
        self.turns.iter().map(|(ino, turns)| (*ino, turns))
    }
}

impl<T> Turns<T> {
    fn new(first: Place) -> Self {
        Turns { total: 0, first, bits: Caps::NONE, turns: Default::default() }
    }
}
