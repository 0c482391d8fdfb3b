//! Cells that are found by number, in chunks, so that growing copies nothing.

/// No cell.
pub(in crate::caps) const NIL: u32 = u32::MAX;

/// Cells in a chunk.
const CHUNK: usize = 1024;

/// Cells of one kind. A freed one is used again.
#[derive(Debug)]
pub(in crate::caps) struct Arena<T> {
    chunks: Vec<Vec<T>>,
    free: Vec<u32>,
    live: usize,
    max: usize,
}

impl<T> Default for Arena<T> {
    /// With room for nothing.
    fn default() -> Self {
        Arena::new(0)
    }
}

impl<T> Arena<T> {
    /// For at most `max` cells.
    pub(in crate::caps) fn new(max: usize) -> Self {
        Arena { chunks: Vec::new(), free: Vec::new(), live: 0, max: max.min(NIL as usize) }
    }

    /// How many are in use.
    pub(in crate::caps) fn len(&self) -> usize {
        self.live
    }

    /// A cell that holds `value`; `None` if all are in use.
    pub(in crate::caps) fn insert(&mut self, value: T) -> Option<u32> {
        if self.live >= self.max {
            return None;
        }
        if let Some(ix) = self.free.pop() {
            *self.get_mut(ix)? = value;
            self.live += 1;
            return Some(ix);
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let before = (self.chunks.len() - 1) * CHUNK;
        let chunk = self.chunks.last_mut()?;
        let ix = u32::try_from(before + chunk.len()).ok()?;
        chunk.push(value);
        self.live += 1;
        Some(ix)
    }

    /// Gives a cell back; nobody may look at it any more.
    pub(in crate::caps) fn remove(&mut self, ix: u32) {
        self.free.push(ix);
        self.live -= 1;
    }

    pub(in crate::caps) fn get(&self, ix: u32) -> Option<&T> {
        self.chunks.get(ix as usize / CHUNK)?.get(ix as usize % CHUNK)
    }

    pub(in crate::caps) fn get_mut(&mut self, ix: u32) -> Option<&mut T> {
        self.chunks.get_mut(ix as usize / CHUNK)?.get_mut(ix as usize % CHUNK)
    }
}
