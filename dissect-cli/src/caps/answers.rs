//! What answers what: a REVOKE and what ends it, state written back and its acknowledgement.
//!
//! The one place that says so. [`watch`](super::watch) follows all of a capture with it, and
//! [`timeline`](super::timeline) what it draws; each keeps its own book of what is open.
//!
//! Sources: Ceph `src/mds/Locker.cc`, `handle_client_caps`, `process_request_cap_release`,
//! `_do_cap_release`; Linux `fs/ceph/caps.c`, `handle_cap_flush_ack`, `handle_cap_flushsnap_ack`.

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, Seq};

use super::replay::{Oddity, Step};
use crate::event::{CapEvent, Source};

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

/// A REVOKE without an end, as far as its end is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    cap_id: u64,
    seq: Seq,
    /// What it leaves to the client.
    left: Caps,
    /// The bits that it asks back; `None` where it is not known what the client had.
    pub(super) bits: Option<Caps>,
    /// What the rank has granted since: that is not held against the REVOKE.
    again: Caps,
}

impl Asked {
    /// What a REVOKE asks, and `None` of any other event. `step`: what the event does to the client's cap.
    pub(super) fn of(event: &CapEvent, step: Option<&Step>) -> Option<Asked> {
        if event.source != Source::ClientCaps(CapOp::REVOKE) {
            return None;
        }
        let CapEvent { cap_id, seq, caps: left, .. } = *event;
        let had = step.and_then(|step| step.before).filter(|held| held.cap_id == cap_id);
        let bits = had.map(|had| had.issued.without(left));
        Some(Asked { cap_id, seq, left, bits, again: Caps::NONE })
    }

    /// Takes the next event between the same client and rank on the same inode; its end, if that is one.
    pub(super) fn follow(&mut self, event: &CapEvent, step: Option<&Step>) -> Option<RevokeEnd> {
        let same = self.cap_id == event.cap_id;
        match event.source {
            Source::ClientCaps(CapOp::REVOKE | CapOp::GRANT | CapOp::IMPORT)
            | Source::ClientReply { .. } => {
                self.again |= event.caps;
                let all = self.bits.filter(|bits| !bits.is_empty());
                match all.is_some_and(|bits| event.caps.contains(bits)) {
                    _ if !same => Some(RevokeEnd::Moved),
                    true => Some(RevokeEnd::GrantedAgain),
                    false => None,
                }
            }
            Source::ClientCaps(CapOp::EXPORT) => same.then_some(RevokeEnd::Moved),
            Source::ClientCaps(CapOp::UPDATE | CapOp::FLUSH | CapOp::DROP)
            | Source::RequestRelease => {
                let how = match event.source {
                    Source::RequestRelease => RevokeEnd::GivenUp,
                    _ => RevokeEnd::Answered,
                };
                let new = !self.seq.is_after(event.seq);
                (same && new && self.is_met_by(event.caps)).then_some(how)
            }
            Source::CapRelease | Source::ClientCaps(CapOp::RELEASE) => {
                let ignored =
                    step.is_some_and(|s| matches!(s.oddity, Some(Oddity::ReleaseIgnored { .. })));
                (same && !ignored).then_some(RevokeEnd::Released)
            }
            _ => None,
        }
    }

    /// The same where another rank says that it has taken the cap with this id over.
    pub(super) fn taken(&self, cap_id: u64) -> Option<RevokeEnd> {
        (self.cap_id == cap_id).then_some(RevokeEnd::Moved)
    }

    /// Whether a client that keeps `caps` has given back what was asked for.
    fn is_met_by(&self, caps: Caps) -> bool {
        let kept = match self.bits.filter(|bits| !bits.is_empty()) {
            Some(bits) => caps & bits,
            None => caps.without(self.left),
        };
        kept.without(self.again).is_empty()
    }
}

/// State of an inode that a client writes back, or the acknowledgement of it: what ties the two together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Flushed {
    /// Whether it is of a snapshot: these are acknowledged one by one.
    pub(super) snap: bool,
    /// Its number.
    pub(super) tid: u64,
}

impl Flushed {
    /// What an event writes back.
    pub(super) fn written(event: &CapEvent) -> Option<Flushed> {
        let writes = matches!(event.op(), Some(CapOp::UPDATE | CapOp::FLUSH | CapOp::FLUSHSNAP));
        let snap = event.op() == Some(CapOp::FLUSHSNAP);
        (writes && event.tid != 0 && !event.dirty.is_empty())
            .then_some(Flushed { snap, tid: event.tid })
    }

    /// What an event acknowledges, from the first to the last: of an inode all up to a tid, of a snapshot only
    /// that one.
    pub(super) fn acknowledged(event: &CapEvent) -> Option<[Flushed; 2]> {
        let tid = event.tid;
        match event.op()? {
            CapOp::FLUSH_ACK => Some([0, tid].map(|tid| Flushed { snap: false, tid })),
            CapOp::FLUSHSNAP_ACK => Some([Flushed { snap: true, tid }; 2]),
            _ => None,
        }
    }
}
