//! Requests by what they ask for.

use std::collections::BTreeMap;

use ceph_codec::message::client_request::RequestOp;

use super::Latency;
use crate::place::Place;

/// Operations that have statistics of their own, 256, which is more than there are. Beyond: only in those of all,
/// [`Ops::left_out`].
const MAX_OPS: usize = 256;

/// Statistics of one operation.
#[derive(Clone, Debug, Default)]
pub struct OpStats {
    /// From the first sending to the first reply.
    pub reply: Latency,
    /// From the first sending to the safe reply, where an unsafe one went before.
    pub safe: Latency,
    /// First replies with an error.
    pub errors: u64,
}

/// Statistics of all operations.
#[derive(Debug, Default)]
pub struct Ops {
    by: BTreeMap<RequestOp, OpStats>,
    errors: u64,
    left_out: u64,
}

impl Ops {
    fn of(&mut self, op: RequestOp) -> Option<&mut OpStats> {
        if self.by.len() >= MAX_OPS && !self.by.contains_key(&op) {
            self.left_out += 1;
            return None;
        }
        Some(self.by.entry(op).or_default())
    }

    /// The first reply came after so many nanoseconds.
    pub(super) fn replied(&mut self, op: RequestOp, ns: i64, began: Place, result: i32) {
        let error = u64::from(result < 0);
        self.errors += error;
        if let Some(stats) = self.of(op) {
            stats.reply.record(ns, began);
            stats.errors += error;
        }
    }

    /// The safe reply came after so many nanoseconds.
    pub(super) fn safe(&mut self, op: RequestOp, ns: i64, began: Place) {
        if let Some(stats) = self.of(op) {
            stats.safe.record(ns, began);
        }
    }

    /// Each operation with its statistics, by number.
    pub fn iter(&self) -> impl Iterator<Item = (RequestOp, &OpStats)> {
        self.by.iter().map(|(op, stats)| (*op, stats))
    }

    /// First replies with an error.
    pub fn errors(&self) -> u64 {
        self.errors
    }

    /// Replies that are only in the statistics of all.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_beyond_the_bound_are_counted_together() {
        let mut ops = Ops::default();
        for number in 0..MAX_OPS as u32 + 3 {
            ops.replied(RequestOp(number), 1_000, Place::default(), -2);
        }
        ops.safe(RequestOp(0), 5_000, Place::default());
        assert_eq!(ops.iter().count(), MAX_OPS);
        assert_eq!((ops.errors(), ops.left_out()), (MAX_OPS as u64 + 3, 3));
        let (_, first) = ops.iter().next().unwrap();
        assert_eq!((first.reply.count(), first.safe.count(), first.errors), (1, 1, 1));
    }
}
