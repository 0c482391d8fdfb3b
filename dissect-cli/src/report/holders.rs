//! Who holds what, at a moment.

use ceph_codec::types::{Caps, InodeNo};
use serde::Serialize;

use super::watch::Parties;
use crate::caps::replay::{Held, Holding, Origin, Replay};
use crate::caps::timeline::Filter;
use crate::names::Names;
use crate::place::{Place, Time};
use crate::session::{Links, Who};

/// Rows that are kept, 100,000. Beyond: only counted.
const MAX_ROWS: usize = 100_000;

/// What the rows are made from.
#[derive(Clone, Copy, Debug)]
pub struct HoldersScope<'a> {
    /// The clients' views, as far as the moment.
    pub replay: &'a Replay,
    /// What inodes are called.
    pub names: &'a Names,
    /// Identities.
    pub who: &'a Who,
    /// Connections.
    pub links: &'a Links,
    /// What is selected; its times do not count.
    pub filter: &'a Filter,
    /// The moment.
    pub at: Time,
}

/// Who holds what.
#[derive(Clone, Debug, Serialize)]
pub struct Holders {
    /// The moment.
    pub at: Time,
    /// Caps held then, those included that are not listed.
    pub caps: u64,
    /// Inodes of which any are held.
    pub inodes: u64,
    /// One for each cap, by inode.
    pub held: Vec<HolderRow>,
}

/// A client's cap from a rank.
#[derive(Clone, Debug, Serialize)]
pub struct HolderRow {
    /// The inode.
    #[serde(serialize_with = "super::watch::shown")]
    pub ino: InodeNo,
    /// Its path, as far as it is known.
    pub path: Option<String>,
    /// Who holds, and from which rank.
    #[serde(flatten)]
    pub parties: Parties,
    /// Id of the cap.
    pub cap_id: u64,
    /// What the client may use.
    #[serde(serialize_with = "super::watch::shown")]
    pub issued: Caps,
    /// What was asked back and is still in use.
    #[serde(serialize_with = "super::watch::shown")]
    pub giving_up: Caps,
    /// What it wants.
    #[serde(serialize_with = "super::watch::shown")]
    pub wanted: Caps,
    /// Number of the cap's last message.
    pub seq: u32,
    /// How often the cap moved.
    pub mseq: u32,
    /// It is the cap of the inode's authority.
    pub auth: bool,
    /// How the cap came.
    pub origin: Origin,
    /// Since when it is there.
    pub since: Place,
    /// For how long, in nanoseconds.
    pub age_ns: i64,
    /// Something that was said of the session could not be read, so that this may be wrong.
    pub uncertain: bool,
    /// Where the client's connection to the rank had ended, if it had no other then: it still has the cap, and
    /// tells it when it comes back.
    pub disconnected: Option<Place>,
}

impl Holders {
    /// What the replay says.
    pub fn new(scope: &HoldersScope<'_>) -> Holders {
        Holders::with_room(scope, MAX_ROWS)
    }

    /// The same, and keeps at most so many rows.
    pub fn with_room(scope: &HoldersScope<'_>, max_rows: usize) -> Holders {
        let HoldersScope { replay, filter, at, .. } = *scope;
        let mut holders = Holders { at, caps: 0, inodes: 0, held: Vec::new() };
        let selected = |holding: &Holding| {
            let rank = holding.mds.is_some_and(|mds| filter.ranks.contains(&mds));
            let client = holding.client.is_some_and(|client| filter.clients.contains(&client));
            (filter.ranks.is_empty() || rank) && (filter.clients.is_empty() || client)
        };
        let mut take = |holding: Holding| {
            if !selected(&holding) {
                return;
            }
            holders.caps += 1;
            if holders.held.len() < max_rows {
                holders.held.push(row(&holding, scope));
            }
        };
        match filter.wants_any_inode() {
            true => replay.caps().for_each(&mut take),
            false => {
                for ino in &filter.inodes {
                    replay.holders(*ino).for_each(&mut take);
                }
            }
        }
        holders.held.sort_by_key(|row| (row.ino, row.parties.client, row.parties.mds));
        holders.inodes = holders.held.chunk_by(|a, b| a.ino == b.ino).count() as u64;
        holders
    }
}

fn row(holding: &Holding, scope: &HoldersScope<'_>) -> HolderRow {
    let HoldersScope { names, who, links, at, .. } = *scope;
    let ends = who.ends(holding.conn);
    let Held { cap_id, issued, implemented, wanted, seq, mseq, auth, origin, since, .. } =
        holding.held;
    HolderRow {
        ino: holding.ino,
        path: names.paths().path(holding.ino, at),
        parties: Parties {
            client: holding.client,
            client_addr: ends.map(|ends| ends.client_addr),
            mds: holding.mds.map(|mds| mds.0),
        },
        cap_id,
        issued,
        giving_up: implemented.without(issued),
        wanted,
        seq: seq.0,
        mseq: mseq.0,
        auth,
        origin,
        since,
        age_ns: at.since(since.time),
        uncertain: holding.uncertain.is_some(),
        disconnected: ends
            .zip(holding.mds)
            .and_then(|(ends, mds)| links.disconnected(ends, mds, at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caps::timeline::samples::Sample;
    use crate::event::Event;

    #[test]
    fn further_caps_are_counted() {
        let mut sample = Sample::default();
        let mut replay = Replay::default();
        for ino in 1..=5 {
            sample.add(ino, "1.0 < 1 0 issue 7 1 1 0 pAsFr pFr - 0 -");
        }
        for event in &sample.events {
            replay.push(&Event::Cap(*event), &sample.who);
        }
        let (filter, names, links) = Default::default();
        let of = |room| {
            let scope = HoldersScope {
                replay: &replay,
                names: &names,
                who: &sample.who,
                links: &links,
                filter: &filter,
                at: Time(2_000_000_000),
            };
            Holders::with_room(&scope, room)
        };
        assert_eq!((of(3).caps, of(3).held.len()), (5, 3));
        assert_eq!((of(5).caps, of(5).held.len()), (5, 5));
    }
}
