//! Segments built by hand, pushed one by one, and what came out.

use crate::net::{Segment, TcpFlags};
use crate::place::{Place, Time};
use crate::stream::{ConnId, ConnInfo, Dir, End, Limits, StreamEvent, Streams, What};
use std::net::{Ipv4Addr, SocketAddr};

pub(super) const A: u16 = 1000;
pub(super) const B: u16 = 6800;
pub(super) const MS: i64 = 1_000_000;

pub(super) fn addr(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// A segment to be: the payload, and behind it what was cut off.
#[derive(Clone, Debug)]
pub(super) struct Seg {
    pub(super) src: u16,
    pub(super) dst: u16,
    pub(super) seq: u32,
    pub(super) ack: Option<u32>,
    pub(super) flags: TcpFlags,
    pub(super) payload: Vec<u8>,
    pub(super) missing: u32,
}

impl Seg {
    pub(super) fn new(src: u16, dst: u16, seq: u32) -> Seg {
        let flags = TcpFlags::default();
        Seg { src, dst, seq, ack: None, flags, payload: Vec::new(), missing: 0 }
    }

    pub(super) fn a(seq: u32) -> Seg {
        Seg::new(A, B, seq)
    }

    pub(super) fn b(seq: u32) -> Seg {
        Seg::new(B, A, seq)
    }

    pub(super) fn ack(self, ack: u32) -> Seg {
        Seg { ack: Some(ack), flags: TcpFlags { ack: true, ..self.flags }, ..self }
    }

    pub(super) fn syn(self) -> Seg {
        Seg { flags: TcpFlags { syn: true, ..self.flags }, ..self }
    }

    pub(super) fn fin(self) -> Seg {
        Seg { flags: TcpFlags { fin: true, ..self.flags }, ..self }
    }

    pub(super) fn rst(self) -> Seg {
        Seg { flags: TcpFlags { rst: true, ..self.flags }, ..self }
    }

    pub(super) fn data(self, payload: impl AsRef<[u8]>) -> Seg {
        Seg { payload: payload.as_ref().to_vec(), ..self }
    }

    pub(super) fn missing(self, missing: u32) -> Seg {
        Seg { missing, ..self }
    }
}

/// An event, owned; bytes that follow each other are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ev {
    Bytes(String),
    Gap(u64),
    End(End),
}

/// A run: each push a packet, a millisecond after the last.
pub(super) struct Run {
    pub(super) streams: Streams,
    pub(super) events: Vec<(u32, Dir, Ev)>,
    /// Offset each stream must go on at.
    offsets: std::collections::HashMap<(ConnId, Dir), u64>,
    pub(super) frame: u64,
    pub(super) time: i64,
}

impl Run {
    pub(super) fn new() -> Run {
        Run::with(Limits::default())
    }

    pub(super) fn with(limits: Limits) -> Run {
        let (events, offsets) = (Vec::new(), Default::default());
        Run { streams: Streams::with_limits(limits), events, offsets, frame: 0, time: 0 }
    }

    pub(super) fn push(&mut self, seg: Seg) -> &mut Run {
        self.frame += 1;
        self.time += MS;
        let place = Place { file: 0, frame: self.frame, time: Time(self.time) };
        let Seg { src, dst, seq, ack, flags, payload, missing } = seg;
        let (src, dst) = (addr(src), addr(dst));
        let segment = Segment { place, src, dst, seq, ack, flags, payload: &payload, missing };
        let Run { streams, events, offsets, .. } = self;
        streams.push(&segment, &mut |e| note(events, offsets, place, e));
        self
    }

    pub(super) fn all(&mut self, segs: impl IntoIterator<Item = Seg>) -> &mut Run {
        for seg in segs {
            self.push(seg);
        }
        self
    }

    pub(super) fn conn(&self, number: u32) -> &ConnInfo {
        self.streams.conn(ConnId(number)).expect("it is remembered")
    }

    pub(super) fn wait(&mut self, nanos: i64) -> &mut Run {
        self.time += nanos;
        self
    }

    pub(super) fn finish(&mut self) -> &mut Run {
        let place = Place { file: 0, frame: self.frame, time: Time(self.time) };
        let Run { streams, events, offsets, .. } = self;
        streams.finish(&mut |e| note(events, offsets, Place { ..place }, e));
        assert_eq!(self.streams.held, 0);
        self
    }

    /// Events since the last call, of the one connection and direction.
    pub(super) fn take(&mut self, dir: Dir) -> Vec<Ev> {
        self.take_of(0, dir)
    }

    pub(super) fn take_of(&mut self, conn: u32, dir: Dir) -> Vec<Ev> {
        let of = |e: &(u32, Dir, Ev)| e.0 == conn && e.1 == dir;
        let taken = self.events.iter().filter(|e| of(e)).map(|e| e.2.clone()).collect();
        self.events.retain(|e| !of(e));
        taken
    }

    /// The handshake; first bytes are 101 from a and 501 from b.
    pub(super) fn open(&mut self) -> &mut Run {
        self.push(Seg::a(100).syn()).push(Seg::b(500).syn().ack(101)).push(Seg::a(101).ack(501))
    }
}

fn note(
    events: &mut Vec<(u32, Dir, Ev)>,
    offsets: &mut std::collections::HashMap<(ConnId, Dir), u64>,
    place: Place,
    event: StreamEvent<'_>,
) {
    assert!(event.place.frame == place.frame && event.seen.frame <= place.frame);
    let offset = offsets.entry((event.conn, event.dir)).or_default();
    assert_eq!(*offset, event.offset, "offsets go on where they were");
    let (conn, dir) = (event.conn.0, event.dir);
    match event.what {
        What::Bytes(bytes) => {
            assert!(!bytes.is_empty());
            *offset += bytes.len() as u64;
            let text = String::from_utf8_lossy(bytes);
            match events.iter_mut().rev().find(|e| e.0 == conn && e.1 == dir) {
                Some((_, _, Ev::Bytes(last))) => last.push_str(&text),
                _ => events.push((conn, dir, Ev::Bytes(text.into_owned()))),
            }
        }
        What::Gap(n) => {
            *offset += n;
            events.push((conn, dir, Ev::Gap(n)));
        }
        What::End(end) => {
            *offset = u64::MAX; // Nothing may follow.
            events.push((conn, dir, Ev::End(end)));
        }
    }
}

pub(super) fn bytes(text: &str) -> Ev {
    Ev::Bytes(text.to_owned())
}
