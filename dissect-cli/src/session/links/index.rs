//! Finds the connections of a client without looking at all of them.

use std::net::IpAddr;

use super::Link;
use crate::hash::HashMap;
use crate::session::Ends;
use crate::stream::ConnId;

/// Which connections are whose, by their places in the list of all.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    conn: HashMap<ConnId, usize>,
    client: HashMap<u64, Vec<usize>>,
    party: HashMap<ConnId, Vec<usize>>,
    host: HashMap<IpAddr, Vec<usize>>,
    /// Those of which an end was never named.
    vague: HashMap<IpAddr, Vec<usize>>,
}

impl Index {
    pub(super) fn of(links: &[Link]) -> Index {
        let mut index = Index::default();
        for (at, link) in links.iter().enumerate() {
            let ends = &link.ends;
            let host = ends.client_addr.ip();
            index.conn.insert(link.conn, at);
            if let Some(client) = ends.client {
                index.client.entry(client).or_default().push(at);
            }
            index.party.entry(ends.party).or_default().push(at);
            index.host.entry(host).or_default().push(at);
            if ends.client.is_none() || ends.mds.is_none() {
                index.vague.entry(host).or_default().push(at);
            }
        }
        index
    }

    pub(super) fn conn(&self, conn: ConnId) -> Option<usize> {
        self.conn.get(&conn).copied()
    }

    /// Those of the client of `with`, and those on its host that may be; in order.
    pub(super) fn near(&self, with: &Ends) -> Vec<usize> {
        let host = with.client_addr.ip();
        let (own, on_host) = match with.client {
            Some(client) => (self.client.get(&client), self.vague.get(&host)),
            // Nobody knows who it is not.
            None => (None, self.host.get(&host)),
        };
        let party = self.party.get(&with.party);
        let mut near: Vec<_> =
            [own, on_host, party].into_iter().flatten().flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        near
    }
}
