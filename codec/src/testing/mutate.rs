//! Changes of a message by its fields: what bytes alone seldom bring about, as a list that is an item longer, with its
//! count and all lengths around it right.

use super::decoder;
use crate::message::Message;
use crate::{Sink, Span, Value};

/// Fields and groups that are noted; of a longer message the first ones.
const MOST: usize = 400;
/// Numbers at the edges.
const EDGES: [u64; 8] = [0, 1, 2, 0x7f, 0xff, 0x7fff_ffff, 0xffff_ffff, u64::MAX];

/// Changes the first `size` bytes of an input of the decoder `word`, in a buffer that has room for more, by one of
/// its fields. The new size, or none where it has none, or where the seed says that bytes alone are to change.
pub fn mutate(word: &str, data: &mut [u8], size: usize, seed: u32) -> Option<usize> {
    let mut random = Random(u64::from(seed) << 1 | 1);
    if random.below(4) > 0 {
        return None;
    }
    let (_, kind, _) = decoder::ALL.iter().find(|(known, ..)| *known == word)?;
    let given = decoder::Given::read(*kind, data.get(..size)?)?;
    let mut fields = Fields::default();
    // Up to a fault is enough.
    _ = Message::decode_with(*kind, given.version, given.sections, &mut fields);
    let head = size - given.payload.len() - given.sections.middle.len();
    let field = fields.all.get(random.below(fields.count))?;
    let at = head + field.at;
    match field.content {
        Content::Number => {
            let bytes = data.get_mut(at..at + field.len.min(8))?;
            let old = bytes.iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte));
            let new = match random.below(4) {
                0 => old.wrapping_add(1),
                1 => old.wrapping_sub(1),
                2 => EDGES[random.below(EDGES.len())],
                _ => old ^ 1 << random.below(8 * bytes.len()),
            };
            let len = bytes.len();
            bytes.copy_from_slice(&new.to_le_bytes()[..len]);
            Some(size)
        }
        // Some of its bytes go, or come again, and its own length with them.
        Content::Bytes => {
            let inside = field.len.checked_sub(4)?;
            let len = random.below(inside.min(32) + 1);
            let change = Change { at: at + 4, len, again: random.below(2) == 0 };
            grow(data, at, change.by()?)?;
            fields.fix(field.parent, head, data, &change, false)?;
            change.apply(data, size)
        }
        // One of a list goes, or comes again.
        Content::Group => {
            let change = Change { at, len: field.len, again: random.below(2) == 0 };
            fields.fix(field.parent, head, data, &change, true)?;
            change.apply(data, size)
        }
    }
}

/// Adds to the u32 at an offset.
fn grow(data: &mut [u8], at: usize, by: i64) -> Option<()> {
    let bytes = data.get_mut(at..)?.first_chunk_mut()?;
    *bytes = u32::try_from(i64::from(u32::from_le_bytes(*bytes)) + by).ok()?.to_le_bytes();
    Some(())
}

/// Bytes that go, or come a second time.
struct Change {
    at: usize,
    len: usize,
    again: bool,
}

impl Change {
    fn by(&self) -> Option<i64> {
        let len = i64::try_from(self.len).ok()?;
        Some(if self.again { len } else { -len })
    }

    fn apply(&self, data: &mut [u8], size: usize) -> Option<usize> {
        let Change { at, len, again } = *self;
        let end = at.checked_add(len).filter(|end| *end <= size)?;
        if again {
            let new = size.checked_add(len).filter(|new| *new <= data.len())?;
            data.copy_within(at..size, end);
            return Some(new);
        }
        data.copy_within(end..size, at);
        Some(size - len)
    }
}

#[derive(Clone, Copy, Default)]
enum Content {
    #[default]
    Number,
    Bytes,
    Group,
}

/// A field or a group of them.
#[derive(Clone, Copy, Default)]
struct Place {
    at: usize,
    len: usize,
    content: Content,
    /// The group that it is in.
    parent: Option<usize>,
    /// Of a group: where it says how many bytes, or how many items, it has.
    length: Option<usize>,
    count: Option<usize>,
}

struct Fields {
    all: [Place; MOST],
    count: usize,
    /// The innermost open group; beyond the bound none is noted.
    open: Option<usize>,
    /// Groups open beyond the bound.
    beyond: usize,
}

impl Default for Fields {
    fn default() -> Self {
        Fields { all: [Place::default(); MOST], count: 0, open: None, beyond: 0 }
    }
}

impl Fields {
    fn note(&mut self, span: Span, content: Content) -> Option<usize> {
        let (at, len) = (span.at, span.len);
        let place = self.all.get_mut(self.count)?;
        *place = Place { at, len, content, parent: self.open, ..Place::default() };
        self.count += 1;
        Some(self.count - 1)
    }

    /// Makes the lengths of the groups around a change right, and the count of the innermost one if it is an item.
    fn fix(
        &self,
        parent: Option<usize>,
        head: usize,
        data: &mut [u8],
        change: &Change,
        is_item: bool,
    ) -> Option<()> {
        let mut next = parent;
        let count = next.and_then(|group| self.all.get(group)?.count);
        match (is_item, count) {
            (true, Some(at)) => grow(data, head + at, if change.again { 1 } else { -1 })?,
            (true, None) => return None,
            _ => {}
        }
        while let Some(group) = next.and_then(|group| self.all.get(group)) {
            if let Some(at) = group.length {
                grow(data, head + at, change.by()?)?;
            }
            next = group.parent;
        }
        Some(())
    }
}

impl Sink for Fields {
    fn field(&mut self, span: Span, value: Value<'_>) {
        if span.within == "middle" || self.beyond > 0 {
            return;
        }
        let content = match value {
            Value::Bytes(bytes) | Value::Text(bytes) if span.len == bytes.len() + 4 => {
                Content::Bytes
            }
            _ => Content::Number,
        };
        let noted = self.note(span, content).is_some();
        let group = self.open.and_then(|group| self.all.get_mut(group));
        match (group, span.name) {
            (Some(group), "length" | "struct_len") if noted => group.length = Some(span.at),
            (Some(group), "count") if noted => group.count = Some(span.at),
            _ => {}
        }
    }

    fn open(&mut self, span: Span) {
        match self.note(span, Content::Group) {
            Some(group) if self.beyond == 0 => self.open = Some(group),
            _ => self.beyond += 1,
        }
    }

    fn close(&mut self, end: usize) {
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        if let Some(group) = self.open.and_then(|group| self.all.get_mut(group)) {
            group.len = end.saturating_sub(group.at);
            self.open = group.parent;
        }
    }
}

/// Numbers that a seed decides.
struct Random(u64);

impl Random {
    /// One of the numbers below; 0 if there is none.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % end.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{MessageType, Sections};
    use std::vec::Vec;

    /// A MClientCapRelease with one cap becomes one with two, or none.
    #[test]
    fn lists_grow_and_shrink_with_their_counts() {
        let release = [&[1, 0], &[1, 0, 0, 0][..], &[7; 24]].concat();
        let mut seen = [0; 3];
        for seed in 0..2000 {
            let mut data = [&release[..], &[0; 64]].concat();
            let Some(size) = mutate("release", &mut data, release.len(), seed) else { continue };
            let front = &data[2..size];
            let sections = Sections { front, ..Sections::default() };
            let kind = MessageType::CLIENT_CAP_RELEASE;
            if let Ok(Message::ClientCapRelease(release)) = Message::decode(kind, 1, sections) {
                let caps = release.items().iter().collect::<Vec<_>>();
                seen[caps.len().min(2)] += usize::from(front.len() == 4 + 24 * caps.len());
            }
        }
        assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
    }
}
