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

mod conn;
mod half;
mod held;
mod table;
#[cfg(test)]
mod tests;

pub use conn::{ConnInfo, DirInfo, GapInfo};

use crate::net::Segment;
use crate::place::Place;
use half::{Context, Half, Mark, Position};
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
    /// The direction.
    pub dir: Dir,
    /// The packet being pushed, which completed this.
    pub place: Place,
    /// The packet that carried these bytes: `place`, or an earlier one if they were held.
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

/// Bounds of the stream stage.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections followed at a time, 65536. Beyond: [`End::Evicted`] for the one longest
    /// without a packet.
    pub max_live: usize,
    /// Connections remembered in all, 4 million. Beyond: no new ones are followed,
    /// [`StreamStats::not_followed`].
    pub max_connections: usize,
    /// Bytes held out of order for one direction, 64 MiB. Beyond: the hole in front is a gap.
    pub max_held: u64,
    /// Bytes held out of order in all, 512 MiB. Beyond: holes are gaps, in the connections longest
    /// without a packet first.
    pub max_held_total: u64,
    /// Gaps listed per direction, 64. Beyond: they are merged into the last.
    pub max_gaps_kept: usize,
    /// Packets of the connection behind an acknowledgement in which data may still follow, 64.
    pub ack_grace_packets: u64,
    /// Nanoseconds of the same, 1 s.
    pub ack_grace: i64,
    /// Nanoseconds data wait behind a hole if nothing is acknowledged, 3 s.
    pub unacked_grace: i64,
    /// Nanoseconds without a packet after which a SYN is believed at once, 60 s.
    pub reuse_idle: i64,
    /// Bytes ahead of the stream that a segment may be, 1 GiB: TCP's largest window. Beyond:
    /// ignored, [`StreamStats::far_segments`].
    pub max_ahead: u32,
    /// Bytes behind the stream that a segment may be, 64 MiB: more than any retransmission.
    /// Beyond: the same.
    pub max_behind: u32,
    /// Segments in a row, each following the other, that are far from the stream before it goes
    /// on with them, 4.
    pub jump_segments: u32,
    /// Bytes between two such segments, 1 MiB.
    pub jump_slack: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        const SECOND: i64 = 1_000_000_000;
        Limits {
            max_live: 1 << 16,
            max_connections: 4 << 20,
            max_held: 64 << 20,
            max_held_total: 512 << 20,
            max_gaps_kept: 64,
            ack_grace_packets: 64,
            ack_grace: SECOND,
            unacked_grace: 3 * SECOND,
            reuse_idle: 60 * SECOND,
            max_ahead: 1 << 30,
            max_behind: 64 << 20,
            jump_segments: 4,
            jump_slack: 1 << 20,
        }
    }
}

/// What became of the segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StreamStats {
    /// Segments pushed.
    pub segments: u64,
    /// Payload bytes handed on.
    pub bytes: u64,
    /// Payload bytes seen before: retransmissions, and packets captured twice.
    pub duplicate_bytes: u64,
    /// Segments held because something in front of them was missing.
    pub out_of_order: u64,
    /// Gaps handed on.
    pub gaps: u64,
    /// Bytes of them.
    pub gap_bytes: u64,
    /// Segments with bytes from before the first one seen, dropped.
    pub before_start: u64,
    /// Segments with bytes behind the end of the stream, dropped.
    pub after_end: u64,
    /// Segments far from their stream, ignored.
    pub far_segments: u64,
    /// Acknowledgements far from their stream, ignored.
    pub far_acks: u64,
    /// Streams that went on far from where they were.
    pub resyncs: u64,
    /// SYNs sent again.
    pub repeated_syns: u64,
    /// SYNs between the ports of a connection in use that were ignored until something follows
    /// them.
    pub doubted_syns: u64,
    /// Connections whose ports were used again before they ended.
    pub replaced: u64,
    /// Connections evicted.
    pub evicted: u64,
    /// Gaps declared because too much was held.
    pub held_overflows: u64,
    /// Segments of connections beyond [`Limits::max_connections`].
    pub not_followed: u64,
}

/// Turns segments into streams.
#[derive(Debug, Default)]
pub struct Streams {
    limits: Limits,
    stats: StreamStats,
    conns: Vec<ConnInfo>,
    table: Table,
    /// Bytes held of all connections.
    held: u64,
    /// The last packet.
    last: Place,
}

/// What a segment is to a connection between its ports.
enum Verdict {
    /// It belongs to it.
    Same,
    /// It begins the next one.
    New,
    /// It may belong to another: left out.
    Ignore,
}

/// A connection that is still followed.
#[derive(Debug)]
struct Live {
    id: ConnId,
    a_to_b: Half,
    b_to_a: Half,
    /// Where the stream of either direction would begin after the last SYN that was doubted.
    doubted: [Option<u32>; 2],
}

impl Live {
    fn new(id: ConnId) -> Live {
        Live { id, a_to_b: Half::default(), b_to_a: Half::default(), doubted: [None; 2] }
    }

    fn half(&mut self, dir: Dir) -> &mut Half {
        match dir {
            Dir::AToB => &mut self.a_to_b,
            Dir::BToA => &mut self.b_to_a,
        }
    }

    fn cost(&self) -> u64 {
        self.a_to_b.cost() + self.b_to_a.cost()
    }
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
        if let Some(at) = slot {
            match self.judge(at, segment) {
                Verdict::Same => {}
                Verdict::Ignore => return,
                Verdict::New => {
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
            None => match self.open(key, segment, out) {
                Some(at) => at,
                None => {
                    self.stats.not_followed += 1;
                    return;
                }
            },
        };
        self.follow(at, segment, out);
        if self.held > self.limits.max_held_total {
            self.release(out);
        }
    }

    /// To be called behind the last segment: hands on what is held and ends every stream.
    pub fn finish(&mut self, out: &mut impl FnMut(StreamEvent<'_>)) {
        let mut slots: Vec<_> = self.table.slots().map(|(at, live)| (live.id, at)).collect();
        slots.sort_unstable();
        for (_, at) in slots {
            self.drop_live(at, End::CaptureEnd, out);
        }
    }

    /// What is known of a connection. Every [`ConnId`] handed on has an entry.
    pub fn conn(&self, id: ConnId) -> &ConnInfo {
        &self.conns[id.0 as usize]
    }

    /// All connections, in order of their first packets; [`ConnId`] is the index.
    pub fn conns(&self) -> &[ConnInfo] {
        &self.conns
    }

    /// What became of the segments so far.
    pub fn stats(&self) -> &StreamStats {
        &self.stats
    }

    /// The direction of a segment of the connection.
    fn dir(&self, id: ConnId, segment: &Segment<'_>) -> Dir {
        if self.conn(id).a == segment.src { Dir::AToB } else { Dir::BToA }
    }

    /// What the segment is to the connection at `at`.
    fn judge(&mut self, at: u32, segment: &Segment<'_>) -> Verdict {
        let id = self.table.get(at).id;
        let dir = self.dir(id, segment);
        let idle = segment.place.time.since(self.conn(id).last.time);
        let stale = idle >= self.limits.reuse_idle;
        let live = self.table.get_mut(at);
        let over = live.a_to_b.ended || live.b_to_a.ended;
        let gone = live.a_to_b.ended && live.b_to_a.ended;
        if !segment.flags.syn {
            let len = segment.payload.len() as u64 + u64::from(segment.missing);
            if len == 0 {
                return Verdict::Same;
            }
            if live.doubted[dir as usize] == Some(segment.seq) {
                return Verdict::New;
            }
            if !gone {
                return Verdict::Same;
            }
            // Its opening was not captured.
            let half = live.half(dir);
            let far = matches!(half.position(segment.seq, &self.limits), Position::Far);
            let new = stale || far && half.jumped(segment.seq, len as u32, &self.limits);
            return if new { Verdict::New } else { Verdict::Same };
        }
        let first = segment.seq.wrapping_add(1);
        let other = live.half(dir.flip());
        // An answer may overtake its question in the capture.
        let handshake = segment.flags.ack || !other.started() || other.syn;
        let half = live.half(dir);
        if !half.started() && handshake {
            return Verdict::Same;
        }
        if half.begins_at(first) {
            self.stats.repeated_syns += 1;
            return Verdict::Same;
        }
        // Someone else's SYN, or an old one, does not end a connection in use; the answer to it,
        // or data that follow it, tell.
        let asked = live.doubted[dir.flip() as usize];
        if over || stale || asked.is_some() && asked == segment.ack {
            return Verdict::New;
        }
        live.doubted[dir as usize] = Some(first);
        self.stats.doubted_syns += 1;
        Verdict::Ignore
    }

    /// Begins to follow a connection.
    fn open(
        &mut self,
        key: Key,
        segment: &Segment<'_>,
        out: &mut impl FnMut(StreamEvent<'_>),
    ) -> Option<u32> {
        if self.conns.len() >= self.limits.max_connections.min(u32::MAX as usize) {
            return None;
        }
        if self.table.len() >= self.limits.max_live.max(1)
            && let Some(oldest) = self.table.oldest()
        {
            self.drop_live(oldest, End::Evicted, out);
        }
        // A SYN that acknowledges is the answer to one.
        let answer = segment.flags.syn && segment.flags.ack;
        let (a, b) = if answer { (segment.dst, segment.src) } else { (segment.src, segment.dst) };
        let id = ConnId(self.conns.len() as u32);
        self.conns.push(ConnInfo {
            a,
            b,
            syn_seen: segment.flags.syn,
            opened: segment.place,
            last: segment.place,
            packets: 0,
            a_to_b: DirInfo::default(),
            b_to_a: DirInfo::default(),
        });
        Some(self.table.insert(key, Live::new(id)))
    }

    /// Takes a segment of the connection at `at`.
    fn follow(&mut self, at: u32, segment: &Segment<'_>, out: &mut impl FnMut(StreamEvent<'_>)) {
        let live = self.table.get_mut(at);
        let conn = live.id;
        let info = &mut self.conns[conn.0 as usize];
        let dir = if info.a == segment.src { Dir::AToB } else { Dir::BToA };
        let place = segment.place;
        info.packets += 1;
        info.last = place;
        let now = Mark { packets: info.packets, place };
        let limits = &self.limits;
        let stats = &mut self.stats;
        let cost = live.cost();

        let sent = info.dir_mut(dir);
        sent.first.get_or_insert(place);
        sent.last = Some(place);
        let half = live.half(dir);
        let seq = segment.seq.wrapping_add(segment.flags.syn.into());
        let len = segment.payload.len() as u64 + u64::from(segment.missing);
        if !half.started() && !segment.flags.rst {
            half.start(seq, segment.flags.syn);
        }
        let mut cx = Context { conn, dir, now, info: sent, limits, stats, out };
        match half.position(seq, limits) {
            Position::Near(distance) => {
                if len > 0 {
                    cx.info.segments += 1;
                    half.payload(distance, segment.payload, segment.missing, &mut cx);
                }
                if segment.flags.fin {
                    // The payload may just have moved the stream on.
                    let end = seq.wrapping_add(len as u32);
                    if let Position::Near(distance) = half.position(end, limits) {
                        half.fin(distance, now);
                    }
                }
            }
            Position::Far => {
                cx.stats.far_segments += 1;
                if len > 0 && !half.ended && half.jumped(seq, len as u32, limits) {
                    cx.stats.resyncs += 1;
                    half.resync(seq, &mut cx);
                    half.payload(0, segment.payload, segment.missing, &mut cx);
                }
            }
        }
        half.settle(&mut cx);
        let near =
            segment.flags.rst && matches!(half.position(segment.seq, limits), Position::Near(_));
        if near {
            half.reset(&mut cx);
        }
        let half = live.half(dir.flip());
        let mut cx = Context {
            conn,
            dir: dir.flip(),
            now,
            info: info.dir_mut(dir.flip()),
            limits,
            stats,
            out,
        };
        if let Some(ack) = segment.ack {
            half.ack(ack, now, limits, cx.stats);
        }
        half.settle(&mut cx);
        if near {
            half.reset(&mut cx);
        }
        self.held = self.held - cost + live.cost();
    }

    /// Ends what has not ended of the connection at `at` and stops following it.
    fn drop_live(&mut self, at: u32, end: End, out: &mut impl FnMut(StreamEvent<'_>)) {
        let mut live = self.table.remove(at);
        self.held -= live.cost();
        let open = !live.a_to_b.ended || !live.b_to_a.ended;
        match end {
            End::Replaced if open => self.stats.replaced += 1,
            End::Evicted if open => self.stats.evicted += 1,
            _ => {}
        }
        self.each_half(&mut live, out, |half, cx| half.close(end, cx));
    }

    /// Too much is held: lets go of it in the connections longest without a packet, until an
    /// eighth is free again, so that this pays for looking at all of them.
    fn release(&mut self, out: &mut impl FnMut(StreamEvent<'_>)) {
        let enough = self.limits.max_held_total / 8 * 7;
        let mut next = self.table.oldest();
        while let Some(at) = next
            && self.held > enough
        {
            next = self.table.newer(at);
            let cost = self.table.get(at).cost();
            if cost == 0 {
                continue;
            }
            let mut live = std::mem::replace(self.table.get_mut(at), Live::new(ConnId(0)));
            self.stats.held_overflows += 1;
            self.each_half(&mut live, out, |half, cx| half.flush(cx));
            self.held = self.held - cost + live.cost();
            *self.table.get_mut(at) = live;
        }
    }

    fn each_half<F: FnMut(StreamEvent<'_>)>(
        &mut self,
        live: &mut Live,
        out: &mut F,
        mut act: impl FnMut(&mut Half, &mut Context<'_, F>),
    ) {
        let info = &mut self.conns[live.id.0 as usize];
        let now = Mark { packets: info.packets, place: self.last };
        for dir in [Dir::AToB, Dir::BToA] {
            let mut cx = Context {
                conn: live.id,
                dir,
                now,
                info: info.dir_mut(dir),
                limits: &self.limits,
                stats: &mut self.stats,
                out,
            };
            act(live.half(dir), &mut cx);
        }
    }
}
