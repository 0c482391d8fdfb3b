//! Puts what was read in the order of the capture.
//!
//! What waited behind a gap in its stream, or for what the other direction says, is read later than it was sent;
//! meanwhile other connections went on. And an event whose parties nobody has named yet may be worth waiting for.

use std::collections::BTreeMap;

use crate::place::{Place, Time};

/// Nanoseconds of capture time for which an older event may still come: as long as data wait behind a
/// gap in their stream, or for the other direction, and a little more than it takes until they are looked at again.
const PATIENCE: i64 = 3_020_000_000;
/// How much waits at most, 65,536. Beyond: the oldest goes on as it is.
const MAX_WAITING: usize = 1 << 16;

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
        InOrder::new(MAX_WAITING)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn push(order: &mut InOrder<u64>, frame: u64, time: i64) {
        order.push(Place { file: 0, frame, time: Time(time) }, frame);
    }

    #[test]
    fn the_oldest_goes_on_when_too_many_wait() {
        let mut order = InOrder::new(3);
        order.clock(Time(9), false);
        for frame in [4, 1, 3] {
            push(&mut order, frame, frame as i64);
        }
        assert_eq!(order.next(|_| false), None, "there is room");
        push(&mut order, 2, 2);
        assert_eq!(order.next(|_| false), Some(1));
        assert_eq!(order.next(|_| false), None);
        assert_eq!(order.next(|frame| *frame == 2), Some(2));
        assert_eq!(order.drain().collect::<Vec<_>>(), [3, 4]);
        assert_eq!(InOrder::<u64>::default().max, MAX_WAITING);
    }

    #[test]
    fn behind_a_gap_what_is_older_is_waited_for_so_long() {
        let mut order = InOrder::default();
        order.clock(Time(0), true);
        push(&mut order, 7, 10);
        order.clock(Time(10 + PATIENCE - 1), true);
        assert_eq!(order.next(|_| true), None);
        push(&mut order, 3, 5);
        assert_eq!(order.next(|_| true), Some(3));
        order.clock(Time(10 + PATIENCE), true);
        assert_eq!(order.next(|_| true), Some(7));
    }
}
