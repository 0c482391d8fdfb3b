//! Which daemon holds a rank, where it is and in which state, over time.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use ceph_codec::message::mds_map::{MdsInfo, MdsMap, MdsState};
use ceph_codec::types::Rank;

use super::text;
use crate::place::{Place, Time};

/// A daemon that holds a rank, from a map on until the next entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The first message that told it.
    pub since: Place,
    /// Epoch of the map.
    pub epoch: u32,
    /// Its global id; 0 where nobody holds the rank.
    pub gid: u64,
    /// Its name, behind `mds.`; escaped where it cannot be shown. Empty where nobody holds the rank.
    pub name: String,
    /// Where it can be reached.
    pub addrs: Vec<SocketAddr>,
    /// What it does; `None` where nobody holds the rank.
    pub state: Option<MdsState>,
}

/// A file system of one cluster, by its place among those that were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FsIndex(pub u16);

/// A file system and its ranks.
#[derive(Clone, Debug)]
pub struct FileSystem {
    /// Its name; empty in old maps. It may be renamed: the last one told.
    pub name: String,
    /// Which one it is.
    key: Key,
    epoch: u32,
    ranks: BTreeMap<Rank, Vec<Holder>>,
}

/// The cluster, and the pool of the file system's metadata, which no other one has.
type Key = ([u8; 16], i64);

/// File systems kept, 64; beyond, their maps are ignored.
const MAX_SYSTEMS: usize = 64;
/// Ranks kept of each, 4096; beyond, a map's further ranks are ignored. Ceph allows 256.
const MAX_RANKS: usize = 1 << 12;
/// Entries kept of each rank, 1024; beyond, the last one is overwritten.
const MAX_HISTORY: usize = 1 << 10;
/// Addresses kept of each daemon, 4; the rest is not.
const MAX_ADDRESSES: usize = 4;

/// The history of every rank of every file system.
#[derive(Clone, Debug, Default)]
pub struct Ranks {
    systems: Vec<FileSystem>,
}

/// What a map changes: the rank and its new holder.
pub(crate) type Change = (FsIndex, Rank, Holder);

impl FileSystem {
    /// Its ranks, and what was known of each over time.
    pub fn ranks(&self) -> impl Iterator<Item = (Rank, &[Holder])> {
        self.ranks.iter().map(|(rank, history)| (*rank, history.as_slice()))
    }

    /// What was known of a rank over time.
    pub fn history(&self, rank: Rank) -> &[Holder] {
        self.ranks.get(&rank).map_or(&[], Vec::as_slice)
    }

    /// Who held a rank at a moment. What the first map says is taken to hold before.
    pub fn holder(&self, rank: Rank, at: Time) -> Option<&Holder> {
        let history = self.history(rank);
        let later = history.partition_point(|holder| holder.since.time <= at);
        history.get(later.saturating_sub(1)).filter(|holder| holder.state.is_some())
    }

    fn change(&mut self, fs: FsIndex, rank: Rank, holder: Holder, news: &mut Vec<Change>) {
        if self.ranks.len() >= MAX_RANKS && !self.ranks.contains_key(&rank) {
            return;
        }
        let history = self.ranks.entry(rank).or_default();
        let same = |last: &Holder| {
            (last.gid, last.state, &last.name, &last.addrs)
                == (holder.gid, holder.state, &holder.name, &holder.addrs)
        };
        if history.last().is_some_and(same) {
            return;
        }
        news.push((fs, rank, holder.clone()));
        if history.len() >= MAX_HISTORY {
            history.pop();
        }
        history.push(holder);
    }
}

impl Ranks {
    /// The file systems, in the order in which they were first told.
    pub fn systems(&self) -> &[FileSystem] {
        &self.systems
    }

    /// One of them.
    pub fn system(&self, fs: FsIndex) -> Option<&FileSystem> {
        self.systems.get(usize::from(fs.0))
    }

    /// Who held a rank at a moment. Where there are several file systems, that one is meant of which a rank was
    /// at the address `near` then; where none was, nobody is known.
    pub fn holder(&self, rank: Rank, near: SocketAddr, at: Time) -> Option<&Holder> {
        match self.systems.as_slice() {
            [only] => only.holder(rank, at),
            _ => self.system(self.at_address(near, at)?.0)?.holder(rank, at),
        }
    }

    /// Which rank was at an address at a moment, and of which file system.
    pub fn at_address(&self, addr: SocketAddr, at: Time) -> Option<(FsIndex, Rank)> {
        let mut found = (0..).map(FsIndex).zip(&self.systems).flat_map(|(fs, system)| {
            let holds = move |rank: &&Rank| {
                system.holder(**rank, at).is_some_and(|h| h.addrs.contains(&addr))
            };
            system.ranks.keys().filter(holds).map(move |rank| (fs, *rank))
        });
        found.next().filter(|_| found.next().is_none())
    }

    /// Takes a map; answers what is different from the newest one before, of the same file system.
    pub(super) fn learn(&mut self, since: Place, message: &MdsMap<'_>) -> Vec<Change> {
        let mut news = Vec::new();
        let (epoch, map) = (message.head().epoch, message.map().fields());
        let tail = map.tail();
        // A daemon without a file system gets a map of none.
        if tail.enabled() == Some(0) {
            return news;
        }
        let key = (message.head().fsid.0, tail.metadata_pool().unwrap_or_default());
        let index = match self.systems.iter().position(|fs| fs.key == key) {
            Some(index) => index,
            None if self.systems.len() >= MAX_SYSTEMS => return news,
            None => {
                let ranks = BTreeMap::new();
                self.systems.push(FileSystem { name: String::new(), key, epoch: 0, ranks });
                self.systems.len() - 1
            }
        };
        let fs = FsIndex(index as u16);
        let Some(system) = self.systems.get_mut(index).filter(|fs| epoch > fs.epoch) else {
            return news;
        };
        system.epoch = epoch;
        if let Some(name) = tail.fs_name() {
            system.name = text::text(name.0);
        }
        let mut held = Vec::new();
        for up in tail.up().unwrap_or_default().iter().take(MAX_RANKS) {
            if let Some(info) = map.infos().find(|info| info.gid() == Some(up.value)) {
                held.push(up.key);
                system.change(fs, up.key, holder(since, epoch, up.value, &info), &mut news);
            }
        }
        let gone = system.ranks.keys().filter(|rank| !held.contains(rank));
        for rank in gone.copied().collect::<Vec<_>>() {
            let (name, addrs) = (String::new(), Vec::new());
            let nobody = Holder { since, epoch, gid: 0, name, addrs, state: None };
            system.change(fs, rank, nobody, &mut news);
        }
        news
    }
}

fn holder(since: Place, epoch: u32, gid: u64, info: &MdsInfo<'_>) -> Holder {
    let name = info.name().map_or_else(String::new, |name| text::text(name.0));
    let addrs = info.addrs().into_iter().flat_map(|addrs| addrs.iter().collect::<Vec<_>>());
    let addrs = sockets(addrs.map(|addr| addr.socket()));
    Holder { since, epoch, gid, name, addrs, state: info.state() }
}

/// Where a daemon can be reached, of all that it says.
fn sockets(said: impl Iterator<Item = Option<SocketAddr>>) -> Vec<SocketAddr> {
    let mut sockets: Vec<SocketAddr> = Vec::new();
    for socket in said.take(MAX_ADDRESSES).flatten() {
        if socket.port() != 0 && !sockets.contains(&socket) {
            sockets.push(socket);
        }
    }
    sockets
}

#[cfg(test)]
mod tests {
    use ceph_codec::message::Message;
    use fixtures::map::{Daemon, MapMessage};

    use super::*;

    fn system() -> FileSystem {
        let (name, ranks) = (String::new(), BTreeMap::new());
        FileSystem { name, key: ([0; 16], 1), epoch: 0, ranks }
    }

    /// A daemon with this number holds the rank.
    fn held(gid: u64) -> Holder {
        let state = Some(MdsState::ACTIVE);
        let (name, addrs) = (String::new(), Vec::new());
        Holder { since: Place::default(), epoch: 1, gid, name, addrs, state }
    }

    #[test]
    fn further_addresses_are_not_remembered() {
        let socket = |port| Some(SocketAddr::from(([10, 0, 0, 1], port)));
        let said = (1..=MAX_ADDRESSES as u16 + 2).map(socket);
        assert!(sockets(said.clone()).into_iter().eq(said.flatten().take(MAX_ADDRESSES)));
        // What says nothing takes room as well.
        assert_eq!(
            sockets([None, socket(0), socket(5), socket(5), socket(6)].into_iter()).len(),
            1
        );
    }

    #[test]
    fn further_ranks_are_ignored() {
        let (mut system, mut news) = (system(), Vec::new());
        for rank in 0..MAX_RANKS as i32 + 3 {
            system.change(FsIndex(0), Rank(rank), held(1), &mut news);
        }
        system.change(FsIndex(0), Rank(5), held(2), &mut news);
        assert_eq!((system.ranks().count(), news.len()), (MAX_RANKS, MAX_RANKS + 1));
        assert_eq!(system.history(Rank(5)).len(), 2);
    }

    #[test]
    fn of_too_many_changes_the_last_is_overwritten() {
        let (mut system, mut news) = (system(), Vec::new());
        let last = MAX_HISTORY as u64 + 3;
        for gid in 1..=last {
            system.change(FsIndex(0), Rank(0), held(gid), &mut news);
        }
        let gids: Vec<_> = system.history(Rank(0)).iter().map(|holder| holder.gid).collect();
        assert_eq!((gids.len(), news.len() as u64), (MAX_HISTORY, last));
        assert_eq!(gids[MAX_HISTORY - 2..], [MAX_HISTORY as u64 - 1, last]);
    }

    #[test]
    fn further_file_systems_are_ignored() {
        let daemon = Daemon {
            gid: 1,
            name: "a".to_owned(),
            state: MdsState::ACTIVE,
            incarnation: 1,
            addr: ([10, 0, 0, 1], 6800).into(),
        };
        let map = MapMessage { epoch: 5, up: [(0, daemon)].into(), ..MapMessage::default() };
        let encoded = map.encode();
        let mut ranks = Ranks::default();
        for cluster in 0..MAX_SYSTEMS as u8 + 3 {
            // It begins with the cluster's id.
            let mut front = encoded.front.clone();
            front[..16].fill(cluster);
            let sections = ceph_codec::message::Sections { front: &front, ..<_>::default() };
            let header = &encoded.header;
            let message = Message::decode(header.kind, header.version, sections).unwrap();
            let Message::MdsMap(map) = message else { panic!("{message:?}") };
            let news = ranks.learn(Place::default(), &map);
            assert_eq!(news.len(), usize::from(usize::from(cluster) < MAX_SYSTEMS));
        }
        assert_eq!(ranks.systems().len(), MAX_SYSTEMS);
    }
}
