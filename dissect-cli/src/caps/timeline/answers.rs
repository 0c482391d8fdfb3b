//! Which entries answer which: REVOKEs, and state written back.

use std::collections::{HashMap, VecDeque};

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, Seq};

use super::{Client, Entry, Outcome};
use crate::event::{CapEvent, Source};

/// REVOKEs of a lane that wait for an answer; of more than that the oldest are left without.
const MAX_REVOKES: usize = 256;

/// What waits for an answer.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// By lane.
    revokes: HashMap<usize, VecDeque<Revoke>>,
    /// State written back: by client, tid, and whether it is a snapshot's.
    flushes: HashMap<(Client, u64, bool), Flush>,
}

/// A REVOKE without answer.
#[derive(Debug)]
struct Revoke {
    entry: usize,
    cap_id: u64,
    seq: Seq,
    /// The set that it left to the client.
    left: Caps,
    /// The bits it asked back, as far as known.
    asked: Caps,
}

#[derive(Debug)]
struct Flush {
    entry: usize,
    lane: usize,
}

impl Answers {
    /// Takes an entry of a lane; sets the outcome of those that it answers.
    pub(super) fn follow(
        &mut self,
        index: usize,
        client: Client,
        lane: usize,
        entries: &mut [Entry],
    ) {
        let Entry { event, asked, step, .. } = entries[index];
        match event.source {
            Source::ClientCaps(CapOp::REVOKE) => {
                entries[index].outcome = Outcome::Open;
                let revokes = self.revokes.entry(lane).or_default();
                if revokes.len() == MAX_REVOKES {
                    revokes.pop_front();
                }
                let CapEvent { cap_id, seq, caps: left, .. } = event;
                revokes.push_back(Revoke { entry: index, cap_id, seq, left, asked });
            }
            Source::ClientCaps(CapOp::GRANT | CapOp::IMPORT) | Source::ClientReply { .. } => {
                self.overtake(lane, index, entries, |revoke| {
                    revoke.cap_id != event.cap_id
                        || (!revoke.asked.is_empty() && event.caps.contains(revoke.asked))
                });
            }
            Source::ClientCaps(CapOp::EXPORT) => self.overtake(lane, index, entries, |_| true),
            Source::ClientCaps(CapOp::UPDATE | CapOp::FLUSH) | Source::RequestRelease => {
                // What was granted meanwhile is not held against the REVOKE.
                let issued = step.and_then(|step| step.after).map_or(Caps::NONE, |h| h.issued);
                self.answer(lane, index, entries, |revoke| {
                    let rest = event.caps.without(revoke.left);
                    let kept = if revoke.asked.is_empty() { rest } else { rest & revoke.asked };
                    !revoke.seq.is_after(event.seq) && kept.without(issued).is_empty()
                });
            }
            Source::ClientCaps(CapOp::DROP) | Source::CapRelease => {
                self.answer(lane, index, entries, |revoke| revoke.cap_id == event.cap_id);
            }
            _ => {}
        }
        self.flush(index, client, lane, entries);
    }

    /// The session of a lane is over: nothing more is asked of it.
    pub(super) fn close(&mut self, lane: usize) {
        self.revokes.remove(&lane);
    }

    fn answer(
        &mut self,
        lane: usize,
        by: usize,
        entries: &mut [Entry],
        met: impl Fn(&Revoke) -> bool,
    ) {
        let Some(revokes) = self.revokes.get_mut(&lane) else { return };
        revokes.retain(|revoke| {
            let met = met(revoke);
            if met {
                let (asked, answered) = (revoke.entry, entries[by].event.place.time);
                let after = answered.since(entries[asked].event.place.time);
                entries[asked].outcome = Outcome::Answered { by, after };
            }
            !met
        });
    }

    fn overtake(
        &mut self,
        lane: usize,
        by: usize,
        entries: &mut [Entry],
        which: impl Fn(&Revoke) -> bool,
    ) {
        let Some(revokes) = self.revokes.get_mut(&lane) else { return };
        revokes.retain(|revoke| {
            let overtaken = which(revoke);
            if overtaken {
                entries[revoke.entry].outcome = Outcome::Overtaken { by };
            }
            !overtaken
        });
    }

    fn flush(&mut self, index: usize, client: Client, lane: usize, entries: &mut [Entry]) {
        let event = entries[index].event;
        if entries[index].is_flush() {
            let key = (client, event.tid, event.op() == Some(CapOp::FLUSHSNAP));
            if let Some(old) = self.flushes.insert(key, Flush { entry: index, lane }) {
                entries[old.entry].outcome = Outcome::Overtaken { by: index };
            }
            entries[index].outcome = Outcome::Open;
        }
        if matches!(event.op(), Some(CapOp::FLUSH_ACK | CapOp::FLUSHSNAP_ACK)) {
            let key = (client, event.tid, event.op() == Some(CapOp::FLUSHSNAP_ACK));
            if let Some(flush) = self.flushes.get(&key).filter(|flush| flush.lane == lane) {
                let flushed = &mut entries[flush.entry];
                let after = event.place.time.since(flushed.event.place.time);
                flushed.outcome = Outcome::Answered { by: index, after };
                self.flushes.remove(&key);
            }
        }
    }
}
