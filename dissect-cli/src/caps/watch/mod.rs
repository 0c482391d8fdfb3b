//! What clients and ranks wait for: answers to revokes, acknowledgements of flushes, the other half of a
//! migration, replies to requests; who holds how much, and which inodes go to and fro.
//!
//! A [`Watch`] takes events in the order of the capture. What it holds is bounded by what is going on at a
//! time, see [`Limits`]; what was settled it keeps as statistics, and the slowest one by one.

mod conflicts;
mod flushes;
mod holders;
mod latency;
mod open;
mod ops;
mod pingpong;
mod requests;
mod revokes;
mod seats;
#[cfg(test)]
mod tests;
mod transfers;
mod wants;

use ceph_codec::message::client_session::SessionOp;
use ceph_codec::types::InodeNo;

pub use conflicts::{Conflict, Conflicts};
pub use flushes::{Flush, FlushEnd, Flushes, Safe};
pub use holders::{Holder, Holders, MAX_SAMPLES};
pub use latency::{Latency, Slowest, Stats};
pub use ops::{OpStats, Ops};
pub use pingpong::{PingPong, Turn, Turns};
pub use requests::{Blocker, Request, Requests, Wait};
pub use revokes::{Revoke, RevokeEnd, Revokes, Settled};
pub use seats::{Over, Seat, SeatId, Seats};
pub use transfers::{Transfer, Transfers};
pub use wants::{Want, Wants};

use super::replay::{Replay, Step};
use super::timeline::{Client, Filter, Server};
use crate::event::Event;
use crate::place::Time;
use crate::session::Who;

/// Bounds of what is watched at a time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Clients at ranks, 65,536. Beyond: their events are not watched, [`Watch::unwatched`].
    pub seats: usize,
    /// Revokes, flushes, requests, each, that wait for their answer, 262,144. Beyond: the new one is not
    /// watched.
    pub open: usize,
    /// Settled ones of each kind that are kept one by one, the slowest, 1,000. Beyond: only counted.
    pub slowest: usize,
    /// Clients at ranks that have statistics of their own, 1,024. Beyond: only in those of all.
    pub stats: usize,
    /// Inodes that move between ranks, and as many whose bits change hands between clients, 65,536. Beyond: not
    /// followed.
    pub pingpong: usize,
    /// Inodes with conflicts at a time, 4,096. Beyond: not followed.
    pub conflicts: usize,
    /// Whether anybody asks how long it took what was settled. If not, there are no [`Stats`] and no [`Ops`], and
    /// the slowest ones are kept of revokes alone, and of the requests that waited for them.
    pub times: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            seats: 1 << 16,
            open: 1 << 18,
            slowest: 1000,
            stats: 1 << 10,
            pingpong: 1 << 16,
            conflicts: 1 << 12,
            times: true,
        }
    }
}

impl Limits {
    /// For rules: they ask of what is open, and of revokes.
    pub(in crate::caps) fn for_rules() -> Limits {
        Limits { times: false, ..Limits::default() }
    }

    /// How many are kept one by one for the sake of how long they took.
    fn timed(&self) -> usize {
        if self.times { self.slowest } else { 0 }
    }
}

/// Watches everything at once.
#[derive(Debug)]
pub struct Watch {
    /// Clients at ranks.
    pub seats: Seats,
    /// REVOKEs and their answers.
    pub revokes: Revokes,
    /// State written back, and its acknowledgement.
    pub flushes: Flushes,
    /// EXPORTs and IMPORTs.
    pub transfers: Transfers,
    /// Requests and their replies.
    pub requests: Requests,
    /// Inodes that go to and fro.
    pub pingpong: PingPong,
    /// Who holds how much.
    pub holders: Holders,
    /// Bits that are wanted and not there.
    pub wants: Wants,
    /// Bits that two clients should not have at the same time.
    pub conflicts: Conflicts,
    /// Clients whom a rank told that it is read-only.
    read_only: std::collections::BTreeSet<SeatId>,
    unseated: u64,
}

/// Whose matters are counted; what is not selected is watched all the same, since others may wait for it.
#[derive(Clone, Debug, Default)]
pub struct Selected(pub Filter);

impl Selected {
    /// Whether something between this client and rank, about these inodes, that began then, is selected.
    fn has(&self, seat: &Seat, inodes: [Option<InodeNo>; 2], began: Time) -> bool {
        let Filter { since, until, .. } = &self.0;
        let wanted = |ino| self.0.wants(ino) == Some(true);
        (self.0.wants_any_inode() || inodes.into_iter().flatten().any(wanted))
            && self.is_of(seat)
            && since.is_none_or(|since| began >= since)
            && until.is_none_or(|until| began <= until)
    }

    /// Whether this client and rank are selected.
    pub fn is_of(&self, seat: &Seat) -> bool {
        let Filter { clients, ranks, .. } = &self.0;
        (clients.is_empty() || matches!(seat.client, Client::Id(id) if clients.contains(&id)))
            && (ranks.is_empty()
                || matches!(seat.server, Server::Rank(rank) if ranks.iter().any(|r| r.0 == rank)))
    }
}

impl Default for Watch {
    fn default() -> Self {
        Watch::new(Limits::default(), &Selected::default())
    }
}

impl Watch {
    /// Watches within these bounds, and counts what is selected.
    pub fn new(limits: Limits, selected: &Selected) -> Watch {
        Watch {
            seats: Seats::new(limits.seats),
            revokes: Revokes::new(limits, selected.clone()),
            flushes: Flushes::new(limits, selected.clone()),
            transfers: Transfers::new(limits, selected.clone()),
            requests: Requests::new(limits, selected.clone()),
            pingpong: PingPong::new(limits.pingpong, selected.clone()),
            holders: Holders::default(),
            wants: Wants::new(limits),
            conflicts: Conflicts::new(limits.conflicts),
            read_only: Default::default(),
            unseated: 0,
        }
    }

    /// Takes the next event, and what it does to a cap.
    pub fn push(&mut self, event: &Event, step: Option<&Step>, who: &Who) {
        let at = event.at();
        if at.replayed || matches!(event, Event::Rank(_) | Event::Pushed(_) | Event::Move(_)) {
            return;
        }
        let Some(seat) = self.seats.of(at.conn, who) else {
            self.unseated += 1;
            return;
        };
        let Watch { seats, revokes, flushes, transfers, requests, .. } = self;
        let Watch { pingpong, holders, wants, read_only, .. } = self;
        match event {
            Event::Cap(cap) => {
                revokes.push(cap, step, seat, seats);
                requests.revoked(revokes, seats);
                flushes.push(cap, seat, seats);
                pingpong.push(cap, revokes.begun(), seat, seats);
                if let Some(step) = step {
                    holders.step(step, at.place, seat, seats);
                    wants.push(cap, step, seat, seats);
                }
                transfers.push(cap, seat, seats, who);
            }
            Event::Request(request) => requests.ask(request, seat, seats, revokes),
            Event::Reply(reply) => requests.reply(reply, seat, seats),
            Event::Session(session) => {
                holders.session(session, seat);
                match session.op {
                    SessionOp::FORCE_RO => _ = read_only.insert(seat),
                    SessionOp::CLOSE => seats.end(seat, Over::Closed, at.place),
                    SessionOp::REJECT => seats.end(seat, Over::Rejected, at.place),
                    // Whoever asks for a session has none any more.
                    SessionOp::REQUEST_OPEN => seats.end(seat, Over::Reopened, at.place),
                    _ => {}
                }
            }
            Event::Reconnect(_) => seats.end(seat, Over::Reconnected, at.place),
            Event::Pushed(_) | Event::Rank(_) | Event::Move(_) => {}
        }
    }

    /// What is to be seen in the clients' views, when `replay` has taken the event: how many caps everybody
    /// holds, now and then, and whose conflict.
    pub(super) fn look(&mut self, event: &Event, step: Option<&Step>, replay: &Replay) {
        let at = event.at();
        if let (Event::Cap(cap), Some(step)) = (event, step) {
            self.conflicts.push(cap, step, replay);
        }
        if matches!(event, Event::Session(_) | Event::Reconnect(_))
            && let Some(seat) = self.seats.found(at.conn)
            && let Some(session) = replay.session(at.conn)
        {
            self.holders.settle(seat, session.caps);
        }
        if self.holders.is_due(at.place.time) {
            self.holders.sample(at.place.time);
        }
    }

    /// Whether the rank told the client that it is read-only.
    pub fn is_read_only(&self, seat: SeatId) -> bool {
        self.read_only.contains(&seat)
    }

    /// Events that found no room: of clients at ranks beyond the bound, and revokes, flushes and requests
    /// that were begun while too many were open.
    pub fn unwatched(&self) -> u64 {
        self.unseated
            + self.revokes.unwatched()
            + self.flushes.unwatched()
            + self.requests.unwatched()
            + self.transfers.unwatched()
    }
}
