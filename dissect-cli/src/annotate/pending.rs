//! Packets that wait for what is said of them.

use std::collections::VecDeque;

use crate::capture::{Block, Link, Origin, Packet, Piece, Section};
use crate::place::Place;

/// Bytes of packets that wait at most, 64 MiB. Beyond: the oldest goes on, and what is said of it later is said
/// of a later one.
pub const MAX_WAITING: usize = 64 << 20;

/// Pieces of a capture in their order, each with what is said of it.
#[derive(Debug)]
pub struct Pending<T> {
    waiting: VecDeque<Waiting<T>>,
    bytes: usize,
    max: usize,
    /// The last packet taken.
    last: (u32, u64),
    /// Buffers to use again.
    spare: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Waiting<T> {
    what: What,
    /// File and frame, of a block those of the packet in front of it.
    key: (u32, u64),
    /// The packet's bytes and its options, or the block.
    bytes: Vec<u8>,
    said: T,
}

/// A piece without its bytes.
#[derive(Debug)]
enum What {
    Packet { place: Place, shape: Shape, len: usize },
    Block(Section, Block),
}

/// What else a packet is.
#[derive(Clone, Copy, Debug)]
struct Shape {
    link: Link,
    orig_len: u32,
    origin: Origin<'static>,
}

impl<T: Default> Default for Pending<T> {
    fn default() -> Self {
        Pending::new(MAX_WAITING)
    }
}

impl<T: Default> Pending<T> {
    /// Lets at most `max` bytes wait.
    pub fn new(max: usize) -> Self {
        Pending { waiting: VecDeque::new(), bytes: 0, max, last: (0, 0), spare: Vec::new() }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &Piece<'_>) {
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        let what = match *piece {
            Piece::Block(section, kind, block) => {
                bytes.extend_from_slice(block);
                What::Block(section, kind)
            }
            Piece::Packet(packet, origin) => {
                let Packet { place, link, orig_len, bytes: data } = packet;
                bytes.extend_from_slice(data);
                let origin = match origin {
                    Origin::Record(header) => Origin::Record(header),
                    Origin::Block { section, interface, ticks, options } => {
                        bytes.extend_from_slice(options);
                        Origin::Block { section, interface, ticks, options: &[] }
                    }
                };
                self.last = (place.file, place.frame);
                let shape = Shape { link, orig_len, origin };
                What::Packet { place, shape, len: data.len() }
            }
        };
        self.bytes += bytes.len();
        self.waiting.push_back(Waiting { what, key: self.last, bytes, said: T::default() });
    }

    /// What is said of this packet, or, if it is gone, of the one that came last: then the second is true.
    pub fn said_of(&mut self, place: Place) -> Option<(&mut T, bool)> {
        let is_packet = |waiting: &Waiting<T>| matches!(waiting.what, What::Packet { .. });
        let key = (place.file, place.frame);
        let index = self.waiting.partition_point(|waiting| waiting.key < key);
        let found = self.waiting.get(index).is_some_and(|at| at.key == key && is_packet(at));
        let index = if found { index } else { self.waiting.iter().rposition(is_packet)? };
        self.waiting.get_mut(index).map(|waiting| (&mut waiting.said, !found))
    }

    /// The oldest piece, with what is said of it, for `write`; `None` if there is none to go on: where older
    /// packets may still be spoken of, as `holding` says, not before too much waits. The last one stays until
    /// the [end](Pending::drain).
    pub fn next<R>(&mut self, holding: bool, write: impl FnOnce(&Piece<'_>, &T) -> R) -> Option<R> {
        match self.waiting.len() > 1 && (!holding || self.bytes > self.max) {
            true => self.take(write),
            false => None,
        }
    }

    /// The same when nothing more is said.
    pub fn drain<R>(&mut self, write: impl FnOnce(&Piece<'_>, &T) -> R) -> Option<R> {
        self.take(write)
    }

    fn take<R>(&mut self, write: impl FnOnce(&Piece<'_>, &T) -> R) -> Option<R> {
        /// Buffers that are worth keeping.
        const SPARE: usize = 64;
        let Waiting { what, bytes, said, .. } = self.waiting.pop_front()?;
        self.bytes -= bytes.len();
        let piece = match what {
            What::Block(section, kind) => Piece::Block(section, kind, &bytes),
            What::Packet { place, shape, len } => {
                let (data, rest) = bytes.split_at(len.min(bytes.len()));
                let Shape { link, orig_len, origin } = shape;
                let origin = match origin {
                    Origin::Record(header) => Origin::Record(header),
                    Origin::Block { section, interface, ticks, .. } => {
                        Origin::Block { section, interface, ticks, options: rest }
                    }
                };
                Piece::Packet(Packet { place, link, orig_len, bytes: data }, origin)
            }
        };
        let written = write(&piece, &said);
        if self.spare.len() < SPARE {
            self.spare.push(bytes);
        }
        Some(written)
    }
}
