//! TCP segments to two byte streams per connection.
//!
//! [`Streams::push`] takes one segment and hands on what it completes: bytes in order, each once;
//! gaps where bytes were never captured; ends. In-order payload is lent on as it came, only what
//! comes before its turn is copied.
//!
//! # When is a byte lost?
//!
//! A hole may still be filled: by a packet that the capture reordered, or by a retransmission. So
//! it is declared a [`What::Gap`] when
//!
//! - the other side has acknowledged it, and since then [`Limits::ack_grace_packets`] packets of
//!   the connection or [`Limits::ack_grace`] of capture time have passed; or
//! - data behind it have waited for [`Limits::unacked_grace`] and the other side has acknowledged
//!   nothing since they came: that direction is not captured; or
//! - more is held behind it than [`Limits::max_held`] or [`Limits::max_held_total`]; or
//! - the stream ends otherwise: reset, replaced, evicted, end of capture.
//!
//! Bytes that the snap length cut off are a gap at once.
//!
//! # Where does a stream begin?
//!
//! At its SYN, or where the answer to that says. Where neither was seen, the first packet need not be the first one
//! sent: what a direction says is held for [`Limits::start_packets`] packets of the connection or
//! [`Limits::start_grace`] of capture time, and it begins with the lowest number that came meanwhile.

mod by_conn;
mod conn;
mod follow;
mod half;
mod held;
mod limits;
mod table;
#[cfg(test)]
mod tests;

pub use by_conn::ByConn;
pub use conn::{ConnInfo, DirInfo, GapInfo, Opening};
pub use limits::{Limits, StreamStats};

use crate::net::Segment;
use crate::place::{Place, Time};
use follow::Verdict;
use serde::Serialize;
use table::{Key, Table};

/// A connection: index into the list of all, dense and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ConnId(pub u32);

/// A direction. `a` sent the SYN if its opening was seen, else the first packet seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dir {
    /// From a to b.
    AToB,
    /// From b to a.
    BToA,
}

impl Dir {
    /// The other one.
    pub fn flip(self) -> Dir {
        match self {
            Dir::AToB => Dir::BToA,
            Dir::BToA => Dir::AToB,
        }
    }
}

/// What happens next in one direction of a connection.
#[derive(Clone, Copy, Debug)]
pub struct StreamEvent<'a> {
    /// The connection.
    pub conn: ConnId,
    /// Between whom that is.
    pub opening: Opening,
    /// The direction.
    pub dir: Dir,
    /// The packet being pushed, which completed this.
    pub place: Place,
    /// The packet that carried these bytes, or the FIN or RST: `place`, or an earlier one if they
    /// had to wait.
    pub seen: Place,
    /// Offset in the stream: from 0 at the first byte behind the SYN, or the first one seen.
    pub offset: u64,
    /// What it is.
    pub what: What<'a>,
}

/// What a stream goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// So many bytes were never captured. `Gap(0)`: an unknown number, as the sender's numbering
    /// jumped; offsets go on as if it were none.
    Gap(u64),
    /// Nothing any more.
    End(End),
}

/// How a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The sender closed it.
    Fin,
    /// One side aborted the connection.
    Reset,
    /// A new connection between the same ports began.
    Replaced,
    /// The capture ended.
    CaptureEnd,
    /// Too many connections at a time: it was longest without a packet.
    Evicted,
}

/// Turns segments into streams.
#[derive(Debug, Default)]
pub struct Streams {
    limits: Limits,
    stats: StreamStats,
    conns: ByConn<ConnInfo>,
    /// Those that are not followed any more, and of which nobody has yet said whether to remember them.
    over: Vec<ConnId>,
    table: Table,
    /// Bytes held of all connections.
    held: u64,
    /// The last packet.
    last: Place,
    /// When all that is held was looked at.
    swept: Time,
}

impl Streams {
    /// With the usual bounds.
    pub fn new() -> Streams {
        Streams::default()
    }

    /// With other bounds.
    pub fn with_limits(limits: Limits) -> Streams {
        Streams { limits, ..Streams::default() }
    }

    /// Takes one segment; `out` gets what it completes.
    pub fn push(&mut self, segment: &Segment<'_>, out: &mut impl FnMut(StreamEvent<'_>)) {
        self.stats.segments += 1;
        self.last = segment.place;
        let key = Key::new(segment.src, segment.dst);
        let mut slot = self.table.find(&key);
        let (mut continues, mut doubted) = (None, None);
        if let Some(at) = slot {
            self.settle_start(at, out);
            match self.judge(at, segment) {
                Verdict::Same => {}
                Verdict::Ignore => return,
                verdict @ (Verdict::New | Verdict::GoesOn) => {
                    let before = self.table.get(at).id;
                    continues = matches!(verdict, Verdict::GoesOn).then_some(before);
                    let anew = matches!(verdict, Verdict::New);
                    doubted = anew.then(|| self.doubted(at)).flatten();
                    self.drop_live(at, End::Replaced, out);
                    slot = None;
                }
            }
        }
        let at = match slot {
            Some(at) => {
                self.table.touch(at);
                at
            }
            None => match self.open(key, segment, continues, out) {
                Some(at) => {
                    if let Some(doubted) = doubted {
                        self.believe(at, doubted);
                    }
                    at
                }
                None => {
                    self.stats.not_followed += 1;
                    return;
                }
            },
        };
        self.follow(at, segment, out);
        // Others may have waited long enough, and have had no packet that would say so.
        let waited = segment.place.time.since(self.swept);
        if self.held > 0 && !(0..self.limits.sweep).contains(&waited) {
            self.swept = segment.place.time;
            self.sweep(out);
        }
        if self.held > self.limits.max_held_total {
            self.release(out);
        }
    }

    /// Whether bytes wait behind a hole, so that something may still be handed on that is older than the
    /// last packet.
    pub fn is_holding(&self) -> bool {
        self.held > 0
    }

    /// To be called behind the last segment: hands on what is held and ends every stream.
    pub fn finish(&mut self, out: &mut impl FnMut(StreamEvent<'_>)) {
        let mut slots: Vec<_> = self.table.slots().map(|(at, live)| (live.id, at)).collect();
        slots.sort_unstable();
        for (_, at) in slots {
            self.drop_live(at, End::CaptureEnd, out);
        }
    }

    /// What is known of a connection. Every [`ConnId`] handed on has an entry, unless it is
    /// [forgotten](Streams::let_go).
    pub fn conn(&self, id: ConnId) -> Option<&ConnInfo> {
        self.conns.get(id)
    }

    /// All connections that are remembered, in order of their first packets.
    pub fn conns(&self) -> &ByConn<ConnInfo> {
        &self.conns
    }

    /// Asks once of every connection that is not followed any more whether to `keep` what is known of it.
    #[inline]
    pub fn let_go(&mut self, mut keep: impl FnMut(ConnId) -> bool) {
        for conn in self.over.drain(..) {
            if !keep(conn) {
                self.conns.remove(conn);
            }
        }
    }

    /// What became of the segments so far.
    pub fn stats(&self) -> &StreamStats {
        &self.stats
    }
}
