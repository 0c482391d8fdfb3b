//! Who says something.

use std::fmt;
use std::net::SocketAddr;

use ceph_codec::types::{EntityType, Rank};

use crate::names::Names;
use crate::place::Place;
use crate::session::Who;
use crate::stream::{ConnId, Dir};

/// One end of a connection, in Ceph's words: `client.4125`, `mds.0`, `mon.?`, or its address
/// where nobody said what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Party {
    /// What it is; `None` where nobody said.
    pub kind: Option<EntityType>,
    /// Its rank, global id or number, where it is known.
    pub number: Option<u64>,
    /// Where it is.
    pub addr: SocketAddr,
}

impl Party {
    /// The two ends of a connection: who sends in direction `dir`, and who receives.
    pub fn both(who: &Who, conn: ConnId, dir: Dir) -> Option<[Party; 2]> {
        let addrs = [who.addr(conn, dir)?, who.addr(conn, dir.flip())?];
        let dirs = [dir, dir.flip()];
        Some([0, 1].map(|side| {
            let (dir, addr) = (dirs[side], addrs[side]);
            let end = who.sender(conn, dir);
            let known = match end.kind {
                Some(EntityType::CLIENT) => who.ends(conn).and_then(|ends| ends.client),
                Some(EntityType::MDS) => {
                    let rank = who.rank_at(addr).and_then(|rank| u64::try_from(rank.0).ok());
                    rank.filter(|_| end.number.is_none())
                }
                _ => None,
            };
            Party { kind: end.kind, number: end.number.or(known), addr }
        }))
    }

    /// The rank, if it is a metadata server.
    pub fn rank(&self) -> Option<Rank> {
        let rank = self.number.filter(|_| self.kind == Some(EntityType::MDS))?;
        i32::try_from(rank).ok().map(Rank)
    }

    /// The global id, if it is a client.
    pub fn client(&self) -> Option<u64> {
        self.number.filter(|_| self.kind == Some(EntityType::CLIENT))
    }

    /// The name of the daemon that has the rank at the time.
    pub fn daemon<'n>(&self, names: &'n Names, at: Place) -> Option<&'n str> {
        let holder = names.ranks().holder(self.rank()?, self.addr, at.time)?;
        Some(holder.name.as_str()).filter(|name| !name.is_empty())
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.number) {
            (Some(kind), Some(number)) => write!(f, "{kind}.{number}"),
            (Some(kind), None) => write!(f, "{kind}.?"),
            (None, _) => self.addr.fmt(f),
        }
    }
}
