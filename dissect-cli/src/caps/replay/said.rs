//! What a client says itself: what it keeps and wants, what it flushes, what it drops, what it tells a rank that
//! came back.

use ceph_codec::types::{Caps, Seq};

use super::{
    Branch, Exit, Flushing, Given, Held, Mode, Oddity, On, Origin, Outcome, Replay, SessionState,
    new,
};
use crate::caps::arena::NIL;
use crate::event::CapEvent;

impl Replay {
    /// UPDATE and FLUSH.
    pub(super) fn updated(&mut self, event: &CapEvent, on: &On) -> Outcome {
        let mut outcome = self.told(event, on, Branch::Told);
        if !event.dirty.is_empty() && event.tid != 0 {
            let again = self.flush(event, on, false);
            if matches!(outcome.branch, Branch::Told | Branch::Assumed) {
                outcome.branch = if again { Branch::FlushAgain } else { Branch::Flush };
            }
        }
        outcome
    }

    /// FLUSHSNAP, which names no cap.
    pub(super) fn snap_flush(&mut self, event: &CapEvent, on: &On) -> Outcome {
        match self.flush(event, on, true) {
            true => Branch::FlushAgain.into(),
            false => Branch::FlushSnap.into(),
        }
    }

    fn flush(&mut self, event: &CapEvent, on: &On, snap: bool) -> bool {
        let node = self.store.find_or_make(on.ino, on.party);
        let CapEvent { tid, dirty: caps, place, .. } = *event;
        let again = self.store.flush(node, Flushing { tid, caps, snap, first: place, last: place });
        if let Some(node) = self.store.node_mut(node) {
            node.flushing_to = on.session;
        }
        again
    }

    /// The client tells what it keeps; with a request too.
    pub(super) fn told(&mut self, event: &CapEvent, on: &On, branch: Branch) -> Outcome {
        let stale = |held: Option<Held>| {
            let held = held.map(|held| held.cap_id);
            Outcome::from(Branch::ToldStale).odd(Some(Oddity::StaleClientMessage { held }))
        };
        let held = match on.held {
            Some(held) if held.cap_id == event.cap_id => held,
            held if held.is_some() && on.known
                || on.has_gone(event.cap_id)
                || self.is_limbo(on) =>
            {
                return stale(held);
            }
            None => {
                // How it came was missed, although nothing seemed to be.
                self.lanes.get_mut(on.session).known = false;
                self.assume(event, on);
                return Branch::Assumed.into();
            }
            Some(_) => {
                self.remove(on.cap, Exit::Released, event.place);
                self.assume(event, &on.emptied());
                return Branch::Assumed.into();
            }
        };
        let placeholder = held.origin == Origin::Placeholder;
        let mut outcome = Outcome::from(branch).odd(placeholder.then_some(Oddity::PlaceholderUsed));
        let session = self.lanes.get(on.session);
        let expired = self.store.cap(on.cap).is_some_and(|cap| cap.generation < session.generation);
        let reconnects = session.state == SessionState::Reconnecting;
        let Some(cap) = self.store.cap_mut(on.cap) else { return outcome };
        cap.held.wanted = event.wanted;
        if expired && !reconnects {
            let kept = event.caps.without(Caps::PIN);
            outcome.odd.add((!kept.is_empty()).then_some(Oddity::StaleSessionUsed));
            return outcome;
        }
        let ahead = event.seq.ahead_of(held.seq);
        if ahead < 0 {
            // Sent before what the rank said last was read: those bits came on top.
            cap.held.implemented = event.caps | cap.held.issued;
            return outcome;
        }
        let (seq, issue_seq, mseq) = (event.seq, event.issue_seq, event.mseq);
        (cap.held.seq, cap.held.issue_seq, cap.held.mseq) = (seq, issue_seq, mseq);
        cap.held.implemented = event.caps;
        // It may have read a message that was not seen.
        cap.held.issued = if ahead == 0 { cap.held.issued & event.caps } else { event.caps };
        outcome.odd((ahead > 0).then_some(Oddity::SeqGap { held: held.seq }))
    }

    /// An item of a MClientCapRelease.
    pub(super) fn released(&mut self, event: &CapEvent, on: &On) -> Outcome {
        let held = match on.held {
            Some(held) if held.cap_id == event.cap_id => held,
            held => {
                let expected = on.gone.is_some_and(|gone| gone.cap_id == event.cap_id);
                let held = held.map(|held| held.cap_id);
                let odd = on.known && !expected;
                return Outcome::from(Branch::ReleasedGone)
                    .odd(odd.then_some(Oddity::StaleClientMessage { held }));
            }
        };
        if held.issue_seq.is_after(event.issue_seq) {
            // The client dropped the cap and got it again; so it is a new one.
            if let Some(cap) = self.store.cap_mut(on.cap) {
                cap.held.implemented = cap.held.issued;
            }
            return Outcome::from(Branch::ReleasedBefore)
                .odd(Some(Oddity::ReleaseIgnored { issued: held.issue_seq }));
        }
        self.remove(on.cap, Exit::Released, event.place);
        Branch::Released.into()
    }

    /// An item of a MClientReconnect.
    pub(super) fn reasserted(&mut self, event: &CapEvent, on: &On) -> Outcome {
        self.begin_round(on.session);
        let held = on.held;
        if self.mode == Mode::BeforeExportPeer && held.is_none() && on.known {
            // The client that was captured had made it from an EXPORT; this one has nothing to tell.
            return Branch::ReassertMissing.into();
        }
        let same = held.filter(|held| held.cap_id == event.cap_id);
        let auth = match held {
            Some(held) => held.auth,
            None => self.store.auth_of(on.node) == NIL,
        };
        let (seq, mseq) = (Seq(0), Seq(0));
        let told = new(Given { seq, mseq, ..Given::of(event, auth, Origin::Reasserted) });
        if held.is_none() {
            self.insert(on, told);
        } else if let Some(cap) = self.fresh(on.cap) {
            *cap = told;
            self.count(on.cap, false);
        }
        match same {
            Some(_) => Branch::Reasserted.into(),
            None => {
                let odd = on.known || held.is_some();
                let held = held.map(|held| held.cap_id);
                Outcome::from(Branch::ReassertedUnknown)
                    .odd(odd.then_some(Oddity::StaleClientMessage { held }))
            }
        }
    }

    /// A rank has come back, and the client begins to tell its caps.
    pub(super) fn begin_round(&mut self, session: u32) {
        let session = self.lanes.get_mut(session);
        if session.state != SessionState::Reconnecting {
            session.state = SessionState::Reconnecting;
            session.generation = session.generation.saturating_add(1);
        }
    }
}
