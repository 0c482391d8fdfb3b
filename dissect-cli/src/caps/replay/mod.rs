//! What each client makes of the messages that it gets, and what it says itself: its own view of its caps.
//!
//! The client's code is followed branch by branch, see [`Branch`]. What a message shows to be amiss is an
//! [`Oddity`]; whether it is a defect, and how sure that is, rules decide later.
//!
//! What a client drops by itself shows only with the release that it sends, so a cap may be here a little
//! longer than it is in the client. Two things are taken from the message where the client's code would keep
//! its own: a cap id that changed without a reason that was seen, and a seq that is newer in the client's own
//! message; otherwise one miss would be told again with every message that follows.
//!
//! Sources: Linux `fs/ceph/caps.c` (`handle_cap_export`, `handle_cap_import`, `handle_cap_grant`,
//! `ceph_add_cap`, `handle_cap_flush_ack`), `fs/ceph/mds_client.c` (`handle_session`, `send_mds_reconnect`,
//! `reconnect_caps_cb`); Ceph `src/client/Client.cc`, functions of the same names. Where they differ, Linux is
//! followed: libcephfs has no rule for late GRANTs.

mod before_peer;
mod gone;
mod lanes;
mod notes;
mod said;
mod session;
mod store;
#[cfg(test)]
mod tests;
mod told;
mod types;
mod view;

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, InodeNo, Seq};

use gone::GoneBook;
use lanes::Lanes;
use notes::{Notes, Odd};
use store::Store;

pub use types::{
    Branch, Exit, Flushing, Gone, Held, Lost, Oddity, Origin, Other, SessionState, SessionView,
    Step, View,
};
pub use view::Holding;

use super::arena::NIL;
use crate::event::{CapEvent, Direction, Event, Source};
use crate::place::Place;
use crate::session::Who;

/// Which client's code is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Today's: an EXPORT names the imported cap, and the client puts a placeholder for it.
    #[default]
    Now,
    /// From before Linux 3.14: an EXPORT removes the cap, its bits are remembered until an IMPORT comes, and
    /// which of two caps is newer is told by their mseq.
    BeforeExportPeer,
}

/// Bounds of the replay.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Live caps, 4,194,304, about 230 bytes each. Further ones are not taken, [`Replay::untaken`]; the sessions
    /// that they are of are not known from then on.
    pub max_caps: usize,
    /// Flushes under way, 1,048,576. Further ones are not noted.
    pub max_flushes: usize,
    /// Caps that went and whose last state is remembered, 65,536. Beyond: the oldest is forgotten.
    pub max_gone: usize,
    /// Oddities of a kind that are kept, 1000. Beyond: only counted.
    pub max_oddities: usize,
    /// Caps lost with sessions that are kept, 4096. Beyond: only counted.
    pub max_lost: usize,
    /// Sessions that are followed, 262,144. Events of further ones are passed over.
    pub max_sessions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_caps: 1 << 22,
            max_flushes: 1 << 20,
            max_gone: 1 << 16,
            max_oddities: 1000,
            max_lost: 4096,
            max_sessions: 1 << 18,
        }
    }
}

/// All clients' views.
#[derive(Debug)]
pub struct Replay {
    mode: Mode,
    store: Store,
    lanes: Lanes,
    gone: GoneBook,
    notes: Notes,
    untaken: u64,
}

impl Default for Replay {
    fn default() -> Self {
        Replay::new(Mode::default(), Limits::default())
    }
}

/// What an event did.
struct Outcome {
    branch: Branch,
    odd: Odd,
    other: Option<Other>,
}

impl From<Branch> for Outcome {
    fn from(branch: Branch) -> Self {
        Outcome { branch, odd: Odd::default(), other: None }
    }
}

impl Outcome {
    fn odd(mut self, oddity: Option<Oddity>) -> Outcome {
        self.odd.add(oddity);
        self
    }
}

/// Where an event belongs.
#[derive(Clone, Copy)]
struct On {
    session: u32,
    party: u32,
    ino: InodeNo,
    /// [`NIL`] if nothing is held of the inode.
    node: u32,
    /// The rank's cap, [`NIL`] if there is none.
    cap: u32,
    /// The cap as the client has it.
    held: Option<Held>,
    /// A cap that is not there is not held.
    known: bool,
    gone: Option<Gone>,
}

impl On {
    /// The same, where the cap was taken away.
    fn emptied(&self) -> On {
        On { cap: NIL, held: None, ..*self }
    }

    /// Whether the cap that the rank had given before had this id, and is gone.
    fn has_gone(&self, cap_id: u64) -> bool {
        self.cap == NIL && self.gone.is_some_and(|gone| gone.cap_id == cap_id)
    }
}

/// A cap as a message tells it.
#[derive(Clone, Copy)]
struct Given {
    cap_id: u64,
    issued: Caps,
    wanted: Caps,
    seq: Seq,
    mseq: Seq,
    auth: bool,
    origin: Origin,
    at: Place,
}

impl Given {
    fn of(event: &CapEvent, auth: bool, origin: Origin) -> Given {
        let CapEvent { cap_id, caps: issued, wanted, seq, mseq, place: at, .. } = *event;
        Given { cap_id, issued, wanted, seq, mseq, auth, origin, at }
    }
}

impl Replay {
    /// With the code of such a client, and these bounds.
    pub fn new(mode: Mode, limits: Limits) -> Self {
        Replay {
            mode,
            store: Store::new(limits.max_caps, limits.max_flushes),
            lanes: Lanes::new(limits.max_sessions),
            gone: GoneBook::new(limits.max_gone),
            notes: Notes::new(limits.max_oddities, limits.max_lost),
            untaken: 0,
        }
    }

    /// Takes the next event, in the order of the capture; answers what it does to a cap, or to a session with
    /// all its caps.
    pub fn push(&mut self, event: &Event, who: &Who) -> Option<Step> {
        match event {
            Event::Cap(event) => self.cap(event, who),
            Event::Session(event) => self.on_session(event, who),
            Event::Reconnect(event) => self.on_reconnected(event, who),
            _ => None,
        }
    }

    fn cap(&mut self, event: &CapEvent, who: &Who) -> Option<Step> {
        let Some(session) = self.lanes.session(event.conn, who, &mut self.store) else {
            return Some(step(Branch::Nothing));
        };
        self.look_for_holes(session, event.at(), who);
        let on = &self.on(session, event.ino);
        let changes = self.store.changes();
        let before = on.held;
        if event.replayed {
            let step = step(Branch::Replayed);
            return Some(Step { before, after: before, known: on.known, gone: on.gone, ..step });
        }
        let outcome = match (event.source, event.direction) {
            (Source::ClientReply { auth }, _) => self.issued(event, on, auth),
            (Source::CapRelease, _) => self.released(event, on),
            (Source::RequestRelease, _) => self.told(event, on, Branch::GivenUp),
            (Source::Reconnect, _) => self.reasserted(event, on),
            (Source::ClientCaps(op), Direction::MdsToClient) => self.mds_says(event, op, on),
            (Source::ClientCaps(op), Direction::ClientToMds) => self.client_says(event, op, on),
        };
        self.lanes.get_mut(session).heard = true;
        let oddity = outcome.odd.first();
        for oddity in outcome.odd.all() {
            self.notes.oddity(event, oddity);
        }
        let (node, cap) = match self.store.changes() == changes {
            true => (on.node, on.cap),
            false => self.lies(session, event.ino),
        };
        debug_assert_eq!((node, cap), self.lies(session, event.ino));
        let after = self.held(cap);
        self.store.tidy(node);
        Some(Step {
            before,
            after,
            other: outcome.other,
            known: on.known,
            branch: outcome.branch,
            oddity,
            gone: on.gone,
        })
    }

    fn mds_says(&mut self, event: &CapEvent, op: CapOp, on: &On) -> Outcome {
        match (op, self.mode) {
            (CapOp::GRANT | CapOp::REVOKE, _) => self.granted(event, on),
            (CapOp::EXPORT, Mode::Now) => self.exported(event, on),
            (CapOp::EXPORT, Mode::BeforeExportPeer) => self.exported_before_peer(event, on),
            (CapOp::IMPORT, Mode::Now) => self.imported(event, on),
            (CapOp::IMPORT, Mode::BeforeExportPeer) => self.imported_before_peer(event, on),
            (CapOp::FLUSH_ACK, _) => self.flushed(event, on),
            (CapOp::FLUSHSNAP_ACK, _) => self.snap_flushed(event, on),
            (CapOp::TRUNC, _) if on.cap == NIL && on.known => Branch::Ignored.into(),
            _ => Branch::Nothing.into(),
        }
    }

    fn client_says(&mut self, event: &CapEvent, op: CapOp, on: &On) -> Outcome {
        match op {
            CapOp::UPDATE | CapOp::FLUSH => self.updated(event, on),
            CapOp::FLUSHSNAP => self.snap_flush(event, on),
            _ => Branch::Nothing.into(),
        }
    }

    /// Where an event of this session on this inode belongs.
    fn on(&self, session: u32, ino: InodeNo) -> On {
        let of = self.lanes.get(session);
        let (node, cap) = self.lies(session, ino);
        // What is there is not gone.
        let gone = if cap == NIL { self.gone.get(ino, session) } else { None };
        let (party, known, held) = (of.party, of.is_known(), self.held(cap));
        On { session, party, ino, node, cap, held, known, gone }
    }

    /// The node of an inode for a session's client, and the session's cap.
    fn lies(&self, session: u32, ino: InodeNo) -> (u32, u32) {
        let node = self.store.find(ino, self.lanes.get(session).party);
        (node, self.store.cap_of(node, session))
    }

    /// A cap as the client has it now: of a stale session it counts as pin.
    fn held(&self, cap: u32) -> Option<Held> {
        let cap = self.store.cap(cap)?;
        let session = self.lanes.get(cap.session);
        // While the client tells its caps, those that it has not come to yet are one behind.
        let round = u32::from(session.state == SessionState::Reconnecting);
        let stale = cap.generation.saturating_add(round) < session.generation;
        Some(match stale {
            true => Held { issued: Caps::PIN, implemented: Caps::PIN, ..cap.held },
            false => cap.held,
        })
    }

    /// A cap to change, and with it what a stale session has made of it. It counts as issued again.
    fn fresh(&mut self, cap: u32) -> Option<&mut Held> {
        let generation = self.lanes.get(self.store.cap(cap)?.session).generation;
        let cap = self.store.cap_mut(cap)?;
        if cap.generation < generation {
            cap.generation = generation;
            (cap.held.issued, cap.held.implemented) = (Caps::PIN, Caps::PIN);
        }
        Some(&mut cap.held)
    }

    /// Whether a cap's seq is from its rank, and not from an EXPORT's peer.
    fn is_counted(&self, cap: u32) -> bool {
        self.store.cap(cap).is_some_and(|cap| !cap.told_by_peer)
    }

    /// From where a cap has its seq now.
    fn count(&mut self, cap: u32, told_by_peer: bool) {
        if let Some(cap) = self.store.cap_mut(cap) {
            cap.told_by_peer = told_by_peer;
        }
    }

    /// Adds a cap that is not there.
    fn insert(&mut self, on: &On, held: Held) -> u32 {
        let node = self.store.find_or_make(on.ino, on.party);
        let session = self.lanes.get_mut(on.session);
        let generation = session.generation;
        let cap = self.store.insert(node, on.session, generation, held, &mut session.caps);
        if cap == NIL {
            session.known = false;
            self.untaken += 1;
        }
        self.gone.forget(on.ino, on.session);
        cap
    }

    /// Takes a cap away and remembers how it went.
    fn remove(&mut self, cap: u32, how: Exit, at: Place) -> Option<Held> {
        let held = self.held(cap)?;
        let session = self.store.cap(cap)?.session;
        let list = &mut self.lanes.get_mut(session).caps;
        let cap = self.store.remove(cap, list)?;
        let ino = self.store.node(cap.node)?.ino;
        let Held { cap_id, seq, mseq, .. } = held;
        self.gone.put(ino, session, Gone { cap_id, seq, mseq, how, at });
        Some(held)
    }

    /// As much as a message tells of a cap that was there before it was heard of.
    fn assume(&mut self, event: &CapEvent, on: &On) -> u32 {
        let auth = self.store.auth_of(on.node) == NIL;
        let held = new(Given::of(event, auth, Origin::Assumed));
        let issue_seq = match event.direction {
            Direction::MdsToClient => event.seq,
            Direction::ClientToMds => event.issue_seq,
        };
        self.insert(on, Held { issue_seq, ..held })
    }

    /// Holes in front of this message make the view uncertain.
    fn look_for_holes(&mut self, session: u32, at: crate::event::At, who: &Who) {
        let Some((first, last)) = who.holes(at.conn) else { return };
        let session = self.lanes.get_mut(session);
        let hole = [first, last].into_iter().find(|hole| *hole >= session.certain_from);
        if let Some(hole) = hole.filter(|hole| *hole < at.place) {
            session.hole.get_or_insert(hole);
        }
    }
}

/// A cap that was not there before.
fn new(given: Given) -> Held {
    let Given { cap_id, issued, wanted, seq, mseq, auth, origin, at } = given;
    let (implemented, issue_seq, issued_at, since) = (issued, seq, at, at);
    Held {
        cap_id,
        issued,
        implemented,
        wanted,
        seq,
        issue_seq,
        issued_at,
        mseq,
        auth,
        origin,
        since,
    }
}

/// A step that only says which way it was.
fn step(branch: Branch) -> Step {
    Step { before: None, after: None, other: None, known: false, branch, oddity: None, gone: None }
}
