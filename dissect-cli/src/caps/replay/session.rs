//! What becomes of all caps of a session at once.

use ceph_codec::message::client_session::SessionOp;
use ceph_codec::types::Caps;

use super::store::Store;
use super::{Branch, Exit, Lost, Origin, Replay, SessionState, Step, step};
use crate::event::{At, ReconnectEvent, SessionEvent};
use crate::session::Who;

impl Replay {
    /// A MClientSession.
    pub(super) fn on_session(&mut self, event: &SessionEvent, who: &Who) -> Option<Step> {
        let at = event.at;
        let session = self.lanes.session(at.conn, who, &mut self.store)?;
        self.look_for_holes(session, at, who);
        let from_start = who.is_from_start(at.conn);
        let of = self.lanes.get_mut(session);
        let known = of.is_known();
        if at.replayed {
            return Some(Step { known, ..step(Branch::Replayed) });
        }
        let first = !std::mem::replace(&mut of.heard, true);
        let branch = match event.op {
            SessionOp::REQUEST_OPEN => {
                // A placeholder is there before the session that the client opens for it.
                self.end(session, at, Exit::SessionEnded, |origin| origin != Origin::Placeholder);
                let of = self.lanes.get_mut(session);
                of.begins(at.place);
                of.state = SessionState::Asked;
                of.asked_close = false;
                Branch::SessionAsked
            }
            SessionOp::OPEN => {
                if first && from_start {
                    of.begins(at.place);
                }
                of.state = SessionState::Open;
                Branch::SessionOpened
            }
            SessionOp::STALE => {
                of.generation = of.generation.saturating_add(1);
                of.state = SessionState::Stale;
                Branch::SessionStale
            }
            SessionOp::RENEWCAPS if of.state == SessionState::Stale => {
                of.state = SessionState::Open;
                Branch::SessionRenewed
            }
            SessionOp::REQUEST_CLOSE => {
                of.asked_close = true;
                of.state = SessionState::Closing;
                Branch::Nothing
            }
            SessionOp::CLOSE => self.closed(session, at, SessionState::Closed),
            SessionOp::REJECT => self.closed(session, at, SessionState::Rejected),
            _ => Branch::Nothing,
        };
        Some(Step { known, ..step(branch) })
    }

    fn closed(&mut self, session: u32, at: At, state: SessionState) -> Branch {
        self.end(session, at, Exit::SessionEnded, |_| true);
        let of = self.lanes.get_mut(session);
        of.begins(at.place);
        of.state = state;
        match state {
            SessionState::Rejected => Branch::SessionRejected,
            _ => Branch::SessionClosed,
        }
    }

    /// The end of a MClientReconnect.
    pub(super) fn on_reconnected(&mut self, event: &ReconnectEvent, who: &Who) -> Option<Step> {
        let at = event.at;
        let session = self.lanes.session(at.conn, who, &mut self.store)?;
        self.look_for_holes(session, at, who);
        let known = self.lanes.get(session).is_known();
        if at.replayed {
            return Some(Step { known, ..step(Branch::Replayed) });
        }
        self.begin_round(session);
        if event.more {
            return Some(Step { known, ..step(Branch::Nothing) });
        }
        let generation = self.lanes.get(session).generation;
        let mut ix = Store::first_in(&self.lanes.get(session).caps);
        while let Some(cap) = self.store.cap(ix).copied() {
            let next = self.store.next_in(ix);
            if cap.generation < generation {
                self.lose(ix, at, Exit::NotReasserted);
            }
            ix = next;
        }
        let of = self.lanes.get_mut(session);
        of.begins(at.place);
        of.heard = true;
        of.state = SessionState::Reconnected;
        Some(Step { known, ..step(Branch::Reconnected) })
    }

    /// Takes away the caps of a session that came in such a way.
    fn end(&mut self, session: u32, at: At, how: Exit, which: impl Fn(Origin) -> bool) {
        let mut ix = Store::first_in(&self.lanes.get(session).caps);
        while let Some(cap) = self.store.cap(ix).copied() {
            let next = self.store.next_in(ix);
            if which(cap.held.origin) {
                self.lose(ix, at, how);
            }
            ix = next;
        }
    }

    /// A cap goes with its session, and the inode's dirty state with its auth cap.
    fn lose(&mut self, ix: u32, at: At, how: Exit) {
        let Some((node, session)) = self.store.cap(ix).map(|cap| (cap.node, cap.session)) else {
            return;
        };
        let of = self.lanes.get(session);
        let (asked, known) = (of.asked_close, of.is_known());
        let Some(ino) = self.store.node(node).map(|node| node.ino) else { return };
        let Some(cap) = self.remove(ix, how, at.place) else { return };
        let mut flushing = Caps::NONE;
        if cap.auth {
            for flush in self.store.flushes_of(node) {
                flushing |= flush.caps;
            }
            self.store.flushed(node, |_| true);
        }
        self.store.tidy(node);
        self.notes.lost(Lost { at, ino, cap, flushing, how, asked, known });
    }
}
