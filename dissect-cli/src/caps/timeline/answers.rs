//! Which entries answer which: REVOKEs, and state written back. What answers what is said by
//! [`answers`](crate::caps::answers); here it is found among the entries of a timeline.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::{Client, Entry, Outcome};
use crate::caps::answers::{Asked, Flushed, RevokeEnd};

/// REVOKEs of a lane that wait for an answer; of more than that the oldest are left without.
pub(super) const MAX_REVOKES: usize = 256;

/// What waits for an answer.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// By lane.
    revokes: HashMap<usize, VecDeque<Revoke>>,
    /// State written back, by client.
    flushes: BTreeMap<(Client, Flushed), Flush>,
}

/// A REVOKE without answer.
#[derive(Debug)]
struct Revoke {
    entry: usize,
    asked: Asked,
}

#[derive(Debug)]
struct Flush {
    entry: usize,
    lane: usize,
}

impl Answers {
    /// Takes an entry of a lane; sets the outcome of those that it answers. `from`: the lane of the rank
    /// whose cap it says to have taken over.
    pub(super) fn follow(
        &mut self,
        index: usize,
        client: Client,
        lane: usize,
        from: Option<usize>,
        entries: &mut [Entry],
    ) {
        let Entry { event, step, .. } = entries[index];
        self.settle(lane, index, entries, |asked| asked.follow(&event, step.as_ref()));
        if let (Some(from), Some(peer)) = (from, event.peer) {
            self.settle(from, index, entries, |asked| asked.taken(peer.cap_id()));
        }
        if let Some(asked) = Asked::of(&event, step.as_ref()) {
            entries[index].outcome = Outcome::Open;
            let revokes = self.revokes.entry(lane).or_default();
            if revokes.len() == MAX_REVOKES {
                revokes.pop_front();
            }
            revokes.push_back(Revoke { entry: index, asked });
        }
        if let Some(written) = Flushed::written(&event) {
            self.flush(index, client, lane, written, entries);
        } else if let Some(acknowledged) = Flushed::acknowledged(&event) {
            self.acknowledge(index, client, lane, acknowledged, entries);
        }
    }

    /// The session of a lane is over: nothing more is asked of it.
    pub(super) fn close(&mut self, lane: usize) {
        self.revokes.remove(&lane);
    }

    fn settle(
        &mut self,
        lane: usize,
        by: usize,
        entries: &mut [Entry],
        how: impl Fn(&mut Asked) -> Option<RevokeEnd>,
    ) {
        let Some(revokes) = self.revokes.get_mut(&lane) else { return };
        let at = entries[by].event.place.time;
        revokes.retain_mut(|revoke| {
            let Some(end) = how(&mut revoke.asked) else { return true };
            let entry = &mut entries[revoke.entry];
            entry.outcome = match end.is_answer() {
                true => Outcome::Answered { by, after: at.since(entry.event.place.time) },
                false => Outcome::Overtaken { by },
            };
            false
        });
    }

    /// Of state that is sent again only the last sending waits.
    fn flush(
        &mut self,
        index: usize,
        client: Client,
        lane: usize,
        written: Flushed,
        entries: &mut [Entry],
    ) {
        let flush = Flush { entry: index, lane };
        if let Some(old) = self.flushes.insert((client, written), flush) {
            entries[old.entry].outcome = Outcome::Overtaken { by: index };
        }
        entries[index].outcome = Outcome::Open;
    }

    fn acknowledge(
        &mut self,
        by: usize,
        client: Client,
        lane: usize,
        [first, last]: [Flushed; 2],
        entries: &mut [Entry],
    ) {
        let span = (client, first)..=(client, last);
        let here = self.flushes.range(span).filter(|(_, flush)| flush.lane == lane);
        let keys: Vec<_> = here.map(|(key, _)| *key).collect();
        let at = entries[by].event.place.time;
        for key in keys {
            let Some(flush) = self.flushes.remove(&key) else { continue };
            let entry = &mut entries[flush.entry];
            let after = at.since(entry.event.place.time);
            entry.outcome = Outcome::Answered { by, after };
        }
    }
}
