//! Which EXPORT belongs to which IMPORT.
//!
//! An EXPORT from rank A names the cap that rank B made for this client; B's IMPORT for the same client and
//! inode carries that cap. They travel on two connections, so either may come first. The join key is
//! (client, inode, the importer's cap id, the importer's rank): a cap id alone is unique only for one rank,
//! inode and client.

mod agree;

use std::collections::hash_map::Entry;

use ceph_codec::message::client_caps::{CapOp, ExportPeer, ImportPeer, PeerFlags};
use ceph_codec::types::{InodeNo, Rank};

use crate::event::{CapEvent, Direction, Peer, Source};
use crate::hash::HashMap;
use crate::session::Who;

pub use agree::Disagreement;

/// An EXPORT and its IMPORT.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// What the exporter sent.
    pub export: CapEvent,
    /// What the importer sent.
    pub import: CapEvent,
}

/// An EXPORT that names a cap whose IMPORT was not seen, and what was seen of that cap instead.
#[derive(Clone, Copy, Debug)]
pub struct LoneExport {
    /// The message.
    pub export: CapEvent,
    /// The cap that it names.
    pub peer: ExportPeer,
    /// The first other message of the importer's rank about that cap.
    pub mds_spoke: Option<CapEvent>,
    /// The first message in which the client used the cap.
    pub client_used: Option<CapEvent>,
    /// The first message in which the client told the cap to its rank, when that came back.
    pub reasserted: Option<CapEvent>,
    /// The first IMPORT of another rank that says that the cap came from the importer: that had it, and gave it on.
    pub moved_on: Option<CapEvent>,
}

/// An IMPORT that names a cap whose EXPORT was not seen, although there should be one.
#[derive(Clone, Copy, Debug)]
pub struct LoneImport {
    /// The message.
    pub import: CapEvent,
    /// The cap that it names.
    pub peer: ImportPeer,
}

/// Bounds of the pairing.
#[derive(Clone, Copy, Debug)]
pub struct MigrationLimits {
    /// EXPORTs, as many IMPORTs, that may wait for their other half, and as many EXPORTs that have none, 1
    /// million. Beyond: the new one is not followed, [`Migrations::not_followed`].
    pub max_waiting: usize,
    /// Pairs kept whose halves do not agree, 65,536. Beyond: counted in [`Migrations::not_followed`] too.
    pub max_disagreeing: usize,
}

impl Default for MigrationLimits {
    fn default() -> Self {
        MigrationLimits { max_waiting: 1 << 20, max_disagreeing: 1 << 16 }
    }
}

/// Pairs EXPORTs with IMPORTs. What it holds is bounded by the migrations under way.
#[derive(Debug, Default)]
pub struct Migrations {
    limits: MigrationLimits,
    exports: HashMap<Key, Vec<LoneExport>>,
    imports: HashMap<Key, Vec<LoneImport>>,
    waiting: [usize; 2],
    nowhere: Vec<CapEvent>,
    disagreeing: Vec<Pair>,
    pairs: u64,
    not_followed: u64,
}

/// Inode and the importer's cap id: what both halves are filed under. Client and rank are compared after
/// that, since they may be unknown.
type Key = (InodeNo, u64);

impl Migrations {
    /// Takes the next event; answers the pair that it completes.
    pub fn push(&mut self, event: &CapEvent, who: &Who) -> Option<Pair> {
        if event.replayed {
            return None;
        }
        match (event.op(), event.peer) {
            (Some(CapOp::EXPORT), Some(Peer::Importer(peer))) if peer.is_somewhere() => {
                self.export(event, peer, who)
            }
            (Some(CapOp::EXPORT), _) => {
                match self.nowhere.len() < self.limits.max_waiting {
                    true => self.nowhere.push(*event),
                    false => self.not_followed += 1,
                }
                None
            }
            (Some(CapOp::IMPORT), Some(Peer::Exporter(peer))) => self.import(event, peer, who),
            _ => {
                self.spoke(event, who);
                None
            }
        }
    }

    fn export(&mut self, event: &CapEvent, peer: ExportPeer, who: &Who) -> Option<Pair> {
        self.spoke(event, who);
        let key = (event.ino, peer.cap_id);
        let found = take(&mut self.imports, key, |lone| {
            belong(event, &peer, &lone.import, &lone.peer, who)
        });
        if let Some(lone) = found {
            self.waiting[1] -= 1;
            return Some(self.pair(Pair { export: *event, import: lone.import }, who));
        }
        if self.waiting[0] >= self.limits.max_waiting {
            self.not_followed += 1;
            return None;
        }
        self.waiting[0] += 1;
        let lone = LoneExport {
            export: *event,
            peer,
            mds_spoke: None,
            client_used: None,
            reasserted: None,
            moved_on: None,
        };
        self.exports.entry(key).or_default().push(lone);
        None
    }

    fn import(&mut self, event: &CapEvent, peer: ImportPeer, who: &Who) -> Option<Pair> {
        self.moved_on(event, peer, who);
        let key = (event.ino, event.cap_id);
        let found = take(&mut self.exports, key, |lone| {
            belong(&lone.export, &lone.peer, event, &peer, who)
        });
        if let Some(lone) = found {
            self.waiting[0] -= 1;
            return Some(self.pair(Pair { export: lone.export, import: *event }, who));
        }
        if self.waiting[1] >= self.limits.max_waiting {
            self.not_followed += 1;
            return None;
        }
        self.waiting[1] += 1;
        self.imports.entry(key).or_default().push(LoneImport { import: *event, peer });
        None
    }

    fn pair(&mut self, pair: Pair, who: &Who) -> Pair {
        self.pairs += 1;
        if !pair.disagreements(rank(&pair.export, who)).is_empty() {
            match self.disagreeing.len() < self.limits.max_disagreeing {
                true => self.disagreeing.push(pair),
                false => self.not_followed += 1,
            }
        }
        pair
    }

    /// Notes that a cap whose IMPORT is missing came to another rank.
    fn moved_on(&mut self, event: &CapEvent, peer: ImportPeer, who: &Who) {
        if self.exports.is_empty() {
            return;
        }
        let waiting = self.exports.get_mut(&(event.ino, peer.cap_id));
        let of_it = |lone: &&mut LoneExport| {
            event.place >= lone.export.place
                && lone.peer.mds == peer.mds
                && same_client(&lone.export, event, who) != Some(false)
        };
        for lone in waiting.into_iter().flatten().filter(of_it) {
            lone.moved_on.get_or_insert(*event);
        }
    }

    /// Notes a sign of life of a cap whose IMPORT is missing.
    fn spoke(&mut self, event: &CapEvent, who: &Who) {
        // Nearly always there is nothing missing, and nothing to look up.
        if self.exports.is_empty() || event.cap_id == 0 {
            return;
        }
        let Some(waiting) = self.exports.get_mut(&(event.ino, event.cap_id)) else { return };
        for lone in waiting {
            // One that waited behind a gap may be older than the EXPORT.
            if event.place < lone.export.place
                || same_client(&lone.export, event, who) == Some(false)
                || rank(event, who).is_some_and(|r| r != lone.peer.mds)
            {
                continue;
            }
            let sign = match event.direction {
                Direction::MdsToClient => &mut lone.mds_spoke,
                Direction::ClientToMds => &mut lone.client_used,
            };
            sign.get_or_insert(*event);
            if event.source == Source::Reconnect {
                lone.reasserted.get_or_insert(*event);
            }
        }
    }

    /// Number of pairs completed.
    pub fn pairs(&self) -> u64 {
        self.pairs
    }

    /// EXPORTs and IMPORTs that came when too many were waiting.
    pub fn not_followed(&self) -> u64 {
        self.not_followed
    }

    /// Pairs whose halves do not agree, in the order of their completion.
    pub fn disagreeing(&self) -> &[Pair] {
        &self.disagreeing
    }

    /// EXPORTs that name no cap at all, in the order of the capture.
    pub fn nowhere(&self) -> &[CapEvent] {
        &self.nowhere
    }

    /// EXPORTs without IMPORT so far, in the order of the capture.
    pub fn lone_exports(&self) -> Vec<LoneExport> {
        let mut lone: Vec<_> = self.exports.values().flatten().copied().collect();
        lone.sort_unstable_by_key(|l| (l.export.place.file, l.export.place.frame, l.export.offset));
        lone
    }

    /// IMPORTs without EXPORT so far, in the order of the capture. Two kinds have none by design and are
    /// left out: those of a rejoin, and those flagged RELEASE.
    pub fn lone_imports(&self) -> Vec<LoneImport> {
        let mut lone: Vec<_> =
            self.imports.values().flatten().filter(|l| wants_an_export(&l.peer)).copied().collect();
        lone.sort_unstable_by_key(|l| (l.import.place.file, l.import.place.frame, l.import.offset));
        lone
    }
}

/// Whether the exporter has to tell the client too. It does not where the cap was only a replica's, which
/// the client is to release (flag RELEASE), and not in a rejoin, where the IMPORT names what the client
/// itself had asserted (seq and mseq 0, no flags).
fn wants_an_export(peer: &ImportPeer) -> bool {
    peer.mds.0 >= 0
        && peer.flags.contains(PeerFlags::AUTH)
        && !peer.flags.contains(PeerFlags::RELEASE)
}

/// Whether two halves filed under the same inode and importer's cap id are of one migration.
fn belong(
    export: &CapEvent,
    to: &ExportPeer,
    import: &CapEvent,
    from: &ImportPeer,
    who: &Who,
) -> bool {
    let client = same_client(export, import, who);
    let importer = rank(import, who).map(|rank| rank == to.mds);
    match (client, importer) {
        (Some(false), _) | (_, Some(false)) => false,
        (Some(true), Some(true)) => true,
        // Somebody is unknown: the halves have to name each other.
        _ => from.cap_id == export.cap_id && rank(export, who).is_none_or(|rank| rank == from.mds),
    }
}

fn rank(event: &CapEvent, who: &Who) -> Option<Rank> {
    who.ends(event.conn)?.mds
}

/// Whether two events concern the same client; `None` where an id is unknown.
fn same_client(one: &CapEvent, other: &CapEvent, who: &Who) -> Option<bool> {
    who.ends(one.conn)?.same_client(&who.ends(other.conn)?)
}

fn take<T>(map: &mut HashMap<Key, Vec<T>>, key: Key, fits: impl Fn(&T) -> bool) -> Option<T> {
    let Entry::Occupied(mut slot) = map.entry(key) else { return None };
    let at = slot.get().iter().position(fits)?;
    let found = slot.get_mut().remove(at);
    if slot.get().is_empty() {
        slot.remove();
    }
    Some(found)
}

#[cfg(test)]
mod tests;
