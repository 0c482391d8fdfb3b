//! How often which operation came.

use std::collections::BTreeMap;

use ceph_codec::message::client_caps::CapOp;

/// Operations from 0 on that have a place of their own, 16: those that Ceph knows. Others are looked up.
const PLACES: usize = 16;

/// MClientCaps by operation.
#[derive(Clone, Debug, Default)]
pub struct OpCounts {
    places: [u64; PLACES],
    others: BTreeMap<u32, u64>,
}

impl OpCounts {
    pub(super) fn add(&mut self, op: CapOp) {
        match self.places.get_mut(op.0 as usize) {
            Some(place) => *place += 1,
            None => *self.others.entry(op.0).or_default() += 1,
        }
    }

    /// The operations that came, in the order of their numbers, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (CapOp, u64)> {
        let places = self.places.iter().zip(0..).filter(|(n, _)| **n > 0);
        let others = self.others.iter().map(|(op, n)| (CapOp(*op), *n));
        places.map(|(n, op)| (CapOp(op), *n)).chain(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_come_in_the_order_of_their_numbers() {
        let mut counts = OpCounts::default();
        for op in [u32::MAX, 3, 15, 16, 3, 0, 16, 16] {
            counts.add(CapOp(op));
        }
        let found: Vec<_> = counts.iter().map(|(op, n)| (op.0, n)).collect();
        assert_eq!(found, [(0, 1), (3, 2), (15, 1), (16, 3), (u32::MAX, 1)]);
    }
}
