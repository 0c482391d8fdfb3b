//! Inodes that go to and fro.

use std::cmp::Reverse;
use std::time::Duration;

use ceph_codec::types::{Caps, InodeNo};
use serde::Serialize;

use super::{Parties, Scope, shown};
use crate::place::Place;

/// Inodes that go to and fro.
#[derive(Clone, Debug, Serialize)]
pub struct PingPongReport {
    /// The time in which turns are counted, in nanoseconds.
    pub within_ns: i64,
    /// Inodes that moved between ranks more than once, most often within that time first.
    pub ranks: Vec<MovesRow>,
    /// Inodes of which bits were asked back from one client after the other, the same.
    pub clients: Vec<TurnsRow>,
}

/// An inode that moves between ranks.
#[derive(Clone, Debug, Serialize)]
pub struct MovesRow {
    /// The inode.
    #[serde(serialize_with = "shown")]
    pub ino: InodeNo,
    /// Its path.
    pub path: Option<String>,
    /// How often it moved.
    pub moves: u64,
    /// How often at most within the time.
    pub most_within: u32,
    /// The ranks, in the order of their first part in it.
    pub ranks: Vec<i32>,
    /// The first move.
    pub first: Place,
    /// The last one.
    pub last: Place,
}

/// An inode of which bits change hands.
#[derive(Clone, Debug, Serialize)]
pub struct TurnsRow {
    /// The inode.
    #[serde(serialize_with = "shown")]
    pub ino: InodeNo,
    /// Its path.
    pub path: Option<String>,
    /// How often another client was asked than the time before.
    pub turns: u64,
    /// How often at most within the time.
    pub most_within: u32,
    /// The clients, in the order of their first part in it.
    pub clients: Vec<Parties>,
    /// The bits, all together.
    #[serde(serialize_with = "shown")]
    pub bits: Caps,
    /// The first turn.
    pub first: Place,
    /// The last one.
    pub last: Place,
}

impl Scope<'_> {
    /// Inodes that go to and fro.
    pub fn pingpong(&self, within: Duration) -> PingPongReport {
        let pingpong = &self.watch.pingpong;
        let mut ranks: Vec<MovesRow> = pingpong
            .moves()
            .filter(|(_, turns)| turns.total > 1)
            .map(|(ino, turns)| {
                let ends = turns.iter().flat_map(|turn| [turn.from, turn.to]);
                let last = turns.iter().next_back().map_or(turns.first, |turn| turn.place);
                MovesRow {
                    ino,
                    path: self.path(Some(ino), last),
                    moves: turns.total,
                    most_within: turns.most_within(within).0,
                    ranks: each_once(ends),
                    first: turns.first,
                    last,
                }
            })
            .collect();
        ranks.sort_by_key(|row| (Reverse((row.most_within, row.moves)), row.first, row.ino));
        let mut clients: Vec<TurnsRow> = pingpong
            .turns()
            .filter(|(_, turns)| turns.total > 1)
            .map(|(ino, turns)| {
                let ends = turns.iter().flat_map(|turn| [turn.from, turn.to]);
                let mut clients: Vec<Parties> = Vec::new();
                for seat in each_once(ends) {
                    let parties = self.parties(seat);
                    let same = |other: &Parties| other.client_name() == parties.client_name();
                    if !clients.iter().any(same) {
                        clients.push(parties);
                    }
                }
                let last = turns.iter().next_back().map_or(turns.first, |turn| turn.place);
                TurnsRow {
                    ino,
                    path: self.path(Some(ino), last),
                    turns: turns.total,
                    most_within: turns.most_within(within).0,
                    clients,
                    bits: turns.bits,
                    first: turns.first,
                    last,
                }
            })
            .collect();
        clients.sort_by_key(|row| (Reverse((row.most_within, row.turns)), row.first, row.ino));
        let within_ns = i64::try_from(within.as_nanos()).unwrap_or(i64::MAX);
        PingPongReport { within_ns, ranks, clients }
    }
}

/// The different ones, in the order in which they first come.
fn each_once<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}
