//! The body of the fuzz target for reassembly: any segments, against a model that is trivially right.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};

use crate::net::{Segment, TcpFlags};
use crate::place::{Place, Time};
use crate::stream::{ConnId, Dir, End, Limits, Streams, What};

/// Bytes of a direction at most.
const LONGEST: usize = 2048;
/// Segments at most.
const MOST: usize = 256;
/// Every byte tells where it belongs, but for one place in 251.
const STREAM: [u8; LONGEST] = {
    let (mut stream, mut at) = ([0; LONGEST], 0);
    while at < LONGEST {
        stream[at] = (at * 7 + at / 251) as u8;
        at += 1;
    }
    stream
};

/// Segments of one connection, or of several, in any order, overlapping and cut in any way.
///
/// The input is a byte of flags (of one connection or several, and, where nothing is lost, how much later than the first
/// segments either SYN comes), both initial sequence numbers, the length of both directions, and five bytes for
/// each segment: see [`Op`].
///
/// - Where nothing is lost, what is handed on of each direction is the stream, each byte once and in its place.
/// - Where segments are lost, acknowledged or not, cut, or late, what is handed on lies where it belongs and was
///   captured, bytes and gaps make up the whole, and whatever is behind a hole comes at the end.
/// - Of segments that fit nothing at all, offsets go on where they were, and every stream ends once.
/// - In the end nothing is held.
pub fn reassembly(data: &[u8]) {
    let Some((&[flags, a0, a1, a2, a3, b0, b1, b2, b3, len], rest)) = data.split_first_chunk()
    else {
        return;
    };
    let ops = rest.chunks_exact(5).take(MOST).map(Op::read);
    match flags & 3 {
        0 | 1 => {
            let isns = [u32::from_le_bytes([a0, a1, a2, a3]), u32::from_le_bytes([b0, b1, b2, b3])];
            let late = [flags >> 2 & 7, flags >> 5].map(|late| usize::from(late) * 4);
            one(flags & 1 == 0, isns, late, usize::from(len) * 8, ops);
        }
        _ => any(ops),
    }
}

/// One segment.
#[derive(Clone, Copy)]
struct Op {
    what: u8,
    from: u16,
    len: u8,
    wait: u8,
}

impl Op {
    fn read(bytes: &[u8]) -> Self {
        let [what, low, high, len, wait] = bytes else { unreachable!("chunks of five") };
        Op { what: *what, from: u16::from_le_bytes([*low, *high]), len: *len, wait: *wait }
    }
}

fn addr(port: usize) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 6800 + port as u16))
}

/// One direction as it has to be, and as far as it came.
struct Model {
    isn: u32,
    seen: Vec<bool>,
    /// Behind the last byte that was captured, or its FIN.
    last: usize,
    fin: bool,
    at: u64,
    lost: u64,
    end: Option<End>,
}

impl Model {
    fn new(isn: u32, len: usize) -> Self {
        Model { isn, seen: vec![false; len], last: 0, fin: false, at: 0, lost: 0, end: None }
    }

    fn seq(&self, at: usize) -> u32 {
        self.isn.wrapping_add(1).wrapping_add(at as u32)
    }

    fn take(&mut self, offset: u64, what: What<'_>) {
        assert_eq!(offset, self.at, "offsets go on where they were");
        assert!(self.end.is_none(), "{what:?} behind the end");
        match what {
            What::Bytes(bytes) => {
                let place = offset as usize..offset as usize + bytes.len();
                assert!(!bytes.is_empty());
                assert_eq!(STREAM.get(place.clone()), Some(bytes), "other bytes at {place:?}");
                assert!(self.seen[place.clone()].iter().all(|seen| *seen), "{place:?} never came");
                self.at += bytes.len() as u64;
            }
            What::Gap(lost) => {
                self.at += lost;
                self.lost += lost;
            }
            What::End(end) => self.end = Some(end),
        }
    }
}

/// One connection from its SYN on. If it is `whole`, nothing is acknowledged and no time passes, so that every
/// segment may still come, and either SYN too, so many segments `late`.
fn one(whole: bool, isns: [u32; 2], late: [usize; 2], len: usize, ops: impl Iterator<Item = Op>) {
    let len = len.min(LONGEST);
    let mut models = isns.map(|isn| Model::new(isn, len));
    let limits = match whole {
        true => Limits::default(),
        false => {
            Limits { max_held: 1500, max_held_total: 2500, max_gaps_kept: 2, ..Limits::default() }
        }
    };
    let mut streams = Streams::with_limits(limits);
    let (mut time, mut frame) = (0, 0);
    let mut all: Vec<_> = ops.map(|op| (op, false)).collect();
    for side in [1, 0] {
        let at = if whole { late[side].min(all.len()) } else { 0 };
        all.insert(at, (Op { what: side as u8, from: 0, len: 0, wait: 0 }, true));
    }
    for (Op { what, from, len: size, wait }, opens) in all {
        let (side, kind) = (usize::from(what & 1), what >> 1 & 7);
        let from = usize::from(from) % (len + 1);
        let to = if opens { from } else { len.min(from + usize::from(size)) };
        let mut flags = TcpFlags { syn: opens, ..TcpFlags::default() };
        let (mut ack, mut missing, mut seq) = (None, 0, models[side].seq(from));
        if opens {
            seq = models[side].isn;
        } else if kind == 7 && to == len {
            flags.fin = true;
        }
        if !whole && !opens {
            time += i64::from(wait) * 20_000_000;
            match kind {
                // Anything up to a little more than there is.
                1 | 2 => ack = Some(models[side ^ 1].seq(usize::from(wait) * 9)),
                3 => missing = u32::from(wait),
                4 if wait == 255 => flags.rst = true,
                // Lost.
                5 => continue,
                _ => {}
            }
            flags.ack = ack.is_some();
        }
        frame += 1;
        models[side].seen[from..to].fill(true);
        if to > from || flags.fin {
            models[side].last = models[side].last.max(to);
        }
        models[side].fin |= flags.fin;
        let segment = Segment {
            place: Place { file: 0, frame, time: Time(time) },
            src: addr(side),
            dst: addr(side ^ 1),
            seq,
            ack,
            flags,
            payload: &STREAM[from..to],
            missing,
        };
        streams.push(&segment, &mut |event| {
            assert!(event.place.frame == frame && event.seen.frame <= frame);
            // What comes behind a reset is another connection.
            if event.conn == ConnId(0) {
                let side = usize::from(event.opening.src(event.dir) != addr(0));
                models[side].take(event.offset, event.what);
            }
        });
    }
    streams.finish(&mut |event| {
        if event.conn == ConnId(0) {
            let side = usize::from(event.opening.src(event.dir) != addr(0));
            models[side].take(event.offset, event.what);
        }
    });
    assert!(!streams.is_holding());
    for model in &models {
        let end = model.end.expect("every stream ends");
        if whole {
            let lost = model.seen[..model.last].iter().filter(|seen| !**seen).count();
            assert_eq!((model.at, model.lost), (model.last as u64, lost as u64));
            assert_eq!(end, if model.fin { End::Fin } else { End::CaptureEnd });
        }
    }
}

/// Whatever segments between a few ports.
fn any(ops: impl Iterator<Item = Op>) {
    let limits = Limits {
        max_live: 3,
        max_held: 400,
        max_held_total: 600,
        max_gaps_kept: 2,
        ..Limits::default()
    };
    let mut streams = Streams::with_limits(limits);
    let mut at: HashMap<(ConnId, Dir), Option<u64>> = HashMap::new();
    let mut take = |conn, dir, offset, what: What<'_>| {
        let next = at.entry((conn, dir)).or_insert(Some(0));
        assert_eq!(*next, Some(offset), "offsets go on where they were, and end once");
        *next = match what {
            What::Bytes(bytes) => Some(offset + bytes.len() as u64),
            What::Gap(lost) => Some(offset + lost),
            What::End(_) => None,
        };
    };
    let (mut time, mut frame) = (0, 0);
    for Op { what, from, len, wait } in ops {
        time += i64::from(wait) * 30_000_000;
        frame += 1;
        let (src, dst) = (usize::from(what & 1), usize::from(what >> 1 & 3));
        // Mostly numbers that meet each other; the others are everywhere.
        let number = |n: u16| match n & 0xc000 {
            0xc000 => u32::from(n).wrapping_mul(0x9e37_79b1),
            _ => u32::from(n & 0x7ff),
        };
        let ack = (what & 0x40 != 0).then(|| number(from.rotate_left(5)));
        let flags = TcpFlags {
            syn: what & 0x38 == 0x08,
            fin: what & 0x38 == 0x10,
            rst: what & 0x38 == 0x18,
            ack: ack.is_some(),
        };
        let segment = Segment {
            place: Place { file: 0, frame, time: Time(time) },
            src: addr(src),
            dst: addr(dst),
            seq: number(from),
            ack,
            flags,
            payload: &STREAM[..usize::from(len)],
            missing: if what & 0x80 != 0 { u32::from(wait) } else { 0 },
        };
        streams.push(&segment, &mut |e| take(e.conn, e.dir, e.offset, e.what));
    }
    streams.finish(&mut |e| take(e.conn, e.dir, e.offset, e.what));
    assert!(!streams.is_holding());
    assert!(at.values().all(Option::is_none), "every stream ends");
}
