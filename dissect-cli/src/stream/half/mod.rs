//! One direction of a connection: sequence numbers to an unbroken stream.

mod settle;
mod start;

use crate::place::{Place, Time};
use crate::stream::conn::{DirInfo, GapInfo};
use crate::stream::held::{Held, Span};
use crate::stream::{ConnId, Dir, End, Limits, Opening, StreamEvent, StreamStats, What};
use start::Start;

/// State of a direction that is still followed.
#[derive(Debug, Default)]
pub(in crate::stream) struct Half {
    /// Sequence number of stream offset `next`; `None` until a first packet was seen.
    next_seq: Option<u32>,
    /// Offset of the next byte to hand on.
    next: u64,
    /// The packet that carried the last byte handed on.
    last_bytes: Option<Place>,
    /// True if the numbering began with a SYN.
    pub(in crate::stream) syn: bool,
    /// Nothing was handed on yet, as something may belong in front of what was seen.
    start: Option<Start>,
    /// The number of its first byte, by the answer to its SYN, while nothing of it was seen.
    expected: Option<u32>,
    /// The first number and the highest one that the receiver acknowledged, while nothing of it was seen.
    unseen: Option<(u32, u32)>,
    held: Held,
    /// Offset where the sender ended the stream.
    fin: Option<(u64, Place)>,
    /// The connection was aborted while bytes up to this offset were still missing.
    reset: Option<(u64, Mark)>,
    pub(in crate::stream) ended: bool,
    /// Offset up to which the receiver acknowledged.
    acked: u64,
    /// An acknowledgement of more than anybody may have sent, which a second one has to bear out.
    claimed: Option<u64>,
    /// When the receiver last acknowledged anything.
    last_ack: Option<Time>,
    /// An acknowledgement beyond `next`, waited on: its grace has not passed yet.
    young_ack: Option<(u64, Mark)>,
    /// The last long gap. Where its bytes come after all, it was none.
    long_gap: Option<(u64, u64)>,
    /// When `acked` was reached.
    acked_at: Option<Mark>,
    jump: Option<Jump>,
}

/// A moment in a connection.
#[derive(Clone, Copy, Debug)]
pub(in crate::stream) struct Mark {
    pub(in crate::stream) packets: u64,
    pub(in crate::stream) place: Place,
}

/// Segments whose numbers are far from where the stream is.
#[derive(Clone, Copy, Debug)]
struct Jump {
    next_seq: u32,
    count: u32,
}

/// Where a sequence number lies.
pub(in crate::stream) enum Position {
    /// At this distance from the next byte to hand on.
    Near(i64),
    /// Nowhere near.
    Far,
}

/// What a half needs of its surroundings for one packet.
pub(in crate::stream) struct Context<'c, F> {
    pub(in crate::stream) conn: ConnId,
    pub(in crate::stream) opening: Opening,
    pub(in crate::stream) dir: Dir,
    /// The packet being pushed, and the connection's number of packets with it.
    pub(in crate::stream) now: Mark,
    pub(in crate::stream) info: &'c mut DirInfo,
    pub(in crate::stream) limits: &'c Limits,
    pub(in crate::stream) stats: &'c mut StreamStats,
    pub(in crate::stream) out: &'c mut F,
}

impl<F: FnMut(StreamEvent<'_>)> Context<'_, F> {
    fn emit(&mut self, offset: u64, seen: Place, what: What<'_>) {
        let (conn, opening, dir, place) = (self.conn, self.opening, self.dir, self.now.place);
        (self.out)(StreamEvent { conn, opening, dir, place, seen, offset, what });
    }
}

impl Half {
    pub(in crate::stream) fn started(&self) -> bool {
        self.next_seq.is_some()
    }

    /// True if `seq` is the sequence number of offset 0.
    pub(in crate::stream) fn begins_at(&self, seq: u32) -> bool {
        self.next_seq.is_some_and(|next| next.wrapping_sub(self.next as u32) == seq)
    }

    /// Memory held, in bytes.
    pub(in crate::stream) fn cost(&self) -> u64 {
        self.held.cost()
    }

    /// Where `seq` lies; `Near(0)` if nothing was seen yet.
    pub(in crate::stream) fn position(&self, seq: u32, limits: &Limits) -> Position {
        let Some(next) = self.next_seq else { return Position::Near(0) };
        let distance = i64::from(seq.wrapping_sub(next).cast_signed());
        if distance > limits.max_ahead.into() || distance < -i64::from(limits.max_behind) {
            return Position::Far;
        }
        Position::Near(distance)
    }

    /// Takes a payload, `cut` bytes of which were not captured, at `distance` from the next byte.
    pub(in crate::stream) fn payload<F: FnMut(StreamEvent<'_>)>(
        &mut self,
        distance: i64,
        payload: &[u8],
        cut: u32,
        cx: &mut Context<'_, F>,
    ) {
        let place = cx.now.place;
        self.look_at_order(distance, payload.len() as u64 + u64::from(cut), cx);
        let next = distance == 0 && cut == 0 && self.held.is_empty() && self.fin.is_none();
        if next && !self.ended && self.start.is_none() {
            self.hand_on(Span::Bytes(payload), place, cx);
            return;
        }
        let mut bytes = Span::Bytes(payload);
        let mut cut = Span::Cut(cut.into());
        let len = bytes.len() + cut.len();
        let mut at = self.next.saturating_add_signed(distance);
        let before = distance.unsigned_abs().saturating_sub(self.next).min(len);
        if distance < 0 && before > 0 {
            cx.info.dropped_bytes += before;
            cx.stats.before_start += 1;
            (bytes, cut) = advance(bytes, cut, before);
        }
        let len = len - if distance < 0 { before } else { 0 };
        if at < self.next {
            let old = (self.next - at).min(len);
            cx.info.duplicate_bytes += old;
            cx.stats.duplicate_bytes += old;
            (bytes, cut) = advance(bytes, cut, old);
            at += old;
        }
        self.pieces(at, bytes, cut, cx);
    }

    /// Bytes are sent before they are acknowledged. Where the capture has it the other way round, its order
    /// between the two directions is not that of the wire.
    fn look_at_order<F>(&mut self, distance: i64, len: u64, cx: &mut Context<'_, F>) {
        let at = self.next.saturating_add_signed(distance.max(0));
        let new = self.next.saturating_add_signed(distance).saturating_add(len) > at;
        if self.acked > at
            && new
            && !self.ended
            && self.held.first().is_none_or(|(held, _)| held > at)
        {
            cx.info.note_inverted(cx.now.place);
            cx.stats.inverted += 1;
        }
    }

    /// The sender ends its stream at `distance` from the next byte.
    pub(in crate::stream) fn fin(&mut self, distance: i64, now: Mark) {
        let Some(at) = self.next.checked_add_signed(distance) else { return };
        if at >= self.next && self.fin.is_none() && self.held.end().is_none_or(|end| end <= at) {
            self.fin = Some((at, now.place));
            // If its acknowledgement came first, it is not one of a byte.
            self.acked = self.acked.min(at);
            self.young_ack = self.young_ack.map(|(acked, mark)| (acked.min(at), mark));
        }
    }

    /// The receiver acknowledges up to `seq`.
    pub(in crate::stream) fn ack(
        &mut self,
        seq: u32,
        now: Mark,
        limits: &Limits,
        stats: &mut StreamStats,
    ) {
        let Some(next) = self.next_seq else { return self.note_unseen_ack(seq) };
        self.last_ack = Some(now.place.time);
        let Position::Near(distance) = self.position(seq, limits) else {
            stats.far_acks += 1;
            return;
        };
        self.note_early_ack(seq);
        // A keepalive probe of an idle connection is one below the number of its next byte. If it
        // was the first packet seen, the answer tells.
        if distance == 1
            && self.next == 0
            && !self.syn
            && self.held.is_empty()
            && self.fin.is_none()
        {
            self.next_seq = Some(next.wrapping_add(1));
            return;
        }
        let Some(acked) = self.next.checked_add_signed(distance) else { return };
        // The end itself is acknowledged as one more byte.
        let acked = self.fin.map_or(acked, |(fin, _)| acked.min(fin));
        if acked <= self.acked {
            return;
        }
        if acked.saturating_sub(self.next) > limits.ack_slack && !self.is_borne_out(acked, limits) {
            return;
        }
        self.claimed = None;
        self.acked = acked;
        self.acked_at = Some(now);
        if acked > self.next && self.young_ack.is_none() {
            self.young_ack = Some((acked, now));
        }
    }

    /// Whether so many bytes were sent, by what else was seen of them.
    fn is_borne_out(&mut self, acked: u64, limits: &Limits) -> bool {
        let seen = self.held.end().unwrap_or(self.next).max(self.acked);
        acked.saturating_sub(seen) <= limits.ack_slack
            || self.claimed.replace(acked).is_some_and(|claimed| claimed <= acked)
    }

    /// Whether the receiver acknowledges bytes from behind the end: so it was none.
    pub(in crate::stream) fn is_outlived(&self, ack: Option<u32>, limits: &Limits) -> bool {
        // The end itself is acknowledged as one more byte.
        let beyond = |ack| matches!(self.position(ack, limits), Position::Near(2..));
        self.ended && ack.is_some_and(beyond)
    }

    /// The sender aborts the connection at `seq`: it has sent what is in front of that.
    pub(in crate::stream) fn aborted_at<F>(&mut self, seq: u32, cx: &mut Context<'_, F>) {
        if let Position::Near(distance @ 1..) = self.position(seq, cx.limits)
            && !self.ended
            && distance <= cx.limits.ack_slack as i64
        {
            self.acked = self.acked.max(self.next.saturating_add_signed(distance));
        }
    }

    /// A segment far from where the stream is: true if it is time to follow it there.
    pub(in crate::stream) fn jumped(&mut self, seq: u32, len: u32, limits: &Limits) -> bool {
        let next_seq = seq.wrapping_add(len);
        let count = match self.jump {
            Some(jump) if seq.wrapping_sub(jump.next_seq) <= limits.jump_slack => jump.count + 1,
            _ => 1,
        };
        self.jump = Some(Jump { next_seq, count });
        count >= limits.jump_segments
    }

    /// Whether a segment at `distance` is all of bytes that were taken for lost.
    pub(in crate::stream) fn was_lost(&self, distance: i64, len: u64) -> bool {
        let Some((from, to)) = self.long_gap else { return false };
        let at = self.next.checked_add_signed(distance);
        at.is_some_and(|at| at >= from && at.saturating_add(len) <= to)
    }

    /// Goes on at `seq`, with a gap of unknown length.
    pub(in crate::stream) fn resync<F: FnMut(StreamEvent<'_>)>(
        &mut self,
        seq: u32,
        cx: &mut Context<'_, F>,
    ) {
        self.flush(cx);
        self.gap(0, cx.now.place, cx);
        self.next_seq = Some(seq);
        self.acked = self.next;
        (self.young_ack, self.fin, self.jump) = (None, None, None);
        (self.claimed, self.long_gap) = (None, None);
    }

    /// Takes a piece of stream at `at`, not below `next`.
    fn pieces<F: FnMut(StreamEvent<'_>)>(
        &mut self,
        at: u64,
        bytes: Span<'_>,
        cut: Span<'_>,
        cx: &mut Context<'_, F>,
    ) {
        let mut at = at;
        let end = match (self.ended, self.fin, self.reset) {
            (true, ..) => Some(self.next),
            (_, Some((fin, _)), _) => Some(fin),
            (_, _, Some((end, _))) => Some(end),
            _ => None,
        };
        for span in [bytes, cut] {
            // The bytes may just have led the stream beyond what was cut off.
            let old = self.next.saturating_sub(at).min(span.len());
            cx.info.duplicate_bytes += old;
            cx.stats.duplicate_bytes += old;
            at += old;
            let (_, span) = span.split(old);
            let room = end.map_or(u64::MAX, |end| end.saturating_sub(at));
            let (span, beyond) = span.split(room);
            if beyond.len() > 0 {
                cx.info.dropped_bytes += beyond.len();
                cx.stats.after_end += 1;
            }
            let len = span.len();
            if len == 0 {
                continue;
            }
            if at == self.next && self.start.is_none() {
                self.fill(span, cx);
            } else {
                let known = self.held.insert(at, span, cx.now.place);
                cx.info.duplicate_bytes += known;
                cx.stats.duplicate_bytes += known;
                cx.stats.out_of_order += u64::from(self.start.is_none());
            }
            at += len;
        }
    }

    /// Hands on `span`, which begins at `next`, and what it leads up to. Bytes held were seen
    /// earlier and stand.
    fn fill<F: FnMut(StreamEvent<'_>)>(&mut self, mut span: Span<'_>, cx: &mut Context<'_, F>) {
        while span.len() > 0 {
            let room = self.held.first().map_or(u64::MAX, |(at, _)| at - self.next);
            let (now, rest) = span.split(room);
            self.hand_on(now, cx.now.place, cx);
            let before = self.next;
            self.drain(cx);
            let known = (self.next - before).min(rest.len());
            cx.info.duplicate_bytes += known;
            cx.stats.duplicate_bytes += known;
            (_, span) = rest.split(known);
        }
        self.drain(cx);
    }

    /// Hands on what is held from `next` on.
    fn drain<F: FnMut(StreamEvent<'_>)>(&mut self, cx: &mut Context<'_, F>) {
        while let Some(piece) = self.held.pop(self.next) {
            self.hand_on(piece.span(), piece.place, cx);
        }
    }

    fn hand_on<F: FnMut(StreamEvent<'_>)>(
        &mut self,
        span: Span<'_>,
        seen: Place,
        cx: &mut Context<'_, F>,
    ) {
        match span {
            Span::Bytes([]) | Span::Cut(0) => {}
            Span::Bytes(bytes) => {
                cx.emit(self.next, seen, What::Bytes(bytes));
                cx.info.bytes += span.len();
                cx.stats.bytes += span.len();
                self.last_bytes = Some(seen);
                self.advance(span.len());
            }
            Span::Cut(n) => self.gap(n, seen, cx),
        }
    }

    fn gap<F: FnMut(StreamEvent<'_>)>(&mut self, len: u64, after: Place, cx: &mut Context<'_, F>) {
        cx.emit(self.next, cx.now.place, What::Gap(len));
        let before = self.last_bytes.or(cx.info.first).unwrap_or(cx.now.place);
        let gap = GapInfo { before, after, offset: self.next, len, merged: 0 };
        cx.info.note_gap(gap, cx.limits.max_gaps_kept);
        cx.stats.gaps += 1;
        cx.stats.gap_bytes += len;
        if len > cx.limits.ack_slack {
            self.long_gap = Some((self.next, self.next + len));
        }
        self.advance(len);
    }

    fn advance(&mut self, n: u64) {
        self.next += n;
        // Sequence numbers count modulo 2^32.
        self.next_seq = self.next_seq.map(|seq| seq.wrapping_add(n as u32));
        self.jump = None;
    }

    fn end<F: FnMut(StreamEvent<'_>)>(&mut self, end: End, seen: Place, cx: &mut Context<'_, F>) {
        self.ended = true;
        // A direction that was never seen has no end either.
        if !self.started() {
            return;
        }
        cx.info.end = Some((end, seen));
        cx.emit(self.next, seen, What::End(end));
    }
}

/// Drops the first `n` bytes of one span followed by another.
fn advance<'a>(first: Span<'a>, second: Span<'a>, n: u64) -> (Span<'a>, Span<'a>) {
    let rest = n - n.min(first.len());
    (first.split(n).1, second.split(rest).1)
}
