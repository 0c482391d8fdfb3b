//! What a capture without damage says, and which of its packets say it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::path::Path;

use ceph_dissect::capture::Capture;
use ceph_dissect::net::{Net, Segment};
use ceph_dissect::session::{Envelope, Sessions, Who};
use ceph_dissect::stream::{ConnId, Dir, Streams, What};
use fixtures::damage::{Damaged, Packet, Recording};

/// What makes a message the same as another: who says it to whom, its numbers, its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    from: SocketAddr,
    to: SocketAddr,
    pub(crate) kind: u16,
    seq: u64,
    tid: u64,
    sections: u64,
}

impl Key {
    pub(crate) fn of(envelope: &Envelope<'_>, who: &Who) -> Key {
        let Envelope { conn, dir, header, sections, .. } = envelope;
        let addr = |dir| who.addr(*conn, dir).expect("a connection that speaks has two ends");
        let mut hasher = DefaultHasher::new();
        (sections.front, sections.middle, sections.data).hash(&mut hasher);
        Key {
            from: addr(*dir),
            to: addr(dir.flip()),
            kind: header.kind.0,
            seq: header.seq,
            tid: header.tid,
            sections: hasher.finish(),
        }
    }
}

/// How often each message is there.
pub(crate) type Messages = HashMap<Key, u64>;

/// A message, and the bytes of packets of which it consists.
struct Message {
    key: Key,
    len: u64,
    /// Some of its bytes are in some packet's: those of retransmissions are there more than once.
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy)]
struct Piece {
    /// First and last offset in the message, the last one excluded.
    from: u64,
    to: u64,
    packet: usize,
    /// Where the first byte is in the packet.
    at: usize,
}

/// One direction of a connection.
#[derive(Default)]
struct Stream {
    /// The number of the byte at offset 0.
    base: Option<u32>,
    /// Number, packet, place in the packet, length.
    segments: Vec<(u32, usize, usize, usize)>,
    messages: Vec<(Key, u64, Vec<u8>)>,
}

/// A capture without damage, and all that it says.
pub(crate) struct Oracle {
    pub(crate) recording: Recording,
    messages: Vec<Message>,
}

impl Oracle {
    pub(crate) fn of(path: &Path) -> Oracle {
        let (mut capture, mut net) = (Capture::open([path]), Net::new());
        let (mut streams, mut sessions) = (Streams::new(), Sessions::new(|_| true));
        let mut recording = Recording::default();
        let mut all: HashMap<(ConnId, Dir), Stream> = HashMap::new();
        let mut latest: HashMap<[SocketAddr; 2], ConnId> = HashMap::new();
        let mut known = 0;
        while let Some(packet) = capture.next() {
            let number = recording.packets.len();
            recording.link = packet.link.0;
            recording.packets.push(Packet {
                time: packet.place.time.0,
                orig_len: packet.orig_len,
                bytes: packet.bytes.to_vec(),
            });
            let whole = packet.bytes;
            net.push(&packet, &mut |segment| {
                streams.push(&segment, &mut |event| {
                    let stream = all.entry((event.conn, event.dir)).or_default();
                    // Where bytes are handed on as they came, it shows which number the first one has.
                    if let What::Bytes(bytes) = event.what
                        && let Some(at) = within(segment.payload, bytes)
                    {
                        let number = first(&segment).wrapping_add(at as u32);
                        stream.base.get_or_insert(number.wrapping_sub(event.offset as u32));
                    }
                    sessions.push(&event, &mut |spoken, who| note(&mut all, &spoken, who));
                });
                while let Some(info) = streams.conn(ConnId(known)) {
                    latest.insert(ends(info.a, info.b), ConnId(known));
                    known += 1;
                }
                let conn = latest[&ends(segment.src, segment.dst)];
                let dir = match streams.conn(conn).is_some_and(|info| info.a == segment.src) {
                    true => Dir::AToB,
                    false => Dir::BToA,
                };
                let at = within(whole, segment.payload);
                if let Some(at) = at.filter(|_| !segment.payload.is_empty()) {
                    let segment = (first(&segment), number, at, segment.payload.len());
                    all.entry((conn, dir)).or_default().segments.push(segment);
                }
            });
        }
        streams.finish(&mut |event| {
            sessions.push(&event, &mut |spoken, who| note(&mut all, &spoken, who));
        });
        let messages =
            all.into_values().flat_map(|stream| stream.into_messages(&recording)).collect();
        Oracle { recording, messages }
    }

    /// All messages.
    pub(crate) fn all(&self) -> Messages {
        count(self.messages.iter().map(|message| message.key))
    }

    /// Those of which every byte is still there; `before`: packets of other recordings in front of this one's.
    pub(crate) fn survivors(&self, damaged: &Damaged, before: usize) -> Messages {
        let mut left: Vec<Vec<usize>> = vec![Vec::new(); self.recording.packets.len()];
        for (at, record) in damaged.records.iter().enumerate().filter(|(_, record)| !record.lost) {
            if let Some(of) = record.of.checked_sub(before)
                && let Some(left) = left.get_mut(of)
            {
                left.push(at);
            }
        }
        let whole = self.messages.iter().filter(|message| {
            let mut there = Vec::new();
            for piece in &message.pieces {
                for record in left[piece.packet].iter().map(|at| &damaged.records[*at]) {
                    let mut from = piece.at;
                    let end = (piece.at + (piece.to - piece.from) as usize)
                        .min(record.packet.bytes.len());
                    let wrong = record.wrong.iter().copied().filter(|at| (from..end).contains(at));
                    for stop in wrong.collect::<Vec<_>>().into_iter().chain([end]) {
                        if from < stop {
                            let offset = |at: usize| piece.from + (at - piece.at) as u64;
                            there.push((offset(from), offset(stop)));
                        }
                        from = stop + 1;
                    }
                }
            }
            there.sort_unstable();
            let reached = there.iter().fold(0, |reached, (from, to)| match *from <= reached {
                true => reached.max(*to),
                false => reached,
            });
            reached >= message.len
        });
        count(whole.map(|message| message.key))
    }
}

impl Stream {
    /// Finds the packets that carried each message, and makes sure that they did.
    fn into_messages(self, recording: &Recording) -> Vec<Message> {
        let Stream { base, mut segments, messages } = self;
        let Some(base) = base else {
            assert!(messages.is_empty(), "messages without a byte");
            return Vec::new();
        };
        segments.sort_by_key(|(number, ..)| number.wrapping_sub(base).cast_signed());
        let offset = |number: u32| i64::from(number.wrapping_sub(base).cast_signed());
        let longest = segments.iter().map(|(.., len)| *len as i64).max().unwrap_or(0);
        let found = messages.into_iter().map(|(key, begin, bytes)| {
            let (begin, len) = (begin as i64, bytes.len() as i64);
            let end = begin + len;
            let before = segments.partition_point(|(number, ..)| offset(*number) < end);
            let near = segments[..before].iter().rev();
            let near = near.take_while(|(number, ..)| offset(*number) + longest > begin);
            let mut pieces = Vec::new();
            for &(number, packet, at, length) in near {
                let start = offset(number);
                let (from, to) = (start.max(begin), (start + length as i64).min(end));
                if from >= to {
                    continue;
                }
                let at = at + (from - start) as usize;
                let (from, to) = ((from - begin) as usize, (to - begin) as usize);
                if recording.packets[packet].bytes[at..at + (to - from)] == bytes[from..to] {
                    pieces.push(Piece { from: from as u64, to: to as u64, packet, at });
                }
            }
            let mut reached = 0;
            pieces.sort_by_key(|piece| piece.from);
            for piece in &pieces {
                assert!(piece.from <= reached, "no packet has these bytes of {key:?}");
                reached = reached.max(piece.to);
            }
            assert_eq!(reached, len as u64, "no packet has the end of {key:?}");
            Message { key, len: len as u64, pieces }
        });
        found.collect()
    }
}

fn note(
    all: &mut HashMap<(ConnId, Dir), Stream>,
    spoken: &ceph_dissect::session::Spoken<'_>,
    who: &Who,
) {
    if let Some(envelope) = spoken.envelope() {
        let message = (Key::of(&envelope, who), spoken.offset, spoken.bytes.to_vec());
        all.entry((spoken.conn, spoken.dir)).or_default().messages.push(message);
    }
}

fn count(keys: impl Iterator<Item = Key>) -> Messages {
    let mut messages = Messages::new();
    keys.for_each(|key| *messages.entry(key).or_default() += 1);
    messages
}

/// The number of the first byte of a payload.
fn first(segment: &Segment<'_>) -> u32 {
    segment.seq.wrapping_add(segment.flags.syn.into())
}

fn ends(a: SocketAddr, b: SocketAddr) -> [SocketAddr; 2] {
    [a.min(b), a.max(b)]
}

/// Where a part lies in the bytes that it is a part of.
fn within(all: &[u8], part: &[u8]) -> Option<usize> {
    let at = (part.as_ptr() as usize).checked_sub(all.as_ptr() as usize)?;
    (at + part.len() <= all.len()).then_some(at)
}
