//! Puts what was read in the order of the capture.
//!
//! What waited behind a gap in its stream is read later than it was sent; meanwhile other connections went
//! on. And an event whose parties nobody has named yet may be worth waiting for.

use std::collections::BTreeMap;

use crate::place::{Place, Time};

/// Nanoseconds of capture time for which an older event may still come: as long as the stream stage lets
/// data wait behind a gap, and a little more than it takes until it looks again.
const PATIENCE: i64 = 3_020_000_000;

/// What waits for its turn, and why.
#[derive(Debug)]
pub struct InOrder<T> {
    waiting: BTreeMap<(u32, u64, u64), (Time, T)>,
    max: usize,
    pushed: u64,
    latest: Time,
    /// Nothing that was sent before this moment can still come.
    settled: Time,
    /// Nothing older than the next packet can still come.
    clear: bool,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        InOrder::new(1 << 16)
    }
}

impl<T> InOrder<T> {
    /// Lets at most `max` things wait; beyond, the oldest goes on as it is.
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

    /// Takes something that was seen at `place`.
    pub fn push(&mut self, place: Place, what: T) {
        let Place { file, frame, time } = place;
        self.latest = self.latest.max(time);
        self.pushed += 1;
        self.waiting.insert((file, frame, self.pushed), (time, what));
    }

    /// The capture has come to `now`. Where nothing waits behind a gap, everything before it was read.
    pub fn clock(&mut self, now: Time, gaps: bool) {
        self.latest = self.latest.max(now);
        let patient = Time(self.latest.0.saturating_sub(PATIENCE));
        self.settled = self.settled.max(if gaps { patient } else { self.latest });
        self.clear = !gaps;
    }

    /// Whether nothing waits, so that what is ready need not be put in the queue.
    pub fn is_clear(&self) -> bool {
        self.clear && self.waiting.is_empty()
    }

    /// The oldest, if its turn has come and it is `ready`, or if too many wait.
    pub fn next(&mut self, ready: impl FnOnce(&T) -> bool) -> Option<T> {
        let entry = self.waiting.first_entry()?;
        let (time, what) = entry.get();
        let its_turn = *time <= self.settled && ready(what);
        if !its_turn && self.waiting.len() <= self.max {
            return None;
        }
        self.waiting.pop_first().map(|(_, (_, what))| what)
    }

    /// Whatever still waits, the oldest first.
    pub fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(&mut self.waiting).into_values().map(|(_, what)| what)
    }
}
