//! Requests, their replies, and the revokes that they waited for.

use std::collections::BTreeSet;

use ceph_codec::message::client_request::RequestOp;
use ceph_codec::types::InodeNo;

use super::revokes::{Revokes, Settled};
use super::{Limits, Ops, Over, Revoke, RevokeEnd, Seat, SeatId, Seats, Selected, Slowest, Stats};
use crate::event::{Answer, ReplyEvent, RequestEvent};
use crate::hash::HashMap;
use crate::place::{Place, Time};

/// Revokes noted with one request, 8. Beyond: the others are not.
pub(super) const MAX_BLOCKERS: usize = 8;
/// Requests on one inode with which a revoke is noted, 64. Beyond: the others are not.
pub(super) const MAX_BLOCKED: usize = 64;

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The first message with it.
    pub event: RequestEvent,
    /// To whom it went last.
    pub seat: SeatId,
    /// Where it was sent last.
    pub last: Place,
    /// How often it was sent.
    pub sent: u32,
    /// How often a rank said that another one has to do it.
    pub forwards: u32,
    /// The first reply.
    pub replied: Option<Place>,
    /// Revokes of the same rank on the inode, or on the directory, that were open while it waited.
    pub blockers: Vec<Blocker>,
    session: u32,
}

/// A revoke that was open while a request waited.
#[derive(Clone, Copy, Debug)]
pub struct Blocker {
    /// The revoke.
    pub revoke: Revoke,
    /// How it ended, and where.
    pub end: Option<(RevokeEnd, Place)>,
}

impl Request {
    /// Whether its session ended since, and how.
    pub fn over(&self, seats: &Seats) -> Option<(Over, Place)> {
        let seat = seats.get(self.seat);
        seat.over.filter(|_| seat.session != self.session)
    }

    fn inodes(&self) -> [Option<InodeNo>; 2] {
        let RequestEvent { ino, dir, .. } = self.event;
        [ino, dir.filter(|dir| Some(*dir) != ino)]
    }

    /// The revoke that was open for the longest part of the time up to `until`, and for how many
    /// nanoseconds. Of an answered request one that has ended: what was answered without it did not wait
    /// for it.
    pub fn blocker(&self, until: Time) -> Option<(&Blocker, i64)> {
        let part = |blocker: &Blocker| {
            let from = blocker.revoke.event.place.time.max(self.event.at.place.time);
            let to = blocker.end.map_or(until, |(_, place)| place.time.min(until));
            to.since(from).max(0)
        };
        let ended = self.replied.is_some();
        let may_be = self.blockers.iter().filter(|b| b.end.is_some() == ended);
        may_be.map(|b| (b, part(b))).max_by_key(|(_, part)| *part)
    }
}

/// A request that was answered, and for most of the time waited for a revoke.
#[derive(Clone, Debug)]
pub struct Wait {
    /// The request.
    pub request: Request,
    /// The revoke.
    pub blocker: Blocker,
    /// How long it was open while the request waited, in nanoseconds.
    pub blocked: i64,
    /// The reply.
    pub replied: Place,
}

/// All requests.
#[derive(Debug, Default)]
pub struct Requests {
    limits: Limits,
    selected: Selected,
    /// By client and tid: without a reply, or without a safe one.
    open: HashMap<(u32, u64), Request>,
    /// Those without a reply by rank and inode.
    on: BTreeSet<(u32, InodeNo, u32, u64)>,
    sent_again: u64,
    forwarded: u64,
    blocked: u64,
    unwatched: u64,
    stats: Stats,
    safe: Stats,
    ops: Ops,
    slowest: Slowest<Request>,
    waits: Slowest<Wait>,
}

impl Requests {
    pub(super) fn new(limits: Limits, selected: Selected) -> Requests {
        Requests {
            limits,
            selected,
            stats: Stats::new(limits),
            safe: Stats::new(limits),
            slowest: Slowest::new(limits.timed()),
            waits: Slowest::new(limits.slowest),
            ..Requests::default()
        }
    }

    pub(super) fn ask(
        &mut self,
        event: &RequestEvent,
        seat: SeatId,
        seats: &Seats,
        revokes: &Revokes,
    ) {
        let Seat { client_no, server_no, session, .. } = *seats.get(seat);
        let key = (client_no, event.tid);
        let full = self.open.len() >= self.limits.open;
        let known = match self.open.remove(&key) {
            // Sent again.
            Some(mut request) if request.event.op == event.op => {
                self.unfile(&request, seats);
                request.sent = request.sent.saturating_add(1);
                (request.seat, request.last, request.session) = (seat, event.at.place, session);
                let began = request.event.at.place.time;
                let counts = self.selected.has(seats.get(seat), request.inodes(), began);
                self.sent_again += u64::from(counts);
                request
            }
            // A number used again: the client began anew.
            Some(request) => {
                self.unfile(&request, seats);
                Request::new(event, seat, session)
            }
            None if full => {
                self.unwatched += 1;
                return;
            }
            None => Request::new(event, seat, session),
        };
        let mut request = known;
        if request.replied.is_none() {
            for ino in request.inodes().into_iter().flatten() {
                self.on.insert((server_no, ino, client_no, event.tid));
                for revoke in revokes.at(server_no, ino).filter(|r| r.over(seats).is_none()) {
                    if request.blockers.len() < MAX_BLOCKERS {
                        request.blockers.push(Blocker { revoke: *revoke, end: None });
                    }
                }
            }
        }
        self.open.insert(key, request);
    }

    /// Takes a request off the list of those that wait.
    fn unfile(&mut self, request: &Request, seats: &Seats) {
        let Seat { client_no, server_no, .. } = *seats.get(request.seat);
        for ino in request.inodes().into_iter().flatten() {
            self.on.remove(&(server_no, ino, client_no, request.event.tid));
        }
    }

    /// A cap event has begun a revoke, or ended some.
    pub(super) fn revoked(&mut self, revokes: &Revokes, seats: &Seats) {
        if let Some(revoke) = revokes.begun() {
            self.each(revoke, seats, |request| {
                if request.blockers.len() < MAX_BLOCKERS {
                    request.blockers.push(Blocker { revoke: *revoke, end: None });
                }
            });
        }
        for Settled { revoke, end, place } in revokes.settled() {
            self.each(revoke, seats, |request| {
                for blocker in request.blockers.iter_mut().filter(|b| b.revoke.id == revoke.id) {
                    blocker.end = Some((*end, *place));
                }
            });
        }
    }

    /// The requests that wait at the rank of a revoke for its inode.
    fn each(&mut self, revoke: &Revoke, seats: &Seats, mut act: impl FnMut(&mut Request)) {
        let (server, ino) = (seats.get(revoke.seat).server_no, revoke.event.ino);
        let span = (server, ino, 0, 0)..=(server, ino, u32::MAX, u64::MAX);
        for (_, _, client, tid) in self.on.range(span).take(MAX_BLOCKED) {
            if let Some(request) = self.open.get_mut(&(*client, *tid)) {
                act(request);
            }
        }
    }

    pub(super) fn reply(&mut self, event: &ReplyEvent, seat: SeatId, seats: &Seats) {
        let client_no = seats.get(seat).client_no;
        let key = (client_no, event.tid);
        let place = event.at.place;
        let Some(request) = self.open.get_mut(&key) else { return };
        let (op, began) = (request.event.op, request.event.at.place);
        let took = place.time.since(began.time);
        let counts = self.selected.has(seats.get(seat), request.inodes(), began.time);
        let result = match event.answer {
            Answer::Forward { .. } => {
                request.forwards = request.forwards.saturating_add(1);
                self.forwarded += u64::from(counts);
                return;
            }
            // The safe answer behind an unsafe one.
            _ if request.replied.is_some() => {
                if counts && self.limits.times {
                    self.safe.record(seat, took, began);
                    self.ops.safe(op, took, began);
                }
                self.open.remove(&key);
                return;
            }
            Answer::Unsafe { result } | Answer::Safe { result } => {
                request.replied = Some(place);
                result
            }
        };
        let request = match event.answer {
            Answer::Unsafe { .. } => request.clone(),
            _ => match self.open.remove(&key) {
                Some(request) => request,
                None => return,
            },
        };
        self.unfile(&request, seats);
        if !counts {
            return;
        }
        if self.limits.times {
            self.stats.record(seat, took, began);
            self.ops.replied(op, took, began, result);
        }
        // Most wait for nobody: what little is open for a moment explains nothing.
        if let Some((blocker, blocked)) = request.blocker(place.time).filter(|(_, b)| b * 2 >= took)
        {
            self.blocked += 1;
            let (blocker, request) = (*blocker, request.clone());
            self.waits.push(took, Wait { request, blocker, blocked, replied: place });
        }
        self.slowest.push(took, request);
    }

    /// Those without a reply, of sessions that have not ended, in the order of the capture.
    pub fn open_ones(&self, seats: &Seats) -> Vec<&Request> {
        let is = |r: &&Request| {
            let seat = seats.get(r.seat);
            r.replied.is_none()
                && r.over(seats).is_none()
                && self.selected.has(seat, r.inodes(), r.event.at.place.time)
        };
        let mut open: Vec<&Request> = self.open.values().filter(is).collect();
        open.sort_unstable_by_key(|r| {
            let at = r.event.at;
            (at.place.file, at.place.frame, at.offset)
        });
        open
    }

    /// Those that wait at the rank of a revoke for its inode.
    pub fn waiting_for<'a>(
        &'a self,
        revoke: &Revoke,
        seats: &Seats,
    ) -> impl Iterator<Item = &'a Request> {
        let (server, ino) = (seats.get(revoke.seat).server_no, revoke.event.ino);
        let span = (server, ino, 0, 0)..=(server, ino, u32::MAX, u64::MAX);
        let request = |key: &(u32, InodeNo, u32, u64)| self.open.get(&(key.2, key.3));
        self.on.range(span).filter_map(request)
    }

    /// How often something was sent again.
    pub fn sent_again(&self) -> u64 {
        self.sent_again
    }

    /// How often a rank said that another one has to do it.
    pub fn forwarded(&self) -> u64 {
        self.forwarded
    }

    /// How many waited for a revoke for most of their time.
    pub fn blocked(&self) -> u64 {
        self.blocked
    }

    /// From the first sending to the first reply.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// From the first sending to the safe reply, where an unsafe one went before.
    pub fn safe(&self) -> &Stats {
        &self.safe
    }

    /// The same two, by what was asked for.
    pub fn ops(&self) -> &Ops {
        &self.ops
    }

    /// The answered ones that took longest.
    pub fn slowest(&self) -> &Slowest<Request> {
        &self.slowest
    }

    /// Those that waited for a revoke, and took longest.
    pub fn waits(&self) -> &Slowest<Wait> {
        &self.waits
    }

    /// Requests that came when too many were open.
    pub fn unwatched(&self) -> u64 {
        self.unwatched
    }
}

impl Request {
    fn new(event: &RequestEvent, seat: SeatId, session: u32) -> Request {
        Request {
            event: *event,
            seat,
            last: event.at.place,
            sent: 1,
            forwards: 0,
            replied: None,
            blockers: Vec::new(),
            session,
        }
    }

    /// Whether it may wait for somebody else's sake as long as it likes: a lock that another one has.
    pub fn may_wait(&self) -> bool {
        self.event.op == RequestOp::SETFILELOCK
    }
}
