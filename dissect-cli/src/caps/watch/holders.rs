//! Who holds how many caps, and how that grew.

use ceph_codec::message::client_session::SessionOp;

use super::{SeatId, Seats};
use crate::caps::replay::{Other, Step};
use crate::caps::timeline::Server;
use crate::event::SessionEvent;
use crate::place::{Place, Time};

/// Samples of one series, 60. Beyond: every second one goes, and they are taken half as often.
pub const MAX_SAMPLES: usize = 60;
/// Nanoseconds between samples at first, 10 ms.
const FIRST_INTERVAL: i64 = 10_000_000;

/// The caps of a client from a rank.
#[derive(Clone, Debug, Default)]
pub struct Holder {
    /// How many it holds.
    pub caps: u64,
    /// The most that it held, and when.
    pub most: (u64, Place),
    /// Caps that it got.
    pub acquired: u64,
    /// Caps that went.
    pub released: u64,
    /// How often the rank asked it to keep fewer.
    pub recalls: u64,
    /// What the last of these said that it may keep.
    pub keep: Option<u32>,
    /// Numbers of caps at the times of the samples, the first one at that of the seat's first event.
    samples: Vec<u32>,
}

/// All of them.
#[derive(Debug)]
pub struct Holders {
    seats: Vec<Holder>,
    /// When samples are taken.
    start: Option<Time>,
    interval: i64,
    taken: usize,
}

impl Default for Holders {
    fn default() -> Self {
        Holders { seats: Vec::new(), start: None, interval: FIRST_INTERVAL, taken: 0 }
    }
}

impl Holders {
    fn of(&mut self, seat: SeatId) -> &mut Holder {
        let index = seat.0 as usize;
        if self.seats.len() <= index {
            self.seats.resize_with(index + 1, Holder::default);
        }
        &mut self.seats[index]
    }

    /// A cap came or went.
    pub(super) fn step(&mut self, step: &Step, place: Place, seat: SeatId, seats: &mut Seats) {
        self.change(step.before.is_some(), step.after.is_some(), place, seat);
        if let Some(Other { mds, before, after }) = step.other
            && before.is_some() != after.is_some()
            && let Some(other) = seats.make(seat, Server::Rank(mds.0))
        {
            self.change(before.is_some(), after.is_some(), place, other);
        }
    }

    fn change(&mut self, before: bool, after: bool, place: Place, seat: SeatId) {
        let holder = self.of(seat);
        match (before, after) {
            (false, true) => {
                holder.acquired += 1;
                holder.caps += 1;
                if holder.caps > holder.most.0 {
                    holder.most = (holder.caps, place);
                }
            }
            (true, false) => {
                holder.released += 1;
                holder.caps = holder.caps.saturating_sub(1);
            }
            _ => {}
        }
    }

    pub(super) fn session(&mut self, event: &SessionEvent, seat: SeatId) {
        if event.op == SessionOp::RECALL_STATE {
            let holder = self.of(seat);
            holder.recalls += 1;
            holder.keep = Some(event.max_caps);
        }
    }

    /// The number is as the replay has it: caps may go with their session.
    pub(super) fn settle(&mut self, seat: SeatId, caps: u32) {
        let holder = self.of(seat);
        let now = u64::from(caps);
        holder.released += holder.caps.saturating_sub(now);
        holder.caps = now;
    }

    /// Whether it is time for the next sample.
    pub(super) fn is_due(&mut self, now: Time) -> bool {
        let start = *self.start.get_or_insert(now);
        now.since(start) >= self.interval.saturating_mul(self.taken as i64)
    }

    /// Samples every number as it is at `now`.
    pub(super) fn sample(&mut self, now: Time) {
        let Some(start) = self.start else { return };
        // However long nothing happened, the numbers stayed as they are.
        while self.interval.saturating_mul(self.taken as i64) <= now.since(start) {
            if self.taken == MAX_SAMPLES {
                self.thin();
                continue;
            }
            self.taken += 1;
            for holder in &mut self.seats {
                let caps = u32::try_from(holder.caps).unwrap_or(u32::MAX);
                // Those that came later had none before.
                holder.samples.resize(self.taken - 1, 0);
                holder.samples.push(caps);
            }
        }
    }

    /// Half as many samples, of twice the time.
    fn thin(&mut self) {
        self.interval = self.interval.saturating_mul(2);
        self.taken = self.taken.div_ceil(2);
        for holder in &mut self.seats {
            let mut index = 0;
            holder.samples.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
    }

    /// Those of which anything was seen.
    pub fn iter(&self) -> impl Iterator<Item = (SeatId, &Holder)> {
        let any = |holder: &Holder| holder.acquired + holder.released + holder.recalls > 0;
        let seats = self.seats.iter().enumerate().filter(move |(_, holder)| any(holder));
        seats.map(|(index, holder)| (SeatId(index as u32), holder))
    }

    /// Nanoseconds between samples.
    pub fn interval(&self) -> i64 {
        self.interval
    }
}

impl Holder {
    /// How many it held, sampled from the first event of the capture on.
    pub fn samples(&self) -> &[u32] {
        &self.samples
    }
}
