//! Which end of a connection is which client and which rank.

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

    /// Whether it is of this kind, `None` while nobody said.
    pub fn is(&self, kind: EntityType) -> Option<bool> {
        self.kind.map(|k| k == kind)
    }
}

/// Who is at the ends of every connection.
#[derive(Debug, Default)]
pub struct Who {
    conns: Vec<Pair>,
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

    /// The same, to learn something of it.
    pub fn sender_mut(&mut self, conn: ConnId, dir: Dir) -> Option<&mut End> {
        self.conns.get_mut(conn.0 as usize).map(|pair| &mut pair.ends[side(dir)])
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
            client: pair.ends[client].number.filter(|_| pair.ends[client].is(EntityType::CLIENT) == Some(true)),
            client_addr: addr[client],
            mds: pair.ends[mds].number.and_then(|n| i32::try_from(n).ok()).map(Rank),
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
