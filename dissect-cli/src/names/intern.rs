//! Names as small numbers: each byte string is kept once.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// A name in an [`Interner`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NameId(u32);

/// Bytes of names kept, 64 MiB. Beyond: a new name is not remembered, nor what has it.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// End of a chain of names whose hashes are alike.
const NONE: u32 = u32::MAX;

/// Names, one behind the other.
#[derive(Debug)]
pub(super) struct Interner {
    bytes: Vec<u8>,
    spans: Vec<Span>,
    /// The first name of each hash. Hashes are keyed, so nobody can choose names that collide.
    by_hash: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
    hasher: RandomState,
    max_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    at: u32,
    len: u32,
    /// The next name with this hash.
    next: u32,
}

impl Default for Interner {
    fn default() -> Self {
        Interner::new(MAX_BYTES)
    }
}

impl Interner {
    /// Keeps at most so many bytes.
    pub(super) fn new(max_bytes: usize) -> Self {
        Interner {
            bytes: Vec::new(),
            spans: Vec::new(),
            by_hash: HashMap::default(),
            hasher: RandomState::new(),
            // Places of names are kept as u32.
            max_bytes: max_bytes.min(1 << 31),
        }
    }

    /// The name's number, if it is known. Allocates nothing.
    pub(super) fn find(&self, name: &[u8]) -> Option<NameId> {
        let mut index = *self.by_hash.get(&self.hasher.hash_one(name))?;
        while let Some(span) = self.spans.get(index as usize) {
            if self.bytes(span) == name {
                return Some(NameId(index));
            }
            index = span.next;
        }
        None
    }

    /// The name's number; `None` where there is no room for it.
    pub(super) fn intern(&mut self, name: &[u8]) -> Option<NameId> {
        if let Some(id) = self.find(name) {
            return Some(id);
        }
        let index = u32::try_from(self.spans.len()).ok().filter(|index| *index != NONE)?;
        if self.bytes.len() + name.len() > self.max_bytes {
            return None;
        }
        let (at, len) = (self.bytes.len() as u32, name.len() as u32);
        let first = self.by_hash.insert(self.hasher.hash_one(name), index);
        self.bytes.extend_from_slice(name);
        self.spans.push(Span { at, len, next: first.unwrap_or(NONE) });
        Some(NameId(index))
    }

    /// The name.
    pub(super) fn name(&self, id: NameId) -> &[u8] {
        self.spans.get(id.0 as usize).map_or(&[], |span| self.bytes(span))
    }

    fn bytes(&self, span: &Span) -> &[u8] {
        self.bytes.get(span.at as usize..(span.at + span.len) as usize).unwrap_or_default()
    }
}

/// Takes a number that is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number() {
        let mut names = Interner::default();
        let ids: Vec<_> = (0..1000).map(|n| names.intern(format!("f{n}").as_bytes())).collect();
        for (n, id) in ids.iter().enumerate() {
            let name = format!("f{n}");
            assert_eq!(names.find(name.as_bytes()), *id);
            assert_eq!(names.intern(name.as_bytes()), *id);
            assert_eq!(names.name(id.unwrap()), name.as_bytes());
        }
        assert_eq!(names.find(b"f1000"), None);
        assert_eq!(names.spans.len(), 1000);
    }

    #[test]
    fn names_beyond_the_bound_are_not_kept() {
        let mut names = Interner::new(5);
        let id = names.intern(b"abc").unwrap();
        assert_eq!(names.intern(b"def"), None);
        assert_eq!(names.intern(b"abc"), Some(id));
        assert!(names.intern(b"de").is_some());
    }
}
