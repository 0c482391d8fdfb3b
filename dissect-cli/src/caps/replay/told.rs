//! What a server tells: caps issued, granted, asked back, moved; flushes acknowledged.

use ceph_codec::message::client_caps::{ExportPeer, PeerFlags};
use ceph_codec::types::{Caps, Seq};

use super::SessionState;
use super::{
    Branch, Exit, Given, Gone, Held, Mode, Oddity, On, Origin, Other, Outcome, Replay, new,
};
use crate::caps::arena::NIL;
use crate::event::{CapEvent, Peer};

impl Replay {
    /// Adds a cap, or brings it up to date. Answers whether the message is not newer than what is held.
    pub(super) fn add(&mut self, on: &On, given: Given) -> bool {
        let Given { cap_id, mut issued, wanted, mut seq, mut mseq, mut auth, mut origin, at } =
            given;
        let now = self.mode == Mode::Now;
        let mut late = false;
        let mut cap = on.cap;
        if cap == NIL {
            cap = self.insert(on, Held { auth: false, ..new(given) });
        } else if let Some(held) = self.fresh(cap) {
            late = now && !seq.is_after(held.seq) && held.cap_id == cap_id;
            if late {
                (seq, mseq, issued) = (held.seq, held.mseq, issued | held.issued);
                auth = true;
                origin = held.origin;
            } else if origin == Origin::Issued && held.cap_id == cap_id {
                origin = if held.origin == Origin::Placeholder { origin } else { held.origin };
            }
            if held.cap_id != cap_id {
                // Another cap: nothing is left of the old one.
                held.implemented = Caps::NONE;
            }
            let newer = mseq.is_after(held.mseq);
            held.since =
                if held.origin == origin && origin != Origin::Imported { held.since } else { at };
            held.origin = origin;
            held.cap_id = cap_id;
            held.issued = issued;
            held.implemented |= issued;
            held.wanted = if newer { wanted } else { held.wanted | wanted };
            (held.seq, held.issue_seq, held.mseq) = (seq, seq, mseq);
            held.issued_at = at;
        }
        if !late && on.cap != NIL {
            self.count(cap, false);
        }
        let Some(node) = self.store.cap(cap).map(|cap| cap.node) else { return late };
        let old = self.store.auth_of(node);
        if auth {
            let older = |old: &super::store::Cap| mseq.is_after(old.held.mseq);
            if old != cap && self.store.cap(old).is_none_or(older) {
                self.store.set_auth(cap);
                if let Some(cap) = self.store.cap_mut(cap) {
                    cap.held.wanted = wanted;
                }
                self.moved_auth(node, on.session);
            }
        } else if !now
            && old == cap
            && let Some(cap) = self.store.cap_mut(cap)
        {
            cap.held.auth = false;
        }
        late
    }

    /// Dirty state of the inode has to be flushed to this session from now on.
    fn moved_auth(&mut self, node: u32, session: u32) {
        let flushing = self.store.flushes_of(node).next().is_some();
        if let Some(node) = self.store.node_mut(node).filter(|_| flushing) {
            node.flushing_to = session;
        }
    }

    /// A cap in a reply.
    pub(super) fn issued(&mut self, event: &CapEvent, on: &On, auth: bool) -> Outcome {
        let held = on.held;
        let branch = if held.is_some() { Branch::Reissued } else { Branch::Issued };
        let mut outcome = Outcome::from(branch).odd(self.number(event, held, on));
        match held {
            Some(held) => outcome.odd.add(changed(event, held)),
            None => outcome.odd.add(after_export(event, on)),
        }
        if self.add(on, Given::of(event, auth, Origin::Issued)) {
            outcome.branch = Branch::Late;
        }
        outcome
    }

    /// GRANT and REVOKE.
    pub(super) fn granted(&mut self, event: &CapEvent, on: &On) -> Outcome {
        let Some(held) = on.held else {
            if on.has_gone(event.cap_id) || self.is_limbo(on) {
                return Outcome::from(Branch::Ignored).odd(after_export(event, on));
            }
            // How it came was missed; or the client does not know it, and gives it back at once.
            self.assume(event, on);
            return Branch::Assumed.into();
        };
        if held.cap_id != event.cap_id {
            let oddity = changed(event, held);
            self.remove(on.cap, Exit::Released, event.place);
            self.assume(event, &on.emptied());
            return Outcome::from(Branch::Assumed).odd(oddity);
        }
        let late = self.mode == Mode::Now && !event.seq.is_after(held.seq);
        let back = event.mseq.ahead_of(held.mseq) < 0 && !late;
        let outcome = Outcome::from(Branch::Granted)
            .odd(self.number(event, Some(held), on))
            .odd(back.then_some(Oddity::MseqRegression { held: held.mseq }));
        if !late {
            self.count(on.cap, false);
        }
        let Some(held) = self.fresh(on.cap) else { return outcome };
        let caps = if late { event.caps | held.issued } else { event.caps };
        let revoked = held.issued.without(caps);
        if !late {
            held.seq = event.seq;
            // The rank knows the cap, however it told the client so.
            if held.origin == Origin::Placeholder {
                held.origin = Origin::Assumed;
            }
        }
        held.issued = caps;
        held.implemented |= caps;
        let branch = match () {
            () if late => Branch::Late,
            () if !revoked.is_empty() => Branch::Revoked,
            () => Branch::Granted,
        };
        Outcome { branch, ..outcome }
    }

    /// EXPORT.
    pub(super) fn exported(&mut self, event: &CapEvent, on: &On) -> Outcome {
        let peer = match event.peer {
            Some(Peer::Importer(peer)) if peer.mds.0 >= 0 && peer.cap_id != 0 => Some(peer),
            _ => None,
        };
        let held = match on.held {
            Some(held) if held.cap_id == event.cap_id => held,
            held => return self.export_of_nothing(event, on, held, peer),
        };
        let outcome = match peer {
            Some(peer) => self.target(event, on, held, peer),
            None => Branch::ExportToNowhere.into(),
        };
        self.remove(on.cap, Exit::Exported, event.place);
        outcome
    }

    /// EXPORT of a cap that the client does not hold under this id.
    fn export_of_nothing(
        &mut self,
        event: &CapEvent,
        on: &On,
        held: Option<Held>,
        peer: Option<ExportPeer>,
    ) -> Outcome {
        let gone = on.gone.filter(|gone| gone.cap_id == event.cap_id);
        if let Some(Gone { how, at, .. }) = gone {
            return match how {
                Exit::Imported | Exit::ImportedReleasing => Branch::ExportAfterImport.into(),
                Exit::Exported => {
                    Outcome::from(Branch::ExportIgnored).odd(Some(Oddity::Repeated { first: at }))
                }
                _ => Branch::ExportIgnored.into(),
            };
        }
        let Some(peer) = peer.filter(|_| !on.known && held.is_none()) else {
            let odd = on.known || held.is_some();
            let held = held.map(|held| held.cap_id);
            return Outcome::from(Branch::ExportIgnored)
                .odd(odd.then_some(Oddity::StaleExport { held }));
        };
        // From before the capture. Of its bits nothing is known but that the inode was pinned; if the IMPORT has
        // come already, it has gone with it.
        let imported = self.lanes.of_rank(on.party, peer.mds);
        let imported = imported.map_or(NIL, |session| self.store.cap_of(on.node, session));
        if self.store.cap(imported).is_some_and(|cap| cap.held.cap_id == peer.cap_id) {
            return Branch::ExportAfterImport.into();
        }
        let auth = self.store.auth_of(on.node) == NIL;
        let given = Given::of(event, auth, Origin::Assumed);
        let held = new(Given { issued: Caps::PIN, ..given });
        let cap = self.insert(on, held);
        let node = self.store.find(on.ino, on.party);
        let outcome = self.target(event, &On { cap, node, held: Some(held), ..*on }, held, peer);
        self.remove(cap, Exit::Exported, event.place);
        outcome
    }

    /// What an EXPORT does to the target's cap.
    fn target(&mut self, event: &CapEvent, on: &On, held: Held, peer: ExportPeer) -> Outcome {
        let missing = match self.lanes.of_rank(on.party, peer.mds) {
            Some(session) => matches!(
                self.lanes.get(session).state,
                SessionState::Closed | SessionState::Rejected
            ),
            // One of the unnamed may be the one.
            None => !self.lanes.has_unnamed(on.party),
        };
        let missing = (missing && on.known).then_some(Oddity::TargetSessionMissing);
        let Some(session) = self.lanes.with_rank(on.party, peer.mds) else {
            return Outcome::from(Branch::ExportToNowhere).odd(missing);
        };
        let cap = self.store.cap_of(on.node, session);
        let before = self.held(cap);
        // The IMPORT, whose seq it is, shall be newer, and what was sent before the IMPORT shall not.
        let seq = Seq(peer.seq.0.wrapping_sub(1));
        let to = On { session, cap, held: before, known: false, gone: None, ..*on };
        let branch = match before {
            None => {
                let given = Given {
                    cap_id: peer.cap_id,
                    issued: held.issued,
                    wanted: Caps::NONE,
                    seq,
                    mseq: peer.mseq,
                    auth: held.auth,
                    origin: Origin::Placeholder,
                    at: event.place,
                };
                self.add(&to, given);
                Branch::ExportReplaces
            }
            Some(target) if target.cap_id == peer.cap_id && peer.seq.is_after(target.seq) => {
                if let Some(target) = self.fresh(cap) {
                    (target.seq, target.issue_seq) = (seq, seq);
                    target.issued_at = event.place;
                    target.issued |= held.issued;
                    target.implemented |= held.issued;
                }
                self.count(cap, true);
                if held.auth {
                    self.store.set_auth(cap);
                    self.moved_auth(on.node, session);
                }
                Branch::ExportUpdates
            }
            Some(_) => Branch::ExportLeaves,
        };
        let after = self.held(self.store.cap_of(on.node, session));
        let other = Some(Other { mds: peer.mds, before, after });
        Outcome { other, ..Outcome::from(branch).odd(missing) }
    }

    /// IMPORT.
    pub(super) fn imported(&mut self, event: &CapEvent, on: &On) -> Outcome {
        let peer = match event.peer {
            Some(Peer::Exporter(peer)) if peer.mds.0 >= 0 => Some(peer),
            _ => None,
        };
        let held = on.held;
        let auth = self.store.auth_of(on.node);
        let auth = self.held(auth).filter(|_| auth != on.cap);
        let beside = self.store.caps_of(on.node).any(|(ix, _)| ix != on.cap);
        let newer = auth.is_none_or(|auth| event.mseq.is_after(auth.mseq));
        // Without flags it is a cap that was told to a rank that came back, and was not that rank's.
        let odd = !newer && peer.is_none_or(|peer| peer.flags != PeerFlags::default());
        let repeated = held.filter(|held| {
            held.origin == Origin::Imported
                && (held.cap_id, held.seq, held.mseq) == (event.cap_id, event.seq, event.mseq)
        });
        let mut outcome = Outcome::from(Branch::ImportAlone)
            .odd(repeated.map(|held| Oddity::Repeated { first: held.since }))
            .odd(held.and_then(|held| changed(event, held)))
            .odd(auth.filter(|_| odd).map(|auth| Oddity::MseqRegression { held: auth.mseq }))
            .odd(self.number(event, held, on).filter(|_| repeated.is_none()));
        let late = self.add(on, Given::of(event, true, Origin::Imported));

        let exporter = peer.and_then(|peer| {
            let session = self.lanes.of_rank(on.party, peer.mds)?;
            let cap = self.store.cap_of(on.node, session);
            let held = self.held(cap).filter(|held| held.cap_id == peer.cap_id && cap != on.cap)?;
            Some((peer, cap, held))
        });
        if let Some((peer, cap, before)) = exporter {
            let release = peer.flags.contains(PeerFlags::RELEASE);
            let differs = (before.seq, before.mseq) != (peer.seq, peer.mseq);
            if peer.flags.contains(PeerFlags::AUTH) && differs {
                let Held { seq, mseq, .. } = before;
                outcome.odd.add(Some(Oddity::PeerMismatch { seq, mseq }));
            }
            let how = if release { Exit::ImportedReleasing } else { Exit::Imported };
            self.remove(cap, how, event.place);
            outcome.other = Some(Other { mds: peer.mds, before: Some(before), after: None });
            outcome.branch = if release { Branch::ImportFirstRelease } else { Branch::ImportFirst };
            return outcome;
        }
        outcome.branch = match held {
            _ if late => Branch::ImportLate,
            Some(held) if held.origin == Origin::Placeholder => Branch::ImportReplaces,
            Some(_) => Branch::ImportUpdates,
            None if beside => Branch::ImportBeside,
            None => Branch::ImportAlone,
        };
        outcome
    }

    /// FLUSH_ACK.
    pub(super) fn flushed(&mut self, event: &CapEvent, on: &On) -> Outcome {
        // The client looks for the cap first; the flush is repeated to the rank that has it.
        if on.cap == NIL && on.known {
            return Outcome::from(Branch::Ignored).odd(after_export(event, on));
        }
        let tid = event.tid;
        let unmatched =
            !self.store.flushes_of(on.node).any(|flush| !flush.snap && flush.tid == tid);
        self.store.flushed(on.node, |flush| !flush.snap && flush.tid <= tid);
        self.settle(on.node);
        if unmatched { Branch::AckUnmatched.into() } else { Branch::Flushed.into() }
    }

    /// FLUSHSNAP_ACK.
    pub(super) fn snap_flushed(&mut self, event: &CapEvent, on: &On) -> Outcome {
        let tid = event.tid;
        let done = self.store.flushed(on.node, |flush| flush.snap && flush.tid == tid);
        self.settle(on.node);
        if done == 0 { Branch::AckUnmatched.into() } else { Branch::SnapFlushed.into() }
    }

    /// Whether a message's seq is not the one behind the held one. What was sent before an IMPORT may come behind
    /// the EXPORT; and of a cap that the client dropped and got again, the rank counts on.
    fn number(&self, event: &CapEvent, held: Option<Held>, on: &On) -> Option<Oddity> {
        let (cap_id, held, counted) = match (held, on.gone) {
            (Some(held), _) => (held.cap_id, held.seq, self.is_counted(on.cap)),
            (None, gone) => gone.map(|gone| (gone.cap_id, gone.seq, false))?,
        };
        let ahead = event.seq.ahead_of(held);
        let odd = ahead > 1 || ahead < 1 && counted;
        (cap_id == event.cap_id && odd).then_some(Oddity::SeqGap { held })
    }

    fn settle(&mut self, node: u32) {
        let flushing = self.store.flushes_of(node).next().is_some();
        if let Some(node) = self.store.node_mut(node).filter(|_| !flushing) {
            node.flushing_to = NIL;
        }
    }
}

/// Whether a message is of another cap than the held one.
fn changed(event: &CapEvent, held: Held) -> Option<Oddity> {
    (event.cap_id != held.cap_id).then_some(Oddity::CapIdChanged { held: held.cap_id })
}

/// Whether a message is of a cap that its rank has exported.
fn after_export(event: &CapEvent, on: &On) -> Option<Oddity> {
    let gone = on.gone.filter(|gone| gone.cap_id == event.cap_id && gone.how == Exit::Exported)?;
    Some(Oddity::AfterExport { export: gone.at })
}
