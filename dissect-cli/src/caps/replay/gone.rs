//! How caps went, for a while.

use std::collections::VecDeque;

use ceph_codec::types::InodeNo;

use super::Gone;
use crate::hash::HashMap;

type Key = (InodeNo, u32);

/// The last of caps that are no more, by inode and session; a bounded number, the oldest is forgotten first.
#[derive(Debug)]
pub(super) struct GoneBook {
    max: usize,
    stamp: u64,
    by_key: HashMap<Key, (u64, Gone)>,
    order: VecDeque<(u64, Key)>,
}

impl GoneBook {
    pub(super) fn new(max: usize) -> Self {
        GoneBook { max, stamp: 0, by_key: HashMap::default(), order: VecDeque::new() }
    }

    pub(super) fn get(&self, ino: InodeNo, session: u32) -> Option<Gone> {
        // In many captures nothing ever goes.
        if self.by_key.is_empty() {
            return None;
        }
        self.by_key.get(&(ino, session)).map(|(_, gone)| *gone)
    }

    pub(super) fn put(&mut self, ino: InodeNo, session: u32, gone: Gone) {
        self.stamp += 1;
        let key = (ino, session);
        self.by_key.insert(key, (self.stamp, gone));
        self.order.push_back((self.stamp, key));
        while self.order.len() > self.max {
            let Some((stamp, key)) = self.order.pop_front() else { break };
            if self.by_key.get(&key).is_some_and(|(last, _)| *last == stamp) {
                self.by_key.remove(&key);
            }
        }
    }

    /// The rank has given a cap again.
    pub(super) fn forget(&mut self, ino: InodeNo, session: u32) {
        self.by_key.remove(&(ino, session));
    }
}
