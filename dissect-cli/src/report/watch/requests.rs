//! Requests, and what they waited for.

use ceph_codec::message::client_request::RequestOp;
use ceph_codec::types::{Caps, InodeNo};
use serde::Serialize;

use super::latency::LatencyRow;
use super::{Parties, Scope, shown, shown_if};
use crate::caps::watch::{Blocker, Request, RevokeEnd};
use crate::place::{Place, Time};

/// A request.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRow {
    /// The first message with it.
    #[serde(flatten)]
    pub at: Place,
    /// Between whom it went last.
    #[serde(flatten)]
    pub parties: Parties,
    /// Its number.
    pub tid: u64,
    /// What was asked for.
    #[serde(serialize_with = "shown")]
    pub op: RequestOp,
    /// The inode that it is about; null where the capture did not tell.
    #[serde(serialize_with = "shown_if")]
    pub ino: Option<InodeNo>,
    /// The directory in which its last name is.
    #[serde(serialize_with = "shown_if")]
    pub dir: Option<InodeNo>,
    /// Path of the inode, or else of the directory.
    pub path: Option<String>,
    /// How often it was sent.
    pub sent: u32,
    /// How often a rank said that another one has to do it.
    pub forwards: u32,
    /// Nanoseconds to the reply, or to the end of the capture.
    pub age_ns: i64,
}

/// A request and the revoke that it waited for.
#[derive(Clone, Debug, Serialize)]
pub struct WaitRow {
    /// The request.
    #[serde(flatten)]
    pub request: RequestRow,
    /// The reply; null if none came.
    pub reply: Option<Place>,
    /// How long the revoke was open meanwhile, in nanoseconds; null without one.
    pub blocked_ns: Option<i64>,
    /// The revoke: null if none was open.
    pub blocker: Option<BlockerRow>,
}

/// A revoke for which a request waited.
#[derive(Clone, Debug, Serialize)]
pub struct BlockerRow {
    /// The revoke.
    #[serde(flatten)]
    pub at: Place,
    /// From whom bits are asked back.
    #[serde(flatten)]
    pub parties: Parties,
    /// Of which inode.
    #[serde(serialize_with = "shown")]
    pub ino: InodeNo,
    /// The bits asked back; null where it is not known what the client had.
    #[serde(serialize_with = "shown_if")]
    pub asked: Option<Caps>,
    /// How it ended; null if it did not.
    pub end: Option<RevokeEnd>,
    /// Where.
    pub answer: Option<Place>,
}

/// All about requests that wait.
#[derive(Clone, Debug, Serialize)]
pub struct WaitsReport {
    /// From request to first reply, of all requests.
    pub latency: LatencyRow,
    /// How many waited for a revoke for most of their time.
    pub blocked: u64,
    /// How often a request was sent again.
    pub sent_again: u64,
    /// How often a rank said that another one has to do it.
    pub forwarded: u64,
    /// Requests without a reply, the oldest first.
    pub unanswered: Vec<WaitRow>,
    /// Answered requests that waited for a revoke, the slowest first.
    pub slowest: Vec<WaitRow>,
}

impl Scope<'_> {
    /// All about requests that wait; of those answered the `max` slowest.
    pub fn waits(&self, max: usize) -> WaitsReport {
        let requests = &self.watch.requests;
        let open = requests.open_ones(&self.watch.seats);
        let unanswered = open.into_iter().map(|request| {
            let blocker = request.blocker(self.end);
            WaitRow {
                request: self.request(request, self.end),
                reply: None,
                blocked_ns: blocker.map(|(_, blocked)| blocked),
                blocker: blocker.map(|(blocker, _)| self.blocker(blocker)),
            }
        });
        let slowest = requests.waits().sorted().into_iter().take(max).map(|(_, wait)| WaitRow {
            request: self.request(&wait.request, wait.replied.time),
            reply: Some(wait.replied),
            blocked_ns: Some(wait.blocked),
            blocker: Some(self.blocker(&wait.blocker)),
        });
        WaitsReport {
            latency: self.latency_row(None, requests.stats().all()),
            blocked: requests.blocked(),
            sent_again: requests.sent_again(),
            forwarded: requests.forwarded(),
            unanswered: unanswered.collect(),
            slowest: slowest.collect(),
        }
    }

    pub(super) fn request(&self, request: &Request, until: Time) -> RequestRow {
        let event = &request.event;
        let at = event.at.place;
        let path = self.path(event.ino, at).or_else(|| self.path(event.dir, at));
        RequestRow {
            at,
            parties: self.parties(request.seat),
            tid: event.tid,
            op: event.op,
            ino: event.ino,
            dir: event.dir,
            path,
            sent: request.sent,
            forwards: request.forwards,
            age_ns: until.since(at.time),
        }
    }

    fn blocker(&self, blocker: &Blocker) -> BlockerRow {
        let revoke = &blocker.revoke;
        BlockerRow {
            at: revoke.event.place,
            parties: self.parties(revoke.seat),
            ino: revoke.event.ino,
            asked: revoke.asked,
            end: blocker.end.map(|(end, _)| end),
            answer: blocker.end.map(|(_, place)| place),
        }
    }
}
