//! What clients and servers are called beside their numbers.

use std::collections::{BTreeMap, BTreeSet};

use ceph_codec::types::Rank;

use crate::event::CapEvent;
use crate::names::{Client, Names};
use crate::session::Who;

/// Names of those that timelines tell of, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Called {
    clients: BTreeMap<u64, Client>,
    /// The daemons that held a rank meanwhile, one after the other.
    daemons: BTreeMap<i32, Vec<String>>,
}

impl Called {
    /// What a client said of itself.
    pub fn client(&self, id: u64) -> Option<&Client> {
        self.clients.get(&id)
    }

    /// The names of the daemons that held a rank, one after the other.
    pub fn daemons(&self, rank: i32) -> &[String] {
        self.daemons.get(&rank).map_or(&[], Vec::as_slice)
    }

    /// The names of those between whom the events went.
    pub(super) fn of<'e>(
        events: impl Iterator<Item = &'e CapEvent>,
        who: &Who,
        names: &Names,
    ) -> Called {
        let settled = names.clients().settled(who);
        let (mut called, mut clients) = (Called::default(), BTreeSet::new());
        for event in events {
            let Some(ends) = who.ends(event.conn) else { continue };
            clients.extend(ends.client);
            let here = ends.mds.into_iter();
            // The rank at the other side of a migration is of the same file system.
            let there = event.peer.map(|peer| peer.mds()).filter(|rank| *rank != Rank::NONE);
            for rank in here.chain(there) {
                let time = event.place.time;
                let Some(holder) = names.ranks().holder(rank, ends.mds_addr, time) else {
                    continue;
                };
                let known = called.daemons.entry(rank.0).or_default();
                if !known.contains(&holder.name) {
                    known.push(holder.name.clone());
                }
            }
        }
        let said = |id: u64| settled.get(id).map(|client| (id, client.clone()));
        called.clients = clients.into_iter().filter_map(said).collect();
        called
    }
}
