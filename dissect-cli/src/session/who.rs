//! Which end of a connection is which client and which rank.

use std::collections::HashMap;
use std::net::SocketAddr;

use ceph_codec::types::{EntityName, EntityType, Rank};
use serde::Serialize;

use crate::stream::{ConnId, Dir};

/// The two ends of a connection between a client and a metadata server, as far as they are known by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Ends {
    /// The client's global id.
    pub client: Option<u64>,
    /// Where the client's end is.
    pub client_addr: SocketAddr,
    /// The server's rank.
    pub mds: Option<Rank>,
    /// Where the server's end is.
    pub mds_addr: SocketAddr,
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
    conns: Vec<Pair>,
    /// Ranks by address; `None` where more than one spoke from it.
    ranks: HashMap<SocketAddr, Option<Rank>>,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    a: SocketAddr,
    b: SocketAddr,
    ends: [End; 2],
}

impl Who {
    /// Makes room for a connection, whose ids are dense.
    pub fn add(&mut self, conn: ConnId, a: SocketAddr, b: SocketAddr) {
        let index = conn.0 as usize;
        if self.conns.len() <= index {
            self.conns.resize(index + 1, Pair { a, b, ends: [End::default(); 2] });
        }
        self.conns[index] = Pair { a, b, ends: [End::default(); 2] };
    }

    /// The end that sends in direction `dir`.
    pub fn sender(&self, conn: ConnId, dir: Dir) -> End {
        self.conns.get(conn.0 as usize).map_or(End::default(), |pair| pair.ends[side(dir)])
    }

    /// Takes over what is said of the end that sends in direction `dir`.
    pub fn learn(&mut self, conn: ConnId, dir: Dir, name: EntityName) {
        let Some(pair) = self.conns.get_mut(conn.0 as usize) else { return };
        let end = &mut pair.ends[side(dir)];
        if *end == End::of(name) {
            return;
        }
        end.learn(name);
        let (end, addr) = (*end, if side(dir) == 0 { pair.a } else { pair.b });
        if let (Some(EntityType::MDS), Some(rank)) = (end.kind, end.rank()) {
            self.at_address(addr, rank);
        }
    }

    /// A rank speaks from this address; should another one do so later, the address tells nothing.
    fn at_address(&mut self, addr: SocketAddr, rank: Rank) {
        let known = self.ranks.entry(addr).or_insert(Some(rank));
        if *known != Some(rank) {
            *known = None;
        }
    }

    /// `conn` goes on with the session of `before`: so its ends are the same. Answers whether the
    /// connector is `a` in one and `b` in the other.
    pub fn resume(&mut self, before: ConnId, conn: ConnId) -> bool {
        let (Some(old), Some(new)) =
            (self.conns.get(before.0 as usize), self.conns.get(conn.0 as usize))
        else {
            return false;
        };
        let flipped = old.b != new.b && old.a == new.b;
        let mut ends = old.ends;
        if flipped {
            ends.reverse();
        }
        let new = &mut self.conns[conn.0 as usize].ends;
        for (end, old) in new.iter_mut().zip(ends) {
            end.kind = end.kind.or(old.kind);
            end.number = end.number.or(old.number);
        }
        flipped
    }

    /// The messages on this connection show that the end that sends in direction `mds` is a metadata server,
    /// and the other one a client.
    pub fn learn_kinds(&mut self, conn: ConnId, mds: Dir) {
        let Some(pair) = self.conns.get_mut(conn.0 as usize) else { return };
        pair.ends[side(mds)].kind.get_or_insert(EntityType::MDS);
        pair.ends[side(mds.flip())].kind.get_or_insert(EntityType::CLIENT);
    }

    /// Other messages show the rank of the server on this connection. What it says itself counts for more.
    pub fn infer_rank(&mut self, conn: ConnId, rank: Rank) {
        let (Some(mds), Ok(number)) = (self.mds_side(conn), u64::try_from(rank.0)) else { return };
        let Some(pair) = self.conns.get_mut(conn.0 as usize) else { return };
        if pair.ends[side(mds)].number.is_none() {
            pair.ends[side(mds)].number = Some(number);
            let addr = if side(mds) == 0 { pair.a } else { pair.b };
            self.at_address(addr, rank);
        }
    }

    /// Other messages show which client is on this connection. What it says itself counts for more.
    pub fn infer_client(&mut self, conn: ConnId, client: u64) {
        let Some(mds) = self.mds_side(conn) else { return };
        if let Some(pair) = self.conns.get_mut(conn.0 as usize) {
            pair.ends[side(mds.flip())].number.get_or_insert(client);
        }
    }

    /// The direction in which the metadata server sends, if this is a connection between one and a client,
    /// or may be.
    pub fn mds_side(&self, conn: ConnId) -> Option<Dir> {
        let pair = self.conns.get(conn.0 as usize)?;
        match [pair.ends[0].kind, pair.ends[1].kind] {
            [Some(EntityType::MDS), Some(EntityType::CLIENT) | None] => Some(Dir::AToB),
            [Some(EntityType::CLIENT) | None, Some(EntityType::MDS)] => Some(Dir::BToA),
            _ => None,
        }
    }

    /// The connection as one between a client and a metadata server. Meaningful only where capabilities
    /// were seen on it.
    pub fn ends(&self, conn: ConnId) -> Option<Ends> {
        let pair = self.conns.get(conn.0 as usize)?;
        let a_is_mds = match (pair.ends[0].is(EntityType::MDS), pair.ends[1].is(EntityType::MDS)) {
            (Some(yes), _) => yes,
            (None, Some(yes)) => !yes,
            // Nobody said: the server is the one that was connected to.
            (None, None) => false,
        };
        let (mds, client) = if a_is_mds { (0, 1) } else { (1, 0) };
        let addr = [pair.a, pair.b];
        Some(Ends {
            client: pair.ends[client]
                .number
                .filter(|_| pair.ends[client].is(EntityType::CLIENT) == Some(true)),
            client_addr: addr[client],
            mds: pair.ends[mds].rank().or_else(|| self.ranks.get(&addr[mds]).copied().flatten()),
            mds_addr: addr[mds],
        })
    }
}

fn side(dir: Dir) -> usize {
    match dir {
        Dir::AToB => 0,
        Dir::BToA => 1,
    }
}
