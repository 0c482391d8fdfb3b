//! Puts events in the order of the capture.
//!
//! What waited behind a gap in its stream is read later than it was sent; meanwhile other connections went
//! on. And an event whose parties nobody has named yet may be worth waiting for.

use std::collections::BTreeMap;

use super::Event;
use crate::place::{Place, Time};

/// Nanoseconds of capture time for which an older event may still come: as long as the stream stage lets
/// data wait behind a gap.
const PATIENCE: i64 = 3_000_000_000;

/// Events that wait for their turn, and why.
#[derive(Debug)]
pub struct InOrder {
    waiting: BTreeMap<(u32, u64, u64), Event>,
    max: usize,
    pushed: u64,
    latest: Time,
    /// Nothing that was sent before this moment can still come.
    settled: Time,
    /// Nothing older than the next packet can still come.
    clear: bool,
}

impl Default for InOrder {
    fn default() -> Self {
        InOrder::new(1 << 16)
    }
}

impl InOrder {
    /// Lets at most `max` events wait; beyond, the oldest goes on as it is.
    pub fn new(max: usize) -> Self {
        let never = Time(i64::MIN);
        InOrder {
            waiting: BTreeMap::new(),
            max,
            pushed: 0,
            latest: never,
            settled: never,
            clear: true,
        }
    }

    /// Takes an event.
    pub fn push(&mut self, event: &Event) {
        let Place { file, frame, time } = event.at().place;
        self.latest = self.latest.max(time);
        self.pushed += 1;
        self.waiting.insert((file, frame, self.pushed), *event);
    }

    /// The capture has come to `now`. Where nothing waits behind a gap, everything before it was read.
    pub fn clock(&mut self, now: Time, gaps: bool) {
        self.latest = self.latest.max(now);
        let patient = Time(self.latest.0.saturating_sub(PATIENCE));
        self.settled = self.settled.max(if gaps { patient } else { self.latest });
        self.clear = !gaps;
    }

    /// Whether nothing waits, so that an event that is ready need not be put in the queue.
    pub fn is_clear(&self) -> bool {
        self.clear && self.waiting.is_empty()
    }

    /// The oldest event, if its turn has come and it is `ready`, or if too many wait.
    pub fn next(&mut self, ready: impl FnOnce(&Event) -> bool) -> Option<Event> {
        let entry = self.waiting.first_entry()?;
        let its_turn = entry.get().at().place.time <= self.settled && ready(entry.get());
        if !its_turn && self.waiting.len() <= self.max {
            return None;
        }
        self.waiting.pop_first().map(|(_, event)| event)
    }

    /// Whatever still waits, the oldest first.
    pub fn drain(&mut self) -> impl Iterator<Item = Event> + use<> {
        std::mem::take(&mut self.waiting).into_values()
    }
}
