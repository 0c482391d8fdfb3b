//! Which client and which rank an event is of, also where they are named late.
//!
//! A party is a client, a session is a client with a rank. As long as nobody named them, a connection is a
//! session of its own, and those that are known to be of one client are one party; when the names come, what
//! turns out to be one is put together.

use ceph_codec::types::Rank;

use super::store::{CapList, Store};
use super::{SessionState, SessionView};
use crate::caps::arena::NIL;
use crate::hash::HashMap;
use crate::place::Place;
use crate::session::Who;
use crate::stream::ConnId;

/// Connections without a name that are asked about whenever somebody is named, 1024. Further ones keep the
/// names that they had first.
pub(super) const MAX_UNNAMED: usize = 1024;

/// A client.
#[derive(Debug)]
struct Party {
    client: Option<u64>,
    /// A connection of it, and of no other.
    conn: ConnId,
    sessions: Vec<u32>,
}

/// A client's session with a rank.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) party: u32,
    pub(super) mds: Option<Rank>,
    pub(super) caps: CapList,
    /// Grows when the session goes stale and when it reconnects: caps that were issued before count as pin.
    pub(super) generation: u32,
    pub(super) state: SessionState,
    /// It was seen from its beginning, or told all its caps.
    pub(super) known: bool,
    /// Something was heard of it.
    pub(super) heard: bool,
    /// It turned out to be another one.
    merged: bool,
    /// The client asked for its end.
    pub(super) asked_close: bool,
    /// Holes before this place do not matter any more.
    pub(super) certain_from: Place,
    /// Where the last hole begins of which an event behind it was seen.
    pub(super) hole: Option<Place>,
}

impl Session {
    /// Whether a cap that is not there is not held.
    pub(super) fn is_known(&self) -> bool {
        self.known && self.hole.is_none()
    }

    /// From here on everything is known again.
    pub(super) fn begins(&mut self, at: Place) {
        self.known = true;
        self.certain_from = at;
        self.hole = None;
    }
}

/// All clients and sessions.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    max_sessions: usize,
    parties: Vec<Party>,
    sessions: Vec<Session>,
    /// The session of a connection.
    by_conn: Vec<u32>,
    by_client: HashMap<u64, u32>,
    by_party: HashMap<ConnId, u32>,
    by_rank: HashMap<(u32, Rank), u32>,
    unnamed: Vec<ConnId>,
    generation: u64,
}

impl Lanes {
    pub(super) fn new(max_sessions: usize) -> Self {
        Lanes { max_sessions, ..Lanes::default() }
    }

    /// The session that a connection is of.
    pub(super) fn session(&mut self, conn: ConnId, who: &Who, store: &mut Store) -> Option<u32> {
        if who.generation() != self.generation {
            self.generation = who.generation();
            self.rename(who, store);
        }
        if let Some(known) = self.find(conn) {
            return Some(known);
        }
        let ends = who.ends(conn)?;
        if self.sessions.len() >= self.max_sessions {
            return None;
        }
        let known = match ends.client {
            Some(client) => self.by_client.get(&client),
            None => self.by_party.get(&ends.party),
        };
        let party = match known {
            Some(party) => *party,
            None => self.add_party(ends.client, ends.party, conn),
        };
        let session = match ends.mds {
            Some(mds) => self.with_rank(party, mds)?,
            None => self.add_session(party, None)?,
        };
        let index = conn.0 as usize;
        if self.by_conn.len() <= index {
            self.by_conn.resize(index + 1, NIL);
        }
        self.by_conn[index] = session;
        if (ends.client.is_none() || ends.mds.is_none()) && self.unnamed.len() < MAX_UNNAMED {
            self.unnamed.push(conn);
        }
        Some(session)
    }

    /// The session that a connection is of, if anything was seen of it.
    pub(super) fn find(&self, conn: ConnId) -> Option<u32> {
        self.by_conn.get(conn.0 as usize).copied().filter(|session| *session != NIL)
    }

    fn add_party(&mut self, client: Option<u64>, first: ConnId, conn: ConnId) -> u32 {
        let party = self.parties.len() as u32;
        self.parties.push(Party { client, conn, sessions: Vec::new() });
        match client {
            Some(client) => _ = self.by_client.insert(client, party),
            None => _ = self.by_party.insert(first, party),
        }
        party
    }

    fn add_session(&mut self, party: u32, mds: Option<Rank>) -> Option<u32> {
        if self.sessions.len() >= self.max_sessions {
            return None;
        }
        let session = self.sessions.len() as u32;
        self.sessions.push(Session {
            party,
            mds,
            caps: CapList::default(),
            generation: 0,
            state: SessionState::default(),
            known: false,
            heard: false,
            merged: false,
            asked_close: false,
            certain_from: Place::default(),
            hole: None,
        });
        if let Some(mds) = mds {
            self.by_rank.insert((party, mds), session);
        }
        self.parties[party as usize].sessions.push(session);
        Some(session)
    }

    /// The session of a client with a rank; made if there is none and there are not too many.
    pub(super) fn with_rank(&mut self, party: u32, mds: Rank) -> Option<u32> {
        match self.by_rank.get(&(party, mds)) {
            Some(session) => Some(*session),
            None => self.add_session(party, Some(mds)),
        }
    }

    /// The session of a client with a rank, if anything was heard of it.
    pub(super) fn of_rank(&self, party: u32, mds: Rank) -> Option<u32> {
        self.by_rank.get(&(party, mds)).copied()
    }

    pub(super) fn get(&self, session: u32) -> &Session {
        &self.sessions[session as usize]
    }

    pub(super) fn get_mut(&mut self, session: u32) -> &mut Session {
        &mut self.sessions[session as usize]
    }

    /// Whether the client has a session whose rank nobody named, which may be any.
    pub(super) fn has_unnamed(&self, party: u32) -> bool {
        let unnamed = |conn: &ConnId| {
            let session = self.find(*conn).map(|session| self.get(session));
            session.is_some_and(|session| session.party == party && session.mds.is_none())
        };
        self.unnamed.iter().any(unnamed)
    }

    /// What may be told of a session.
    pub(super) fn view(&self, session: u32) -> SessionView {
        let Session { party, mds, state, known, hole, caps, .. } = self.get(session);
        let party = &self.parties[*party as usize];
        SessionView {
            client: party.client,
            conn: party.conn,
            mds: *mds,
            state: *state,
            caps: caps.len,
            known: *known,
            uncertain: *hole,
        }
    }

    /// How many there are or were.
    pub(super) fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether it is one of its own, and not become part of another.
    pub(super) fn is_one(&self, session: u32) -> bool {
        !self.get(session).merged
    }
}

// Names that come late

impl Lanes {
    fn rename(&mut self, who: &Who, store: &mut Store) {
        let mut unnamed = std::mem::take(&mut self.unnamed);
        unnamed.retain(|conn| {
            let (Some(ends), Some(session)) = (who.ends(*conn), self.find(*conn)) else {
                return true;
            };
            let party = self.get(session).party;
            let known = match ends.client {
                Some(client) => self.by_client.get(&client).copied(),
                None => self.by_party.get(&ends.party).copied(),
            };
            let party = match known {
                Some(known) if known != party => self.merge_parties(known, party, store),
                _ => party,
            };
            match ends.client {
                Some(client) => {
                    self.parties[party as usize].client = Some(client);
                    self.by_client.insert(client, party);
                }
                None => _ = self.by_party.insert(ends.party, party),
            }
            if let (Some(session), Some(mds)) = (self.find(*conn), ends.mds)
                && self.get(session).mds.is_none()
            {
                match self.of_rank(party, mds) {
                    Some(known) => _ = self.merge_sessions(known, session, store),
                    None => {
                        self.get_mut(session).mds = Some(mds);
                        self.by_rank.insert((party, mds), session);
                    }
                }
            }
            ends.client.is_none() || ends.mds.is_none()
        });
        self.unnamed = unnamed;
    }

    /// Two parties were one; answers which of them it is from now on: the one with more caps, so that
    /// putting many together moves each cap a few times at most.
    fn merge_parties(&mut self, one: u32, other: u32, store: &mut Store) -> u32 {
        let weight = |party: u32| -> u32 {
            let sessions = &self.parties[party as usize].sessions;
            sessions.iter().map(|session| self.get(*session).caps.len).sum()
        };
        let (to, from) = if weight(one) >= weight(other) { (one, other) } else { (other, one) };
        let sessions = std::mem::take(&mut self.parties[from as usize].sessions);
        for session in sessions {
            let mut ix = Store::first_in(&self.get(session).caps);
            while let Some(node) = store.cap(ix).map(|cap| cap.node) {
                if store.node(node).is_some_and(|node| node.party == from) {
                    store.give_node(node, to);
                }
                ix = store.next_in(ix);
            }
            let mds = self.get(session).mds;
            if let Some(mds) = mds {
                self.by_rank.remove(&(from, mds));
            }
            self.get_mut(session).party = to;
            self.parties[to as usize].sessions.push(session);
            let Some(mds) = mds else { continue };
            match self.of_rank(to, mds) {
                Some(known) => _ = self.merge_sessions(known, session, store),
                None => _ = self.by_rank.insert((to, mds), session),
            }
        }
        let client = self.parties[from as usize].client;
        let party = &mut self.parties[to as usize];
        party.client = party.client.or(client);
        if let Some(client) = party.client {
            self.by_client.insert(client, to);
        }
        for (_, party) in self.by_party.iter_mut().filter(|(_, party)| **party == from) {
            *party = to;
        }
        to
    }

    /// Two sessions of a party were one: of caps of both on an inode the later one is kept.
    fn merge_sessions(&mut self, one: u32, other: u32, store: &mut Store) -> u32 {
        let len = |session: u32| self.get(session).caps.len;
        let (to, from) = if len(one) >= len(other) { (one, other) } else { (other, one) };
        let mut list = std::mem::take(&mut self.get_mut(from).caps);
        let mut into = std::mem::take(&mut self.get_mut(to).caps);
        let generation = self.get(to).generation;
        loop {
            let ix = Store::first_in(&list);
            let Some(cap) = store.remove(ix, &mut list) else { break };
            let known = store.cap_of(cap.node, to);
            match store.cap_mut(known) {
                Some(known) if known.held.since < cap.held.since => {
                    let auth = known.held.auth || cap.held.auth;
                    known.held = super::Held { auth, ..cap.held };
                }
                Some(_) => {}
                None => _ = store.insert(cap.node, to, generation, cap.held, &mut into),
            }
        }
        self.get_mut(to).caps = into;
        self.get_mut(from).merged = true;
        let from_state = self.get(from);
        let (known, heard, state) = (from_state.known, from_state.heard, from_state.state);
        let (certain, hole, mds) = (from_state.certain_from, from_state.hole, from_state.mds);
        let session = self.get_mut(to);
        session.known |= known;
        session.heard |= heard;
        if session.state == SessionState::Unknown {
            session.state = state;
        }
        session.certain_from = session.certain_from.max(certain);
        session.hole = session.hole.max(hole);
        session.mds = session.mds.or(mds);
        if let Some(mds) = session.mds {
            let party = session.party;
            self.by_rank.insert((party, mds), to);
        }
        let party = self.get(to).party;
        self.parties[party as usize].sessions.retain(|session| *session != from);
        for session in self.by_conn.iter_mut().filter(|session| **session == from) {
            *session = to;
        }
        to
    }
}
