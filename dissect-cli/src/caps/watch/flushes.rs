//! State written back, and its acknowledgement.

use ceph_codec::types::InodeNo;

use super::open::Open;
use super::{Limits, Over, Seat, SeatId, Seats, Selected, Slowest, Stats};
use crate::caps::answers::Flushed;
use crate::event::CapEvent;
use crate::place::Place;

/// State that a client wrote back.
#[derive(Clone, Copy, Debug)]
pub struct Flush {
    /// The first message with it.
    pub event: CapEvent,
    /// To whom it went last.
    pub seat: SeatId,
    /// Where it was sent last.
    pub last: Place,
    /// How often it was sent.
    pub sent: u32,
    session: u32,
    written: Flushed,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlushEnd {
    /// Acknowledged.
    Acked,
    /// A later one of the same inode was acknowledged, and this one with it.
    AckedWithLater,
}

/// State that was written back and acknowledged.
#[derive(Clone, Copy, Debug)]
pub struct Safe {
    /// What was written back.
    pub flush: Flush,
    /// How it ended.
    pub end: FlushEnd,
    /// The acknowledgement.
    pub place: Place,
}

impl Flush {
    /// Whether its session ended since, and how.
    pub fn over(&self, seats: &Seats) -> Option<(Over, Place)> {
        let seat = seats.get(self.seat);
        seat.over.filter(|_| seat.session != self.session)
    }
}

/// Client and inode.
type Key = (u32, InodeNo);

/// All state written back.
#[derive(Debug, Default)]
pub struct Flushes {
    selected: Selected,
    open: Open<Key, Flush>,
    unwatched: u64,
    acked: u64,
    sent_again: u64,
    stats: Stats,
    slowest: Slowest<Safe>,
}

impl Flushes {
    pub(super) fn new(limits: Limits, selected: Selected) -> Flushes {
        Flushes {
            selected,
            stats: Stats::new(limits),
            slowest: Slowest::new(limits.timed()),
            open: Open::new(limits.open),
            ..Flushes::default()
        }
    }

    pub(super) fn push(&mut self, event: &CapEvent, seat: SeatId, seats: &Seats) {
        if let Some(written) = Flushed::written(event) {
            self.flush(event, written, seat, seats);
        } else if let Some(acknowledged) = Flushed::acknowledged(event) {
            self.ack(event, acknowledged, seat, seats);
        }
    }

    fn flush(&mut self, event: &CapEvent, written: Flushed, seat: SeatId, seats: &Seats) {
        let Seat { client_no, session, .. } = *seats.get(seat);
        let key = (client_no, event.ino);
        let again = self.open.change(
            key,
            |flush| flush.written == written,
            |flush| {
                flush.sent = flush.sent.saturating_add(1);
                (flush.seat, flush.last, flush.session) = (seat, event.place, session);
            },
        );
        if again {
            self.sent_again += 1;
            return;
        }
        let flush = Flush { event: *event, seat, last: event.place, sent: 1, session, written };
        if self.open.push(key, flush).is_none() {
            self.unwatched += 1;
        }
    }

    fn ack(&mut self, event: &CapEvent, [first, last]: [Flushed; 2], seat: SeatId, seats: &Seats) {
        let Seat { client_no, .. } = *seats.get(seat);
        let Flushes { open, selected, acked, stats, slowest, .. } = self;
        let end = |flush: &mut Flush| {
            (first..=last).contains(&flush.written).then_some(match flush.event.tid == event.tid {
                true => FlushEnd::Acked,
                false => FlushEnd::AckedWithLater,
            })
        };
        open.take((client_no, event.ino), end, |flush, end| {
            let began = flush.event.place;
            if selected.has(seats.get(seat), [Some(event.ino), None], began.time) {
                *acked += 1;
                let took = event.place.time.since(began.time);
                stats.record(seat, took, began);
                slowest.push(took, Safe { flush, end, place: event.place });
            }
        });
    }

    /// Those without acknowledgement, in the order of the capture.
    pub fn open_ones(&self, seats: &Seats) -> Vec<Flush> {
        let is = |f: &&Flush| {
            self.selected.has(seats.get(f.seat), [Some(f.event.ino), None], f.event.place.time)
        };
        let mut open: Vec<Flush> = self.open.values().filter(is).copied().collect();
        open.sort_unstable_by_key(|f| (f.event.place.file, f.event.place.frame, f.event.offset));
        open
    }

    /// How many were acknowledged.
    pub fn acked(&self) -> u64 {
        self.acked
    }

    /// How often something was sent again.
    pub fn sent_again(&self) -> u64 {
        self.sent_again
    }

    /// From the first sending to the acknowledgement.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The acknowledged ones that took longest.
    pub fn slowest(&self) -> &Slowest<Safe> {
        &self.slowest
    }

    /// Those that came when too many were open.
    pub fn unwatched(&self) -> u64 {
        self.unwatched
    }
}
