//! Something for each connection.

use super::ConnId;

/// Something for each connection, by its number. Where there is nothing, or nothing any more, that costs a pointer.
#[derive(Clone, Debug)]
pub struct ByConn<T> {
    slots: Vec<Option<Box<T>>>,
}

impl<T> Default for ByConn<T> {
    fn default() -> Self {
        ByConn { slots: Vec::new() }
    }
}

impl<T> ByConn<T> {
    /// Of this connection.
    pub fn get(&self, conn: ConnId) -> Option<&T> {
        self.slots.get(conn.0 as usize)?.as_deref()
    }

    /// Of all that have it, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (ConnId, &T)> {
        let slots = self.slots.iter().enumerate();
        slots.filter_map(|(index, slot)| Some((ConnId(index as u32), slot.as_deref()?)))
    }

    /// One more than the highest number that was ever given something: how many connections there were.
    pub fn numbers(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn get_mut(&mut self, conn: ConnId) -> Option<&mut T> {
        self.slots.get_mut(conn.0 as usize)?.as_deref_mut()
    }

    pub(crate) fn insert(&mut self, conn: ConnId, value: T) {
        *self.slot(conn) = Some(Box::new(value));
    }

    /// Of this connection; if there is nothing, the usual.
    pub(crate) fn entry(&mut self, conn: ConnId) -> &mut T
    where
        T: Default,
    {
        self.slot(conn).get_or_insert_default()
    }

    /// Takes it out, to be [put](ByConn::put) back.
    pub(crate) fn take(&mut self, conn: ConnId) -> Option<Box<T>> {
        self.slots.get_mut(conn.0 as usize)?.take()
    }

    pub(crate) fn put(&mut self, conn: ConnId, value: Box<T>) {
        *self.slot(conn) = Some(value);
    }

    pub(crate) fn remove(&mut self, conn: ConnId) {
        if let Some(slot) = self.slots.get_mut(conn.0 as usize) {
            *slot = None;
        }
    }

    // Numbers are given one after the other, by no peer.
    fn slot(&mut self, conn: ConnId) -> &mut Option<Box<T>> {
        let index = conn.0 as usize;
        if self.slots.len() <= index {
            self.slots.resize_with(index + 1, || None);
        }
        &mut self.slots[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_leaves_its_number() {
        let mut all = ByConn::default();
        *all.entry(ConnId(2)) += 5;
        all.insert(ConnId(0), 7);
        assert_eq!(all.iter().collect::<Vec<_>>(), [(ConnId(0), &7), (ConnId(2), &5)]);
        assert_eq!((all.get(ConnId(1)), all.get(ConnId(3)), all.numbers()), (None, None, 3));
        all.remove(ConnId(2));
        all.remove(ConnId(9));
        let taken = all.take(ConnId(0)).unwrap();
        assert_eq!((all.get(ConnId(0)), all.numbers()), (None, 3));
        all.put(ConnId(0), taken);
        assert_eq!((all.get(ConnId(2)), all.numbers()), (None, 3));
        assert_eq!(all.get_mut(ConnId(0)), Some(&mut 7));
    }
}
