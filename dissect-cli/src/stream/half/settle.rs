//! When is a byte lost? The rules of [`crate::stream`].

use super::{Context, Half, Mark};
use crate::stream::{End, Limits, StreamEvent};

impl Half {
    /// The connection was aborted.
    pub(in crate::stream) fn reset<F: FnMut(StreamEvent<'_>)>(&mut self, cx: &mut Context<'_, F>) {
        if self.ended || self.reset.is_some() {
            return;
        }
        if self.start.is_some() || !self.started() {
            // How far its sender was shows later.
            self.reset = Some((u64::MAX, cx.now));
        } else if self.hole() {
            let end = self.held.end().unwrap_or(self.next).max(self.acked);
            self.reset = Some((end, cx.now));
        } else {
            self.end(End::Reset, cx.now.place, cx);
        }
    }

    /// Declares what can no longer come, and ends what is complete. To be called for both
    /// directions with every packet.
    pub(in crate::stream) fn settle<F: FnMut(StreamEvent<'_>)>(&mut self, cx: &mut Context<'_, F>) {
        if self.ended || self.waits_for_start(cx.now, cx.limits) {
            return;
        }
        self.settle_start(cx);
        if self.acked > self.next || !self.held.is_empty() || self.fin.is_some() {
            self.settle_holes(cx);
        }
        if let Some((fin, place)) = self.fin
            && fin == self.next
        {
            return self.end(End::Fin, place, cx);
        }
        if let Some((_, mark)) = self.reset
            && (!self.hole() || past(mark, cx.now, cx.limits))
        {
            self.flush(cx);
            self.end(End::Reset, mark.place, cx);
        }
    }

    /// Hands on everything held, with gaps between.
    pub(in crate::stream) fn flush<F: FnMut(StreamEvent<'_>)>(&mut self, cx: &mut Context<'_, F>) {
        self.settle_start(cx);
        while let Some((at, _)) = self.held.first() {
            self.gap_to(at, cx);
            self.drain(cx);
        }
        let end = self.fin.map_or(self.acked, |(fin, _)| fin);
        self.gap_to(end, cx);
    }

    /// Hands on everything and ends the stream, if it has not ended yet.
    pub(in crate::stream) fn close<F: FnMut(StreamEvent<'_>)>(
        &mut self,
        end: End,
        cx: &mut Context<'_, F>,
    ) {
        if self.ended {
            return;
        }
        self.flush(cx);
        let (end, place) = match (self.fin, self.reset) {
            (Some((_, place)), _) => (End::Fin, place),
            (None, Some((_, mark))) => (End::Reset, mark.place),
            (None, None) => (end, cx.now.place),
        };
        self.end(end, place, cx);
    }

    /// True if bytes are known to be missing.
    fn hole(&self) -> bool {
        !self.held.is_empty()
            || self.acked > self.next
            || self.fin.is_some_and(|(fin, _)| fin > self.next)
    }

    fn settle_holes<F: FnMut(StreamEvent<'_>)>(&mut self, cx: &mut Context<'_, F>) {
        while let Some((acked, mark)) = self.young_ack
            && past(mark, cx.now, cx.limits)
        {
            while self.next < acked {
                let to = self.held.first().map_or(acked, |(at, _)| at.min(acked));
                self.gap_to(to, cx);
                self.drain(cx);
            }
            // What was acknowledged since waits from then on.
            let more = self.acked > self.next;
            self.young_ack = more.then(|| (self.acked, self.acked_at.unwrap_or(cx.now)));
        }
        if self.acked <= self.next {
            self.young_ack = None;
        } else if self.young_ack.is_none() {
            self.young_ack = Some((self.acked, cx.now));
        }
        // Nobody acknowledges: that direction is not captured.
        while let Some((to, place)) = self.held.first().or(self.fin)
            && to > self.next
            && cx.now.place.time.since(place.time) >= cx.limits.unacked_grace
            && self.last_ack.is_none_or(|ack| ack < place.time)
        {
            self.gap_to(to, cx);
            self.drain(cx);
        }
        while self.held.cost() > cx.limits.max_held
            && let Some((to, _)) = self.held.first()
        {
            cx.stats.held_overflows += 1;
            self.gap_to(to, cx);
            self.drain(cx);
        }
    }

    /// Declares everything up to `to` a gap; behind the end nothing is missing.
    fn gap_to<F: FnMut(StreamEvent<'_>)>(&mut self, to: u64, cx: &mut Context<'_, F>) {
        if to > self.next && !self.ended {
            let after = self.held.first().filter(|&(at, _)| at == to).map(|(_, place)| place);
            self.gap(to - self.next, after.unwrap_or(cx.now.place), cx);
        }
    }
}

/// True if the grace since `mark` has passed.
fn past(mark: Mark, now: Mark, limits: &Limits) -> bool {
    now.packets - mark.packets >= limits.ack_grace_packets
        || now.place.time.since(mark.place.time) >= limits.ack_grace
}
