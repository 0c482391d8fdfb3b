//! Looking at the views.

use ceph_codec::types::{Caps, InodeNo, Rank};

use super::{Flushing, Held, Lost, Mode, Oddity, Replay, SessionView, View};
use crate::caps::arena::NIL;
use crate::event::CapEvent;
use crate::place::Place;
use crate::stream::ConnId;

/// A cap, and who holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The inode.
    pub ino: InodeNo,
    /// The client's global id, if known.
    pub client: Option<u64>,
    /// A connection of that client, the same for all of its caps.
    pub conn: ConnId,
    /// The rank that gave the cap, if known.
    pub mds: Option<Rank>,
    /// The cap.
    pub held: Held,
    /// Something said of its session behind this place could not be read, so that this may be wrong.
    pub uncertain: Option<Place>,
}

impl Replay {
    /// Which client's code is followed.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Number of live caps.
    pub fn live(&self) -> usize {
        self.store.len()
    }

    /// Number of caps that were not taken, since there were too many.
    pub fn untaken(&self) -> u64 {
        self.untaken
    }

    /// What was amiss, in the order of the capture; of each kind a bounded number.
    pub fn oddities(&self) -> &[(CapEvent, Oddity)] {
        &self.notes.oddities
    }

    /// How many oddities there were of the kind of this one.
    pub fn oddities_like(&self, oddity: Oddity) -> u64 {
        self.notes.counts[oddity.kind()]
    }

    /// Caps that went with their session or were not told to a rank that came back, in the order of the
    /// capture; a bounded number.
    pub fn lost(&self) -> &[Lost] {
        &self.notes.lost
    }

    /// How many there were.
    pub fn lost_total(&self) -> u64 {
        self.notes.lost_total
    }

    /// The session that a connection is of, if anything was seen of it.
    pub fn session(&self, conn: ConnId) -> Option<SessionView> {
        self.lanes.find(conn).map(|session| self.lanes.view(session))
    }

    /// Number of live caps of the session that a connection is of, if every cap was seen coming.
    pub fn known_caps(&self, conn: ConnId) -> Option<u32> {
        let session = self.lanes.get(self.lanes.find(conn)?);
        session.is_known().then_some(session.caps.len)
    }

    /// All sessions of which anything was seen, with their numbers of live caps.
    pub fn sessions(&self) -> impl Iterator<Item = SessionView> + '_ {
        let all = (0..self.lanes.len() as u32).filter(|session| self.lanes.is_one(*session));
        all.map(|session| self.lanes.view(session))
    }

    /// The caps of the session that a connection is of, in the order in which they came.
    pub fn caps_of_session(&self, conn: ConnId) -> impl Iterator<Item = Holding> + '_ {
        let session = self.lanes.find(conn).map(|session| self.lanes.get(session));
        let caps = session.into_iter().flat_map(|session| self.store.caps_in(&session.caps));
        caps.filter_map(|(ix, _)| self.holding(ix))
    }

    /// All live caps, session by session.
    pub fn caps(&self) -> impl Iterator<Item = Holding> + '_ {
        let all = (0..self.lanes.len() as u32).filter(|session| self.lanes.is_one(*session));
        let caps = all.flat_map(|session| self.store.caps_in(&self.lanes.get(session).caps));
        caps.filter_map(|(ix, _)| self.holding(ix))
    }

    /// The caps of an inode: of all clients, from all ranks.
    pub fn holders(&self, ino: InodeNo) -> impl Iterator<Item = Holding> + '_ {
        let caps = self.store.nodes_of(ino).flat_map(|(node, _)| self.store.caps_of(node));
        caps.filter_map(|(ix, _)| self.holding(ix))
    }

    /// The caps that the client of a connection has of an inode, from all ranks.
    pub fn caps_of(&self, conn: ConnId, ino: InodeNo) -> impl Iterator<Item = Holding> + '_ {
        let caps = self.store.caps_of(self.node(conn, ino));
        caps.filter_map(|(ix, _)| self.holding(ix))
    }

    /// The cap that the client of a connection has of an inode from the connection's rank.
    pub fn cap_of(&self, conn: ConnId, ino: InodeNo) -> Option<Held> {
        let session = self.lanes.find(conn)?;
        self.held(self.store.cap_of(self.node(conn, ino), session))
    }

    /// Dirty state of an inode that the client of a connection has sent and that is not safe yet, the last
    /// begun first.
    pub fn flushing(&self, conn: ConnId, ino: InodeNo) -> impl Iterator<Item = Flushing> + '_ {
        self.store.flushes_of(self.node(conn, ino))
    }

    /// What an inode's caps come to for the client of a connection; `None` if it has none and flushes nothing.
    pub fn view(&self, conn: ConnId, ino: InodeNo) -> Option<View> {
        let ix = self.node(conn, ino);
        let node = self.store.node(ix)?;
        let auth = self.store.auth_of(ix);
        let mut view = View {
            issued: Caps::NONE,
            implemented: Caps::NONE,
            auth: self.store.cap(auth).and_then(|cap| self.lanes.get(cap.session).mds),
            has_auth: auth != NIL,
            flushing: Caps::NONE,
            flushing_to: None,
            exporting_issued: node.exporting.map_or(Caps::NONE, |exporting| exporting.issued),
        };
        for held in self.store.caps_of(ix).filter_map(|(cap, _)| self.held(cap)) {
            view.issued |= held.issued;
            view.implemented |= held.implemented;
        }
        if let Some(held) = self.held(auth) {
            view.issued = view.issued & (!held.implemented | held.issued);
        }
        view.issued |= view.exporting_issued;
        for flush in self.store.flushes_of(ix) {
            view.flushing |= flush.caps;
        }
        if node.flushing_to != NIL {
            view.flushing_to = self.lanes.get(node.flushing_to).mds;
        }
        Some(view)
    }

    fn node(&self, conn: ConnId, ino: InodeNo) -> u32 {
        let party = self.lanes.find(conn).map(|session| self.lanes.get(session).party);
        party.map_or(NIL, |party| self.store.find(ino, party))
    }

    fn holding(&self, ix: u32) -> Option<Holding> {
        let cap = self.store.cap(ix)?;
        let SessionView { client, conn, mds, uncertain, .. } = self.lanes.view(cap.session);
        let ino = self.store.node(cap.node)?.ino;
        Some(Holding { ino, client, conn, mds, held: self.held(ix)?, uncertain })
    }
}
