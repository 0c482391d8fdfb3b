//! REVOKEs, and how they end.

use std::collections::BTreeMap;

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, InodeNo};

use super::{Limits, Over, Seat, SeatId, Seats, Selected, Slowest, Stats};
use crate::caps::replay::{Oddity, Step};
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
    /// What the rank has granted since.
    again: Caps,
    session: u32,
}

/// How a REVOKE came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeEnd {
    /// The client answered with an UPDATE or a FLUSH.
    Answered,
    /// It gave the bits up within a request.
    GivenUp,
    /// It released the cap.
    Released,
    /// The rank granted the bits again.
    GrantedAgain,
    /// The cap moved to another rank, or another cap took its place.
    Moved,
    /// The session ended.
    SessionOver,
}

impl RevokeEnd {
    /// Whether the client did what it was asked to.
    pub fn is_answer(self) -> bool {
        matches!(self, RevokeEnd::Answered | RevokeEnd::GivenUp | RevokeEnd::Released)
    }
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

    /// Whether a client that keeps `caps` has given back what was asked for.
    fn is_met_by(&self, caps: Caps) -> bool {
        let kept = match self.asked.filter(|asked| !asked.is_empty()) {
            Some(asked) => caps & asked,
            None => caps.without(self.event.caps),
        };
        kept.without(self.again).is_empty()
    }
}

/// Rank, inode, client, number.
type Key = (u32, InodeNo, u32, u64);

/// All REVOKEs.
#[derive(Debug, Default)]
pub struct Revokes {
    limits: Limits,
    selected: Selected,
    open: BTreeMap<Key, Revoke>,
    seen: u64,
    unwatched: u64,
    ends: BTreeMap<u8, u64>,
    /// Those that the last event ended, or began.
    news: Vec<Settled>,
    begun: Option<Revoke>,
    stats: Stats,
    slowest: Slowest<Settled>,
    /// Those that ended with their session.
    void: Slowest<Settled>,
}

impl Revokes {
    pub(super) fn new(limits: Limits, selected: Selected) -> Revokes {
        Revokes {
            limits,
            selected,
            stats: Stats::new(limits),
            slowest: Slowest::new(limits.slowest),
            void: Slowest::new(limits.slowest),
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
        let same = |revoke: &Revoke| revoke.event.cap_id == event.cap_id;
        match event.source {
            Source::ClientCaps(CapOp::REVOKE) => {
                self.again(event, seat, seats);
                self.open(event, step, seat, seats);
            }
            Source::ClientCaps(CapOp::GRANT | CapOp::IMPORT) | Source::ClientReply { .. } => {
                self.again(event, seat, seats);
                if let Some(Peer::Exporter(peer)) = event.peer
                    && let Some(from) = seats.at(seat, Server::Rank(peer.mds.0))
                {
                    let moved = |r: &Revoke| r.event.cap_id == peer.cap_id;
                    self.settle(event, from, seats, |r| moved(r).then_some(RevokeEnd::Moved));
                }
            }
            Source::ClientCaps(CapOp::EXPORT) => {
                self.settle(event, seat, seats, |r| same(r).then_some(RevokeEnd::Moved));
            }
            Source::ClientCaps(CapOp::UPDATE | CapOp::FLUSH | CapOp::DROP)
            | Source::RequestRelease => {
                let how = match event.source {
                    Source::RequestRelease => RevokeEnd::GivenUp,
                    _ => RevokeEnd::Answered,
                };
                self.settle(event, seat, seats, |r| {
                    let new = !r.event.seq.is_after(event.seq);
                    (same(r) && new && r.is_met_by(event.caps)).then_some(how)
                });
            }
            Source::CapRelease | Source::ClientCaps(CapOp::RELEASE) => {
                let ignored =
                    step.is_some_and(|s| matches!(s.oddity, Some(Oddity::ReleaseIgnored { .. })));
                self.settle(event, seat, seats, |r| {
                    (same(r) && !ignored).then_some(RevokeEnd::Released)
                });
            }
            _ => {}
        }
    }

    fn open(&mut self, event: &CapEvent, step: Option<&Step>, seat: SeatId, seats: &Seats) {
        if self.open.len() >= self.limits.open {
            self.unwatched += 1;
            return;
        }
        let id = self.seen;
        self.seen += 1;
        let Seat { client_no, server_no, session, .. } = *seats.get(seat);
        let had = step.and_then(|step| step.before).filter(|held| held.cap_id == event.cap_id);
        let asked = had.map(|had| had.issued.without(event.caps));
        let revoke = Revoke { id, event: *event, seat, asked, again: Caps::NONE, session };
        self.open.insert((server_no, event.ino, client_no, id), revoke);
        self.begun = Some(revoke);
    }

    /// The rank states anew what the client may have.
    fn again(&mut self, event: &CapEvent, seat: SeatId, seats: &Seats) {
        for (_, revoke) in self.open.range_mut(span(seats.get(seat), event.ino)) {
            revoke.again |= event.caps;
        }
        self.settle(event, seat, seats, |r| match r.asked.filter(|asked| !asked.is_empty()) {
            _ if r.event.cap_id != event.cap_id => Some(RevokeEnd::Moved),
            Some(asked) if event.caps.contains(asked) => Some(RevokeEnd::GrantedAgain),
            _ => None,
        });
    }

    /// Ends those of a client at a rank that `how` has an end for.
    fn settle(
        &mut self,
        event: &CapEvent,
        seat: SeatId,
        seats: &Seats,
        how: impl Fn(&Revoke) -> Option<RevokeEnd>,
    ) {
        let before = self.news.len();
        for (_, revoke) in self.open.range(span(seats.get(seat), event.ino)) {
            let over = revoke.over(seats).map(|(_, place)| (RevokeEnd::SessionOver, place));
            if let Some((end, place)) = over.or_else(|| Some((how(revoke)?, event.place))) {
                self.news.push(Settled { revoke: *revoke, end, place });
            }
        }
        for index in before..self.news.len() {
            let settled = self.news[index];
            let Settled { revoke, end, .. } = settled;
            let Seat { client_no, server_no, .. } = *seats.get(revoke.seat);
            self.open.remove(&(server_no, revoke.event.ino, client_no, revoke.id));
            self.count(&settled, end, seats);
        }
    }

    fn count(&mut self, settled: &Settled, end: RevokeEnd, seats: &Seats) {
        let Revoke { event, seat, .. } = settled.revoke;
        if !self.selected.has(seats.get(seat), [Some(event.ino), None], event.place.time) {
            return;
        }
        *self.ends.entry(end as u8).or_default() += 1;
        let took = settled.place.time.since(event.place.time);
        if end == RevokeEnd::SessionOver {
            self.void.push(took, *settled);
        }
        if end.is_answer() {
            self.stats.record(seat, took, event.place);
            self.slowest.push(took, *settled);
        }
    }

    /// Those that the last event ended.
    pub(super) fn settled(&self) -> &[Settled] {
        &self.news
    }

    /// The one that the last event was.
    pub(super) fn begun(&self) -> Option<&Revoke> {
        self.begun.as_ref()
    }

    /// The open ones of a rank on an inode.
    pub(super) fn at(&self, server: u32, ino: InodeNo) -> impl Iterator<Item = &Revoke> {
        self.open.range((server, ino, 0, 0)..=(server, ino, u32::MAX, u64::MAX)).map(|(_, r)| r)
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

/// The keys of a client's REVOKEs from a rank on an inode.
fn span(seat: &Seat, ino: InodeNo) -> std::ops::RangeInclusive<Key> {
    let Seat { client_no, server_no, .. } = *seat;
    (server_no, ino, client_no, 0)..=(server_no, ino, client_no, u64::MAX)
}
