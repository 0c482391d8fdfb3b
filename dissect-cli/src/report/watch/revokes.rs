//! Revokes and flushes: open ones first, then the slowest.

use ceph_codec::types::{Caps, InodeNo};
use serde::Serialize;

use super::latency::LatencyRow;
use super::requests::RequestRow;
use super::{Parties, Scope, shown, shown_if};
use crate::caps::watch::{Flush, FlushEnd, Revoke, RevokeEnd};
use crate::place::Place;

/// Requests listed with one revoke, 4. Beyond: only counted.
const MAX_WAITING: usize = 4;

/// All about revokes.
#[derive(Clone, Debug, Serialize)]
pub struct RevokesReport {
    /// How many there were, by what became of them.
    pub counts: RevokeCounts,
    /// From revoke to answer.
    pub latency: LatencyRow,
    /// Those without an answer, the oldest first.
    pub unanswered: Vec<RevokeRow>,
    /// Those with one, the slowest first.
    pub slowest: Vec<AnsweredRow>,
}

/// Revokes by what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RevokeCounts {
    /// Answered by an update or a flush.
    pub answered: u64,
    /// Answered within a request.
    pub given_up: u64,
    /// Answered by releasing the cap.
    pub released: u64,
    /// The bits were granted again.
    pub granted_again: u64,
    /// The cap moved.
    pub moved: u64,
    /// The session ended.
    pub session_over: u64,
    /// No answer by the end of the capture.
    pub unanswered: u64,
}

impl RevokeCounts {
    /// All.
    pub fn total(&self) -> u64 {
        let RevokeCounts { answered, given_up, released, .. } = self;
        let RevokeCounts { granted_again, moved, session_over, unanswered, .. } = self;
        answered + given_up + released + granted_again + moved + session_over + unanswered
    }
}

/// A revoke.
#[derive(Clone, Debug, Serialize)]
pub struct RevokeRow {
    /// The message.
    #[serde(flatten)]
    pub at: Place,
    /// Between whom.
    #[serde(flatten)]
    pub parties: Parties,
    /// Of which inode.
    #[serde(serialize_with = "shown")]
    pub ino: InodeNo,
    /// Its path.
    pub path: Option<String>,
    /// Id of the cap.
    pub cap_id: u64,
    /// Number of the message.
    pub seq: u32,
    /// The bits asked back; null where it is not known what the client had.
    #[serde(serialize_with = "shown_if")]
    pub asked: Option<Caps>,
    /// The bits left.
    #[serde(serialize_with = "shown")]
    pub left: Caps,
    /// Nanoseconds to the answer, or to the end of the capture.
    pub age_ns: i64,
    /// Requests that wait at the rank for this inode, the first few.
    pub waiting: Vec<RequestRow>,
    /// How many there are.
    pub waiting_total: u64,
}

/// A revoke with its answer.
#[derive(Clone, Debug, Serialize)]
pub struct AnsweredRow {
    /// The revoke.
    #[serde(flatten)]
    pub revoke: RevokeRow,
    /// How it was answered.
    pub end: RevokeEnd,
    /// Where.
    pub answer: Place,
}

impl Scope<'_> {
    /// All about revokes; of those answered the `max` slowest.
    pub fn revokes(&self, max: usize) -> RevokesReport {
        let (revokes, seats) = (&self.watch.revokes, &self.watch.seats);
        let open = revokes.open_ones(seats);
        let ended = |end| revokes.ended(end, seats);
        let counts = RevokeCounts {
            answered: ended(RevokeEnd::Answered),
            given_up: ended(RevokeEnd::GivenUp),
            released: ended(RevokeEnd::Released),
            granted_again: ended(RevokeEnd::GrantedAgain),
            moved: ended(RevokeEnd::Moved),
            session_over: ended(RevokeEnd::SessionOver),
            unanswered: open.len() as u64,
        };
        let unanswered = open.iter().map(|revoke| {
            let age = self.end.since(revoke.event.place.time);
            let waiting = self.watch.requests.waiting_for(revoke, seats);
            let mut row = self.revoke(revoke, age);
            for request in waiting {
                row.waiting_total += 1;
                if row.waiting.len() < MAX_WAITING {
                    row.waiting.push(self.request(request, self.end));
                }
            }
            row
        });
        let answered = |(took, settled): &(i64, crate::caps::watch::Settled)| AnsweredRow {
            revoke: self.revoke(&settled.revoke, *took),
            end: settled.end,
            answer: settled.place,
        };
        RevokesReport {
            counts,
            latency: self.latency_row(None, revokes.stats().all()),
            unanswered: unanswered.collect(),
            slowest: revokes.slowest().sorted().into_iter().take(max).map(answered).collect(),
        }
    }

    fn revoke(&self, revoke: &Revoke, age_ns: i64) -> RevokeRow {
        let event = &revoke.event;
        RevokeRow {
            at: event.place,
            parties: self.parties(revoke.seat),
            ino: event.ino,
            path: self.path(Some(event.ino), event.place),
            cap_id: event.cap_id,
            seq: event.seq.0,
            asked: revoke.asked,
            left: event.caps,
            age_ns,
            waiting: Vec::new(),
            waiting_total: 0,
        }
    }
}

/// All about flushes.
#[derive(Clone, Debug, Serialize)]
pub struct FlushesReport {
    /// How many there were, by what became of them.
    pub counts: FlushCounts,
    /// From the first sending to the acknowledgement.
    pub latency: LatencyRow,
    /// Those without acknowledgement, the oldest first.
    pub unacked: Vec<FlushRow>,
    /// Those with one, the slowest first.
    pub slowest: Vec<SafeRow>,
}

/// Flushes by what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FlushCounts {
    /// Acknowledged.
    pub acked: u64,
    /// How often one was sent again.
    pub sent_again: u64,
    /// Without acknowledgement.
    pub unacked: u64,
}

/// State written back.
#[derive(Clone, Debug, Serialize)]
pub struct FlushRow {
    /// The first message with it.
    #[serde(flatten)]
    pub at: Place,
    /// Between whom it went last.
    #[serde(flatten)]
    pub parties: Parties,
    /// Of which inode.
    #[serde(serialize_with = "shown")]
    pub ino: InodeNo,
    /// Its path.
    pub path: Option<String>,
    /// `update`, `flush`, `flushsnap`.
    #[serde(serialize_with = "shown")]
    pub op: ceph_codec::message::client_caps::CapOp,
    /// Its number.
    pub tid: u64,
    /// The bits whose state is written back.
    #[serde(serialize_with = "shown")]
    pub dirty: Caps,
    /// How often it was sent.
    pub sent: u32,
    /// Where it was sent last.
    pub last: Place,
    /// Nanoseconds to the acknowledgement, or to the end of the capture.
    pub age_ns: i64,
    /// The session to which it was sent last has ended since.
    pub session_over: bool,
}

/// State written back and acknowledged.
#[derive(Clone, Debug, Serialize)]
pub struct SafeRow {
    /// What was written back.
    #[serde(flatten)]
    pub flush: FlushRow,
    /// How it ended.
    pub end: FlushEnd,
    /// The acknowledgement.
    pub ack: Place,
}

impl Scope<'_> {
    /// All about flushes; of those acknowledged the `max` slowest.
    pub fn flushes(&self, max: usize) -> FlushesReport {
        let (flushes, seats) = (&self.watch.flushes, &self.watch.seats);
        let open = flushes.open_ones(seats);
        let counts = FlushCounts {
            acked: flushes.acked(),
            sent_again: flushes.sent_again(),
            unacked: open.len() as u64,
        };
        let age = |flush: &Flush| self.end.since(flush.event.place.time);
        let safe = |(took, safe): &(i64, crate::caps::watch::Safe)| SafeRow {
            flush: self.flush(&safe.flush, *took),
            end: safe.end,
            ack: safe.place,
        };
        FlushesReport {
            counts,
            latency: self.latency_row(None, flushes.stats().all()),
            unacked: open.iter().map(|flush| self.flush(flush, age(flush))).collect(),
            slowest: flushes.slowest().sorted().into_iter().take(max).map(safe).collect(),
        }
    }

    fn flush(&self, flush: &Flush, age_ns: i64) -> FlushRow {
        let event = &flush.event;
        FlushRow {
            at: event.place,
            parties: self.parties(flush.seat),
            ino: event.ino,
            path: self.path(Some(event.ino), event.place),
            op: event.op().unwrap_or(ceph_codec::message::client_caps::CapOp::FLUSH),
            tid: event.tid,
            dirty: event.dirty,
            sent: flush.sent,
            last: flush.last,
            age_ns,
            session_over: flush.over(&self.watch.seats).is_some(),
        }
    }
}
