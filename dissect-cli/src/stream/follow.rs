//! One segment: which connection it belongs to, and what it does there.

use super::conn::{ConnInfo, DirInfo};
use super::half::{Context, Half, Mark, Position};
use super::table::Key;
use super::{ConnId, Dir, End, StreamEvent, Streams};
use crate::net::Segment;
use std::net::SocketAddr;

/// What a segment is to a connection between its ports.
pub(super) enum Verdict {
    /// It belongs to it.
    Same,
    /// It begins the next one.
    New,
    /// It shows that it did not end where it seemed to, so that what follows is another one, and the same.
    GoesOn,
    /// It may belong to another: left out.
    Ignore,
}

/// A connection that is still followed.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) id: ConnId,
    a_to_b: Half,
    b_to_a: Half,
    /// Where the stream of either direction would begin after the last SYN that was doubted.
    doubted: [Option<u32>; 2],
}

impl Live {
    pub(super) fn new(id: ConnId) -> Live {
        Live { id, a_to_b: Half::default(), b_to_a: Half::default(), doubted: [None; 2] }
    }

    fn half(&mut self, dir: Dir) -> &mut Half {
        match dir {
            Dir::AToB => &mut self.a_to_b,
            Dir::BToA => &mut self.b_to_a,
        }
    }

    /// The other end opened the connection.
    fn turn(&mut self) {
        std::mem::swap(&mut self.a_to_b, &mut self.b_to_a);
        self.doubted.swap(0, 1);
    }

    fn cost(&self) -> u64 {
        self.a_to_b.cost() + self.b_to_a.cost()
    }
}

impl Streams {
    /// The direction of a segment of the connection.
    fn dir(&self, id: ConnId, segment: &Segment<'_>) -> Dir {
        match self.conn(id) {
            Some(info) if info.a != segment.src => Dir::BToA,
            _ => Dir::AToB,
        }
    }

    /// Lets the connection at `at` begin with what was seen of it, if that has waited long enough.
    pub(super) fn settle_start(&mut self, at: u32, out: &mut impl FnMut(StreamEvent<'_>)) {
        let live = self.table.get(at);
        if !live.a_to_b.is_unsettled() && !live.b_to_a.is_unsettled() {
            return;
        }
        let packets = self.conn(live.id).map_or(0, |info| info.packets);
        let now = Mark { packets, place: self.last };
        let is_due = |half: &Half| half.is_unsettled() && !half.waits_for_start(now, &self.limits);
        if is_due(&live.a_to_b) || is_due(&live.b_to_a) {
            self.settle(at, out);
        }
    }

    /// Declares what can no longer come of the connection at `at`.
    fn settle(&mut self, at: u32, out: &mut impl FnMut(StreamEvent<'_>)) {
        let mut live = std::mem::replace(self.table.get_mut(at), Live::new(ConnId(0)));
        let cost = live.cost();
        self.each_half(&mut live, out, |half, cx| half.settle(cx));
        self.held = self.held - cost + live.cost();
        *self.table.get_mut(at) = live;
    }

    /// Where the streams of the connection at `at` would begin after a SYN that was doubted: from `a`, its first
    /// end, and from the other one.
    pub(super) fn doubted(&self, at: u32) -> Option<(SocketAddr, [Option<u32>; 2])> {
        let live = self.table.get(at);
        Some((self.conn(live.id)?.a, live.doubted))
    }

    /// The SYN that was doubted was the one of the connection at `at`.
    pub(super) fn believe(&mut self, at: u32, (a, doubted): (SocketAddr, [Option<u32>; 2])) {
        let same = self.conn(self.table.get(at).id).is_some_and(|info| info.a == a);
        let live = self.table.get_mut(at);
        for (dir, first) in [Dir::AToB, Dir::BToA].into_iter().zip(doubted) {
            if let Some(first) = first {
                live.half(if same { dir } else { dir.flip() }).expect(first, &self.limits);
            }
        }
    }

    /// What the segment is to the connection at `at`.
    pub(super) fn judge(&mut self, at: u32, segment: &Segment<'_>) -> Verdict {
        let id = self.table.get(at).id;
        let dir = self.dir(id, segment);
        let last = self.conn(id).map_or(segment.place, |info| info.last);
        let idle = segment.place.time.since(last.time);
        let stale = idle >= self.limits.reuse_idle;
        let live = self.table.get_mut(at);
        let over = live.a_to_b.is_over() || live.b_to_a.is_over();
        let gone = live.a_to_b.is_over() && live.b_to_a.is_over();
        if !segment.flags.syn {
            let len = segment.payload.len() as u64 + u64::from(segment.missing);
            if len == 0 {
                return Verdict::Same;
            }
            if live.doubted[dir as usize] == Some(segment.seq) {
                return Verdict::New;
            }
            // Its sender has received what the other one sent behind its end.
            if live.half(dir.flip()).is_outlived(segment.ack, &self.limits) {
                return Verdict::GoesOn;
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
        // An answer may overtake its question in the capture, and data both.
        let handshake = segment.flags.ack || !other.started() || other.syn || other.is_starting();
        let half = live.half(dir);
        if handshake && !half.is_over() && half.may_begin_at(first, &self.limits) {
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
    pub(super) fn open(
        &mut self,
        key: Key,
        segment: &Segment<'_>,
        continues: Option<ConnId>,
        out: &mut impl FnMut(StreamEvent<'_>),
    ) -> Option<u32> {
        if self.conns.numbers() >= self.limits.max_connections.min(u32::MAX as usize) {
            return None;
        }
        if self.table.len() >= self.limits.max_live.max(1)
            && let Some(oldest) = self.table.oldest()
        {
            self.drop_live(oldest, End::Evicted, out);
        }
        // A SYN that acknowledges is the answer to one.
        let answer = segment.flags.syn && segment.flags.ack;
        let (a, b) = match continues.and_then(|before| self.conns.get(before)) {
            Some(before) => (before.a, before.b),
            None if answer => (segment.dst, segment.src),
            None => (segment.src, segment.dst),
        };
        let id = ConnId(self.conns.numbers() as u32);
        let info = ConnInfo {
            a,
            b,
            syn_seen: segment.flags.syn,
            opened: segment.place,
            last: segment.place,
            packets: 0,
            set_back: None,
            continues,
            a_to_b: DirInfo::default(),
            b_to_a: DirInfo::default(),
        };
        self.conns.insert(id, info);
        Some(self.table.insert(key, Live::new(id)))
    }

    /// Takes a segment of the connection at `at`.
    pub(super) fn follow(
        &mut self,
        at: u32,
        segment: &Segment<'_>,
        out: &mut impl FnMut(StreamEvent<'_>),
    ) {
        let live = self.table.get_mut(at);
        let conn = live.id;
        // What is followed is remembered.
        let Some(info) = self.conns.get_mut(conn) else { return };
        let dir = if info.a == segment.src { Dir::AToB } else { Dir::BToA };
        let place = segment.place;
        if info.last.time.since(place.time) > self.limits.ack_grace {
            info.set_back.get_or_insert(place);
        }
        info.packets += 1;
        info.last = place;
        let now = Mark { packets: info.packets, place };
        let limits = &self.limits;
        let stats = &mut self.stats;
        let cost = live.cost();

        let mut dir = dir;
        if segment.flags.syn && !info.syn_seen && info.is_untold() {
            // A SYN that acknowledges is the answer to one.
            let asks = if segment.flags.ack { dir.flip() } else { dir };
            let fits = |first| live.half(dir.flip()).fits(first, &self.limits);
            info.syn_seen = segment.ack.is_none_or(fits);
            if info.syn_seen && asks == Dir::BToA {
                info.turn();
                live.turn();
                dir = dir.flip();
            }
        }
        let opening = info.opening();
        let sent = info.dir_mut(dir);
        sent.first.get_or_insert(place);
        sent.last = Some(place);
        let half = live.half(dir);
        let seq = segment.seq.wrapping_add(segment.flags.syn.into());
        // What a RST carries is a message to people, and not of the stream.
        let (payload, missing) = match segment.flags.rst {
            true => (&[][..], 0),
            false => (segment.payload, segment.missing),
        };
        let len = payload.len() as u64 + u64::from(missing);
        let mut cx = Context { conn, opening, dir, now, info: sent, limits, stats, out };
        if !half.started() && !segment.flags.rst {
            half.start(seq, segment.flags.syn, now, limits);
        } else if segment.flags.syn && half.is_starting() && half.may_begin_at(seq, limits) {
            half.begin_at(seq);
        }
        match half.position(seq, limits) {
            Position::Near(distance) => {
                let says = len > 0 || segment.flags.fin;
                let distance = if says { half.reach_back(distance, limits) } else { distance };
                if len > 0 {
                    cx.info.segments += 1;
                    let back = !half.ended && half.was_lost(distance, len);
                    if back && half.jumped(seq, len as u32, limits) {
                        cx.stats.resyncs += 1;
                        half.resync(seq, &mut cx);
                        half.payload(0, payload, missing, &mut cx);
                    } else {
                        half.payload(distance, payload, missing, &mut cx);
                    }
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
                    half.payload(0, payload, missing, &mut cx);
                }
            }
        }
        half.settle(&mut cx);
        let near =
            segment.flags.rst && matches!(half.position(segment.seq, limits), Position::Near(_));
        if near {
            half.aborted_at(segment.seq, &mut cx);
            half.reset(&mut cx);
        }
        let half = live.half(dir.flip());
        let mut cx = Context {
            conn,
            opening,
            dir: dir.flip(),
            now,
            info: info.dir_mut(dir.flip()),
            limits,
            stats,
            out,
        };
        if let Some(ack) = segment.ack {
            if segment.flags.syn {
                half.expect(ack, limits);
            }
            half.ack(ack, now, limits, cx.stats);
        }
        half.settle(&mut cx);
        if near {
            half.reset(&mut cx);
        }
        self.held = self.held - cost + live.cost();
    }

    /// Ends what has not ended of the connection at `at` and stops following it.
    pub(super) fn drop_live(&mut self, at: u32, end: End, out: &mut impl FnMut(StreamEvent<'_>)) {
        let mut live = self.table.remove(at);
        self.held -= live.cost();
        let open = !live.a_to_b.ended || !live.b_to_a.ended;
        match end {
            End::Replaced if open => self.stats.replaced += 1,
            End::Evicted if open => self.stats.evicted += 1,
            _ => {}
        }
        self.each_half(&mut live, out, |half, cx| half.close(end, cx));
        self.over.push(live.id);
    }

    /// Declares what can no longer come, in all connections that hold something.
    pub(super) fn sweep(&mut self, out: &mut impl FnMut(StreamEvent<'_>)) {
        let held: Vec<_> =
            self.table.slots().filter(|(_, live)| live.cost() > 0).map(|(at, _)| at).collect();
        for at in held {
            self.settle(at, out);
        }
    }

    /// Too much is held: lets go of it in the connections longest without a packet, until an
    /// eighth is free again, so that this pays for looking at all of them.
    pub(super) fn release(&mut self, out: &mut impl FnMut(StreamEvent<'_>)) {
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
        let Some(info) = self.conns.get_mut(live.id) else { return };
        let now = Mark { packets: info.packets, place: self.last };
        for dir in [Dir::AToB, Dir::BToA] {
            let mut cx = Context {
                conn: live.id,
                opening: info.opening(),
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
