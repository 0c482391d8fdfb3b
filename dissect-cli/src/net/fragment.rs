//! Fragmented IP datagrams.

use super::ip::Fragment;
use super::{Datagram, Limits, NetStats};
use crate::place::Time;
use std::net::IpAddr;

/// Longest IP payload; an offset beyond it belongs to no datagram.
const MAX_DATAGRAM: usize = 65535;

/// Datagrams that are not complete yet, oldest first. They are few: fragments are rare, and
/// those of one datagram follow each other.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    waiting: Vec<Partial>,
}

/// A datagram put together.
pub(super) struct Whole {
    /// Its first bytes, as far as they were captured without a hole.
    pub(super) bytes: Vec<u8>,
    pub(super) wire_len: usize,
}

#[derive(Debug)]
struct Partial {
    key: Key,
    since: Time,
    bytes: Vec<u8>,
    /// What was seen on the wire, and of that, what was captured.
    seen: Ranges,
    captured: Ranges,
    /// Length of the datagram, once its last fragment was seen.
    end: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    src: IpAddr,
    dst: IpAddr,
    protocol: u8,
    id: u32,
}

impl Fragments {
    /// Takes one fragment; the datagram, if this one completes it.
    pub(super) fn push(
        &mut self,
        now: Time,
        piece: &Datagram<'_>,
        fragment: Fragment,
        limits: &Limits,
        stats: &mut NetStats,
    ) -> Option<Whole> {
        let before = self.waiting.len();
        self.waiting.retain(|partial| now.since(partial.since) <= limits.fragment_timeout);
        stats.fragments_incomplete += (before - self.waiting.len()) as u64;

        let Fragment { id, offset, more } = fragment;
        let end = offset + piece.wire_len;
        if end > MAX_DATAGRAM {
            return None;
        }
        // Fragments of IPv6 name the protocol each anew, and only the first one's counts.
        let protocol = if piece.src.is_ipv4() { piece.protocol } else { 0 };
        let key = Key { src: piece.src, dst: piece.dst, protocol, id };
        let at = match self.waiting.iter().position(|partial| partial.key == key) {
            Some(at) => at,
            None => {
                if self.waiting.len() >= limits.max_fragmented.max(1) {
                    self.waiting.remove(0);
                    stats.fragments_incomplete += 1;
                }
                self.waiting.push(Partial::new(key, now));
                self.waiting.len() - 1
            }
        };
        let partial = &mut self.waiting[at];
        partial.add(offset, piece, end);
        if !more {
            partial.end.get_or_insert(end);
        }
        if partial.seen.0.len() > limits.max_pieces || partial.captured.0.len() > limits.max_pieces
        {
            self.waiting.remove(at);
            stats.fragments_incomplete += 1;
            return None;
        }
        let end = partial.end?;
        if partial.seen.prefix() < end {
            return None;
        }
        let mut whole = self.waiting.remove(at);
        whole.bytes.truncate(whole.captured.prefix().min(end));
        Some(Whole { bytes: whole.bytes, wire_len: end })
    }

    /// Drops everything; how many there were.
    pub(super) fn clear(&mut self) -> u64 {
        let n = self.waiting.len() as u64;
        self.waiting.clear();
        n
    }
}

impl Partial {
    fn new(key: Key, since: Time) -> Partial {
        let (seen, captured) = (Ranges::default(), Ranges::default());
        Partial { key, since, bytes: Vec::new(), seen, captured, end: None }
    }

    fn add(&mut self, offset: usize, piece: &Datagram<'_>, end: usize) {
        let captured_end = offset + piece.payload.len();
        if self.bytes.len() < captured_end {
            self.bytes.resize(captured_end, 0);
        }
        let Partial { bytes, captured, .. } = self;
        captured.add(offset, captured_end, |from, to| {
            bytes[from..to].copy_from_slice(&piece.payload[from - offset..to - offset]);
        });
        self.seen.add(offset, end, |_, _| {});
    }
}

/// Disjoint ranges in ascending order.
#[derive(Debug, Default)]
struct Ranges(Vec<(usize, usize)>);

impl Ranges {
    /// Adds `from..to`; `new` gets what was not covered before.
    fn add(&mut self, mut from: usize, to: usize, mut new: impl FnMut(usize, usize)) {
        if from >= to {
            return;
        }
        let (start, mut end) = (from, to);
        let first = self.0.partition_point(|&(_, e)| e < start);
        let mut last = first;
        let mut merged_start = start;
        while let Some(&(s, e)) = self.0.get(last)
            && s <= to
        {
            if from < s {
                new(from, s);
            }
            from = from.max(e);
            merged_start = merged_start.min(s);
            end = end.max(e);
            last += 1;
        }
        if from < to {
            new(from, to);
        }
        self.0.splice(first..last, [(merged_start, end)]);
    }

    /// Bytes covered without a hole from 0 on.
    fn prefix(&self) -> usize {
        match self.0.first() {
            Some(&(0, end)) => end,
            _ => 0,
        }
    }
}
