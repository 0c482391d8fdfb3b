//! How long things take.

use hdrhistogram::Histogram;

use super::{Limits, SeatId};
use crate::place::Place;

/// Longest time told apart, 2^42 microseconds, 50 days: the bound of a histogram's memory, 18 KiB. Beyond:
/// counted as that long, but for the maximum, which is exact.
pub(super) const LONGEST: u64 = 1 << 42;

/// Statistics of one kind of waiting.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    /// In microseconds, each within 1 % of what it was; made with the first one.
    histogram: Option<Histogram<u32>>,
    /// The longest one in nanoseconds, and where it began.
    max: (i64, Place),
    /// The shortest one in nanoseconds, once there is one.
    min: Option<i64>,
    /// All together, in nanoseconds.
    sum: i128,
}

impl Latency {
    /// Takes one that began at `place` and took `ns`; less than nothing counts as nothing, since clocks of
    /// several capturing machines differ.
    pub(super) fn record(&mut self, ns: i64, place: Place) {
        let micros = u64::try_from(ns / 1000).unwrap_or(0);
        if self.histogram.is_none() {
            // Two digits, which is 1 %, always make one.
            self.histogram = Histogram::new(2).ok();
        }
        if let Some(histogram) = &mut self.histogram {
            // It grows to the longest one, of which there is a bound: no error is left that could be.
            let _ = histogram.record(micros.min(LONGEST));
        }
        if ns >= self.max.0 {
            self.max = (ns.max(0), place);
        }
        self.min = Some(self.min.map_or(ns.max(0), |min| min.min(ns.max(0))));
        self.sum += i128::from(ns.max(0));
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.histogram.as_ref().map_or(0, Histogram::len)
    }

    /// The time in nanoseconds within which so many of a hundred were done, to 1 %.
    pub fn percentile(&self, percent: f64) -> i64 {
        let at = |histogram: &Histogram<u32>| histogram.value_at_percentile(percent);
        let micros = self.histogram.as_ref().map_or(0, at);
        i64::try_from(micros.saturating_mul(1000)).unwrap_or(i64::MAX).min(self.max.0)
    }

    /// The longest one in nanoseconds, and where it began.
    pub fn max(&self) -> (i64, Place) {
        self.max
    }

    /// The shortest one in nanoseconds.
    pub fn min(&self) -> i64 {
        self.min.unwrap_or(0)
    }

    /// What they took on average, in nanoseconds.
    pub fn mean(&self) -> i64 {
        let mean = self.sum / i128::from(self.count().max(1));
        i64::try_from(mean).unwrap_or(i64::MAX)
    }

    /// How many took from 2^n to 2^(n+1) microseconds, by n; those below 2 are in the first.
    pub fn powers(&self) -> Vec<u64> {
        let mut powers = Vec::new();
        for value in self.histogram.iter().flat_map(Histogram::iter_recorded) {
            let power = value.value_iterated_to().max(1).ilog2() as usize;
            if powers.len() <= power {
                powers.resize(power + 1, 0);
            }
            powers[power] += u64::from(value.count_at_value());
        }
        powers
    }
}

/// Statistics of all, and of each client at each rank.
#[derive(Debug, Default)]
pub struct Stats {
    /// Anybody wants them.
    on: bool,
    max: usize,
    all: Latency,
    seats: Vec<Option<Box<Latency>>>,
    own: usize,
}

impl Stats {
    pub(super) fn new(limits: Limits) -> Stats {
        Stats { on: limits.times, max: limits.stats, ..Stats::default() }
    }

    pub(super) fn record(&mut self, seat: SeatId, ns: i64, place: Place) {
        if !self.on {
            return;
        }
        self.all.record(ns, place);
        let index = seat.0 as usize;
        if self.seats.len() <= index {
            self.seats.resize(index + 1, None);
        }
        let slot = &mut self.seats[index];
        if slot.is_none() {
            if self.own >= self.max {
                return;
            }
            self.own += 1;
        }
        slot.get_or_insert_default().record(ns, place);
    }

    /// Of all.
    pub fn all(&self) -> &Latency {
        &self.all
    }

    /// Of each client at each rank.
    pub fn seats<'a>(&'a self) -> impl Iterator<Item = (SeatId, &'a Latency)> {
        let own = |(index, latency): (usize, &'a Option<Box<Latency>>)| {
            Some((SeatId(index as u32), latency.as_deref()?))
        };
        self.seats.iter().enumerate().filter_map(own)
    }
}

/// The slowest of many.
#[derive(Debug)]
pub struct Slowest<T> {
    max: usize,
    kept: Vec<(i64, T)>,
    /// What is not slower than this need not be kept.
    floor: i64,
}

impl<T> Slowest<T> {
    pub(super) fn new(max: usize) -> Slowest<T> {
        Slowest { max, kept: Vec::new(), floor: i64::MIN }
    }

    pub(super) fn push(&mut self, ns: i64, one: T) {
        if self.max == 0 || ns <= self.floor {
            return;
        }
        self.kept.push((ns, one));
        if self.kept.len() >= self.max.saturating_mul(2) {
            self.kept.sort_by_key(|(ns, _)| std::cmp::Reverse(*ns));
            self.kept.truncate(self.max);
            self.floor = self.kept.last().map_or(i64::MIN, |(ns, _)| *ns);
        }
    }

    /// The slowest first, with their times in nanoseconds.
    pub fn sorted(&self) -> Vec<&(i64, T)> {
        let mut sorted: Vec<_> = self.kept.iter().collect();
        sorted.sort_by_key(|(ns, _)| std::cmp::Reverse(*ns));
        sorted.truncate(self.max);
        sorted
    }
}

impl<T> Default for Slowest<T> {
    fn default() -> Self {
        Slowest::new(0)
    }
}
