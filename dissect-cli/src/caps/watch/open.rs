//! What waits for its end, in lists by what it is about.

use std::collections::hash_map::Entry;
use std::hash::Hash;

use crate::caps::arena::{Arena, NIL};
use crate::hash::HashMap;

/// Things that wait with the same key, 16,384: a message about them looks at each. Further ones find no room.
const MAX_OF_KEY: u32 = 1 << 14;

/// Lists of things, each in the order in which they came. Adding and taking allocates nothing as long as no more
/// wait than waited before.
#[derive(Debug)]
pub(super) struct Open<K, T> {
    lists: HashMap<K, List>,
    cells: Arena<Cell<T>>,
}

#[derive(Clone, Copy, Debug)]
struct List {
    first: u32,
    last: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
struct Cell<T> {
    value: T,
    next: u32,
}

impl<K, T> Default for Open<K, T> {
    /// With room for nothing.
    fn default() -> Self {
        Open { lists: HashMap::default(), cells: Arena::default() }
    }
}

impl<K: Copy + Eq + Hash, T: Copy> Open<K, T> {
    /// With room for so many.
    pub(super) fn new(max: usize) -> Self {
        Open { lists: HashMap::default(), cells: Arena::new(max) }
    }

    /// Adds one at the end of its list; answers its number, or that there is no room.
    pub(super) fn push(&mut self, key: K, value: T) -> Option<u32> {
        let cell = Cell { value, next: NIL };
        match self.lists.entry(key) {
            Entry::Occupied(list) => {
                let list = list.into_mut();
                if list.len >= MAX_OF_KEY {
                    return None;
                }
                let ix = self.cells.insert(cell)?;
                if let Some(last) = self.cells.get_mut(list.last) {
                    last.next = ix;
                }
                list.last = ix;
                list.len += 1;
                Some(ix)
            }
            Entry::Vacant(none) => {
                let ix = self.cells.insert(cell)?;
                none.insert(List { first: ix, last: ix, len: 1 });
                Some(ix)
            }
        }
    }

    /// The one with this number, which must not have been taken.
    pub(super) fn get(&self, ix: u32) -> Option<&T> {
        self.cells.get(ix).map(|cell| &cell.value)
    }

    /// Those of a list.
    pub(super) fn of(&self, key: K) -> impl Iterator<Item = &T> {
        let mut ix = self.lists.get(&key).map_or(NIL, |list| list.first);
        std::iter::from_fn(move || {
            let cell = self.cells.get(ix)?;
            ix = cell.next;
            Some(&cell.value)
        })
    }

    /// All of them, in no order.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.lists.keys().flat_map(|key| self.of(*key))
    }

    /// Takes those of a list for which `end` has an answer, and hands them to `out` with it.
    pub(super) fn take<E>(
        &mut self,
        key: K,
        mut end: impl FnMut(&mut T) -> Option<E>,
        mut out: impl FnMut(T, E),
    ) {
        // Nearly always nothing waits.
        if self.lists.is_empty() {
            return;
        }
        let Some(list) = self.lists.get_mut(&key) else { return };
        let (mut before, mut ix) = (NIL, list.first);
        while let Some(cell) = self.cells.get_mut(ix) {
            let next = cell.next;
            if let Some(end) = end(&mut cell.value) {
                out(cell.value, end);
                match self.cells.get_mut(before) {
                    Some(before) => before.next = next,
                    None => list.first = next,
                }
                if list.last == ix {
                    list.last = before;
                }
                list.len -= 1;
                self.cells.remove(ix);
            } else {
                before = ix;
            }
            ix = next;
        }
        if list.len == 0 {
            self.lists.remove(&key);
        }
    }

    /// Changes the first of a list for which `is` answers yes; answers whether there is one.
    pub(super) fn change(
        &mut self,
        key: K,
        is: impl Fn(&T) -> bool,
        change: impl FnOnce(&mut T),
    ) -> bool {
        let mut ix = self.lists.get(&key).map_or(NIL, |list| list.first);
        while let Some(cell) = self.cells.get_mut(ix) {
            if is(&cell.value) {
                change(&mut cell.value);
                return true;
            }
            ix = cell.next;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(open: &Open<u8, u32>, key: u8) -> Vec<u32> {
        open.of(key).copied().collect()
    }

    #[test]
    fn lists_keep_their_order_whatever_is_taken() {
        for mask in 0..32_u32 {
            let mut open = Open::new(16);
            for value in 0..5 {
                open.push(1, value).unwrap();
                open.push(2, 10 + value).unwrap();
            }
            let mut taken = Vec::new();
            open.take(1, |v| (mask >> *v & 1 == 1).then_some(()), |value, ()| taken.push(value));
            let (over, left): (Vec<_>, Vec<_>) = (0..5).partition(|value| mask >> value & 1 == 1);
            assert_eq!((taken, of(&open, 1)), (over, left.clone()));
            assert_eq!(of(&open, 2), [10, 11, 12, 13, 14]);
            // What comes later goes to the end.
            open.push(1, 9).unwrap();
            assert_eq!(of(&open, 1), [left, vec![9]].concat());
            assert!(open.change(1, |value| *value == 9, |value| *value = 8));
            assert!(!open.change(1, |value| *value == 9, |value| *value = 7));
            assert_eq!(of(&open, 1).last(), Some(&8));
        }
    }

    #[test]
    fn there_is_room_for_so_many() {
        let mut open = Open::new(3);
        let pushed: Vec<_> = (0..5).map(|value| open.push(value % 2, value).is_some()).collect();
        assert_eq!(pushed, [true, true, true, false, false]);
        open.take(0, |value| (*value == 0).then_some(()), |_, ()| {});
        assert!(open.push(7, 7).is_some());
        assert_eq!(open.values().count(), 3);
        let mut long = Open::new(usize::MAX);
        let pushed = (0..MAX_OF_KEY + 2).filter(|value| long.push(0_u8, *value).is_some()).count();
        assert_eq!(pushed, MAX_OF_KEY as usize);
        assert!(long.push(1, 0).is_some());
    }
}
