//! Puts events in the order of the capture.
//!
//! What waited behind a gap in its stream is read later than it was sent; meanwhile other connections went
//! on. And an event whose parties nobody has named yet may be worth waiting for.

use std::collections::BTreeMap;

use super::CapEvent;
use crate::place::{Place, Time};

/// Nanoseconds of capture time for which an older event may still come: as long as the stream stage lets
/// data wait behind a gap.
const PATIENCE: i64 = 3_000_000_000;

/// Events that wait for their turn.
#[derive(Debug)]
pub struct InOrder {
    waiting: BTreeMap<(u32, u64, u64), CapEvent>,
    max: usize,
    pushed: u64,
    latest: Time,
}

impl InOrder {
    /// Lets at most `max` events wait; beyond, the oldest goes on as it is.
    pub fn new(max: usize) -> Self {
        InOrder { waiting: BTreeMap::new(), max, pushed: 0, latest: Time(i64::MIN) }
    }

    /// Takes an event.
    pub fn push(&mut self, event: &CapEvent) {
        let Place { file, frame, time } = event.place;
        self.latest = self.latest.max(time);
        self.pushed += 1;
        self.waiting.insert((file, frame, self.pushed), *event);
    }

    /// The oldest event, if its turn has come and it is `ready`, or if too many wait.
    pub fn next(&mut self, ready: impl FnOnce(&CapEvent) -> bool) -> Option<CapEvent> {
        let entry = self.waiting.first_entry()?;
        let event = *entry.get();
        let its_turn = self.latest.since(event.place.time) >= PATIENCE && ready(&event);
        if !its_turn && self.waiting.len() <= self.max {
            return None;
        }
        self.waiting.pop_first().map(|(_, event)| event)
    }

    /// All that still wait, in order.
    pub fn finish(self) -> impl Iterator<Item = CapEvent> {
        self.waiting.into_values()
    }
}
