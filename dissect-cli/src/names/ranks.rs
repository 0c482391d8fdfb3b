//! Which daemon holds a rank, and in which state, over time.

use std::collections::BTreeMap;

use ceph_codec::message::mds_map::{MdsMap, MdsState};
use ceph_codec::types::Rank;

use crate::place::Place;

/// A daemon that holds a rank, from a map on until the next entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The first message that told it.
    pub since: Place,
    /// Its global id; 0 where nobody holds the rank.
    pub gid: u64,
    /// Its name.
    pub name: String,
    /// What it does; `None` where nobody holds the rank.
    pub state: Option<MdsState>,
}

/// Ranks kept, 4096; beyond, a map's further ranks are ignored. Ceph allows 256.
const MAX_RANKS: usize = 1 << 12;
/// Entries kept of each rank, 1024; beyond, the last one is overwritten.
const MAX_HISTORY: usize = 1 << 10;

/// The history of every rank.
#[derive(Debug, Default)]
pub struct Ranks {
    ranks: BTreeMap<Rank, Vec<Holder>>,
}

impl Ranks {
    /// The ranks, and what was known of each over time.
    pub fn iter(&self) -> impl Iterator<Item = (Rank, &[Holder])> {
        self.ranks.iter().map(|(rank, history)| (*rank, history.as_slice()))
    }

    /// What was known of a rank over time.
    pub fn history(&self, rank: Rank) -> &[Holder] {
        self.ranks.get(&rank).map_or(&[], Vec::as_slice)
    }

    pub(super) fn learn(
        &mut self,
        since: Place,
        map: &MdsMap<'_>,
        news: &mut impl FnMut(Rank, Option<MdsState>),
    ) {
        let map = map.map().fields();
        let mut held = Vec::new();
        for up in map.tail().up().unwrap_or_default().iter().take(MAX_RANKS) {
            let Some(info) = map.infos().find(|info| info.gid() == Some(up.value)) else {
                continue;
            };
            let name = info.name().unwrap_or_default().to_string();
            held.push(up.key);
            self.change(up.key, Holder { since, gid: up.value, name, state: info.state() }, news);
        }
        let gone: Vec<Rank> =
            self.ranks.keys().filter(|rank| !held.contains(rank)).copied().collect();
        for rank in gone {
            let nobody = Holder { since, gid: 0, name: String::new(), state: None };
            self.change(rank, nobody, news);
        }
    }

    fn change(
        &mut self,
        rank: Rank,
        holder: Holder,
        news: &mut impl FnMut(Rank, Option<MdsState>),
    ) {
        if self.ranks.len() >= MAX_RANKS && !self.ranks.contains_key(&rank) {
            return;
        }
        let history = self.ranks.entry(rank).or_default();
        let same = |last: &Holder| {
            (last.gid, last.state, &last.name) == (holder.gid, holder.state, &holder.name)
        };
        if history.last().is_some_and(same) {
            return;
        }
        news(rank, holder.state);
        if history.len() >= MAX_HISTORY {
            history.pop();
        }
        history.push(holder);
    }
}
