//! Bits that a client wants and has not got.

use ceph_codec::types::{Caps, InodeNo};

use super::{Limits, Over, SeatId, Seats};
use crate::caps::replay::Step;
use crate::event::CapEvent;
use crate::hash::HashMap;
use crate::place::Place;

/// Without these a client that wants them cannot go on. Of the others it can do without.
const NEEDED: Caps = Caps::FILE_WR;

/// A client wants bits of an inode that it has not got.
#[derive(Clone, Copy, Debug)]
pub struct Want {
    /// The message since which it is so.
    pub event: CapEvent,
    /// Between whom.
    pub seat: SeatId,
    /// The bits.
    pub bits: Caps,
    session: u32,
}

impl Want {
    /// Whether its session ended since, and how.
    pub fn over(&self, seats: &Seats) -> Option<(Over, Place)> {
        let seat = seats.get(self.seat);
        seat.over.filter(|_| seat.session != self.session)
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Wants {
    limits: Limits,
    open: HashMap<(SeatId, InodeNo), Want>,
}

impl Wants {
    pub(super) fn new(limits: Limits) -> Wants {
        Wants { limits, open: HashMap::default() }
    }

    pub(super) fn push(&mut self, event: &CapEvent, step: &Step, seat: SeatId, seats: &Seats) {
        let key = (seat, event.ino);
        let bits = match step.after {
            // Only the authority gives what is wanted.
            Some(after) if after.auth => (after.wanted & NEEDED).without(after.issued),
            _ => Caps::NONE,
        };
        if bits.is_empty() {
            if !self.open.is_empty() {
                self.open.remove(&key);
            }
            return;
        }
        if self.open.len() < self.limits.open {
            let session = seats.get(seat).session;
            let want = Want { event: *event, seat, bits, session };
            let known = self.open.entry(key).or_insert(want);
            if known.session != session || known.bits != bits {
                *known = want;
            }
        }
    }

    /// Those that last, of sessions that do, in the order of the capture.
    pub fn open_ones(&self, seats: &Seats) -> Vec<Want> {
        let lasts = |want: &&Want| want.over(seats).is_none();
        let mut open: Vec<Want> = self.open.values().filter(lasts).copied().collect();
        open.sort_unstable_by_key(|w| (w.event.place.file, w.event.place.frame, w.event.offset));
        open
    }
}
