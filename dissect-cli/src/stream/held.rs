//! Segments that came before their turn.

use crate::place::Place;
use std::collections::BTreeMap;

/// What a held piece costs beside its bytes.
const PIECE_COST: u64 = 96;

/// A part of a stream.
#[derive(Clone, Copy, Debug)]
pub(super) enum Span<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// So many bytes that the snap length cut off.
    Cut(u64),
}

impl<'a> Span<'a> {
    pub(super) fn len(&self) -> u64 {
        match self {
            Span::Bytes(bytes) => bytes.len() as u64,
            Span::Cut(n) => *n,
        }
    }

    /// The first `n` bytes, and the rest.
    pub(super) fn split(self, n: u64) -> (Span<'a>, Span<'a>) {
        match self {
            Span::Bytes(bytes) => {
                let at = usize::try_from(n).map_or(bytes.len(), |n| n.min(bytes.len()));
                let (head, tail) = bytes.split_at(at);
                (Span::Bytes(head), Span::Bytes(tail))
            }
            Span::Cut(len) => (Span::Cut(n.min(len)), Span::Cut(len - n.min(len))),
        }
    }
}

/// A held part of a stream.
#[derive(Debug)]
pub(super) struct Piece {
    /// The packet that carried it.
    pub(super) place: Place,
    pub(super) what: Owned,
}

#[derive(Debug)]
pub(super) enum Owned {
    Bytes(Box<[u8]>),
    Cut(u64),
}

impl Piece {
    pub(super) fn span(&self) -> Span<'_> {
        match &self.what {
            Owned::Bytes(bytes) => Span::Bytes(bytes),
            Owned::Cut(n) => Span::Cut(*n),
        }
    }

    fn cost(&self) -> u64 {
        match &self.what {
            Owned::Bytes(bytes) => PIECE_COST + bytes.len() as u64,
            Owned::Cut(_) => PIECE_COST,
        }
    }
}

/// Pieces by stream offset, never overlapping.
#[derive(Debug, Default)]
pub(super) struct Held {
    pieces: BTreeMap<u64, Piece>,
    cost: u64,
}

impl Held {
    /// Memory held, in bytes.
    pub(super) fn cost(&self) -> u64 {
        self.cost
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Offset and packet of the first piece.
    pub(super) fn first(&self) -> Option<(u64, Place)> {
        self.pieces.first_key_value().map(|(&at, piece)| (at, piece.place))
    }

    /// Offset behind the last piece.
    pub(super) fn end(&self) -> Option<u64> {
        self.pieces.last_key_value().map(|(at, piece)| at + piece.span().len())
    }

    /// Removes the first piece if it begins at `at`.
    pub(super) fn pop(&mut self, at: u64) -> Option<Piece> {
        let entry = self.pieces.first_entry()?;
        if *entry.key() != at {
            return None;
        }
        let piece = entry.remove();
        self.cost -= piece.cost();
        Some(piece)
    }

    /// Copies what is not held yet of `span`, which begins at `at`; bytes held already are kept.
    /// Returns the number of bytes that were there before.
    pub(super) fn insert(&mut self, mut at: u64, mut span: Span<'_>, place: Place) -> u64 {
        let mut known = 0;
        if let Some((&before, piece)) = self.pieces.range(..=at).next_back() {
            let end = before + piece.span().len();
            let overlap = end.saturating_sub(at).min(span.len());
            (_, span) = span.split(overlap);
            at += overlap;
            known += overlap;
        }
        while span.len() > 0 {
            let next = self.pieces.range(at..).next().map(|(&o, piece)| (o, piece.span().len()));
            let room = next.map_or(u64::MAX, |(o, _)| o - at);
            let (new, rest) = span.split(room);
            if new.len() > 0 {
                self.put(at, new, place);
            }
            at += new.len();
            let overlap = next.map_or(0, |(_, len)| len).min(rest.len());
            (_, span) = rest.split(overlap);
            at += overlap;
            known += overlap;
        }
        known
    }

    /// All of it is so many bytes further behind.
    pub(super) fn shift(&mut self, by: u64) {
        let pieces = std::mem::take(&mut self.pieces);
        self.pieces = pieces.into_iter().map(|(at, piece)| (at + by, piece)).collect();
    }

    fn put(&mut self, at: u64, span: Span<'_>, place: Place) {
        let what = match span {
            Span::Bytes(bytes) => Owned::Bytes(bytes.into()),
            Span::Cut(n) => Owned::Cut(n),
        };
        let piece = Piece { place, what };
        self.cost += piece.cost();
        self.pieces.insert(at, piece);
    }
}
