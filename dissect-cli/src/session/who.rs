//! Which end of a connection is which client and which rank.

use std::net::SocketAddr;

use ceph_codec::types::{EntityName, EntityType, Rank};
use serde::Serialize;

use crate::hash::HashMap;
use crate::place::Place;
use crate::stream::{ByConn, ConnId, Dir};

/// The two ends of a connection between a client and a metadata server, as far as they are known by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Ends {
    /// The client's global id.
    pub client: Option<u64>,
    /// Stands for the client where its id is unknown: the first of the connections that are known to be of
    /// one client.
    pub party: ConnId,
    /// Where the client's end is.
    pub client_addr: SocketAddr,
    /// The server's rank.
    pub mds: Option<Rank>,
    /// Where the server's end is.
    pub mds_addr: SocketAddr,
}

impl Ends {
    /// Whether both are connections of one client; `None` where too little is known to say.
    pub fn same_client(&self, other: &Ends) -> Option<bool> {
        match (self.client, other.client) {
            (Some(one), Some(two)) => Some(one == two),
            _ if self.party == other.party => Some(true),
            _ => None,
        }
    }
}

/// What one end of a connection is known to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// Its kind.
    pub kind: Option<EntityType>,
    /// Its rank or global id.
    pub number: Option<u64>,
}

impl End {
    /// Takes over what `name` says; a later name never takes anything back.
    pub fn learn(&mut self, name: EntityName) {
        self.kind = Some(name.kind);
        if let Ok(number) = u64::try_from(name.number) {
            self.number = Some(number);
        }
    }

    fn of(name: EntityName) -> End {
        End { kind: Some(name.kind), number: u64::try_from(name.number).ok() }
    }

    fn rank(&self) -> Option<Rank> {
        self.number.and_then(|n| i32::try_from(n).ok()).map(Rank)
    }

    /// Whether it is of this kind, `None` while nobody said.
    pub fn is(&self, kind: EntityType) -> Option<bool> {
        self.kind.map(|k| k == kind)
    }
}

/// Who is at the ends of every connection.
#[derive(Debug, Default)]
pub struct Who {
    conns: ByConn<Pair>,
    /// Ranks by address; `None` where more than one spoke from it.
    ranks: HashMap<SocketAddr, Option<Rank>>,
    generation: u64,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    a: SocketAddr,
    b: SocketAddr,
    ends: [End; 2],
    /// The next connection on the way to the one that stands for the client; itself if it is that one.
    party: ConnId,
    /// Its opening was seen.
    from_start: bool,
    /// The last packets in front of the first and the last stretch that could not be read.
    holes: Option<(Place, Place)>,
}

impl Who {
    /// A connection begins between these.
    pub fn add(&mut self, conn: ConnId, a: SocketAddr, b: SocketAddr) {
        let ends = [End::default(); 2];
        self.conns.insert(conn, Pair { a, b, ends, party: conn, from_start: false, holes: None });
    }

    /// Nobody will ask of this connection again.
    pub(super) fn forget(&mut self, conn: ConnId) {
        self.conns.remove(conn);
    }

    /// Grows whenever something was learned, so that whoever keeps what [`ends`](Who::ends) said knows when
    /// to ask again.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The opening of this connection was seen: nothing came before it.
    pub fn seen_from_start(&mut self, conn: ConnId) {
        if let Some(pair) = self.conns.get_mut(conn) {
            pair.from_start = true;
        }
    }

    /// Whether the opening of this connection was seen.
    pub fn is_from_start(&self, conn: ConnId) -> bool {
        self.conns.get(conn).is_some_and(|pair| pair.from_start)
    }

    /// Something that was said on this connection behind `before` could not be read.
    pub fn lost(&mut self, conn: ConnId, before: Place) {
        if let Some(pair) = self.conns.get_mut(conn) {
            let (first, last) = pair.holes.unwrap_or((before, before));
            pair.holes = Some((first.min(before), last.max(before)));
        }
    }

    /// The packets in front of the first and the last stretch of this connection, of either direction, that
    /// could not be read; as far as it was read by now.
    pub fn holes(&self, conn: ConnId) -> Option<(Place, Place)> {
        self.conns.get(conn)?.holes
    }

    /// Where the client of this connection was first seen, for calling it something.
    pub fn client_addr(&self, conn: ConnId) -> Option<SocketAddr> {
        self.ends(self.party(conn)).map(|ends| ends.client_addr)
    }

    /// Where the end is that sends in direction `dir`.
    pub fn addr(&self, conn: ConnId, dir: Dir) -> Option<SocketAddr> {
        self.conns.get(conn).map(|pair| [pair.a, pair.b][side(dir)])
    }

    /// The end that sends in direction `dir`.
    pub fn sender(&self, conn: ConnId, dir: Dir) -> End {
        self.conns.get(conn).map_or(End::default(), |pair| pair.ends[side(dir)])
    }

    /// Takes over what is said of the end that sends in direction `dir`.
    pub fn learn(&mut self, conn: ConnId, dir: Dir, name: EntityName) {
        let Some(pair) = self.conns.get_mut(conn) else { return };
        let end = &mut pair.ends[side(dir)];
        if *end == End::of(name) {
            return;
        }
        self.generation += 1;
        end.learn(name);
        if let (Some(EntityType::CLIENT), Some(number)) = (end.kind, end.number) {
            let party = self.party(conn);
            self.name_party(party, number);
        }
        let Some(pair) = self.conns.get(conn) else { return };
        let end = &pair.ends[side(dir)];
        let (end, addr) = (*end, if side(dir) == 0 { pair.a } else { pair.b });
        if let (Some(EntityType::MDS), Some(rank)) = (end.kind, end.rank()) {
            self.at_address(addr, rank);
        }
    }

    /// The rank that speaks from this address, if it is always the same one.
    pub fn rank_at(&self, addr: SocketAddr) -> Option<Rank> {
        self.ranks.get(&addr).copied().flatten()
    }

    /// Somebody says that a rank is at this address.
    pub fn learn_rank_at(&mut self, addr: SocketAddr, rank: Rank) {
        self.at_address(addr, rank);
    }

    /// A rank speaks from this address; should another one do so later, the address tells nothing.
    fn at_address(&mut self, addr: SocketAddr, rank: Rank) {
        self.generation += 1;
        let known = self.ranks.entry(addr).or_insert(Some(rank));
        if *known != Some(rank) {
            *known = None;
        }
    }

    /// `conn` goes on with the session of `before`: so its ends are the same. Answers whether the
    /// connector is `a` in one and `b` in the other.
    pub fn resume(&mut self, before: ConnId, conn: ConnId) -> bool {
        let Some(old) = self.conns.get(before).copied() else { return false };
        let Some(new) = self.conns.get_mut(conn) else { return false };
        let flipped = old.b != new.b && old.a == new.b;
        let mut ends = old.ends;
        if flipped {
            ends.reverse();
        }
        for (end, old) in new.ends.iter_mut().zip(ends) {
            end.kind = end.kind.or(old.kind);
            end.number = end.number.or(old.number);
        }
        self.generation += 1;
        self.infer_same_client(before, conn);
        flipped
    }

    /// The messages on this connection show that the end that sends in direction `mds` is a metadata server,
    /// and the other one a client.
    pub fn learn_kinds(&mut self, conn: ConnId, mds: Dir) {
        let Some(pair) = self.conns.get_mut(conn) else { return };
        if pair.ends.iter().all(|end| end.kind.is_some()) {
            return;
        }
        self.generation += 1;
        pair.ends[side(mds)].kind.get_or_insert(EntityType::MDS);
        pair.ends[side(mds.flip())].kind.get_or_insert(EntityType::CLIENT);
    }

    /// The messages on this connection show that both ends are metadata servers, and the rank of the end that
    /// sends in direction `dir`, if they name it. What it says itself counts for more.
    pub fn learn_ranks(&mut self, conn: ConnId, dir: Dir, rank: Option<Rank>) {
        let Some(pair) = self.conns.get_mut(conn) else { return };
        if pair.ends.iter().any(|end| end.kind.is_none()) {
            self.generation += 1;
            pair.ends.iter_mut().for_each(|end| _ = end.kind.get_or_insert(EntityType::MDS));
        }
        let end = &mut pair.ends[side(dir)];
        if end.number.is_none() && end.kind == Some(EntityType::MDS) {
            end.number = rank.and_then(|rank| u64::try_from(rank.0).ok());
            self.generation += u64::from(end.number.is_some());
        }
    }

    /// The ranks of the end that sends in direction `dir` and of the other one, on a connection between
    /// metadata servers.
    pub fn ranks(&self, conn: ConnId, dir: Dir) -> [Option<Rank>; 2] {
        let Some(pair) = self.conns.get(conn) else { return [None; 2] };
        let addr = [pair.a, pair.b];
        [dir, dir.flip()].map(|dir| {
            let end = pair.ends[side(dir)];
            let at_address = || self.rank_at(addr[side(dir)]);
            if end.is(EntityType::MDS)? { end.rank().or_else(at_address) } else { None }
        })
    }

    /// A connection between metadata servers in the words of one with a client: the one that sends in direction
    /// `dir` is the server, and where the client would be is the other one.
    pub fn ends_among(&self, conn: ConnId, dir: Dir) -> Option<Ends> {
        let pair = self.conns.get(conn)?;
        let [mds, _] = self.ranks(conn, dir);
        let addr = [pair.a, pair.b];
        let (mds_addr, client_addr) = (addr[side(dir)], addr[side(dir.flip())]);
        Some(Ends { client: None, party: conn, client_addr, mds, mds_addr })
    }

    /// Whether both ends are metadata servers.
    pub fn is_among_ranks(&self, conn: ConnId) -> bool {
        let pair = self.conns.get(conn);
        pair.is_some_and(|pair| pair.ends.iter().all(|end| end.kind == Some(EntityType::MDS)))
    }

    /// Other messages show the rank of the server on this connection. What it says itself counts for more.
    pub fn infer_rank(&mut self, conn: ConnId, rank: Rank) {
        let (Some(mds), Ok(number)) = (self.mds_side(conn), u64::try_from(rank.0)) else { return };
        let Some(pair) = self.conns.get_mut(conn) else { return };
        if pair.ends[side(mds)].number.is_none() {
            pair.ends[side(mds)].number = Some(number);
            let addr = if side(mds) == 0 { pair.a } else { pair.b };
            self.at_address(addr, rank);
        }
    }

    /// Other messages show that these are connections of one client.
    pub fn infer_same_client(&mut self, one: ConnId, other: ConnId) {
        let (one, other) = (self.party(one), self.party(other));
        if one == other {
            return;
        }
        self.generation += 1;
        let (first, later) = (one.min(other), one.max(other));
        if let Some(pair) = self.conns.get_mut(later) {
            pair.party = first;
        }
        // Whichever of them is named names all.
        let number = self.client_number(first).or(self.client_number(later));
        if let Some(number) = number {
            self.name_party(first, number);
        }
    }

    /// The connection that stands for the client of this one.
    fn party(&self, conn: ConnId) -> ConnId {
        let mut conn = conn;
        while let Some(pair) = self.conns.get(conn).filter(|pair| pair.party != conn) {
            conn = pair.party;
        }
        conn
    }

    fn client_number(&self, conn: ConnId) -> Option<u64> {
        let mds = self.mds_side(conn)?;
        self.conns.get(conn)?.ends[side(mds.flip())].number
    }

    fn name_party(&mut self, party: ConnId, number: u64) {
        let Some(mds) = self.mds_side(party) else { return };
        if let Some(pair) = self.conns.get_mut(party) {
            pair.ends[side(mds.flip())].number.get_or_insert(number);
        }
    }

    /// The direction in which the metadata server sends, if this is a connection between one and a client,
    /// or may be.
    pub fn mds_side(&self, conn: ConnId) -> Option<Dir> {
        let pair = self.conns.get(conn)?;
        match [pair.ends[0].kind, pair.ends[1].kind] {
            [Some(EntityType::MDS), Some(EntityType::CLIENT) | None] => Some(Dir::AToB),
            [Some(EntityType::CLIENT) | None, Some(EntityType::MDS)] => Some(Dir::BToA),
            _ => None,
        }
    }

    /// The connection as one between a client and a metadata server. Meaningful only where capabilities
    /// were seen on it.
    pub fn ends(&self, conn: ConnId) -> Option<Ends> {
        let pair = self.conns.get(conn)?;
        let a_is_mds = match (pair.ends[0].is(EntityType::MDS), pair.ends[1].is(EntityType::MDS)) {
            (Some(yes), _) => yes,
            (None, Some(yes)) => !yes,
            // Nobody said: the server is the one that was connected to.
            (None, None) => false,
        };
        let (mds, client) = if a_is_mds { (0, 1) } else { (1, 0) };
        let addr = [pair.a, pair.b];
        let party = self.party(conn);
        let number = pair.ends[client].number.or_else(|| self.client_number(party));
        Some(Ends {
            client: number.filter(|_| pair.ends[client].is(EntityType::CLIENT) == Some(true)),
            party,
            client_addr: addr[client],
            mds: pair.ends[mds].rank().or_else(|| self.rank_at(addr[mds])),
            mds_addr: addr[mds],
        })
    }
}

impl Who {
    /// Whether [`ends`](Who::ends) names both the client and the rank.
    pub fn are_both_named(&self, conn: ConnId) -> bool {
        // Nearly always both ends have said it themselves.
        let told = |pair: &Pair| match &pair.ends {
            [mds, client] | [client, mds] if mds.kind == Some(EntityType::MDS) => {
                client.kind == Some(EntityType::CLIENT)
                    && mds.rank().is_some()
                    && client.number.is_some()
            }
            _ => false,
        };
        self.conns.get(conn).is_some_and(told)
            || self.ends(conn).is_some_and(|ends| ends.client.is_some() && ends.mds.is_some())
    }
}

fn side(dir: Dir) -> usize {
    match dir {
        Dir::AToB => 0,
        Dir::BToA => 1,
    }
}
