//! REVOKEs, and how they end.

use std::collections::BTreeMap;

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, InodeNo};

pub use crate::caps::answers::RevokeEnd;

use super::open::Open;
use super::{Limits, Over, Seat, SeatId, Seats, Selected, Slowest, Stats};
use crate::caps::answers::Asked;
use crate::caps::replay::Step;
use crate::caps::timeline::Server;
use crate::event::{At, CapEvent, Peer, Source};
use crate::place::Place;

/// A REVOKE.
#[derive(Clone, Copy, Debug)]
pub struct Revoke {
    /// Its number among all.
    pub id: u64,
    /// The message.
    pub event: CapEvent,
    /// Between whom.
    pub seat: SeatId,
    /// The bits that it asks back; `None` where it is not known what the client had.
    pub asked: Option<Caps>,
    rest: Asked,
    session: u32,
}

/// A REVOKE that came to its end.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    /// The REVOKE.
    pub revoke: Revoke,
    /// How it ended.
    pub end: RevokeEnd,
    /// Where.
    pub place: Place,
}

impl Revoke {
    /// Where it was seen.
    pub fn at(&self) -> At {
        self.event.at()
    }

    /// Whether its session ended since, and how.
    pub fn over(&self, seats: &Seats) -> Option<(Over, Place)> {
        let seat = seats.get(self.seat);
        seat.over.filter(|_| seat.session != self.session)
    }
}

/// Rank and inode.
type Key = (u32, InodeNo);

/// All REVOKEs.
#[derive(Debug, Default)]
pub struct Revokes {
    selected: Selected,
    open: Open<Key, Revoke>,
    seen: u64,
    unwatched: u64,
    ends: BTreeMap<u8, u64>,
    /// Those that the last event ended, or began.
    news: Vec<Settled>,
    begun: Option<u32>,
    stats: Stats,
    slowest: Slowest<Settled>,
    /// Those that ended with their session.
    void: Slowest<Settled>,
}

impl Revokes {
    pub(super) fn new(limits: Limits, selected: Selected) -> Revokes {
        Revokes {
            selected,
            stats: Stats::new(limits),
            slowest: Slowest::new(limits.slowest),
            void: Slowest::new(limits.slowest),
            open: Open::new(limits.open),
            ..Revokes::default()
        }
    }

    pub(super) fn push(
        &mut self,
        event: &CapEvent,
        step: Option<&Step>,
        seat: SeatId,
        seats: &Seats,
    ) {
        self.news.clear();
        self.begun = None;
        let begins = Asked::of(event, step);
        self.settle(event, seat, seats, |asked| asked.follow(event, step));
        // The importer says for the exporter that the cap is gone.
        if let (Source::ClientCaps(CapOp::IMPORT), Some(Peer::Exporter(peer))) =
            (event.source, event.peer)
            && let Some(from) = seats.at(seat, Server::Rank(peer.mds.0))
        {
            self.settle(event, from, seats, |asked| asked.taken(peer.cap_id));
        }
        if let Some(asked) = begins {
            self.open(event, asked, seat, seats);
        }
    }

    fn open(&mut self, event: &CapEvent, rest: Asked, seat: SeatId, seats: &Seats) {
        let id = self.seen;
        let Seat { server_no, session, .. } = *seats.get(seat);
        let revoke = Revoke { id, event: *event, seat, asked: rest.bits, rest, session };
        self.begun = self.open.push((server_no, event.ino), revoke);
        match self.begun {
            Some(_) => self.seen += 1,
            None => self.unwatched += 1,
        }
    }

    /// Ends those of a client at a rank, on the event's inode, that `how` has an end for.
    fn settle(
        &mut self,
        event: &CapEvent,
        seat: SeatId,
        seats: &Seats,
        how: impl Fn(&mut Asked) -> Option<RevokeEnd>,
    ) {
        let Seat { client_no, server_no, .. } = *seats.get(seat);
        let Revokes { open, news, .. } = self;
        let before = news.len();
        let how = |revoke: &mut Revoke| {
            if seats.get(revoke.seat).client_no != client_no {
                return None;
            }
            let over = revoke.over(seats).map(|(_, place)| (RevokeEnd::SessionOver, place));
            let end = how(&mut revoke.rest).map(|end| (end, event.place));
            over.or(end)
        };
        open.take((server_no, event.ino), how, |revoke, (end, place)| {
            news.push(Settled { revoke, end, place });
        });
        let news = std::mem::take(&mut self.news);
        for settled in &news[before..] {
            self.count(settled, settled.end, seats);
        }
        self.news = news;
    }

    fn count(&mut self, settled: &Settled, end: RevokeEnd, seats: &Seats) {
        let Revoke { event, seat, .. } = &settled.revoke;
        if !self.selected.has(seats.get(*seat), [Some(event.ino), None], event.place.time) {
            return;
        }
        *self.ends.entry(end as u8).or_default() += 1;
        let took = settled.place.time.since(event.place.time);
        if end == RevokeEnd::SessionOver {
            self.void.push(took, *settled);
        }
        if end.is_answer() {
            self.stats.record(*seat, took, event.place);
            self.slowest.push(took, *settled);
        }
    }

    /// Those that the last event ended.
    pub(super) fn settled(&self) -> &[Settled] {
        &self.news
    }

    /// The one that the last event was.
    pub(super) fn begun(&self) -> Option<&Revoke> {
        self.open.get(self.begun?)
    }

    /// The open ones of a rank on an inode.
    pub(super) fn at(&self, server: u32, ino: InodeNo) -> impl Iterator<Item = &Revoke> {
        self.open.of((server, ino))
    }

    /// Those without an end, of sessions that have none either, in the order of the capture.
    pub fn open_ones(&self, seats: &Seats) -> Vec<Revoke> {
        let is = |r: &&Revoke| {
            let seat = seats.get(r.seat);
            r.over(seats).is_none()
                && self.selected.has(seat, [Some(r.event.ino), None], r.event.place.time)
        };
        let mut open: Vec<Revoke> = self.open.values().filter(is).copied().collect();
        open.sort_unstable_by_key(|revoke| revoke.id);
        open
    }

    /// How many came to this end.
    pub fn ended(&self, end: RevokeEnd, seats: &Seats) -> u64 {
        let late = match end {
            RevokeEnd::SessionOver => {
                self.open.values().filter(|r| r.over(seats).is_some()).count() as u64
            }
            _ => 0,
        };
        self.ends.get(&(end as u8)).copied().unwrap_or(0) + late
    }

    /// From REVOKE to answer.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The answered ones that took longest.
    pub fn slowest(&self) -> &Slowest<Settled> {
        &self.slowest
    }

    /// Of those that were answered, or ended with their session, after so many nanoseconds or more, the
    /// slowest.
    pub fn late(&self, least: i64, seats: &Seats) -> Vec<Settled> {
        let kept = [&self.slowest, &self.void].into_iter().flat_map(Slowest::sorted);
        let mut late: Vec<Settled> =
            kept.filter(|(took, _)| *took >= least).map(|(_, settled)| *settled).collect();
        late.extend(self.open.values().filter_map(|revoke| {
            let (_, place) = revoke.over(seats)?;
            let long = place.time.since(revoke.event.place.time) >= least;
            long.then_some(Settled { revoke: *revoke, end: RevokeEnd::SessionOver, place })
        }));
        late
    }

    /// REVOKEs that came when too many were open.
    pub fn unwatched(&self) -> u64 {
        self.unwatched
    }
}
