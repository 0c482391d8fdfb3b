//! Where does a direction begin? Nothing shows that the first packet seen of it was not the first one sent.

use super::{Context, Half, Mark};
use crate::stream::{Limits, StreamEvent};

/// A direction whose beginning is not settled yet: all that it says is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// Its first packet.
    since: Mark,
    /// Its SYN, or the answer to it, has told where it begins.
    told: bool,
    /// The highest number that the receiver acknowledged meanwhile.
    acked: Option<u32>,
}

impl Half {
    /// The first packet of the direction has this sequence number; with a SYN, nothing came before it.
    pub(in crate::stream) fn start(&mut self, seq: u32, syn: bool, now: Mark, limits: &Limits) {
        self.next_seq = Some(seq);
        self.syn = syn;
        self.start = (!syn).then_some(Start { since: now, told: false, acked: None });
        let unseen = self.unseen.take();
        if let Some(first) = self.expected.take()
            && self.may_begin_at(first, limits)
        {
            self.note_early_ack(unseen.map_or(first, |(_, last)| last));
            self.begin_at(first);
        } else if let Some((first, last)) = unseen
            && self.may_begin_at(first, limits)
        {
            // What the receiver had by then was sent, and something may come that was sent earlier still.
            self.note_early_ack(last);
            self.begin_earlier(seq.wrapping_sub(first).into());
        }
    }

    /// The receiver acknowledges up to `seq` while nothing of the direction was seen.
    pub(super) fn note_unseen_ack(&mut self, seq: u32) {
        let (first, last) = self.unseen.unwrap_or((seq, seq));
        let newer = seq.wrapping_sub(last).cast_signed() > 0;
        self.unseen = Some((first, if newer { seq } else { last }));
    }

    /// Whether its beginning is not settled yet.
    pub(in crate::stream) fn is_starting(&self) -> bool {
        self.start.is_some()
    }

    /// The same, or it was aborted before anything of it was seen.
    pub(in crate::stream) fn is_unsettled(&self) -> bool {
        self.is_starting() || !self.started() && !self.ended && self.reset.is_some()
    }

    /// Whether all that was seen may come behind a SYN that makes this the number of the first byte.
    pub(in crate::stream) fn may_begin_at(&self, first: u32, limits: &Limits) -> bool {
        let Some(next) = self.next_seq else { return true };
        self.is_starting() && next.wrapping_sub(first) <= limits.start_reach
    }

    /// Whether all that was seen of it comes behind its SYN, if this is the number of the first byte.
    pub(in crate::stream) fn fits(&self, first: u32, limits: &Limits) -> bool {
        self.may_begin_at(first, limits) || self.begins_at(first)
    }

    /// A SYN tells where it begins: see [`may_begin_at`](Half::may_begin_at).
    pub(in crate::stream) fn begin_at(&mut self, first: u32) {
        let Some(next) = self.next_seq else { return };
        self.begin_earlier(next.wrapping_sub(first).into());
        self.syn = true;
        if let Some(start) = &mut self.start {
            start.told = true;
        }
    }

    /// The answer to its SYN tells where it begins, or will begin.
    pub(in crate::stream) fn expect(&mut self, first: u32, limits: &Limits) {
        if !self.started() {
            self.expected = Some(first);
        } else if self.may_begin_at(first, limits) {
            self.begin_at(first);
        }
    }

    /// Something was said at `distance` from where it seemed to begin. Answers the distance from there now.
    pub(in crate::stream) fn reach_back(&mut self, distance: i64, limits: &Limits) -> i64 {
        let settled = self.start.is_none_or(|start| start.told);
        if settled || distance >= 0 || distance < -i64::from(limits.start_reach) {
            return distance;
        }
        self.begin_earlier(distance.unsigned_abs());
        0
    }

    /// The receiver acknowledges up to `seq` while the beginning is not settled.
    pub(super) fn note_early_ack(&mut self, seq: u32) {
        let Some(start) = &mut self.start else { return };
        let newer = |acked: u32| seq.wrapping_sub(acked).cast_signed() > 0;
        if start.acked.is_none_or(newer) {
            start.acked = Some(seq);
        }
    }

    /// Offset 0 is so many bytes earlier than it seemed.
    fn begin_earlier(&mut self, by: u64) {
        if by == 0 {
            return;
        }
        self.next_seq = self.next_seq.map(|next| next.wrapping_sub(by as u32));
        self.held.shift(by);
        self.fin = self.fin.map(|(at, place)| (at + by, place));
        self.claimed = self.claimed.map(|at| at + by);
        self.young_ack = self.young_ack.map(|(at, mark)| (at + by, mark));
        if self.acked > 0 {
            self.acked += by;
        }
        // What was in front of everything then is not any more.
        let acked = self.start.and_then(|start| start.acked).zip(self.next_seq);
        let ahead = acked.map_or(0, |(acked, next)| acked.wrapping_sub(next).cast_signed());
        let seen =
            self.fin.map_or(u64::MAX, |(at, _)| at).min(self.held.end().unwrap_or(0).max(by));
        self.acked = self.acked.max(u64::try_from(ahead).unwrap_or(0).min(seen));
    }

    /// Whether to wait for what belongs in front of the first packet seen.
    pub(in crate::stream) fn waits_for_start(&self, now: Mark, limits: &Limits) -> bool {
        let over = |since: Mark| {
            // Where times step back by more than that, they tell nothing.
            now.packets - since.packets >= limits.start_packets
                || now.place.time.since(since.place.time).unsigned_abs() >= limits.start_grace
        };
        match (&self.start, self.reset) {
            (Some(start), _) => {
                !start.told && !over(start.since) && self.held.cost() <= limits.start_held
            }
            // Aborted before anything of it was seen.
            (None, Some((_, mark))) => !self.started() && !over(mark),
            (None, None) => false,
        }
    }

    /// Nothing of it is to come any more, as far as is known.
    pub(in crate::stream) fn is_over(&self) -> bool {
        self.ended || !self.started() && self.reset.is_some()
    }

    /// It begins where it seems to.
    pub(in crate::stream) fn settle_start<F: FnMut(StreamEvent<'_>)>(
        &mut self,
        cx: &mut Context<'_, F>,
    ) {
        if self.start.take().is_none() {
            return;
        }
        if let Some((end, _)) = &mut self.reset {
            *end = self.held.end().unwrap_or(self.next).max(self.acked);
        }
        self.drain(cx);
    }
}
