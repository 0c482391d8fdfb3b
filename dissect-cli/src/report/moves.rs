//! Exports of trees between ranks, as plain data: what `migrations` shows.

use ceph_codec::types::{DirFrag, InodeNo, Rank};
use serde::Serialize;

use super::watch::shown;
use crate::caps::moves::{Export, Fate, Moves, Phase};
use crate::caps::timeline::Filter;
use crate::names::Names;
use crate::place::{Place, Time};
use crate::session::{Trunks, Who};

/// Caps listed of one export whose client was not told all, 100. Beyond: counted.
const MAX_CAPS: usize = 100;

/// What the rows are made from.
#[derive(Clone, Copy, Debug)]
pub struct MovesScope<'a> {
    /// What was gathered.
    pub moves: &'a Moves,
    /// Identities.
    pub who: &'a Who,
    /// Names of inodes.
    pub names: &'a Names,
    /// Connections of metadata servers with each other.
    pub trunks: &'a Trunks,
    /// What is selected.
    pub filter: &'a Filter,
    /// Nanoseconds for which a loss counts as the reason why an export went no further.
    pub wait: i64,
}

/// All exports that are selected.
#[derive(Clone, Debug, Serialize)]
pub struct MigrationsReport {
    /// How many became what.
    pub counts: FateCounts,
    /// Caps handed to the rank that has authority over their inode, without a tree: messages.
    pub caps_handed_over: u64,
    /// Messages of exports that came when too many were followed.
    pub not_followed: u64,
    /// Caps of which it was not looked whether their clients were told.
    pub caps_not_followed: u64,
    /// The exports, in the order of their first messages.
    pub migrations: Vec<MigrationRow>,
}

/// Exports by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FateCounts {
    /// Complete.
    pub done: u64,
    /// Given up by the exporter.
    pub cancelled: u64,
    /// Not wanted by the importer.
    pub refused: u64,
    /// Lost with the connection between the two.
    pub peer_lost: u64,
    /// Not complete.
    pub open: u64,
}

/// An export of a tree.
#[derive(Clone, Debug, Serialize)]
pub struct MigrationRow {
    /// The first message seen.
    #[serde(flatten)]
    pub at: Place,
    /// Its number, the exporter's own.
    pub tid: u64,
    /// The directory at the root of the tree.
    #[serde(serialize_with = "shown")]
    pub tree: DirFrag,
    /// Its path.
    pub path: Option<String>,
    /// The rank that gives the tree up.
    pub exporter: Option<i32>,
    /// The rank that takes it.
    pub importer: Option<i32>,
    /// What became of it.
    pub outcome: Fate,
    /// How far it came.
    pub came_to: Phase,
    /// What was to come next; null if nothing.
    pub waits_for: Option<&'static str>,
    /// Where it shows that it cannot go on, if one of the ranks was lost.
    pub lost: Option<Place>,
    /// Nanoseconds from the first message to the last.
    pub took_ns: i64,
    /// The messages seen, in the order of the protocol.
    pub phases: Vec<PhaseRow>,
    /// Other ranks that were told.
    pub notified: u32,
    /// Answers of these.
    pub notify_acks: u32,
    /// Inodes in the tree.
    pub inodes: u32,
    /// Caps in the tree.
    pub caps: u32,
    /// Caps that the importer took.
    pub taken: u32,
    /// Of these, whose client has no session with it.
    pub without_session: u32,
    /// Of these, whose EXPORT was seen.
    pub exports: u32,
    /// Of these, whose IMPORT was seen.
    pub imports: u32,
    /// Of these, of which both were seen.
    pub pairs: u32,
    /// Of these, with an EXPORT only.
    pub export_only: u32,
    /// Of these, with an IMPORT only.
    pub import_only: u32,
    /// Of these, with neither.
    pub untold: u32,
    /// Those of which not both were seen, at most 100.
    pub unpaired: Vec<UnpairedRow>,
}

/// A message of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PhaseRow {
    /// Which one.
    pub phase: Phase,
    /// Where.
    #[serde(flatten)]
    pub at: Place,
    /// Nanoseconds since the one before; null for the first.
    pub after_ns: Option<i64>,
}

/// A cap that moved, of whose two messages to the client not both were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct UnpairedRow {
    /// The client.
    pub client: i64,
    /// The inode.
    #[serde(serialize_with = "shown")]
    pub ino: InodeNo,
    /// Id of the cap at the importer.
    pub cap_id: u64,
    /// Whether its EXPORT was seen.
    pub export: bool,
    /// Whether its IMPORT was seen.
    pub import: bool,
}

impl MovesScope<'_> {
    /// All exports that are selected.
    pub fn report(&self) -> MigrationsReport {
        let mut unpaired: Vec<Vec<UnpairedRow>> = vec![Vec::new(); self.moves.exports().len()];
        for (ino, cap) in self.moves.awaited() {
            use crate::caps::moves::Half;
            let Some(list) = unpaired.get_mut(cap.export as usize) else { continue };
            let (client, cap_id) = (cap.client, cap.cap_id);
            let (export, import) = (cap.seen == Some(Half::Export), cap.seen == Some(Half::Import));
            list.push(UnpairedRow { client, ino, cap_id, export, import });
        }
        let mut counts = FateCounts::default();
        let mut migrations = Vec::new();
        for (export, unpaired) in self.moves.exports().iter().zip(unpaired) {
            if !self.selects(export, &unpaired) {
                continue;
            }
            let row = self.row(export, unpaired);
            let count = match row.outcome {
                Fate::Done => &mut counts.done,
                Fate::Cancelled => &mut counts.cancelled,
                Fate::Refused => &mut counts.refused,
                Fate::PeerLost => &mut counts.peer_lost,
                Fate::Open => &mut counts.open,
            };
            *count += 1;
            migrations.push(row);
        }
        MigrationsReport {
            counts,
            caps_handed_over: self.moves.caps_messages()[0],
            not_followed: self.moves.not_followed(),
            caps_not_followed: self.moves.caps_not_followed(),
            migrations,
        }
    }

    /// Whether the export is selected: by its tree, its ranks, its time, and by inode and client as far as
    /// they are told one by one.
    fn selects(&self, export: &Export, unpaired: &[UnpairedRow]) -> bool {
        let Filter { clients, ranks, since, until, .. } = self.filter;
        let wants = |ino| self.filter.wants(ino) == Some(true);
        let is_client = |row: &UnpairedRow| {
            u64::try_from(row.client).is_ok_and(|client| clients.contains(&client))
        };
        let of = export.ranks(self.who);
        (wants(export.tree.ino) || unpaired.iter().any(|row| wants(row.ino)))
            && (clients.is_empty() || unpaired.iter().any(is_client))
            && (ranks.is_empty() || of.into_iter().flatten().any(|rank| ranks.contains(&rank)))
            && since.is_none_or(|since| export.last.at.place.time >= since)
            && until.is_none_or(|until| export.first.at.place.time <= until)
    }

    fn row(&self, export: &Export, mut unpaired: Vec<UnpairedRow>) -> MigrationRow {
        let alone = |told: [bool; 2]| {
            let is = |cap: &&UnpairedRow| [cap.export, cap.import] == told;
            u32::try_from(unpaired.iter().filter(is).count()).unwrap_or(u32::MAX)
        };
        let (export_only, import_only) = (alone([true, false]), alone([false, true]));
        let untold = alone([false, false]);
        unpaired.sort_unstable();
        unpaired.truncate(MAX_CAPS);
        let at = export.first.at.place;
        let mut before: Option<Time> = None;
        let mut phases = Vec::new();
        for phase in Phase::ALL {
            let Some(at) = export.at(phase) else { continue };
            let after_ns = before.map(|before| at.time.since(before));
            before = Some(at.time);
            phases.push(PhaseRow { phase, at, after_ns });
        }
        let [exporter, importer] = export.ranks(self.who).map(|rank| rank.map(|Rank(n)| n));
        let (outcome, came_to) = (export.fate(self.trunks, self.wait), export.came_to());
        let open = matches!(outcome, Fate::Open | Fate::PeerLost);
        MigrationRow {
            at,
            tid: export.tid,
            tree: export.tree,
            path: self.names.paths().path(export.tree.ino, export.last.at.place.time),
            exporter,
            importer,
            outcome,
            came_to,
            waits_for: came_to.next().filter(|_| open),
            lost: export.peer_lost(self.trunks, self.wait).filter(|_| outcome == Fate::PeerLost),
            took_ns: export.last.at.place.time.since(at.time),
            phases,
            notified: export.notified[0],
            notify_acks: export.notified[1],
            inodes: export.inodes,
            caps: export.caps,
            taken: export.taken,
            without_session: export.without_session,
            exports: export.exported,
            imports: export.imported,
            pairs: export.both,
            export_only,
            import_only,
            untold,
            unpaired,
        }
    }
}

#[cfg(test)]
mod tests {
    use ceph_codec::message::mds_export::ImportedCap;
    use ceph_codec::types::{Frag, Seq};

    use super::*;
    use crate::event::{At, Event, MoveEvent, MoveStep};
    use crate::stream::{ConnId, Dir};

    #[test]
    fn of_many_caps_the_first_are_listed_and_all_counted() {
        let (who, names, trunks, filter) = Default::default();
        let many = MAX_CAPS as u32 + 3;
        let mut moves = Moves::default();
        let mut push = |frame: u64, step: MoveStep| {
            let place = Place { frame, ..Place::default() };
            let at = At { place, conn: ConnId(0), offset: frame, replayed: false };
            let tree = DirFrag { ino: InodeNo(0x100), frag: Frag(0) };
            let dir = if step.is_of_exporter() { Dir::AToB } else { Dir::BToA };
            let tid = 7;
            moves.push(&Event::Move(MoveEvent { at, dir, tid, tree, step }), &who);
        };
        push(1, MoveStep::Dir { inodes: many, caps: many });
        for n in 0..many {
            let cap_id = u64::from(n) + 1;
            let cap = ImportedCap { cap_id, issue_seq: Seq(1), mseq: Seq(1) };
            push(2, MoveStep::Took { ino: InodeNo(cap_id), client: 4100, cap });
        }
        push(2, MoveStep::Ack { caps: many });
        let scope = MovesScope {
            moves: &moves,
            who: &who,
            names: &names,
            trunks: &trunks,
            filter: &filter,
            wait: 0,
        };
        let report = scope.report();
        let [row] = &report.migrations[..] else { panic!("{:?}", report.counts) };
        assert_eq!((row.unpaired.len(), row.untold, row.taken), (MAX_CAPS, many, many));
        assert_eq!(row.unpaired.last().map(|row| row.ino.0), Some(MAX_CAPS as u64));
    }
}
