//! What rules may look at.

use std::time::Duration;

use ceph_codec::types::InodeNo;

use super::FactValue;
use crate::caps::moves::Phase;
use crate::caps::{Migrations, Story};
use crate::capture::FileInfo;
use crate::event::{At, Direction};
use crate::names::Names;
use crate::place::Time;
use crate::session::{Doubt, Ends, Links, Trunks, Who};
use crate::stream::{ByConn, ConnInfo};

/// What rules may be told.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long the other half of a migration may take.
    pub migration_timeout: Duration,
    /// How long a client may take to answer a REVOKE.
    pub revoke_timeout: Duration,
    /// How long a rank may take to acknowledge a flush.
    pub flush_timeout: Duration,
    /// How long a client may have to wait for bits that it wants.
    pub wanted_timeout: Duration,
    /// How long a client may take to come down to the caps that a rank lets it keep.
    pub recall_timeout: Duration,
    /// An inode that moves between ranks more often than this within a minute is worth telling.
    pub ping_pong_moves: u32,
    /// An inode of which bits change hands more often than this within a minute is worth telling.
    pub ping_pong_turns: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            // A thousand times what healthy clusters were seen to take.
            migration_timeout: Duration::from_secs(5),
            // When the MDS warns that a client fails to respond: its session_timeout.
            revoke_timeout: Duration::from_secs(60),
            // An MDS writes its journal out every few seconds.
            flush_timeout: Duration::from_secs(60),
            wanted_timeout: Duration::from_secs(60),
            // As long as for a REVOKE.
            recall_timeout: Duration::from_secs(60),
            // The balancer looks every 10 s.
            ping_pong_moves: 5,
            ping_pong_turns: 30,
        }
    }
}

/// Everything that a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// EXPORTs and IMPORTs, paired or not.
    pub migrations: &'a Migrations,
    /// The streams' connections.
    pub conns: &'a ByConn<ConnInfo>,
    /// What follows from the events in their order.
    pub story: &'a Story,
    /// Names of inodes, ranks and clients.
    pub names: &'a Names,
    /// Identities.
    pub who: &'a Who,
    /// Connections, and what of them was not seen.
    pub links: &'a Links,
    /// Connections of metadata servers with each other.
    pub trunks: &'a Trunks,
    /// The files of the capture.
    pub files: &'a [FileInfo],
    /// Thresholds.
    pub settings: &'a Settings,
}

impl Known<'_> {
    /// The moment before which the other half of a migration should have come.
    pub(super) fn deadline(&self, of: Time) -> Time {
        Time(of.0.saturating_add(self.wait()))
    }

    /// The export between ranks with which a cap moved whose EXPORT or IMPORT is missing, and how far it came, by
    /// the importer's id of the cap; `-` where the capture does not have it.
    pub(super) fn migration(&self, ino: InodeNo, cap_id: u64, client: Option<u64>) -> FactValue {
        match self.story.moves.of_cap(ino, cap_id, client) {
            Some(export) if export.at(Phase::Last).is_some() => {
                FactValue::Text(format!("tid {}, complete", export.tid))
            }
            Some(export) => {
                FactValue::Text(format!("tid {}, came to {}", export.tid, export.came_to().name()))
            }
            None => FactValue::Word("-"),
        }
    }

    /// How long it may take, in nanoseconds.
    pub(super) fn wait(&self) -> i64 {
        nanos(self.settings.migration_timeout)
    }

    /// What keeps it from being said that all was read that client and rank said to each other, both ways,
    /// from one moment to another.
    pub(super) fn unread(&self, at: &At, ends: &Ends, from: Time, to: Time) -> Option<Doubt> {
        [Direction::ClientToMds, Direction::MdsToClient].into_iter().find_map(|direction| {
            let read = match ends.mds {
                Some(mds) => self.links.covered(ends, mds, direction, from, to),
                None => self.links.covered_on(at.conn, direction, from, to),
            };
            read.err()
        })
    }

    /// Something that a client may have said to another rank than `ends`', or heard from it, meanwhile, and
    /// that was not read.
    pub(super) fn hole_elsewhere(&self, ends: &Ends, from: Time, to: Time) -> Option<Doubt> {
        let others = self
            .links
            .iter()
            .filter(|link| link.ends.same_client(ends) == Some(true) && link.ends.mds != ends.mds);
        let mut ways = others.flat_map(|link| {
            [Direction::ClientToMds, Direction::MdsToClient].map(|direction| (link, direction))
        });
        ways.find_map(|(link, direction)| {
            let mds = link.ends.mds?;
            let mut holes = link.heard(direction).holes.iter();
            let hole = *holes.find(|h| h.before.time <= to && h.after.time >= from)?;
            Some(Doubt::Hole { mds, direction, hole })
        })
    }

    /// Whether the rank changed hands or its state between two moments, as far as somebody was told.
    pub(super) fn rank_changed(&self, ends: &Ends, from: Time, to: Time) -> bool {
        let Some(mds) = ends.mds else { return false };
        let ranks = self.names.ranks();
        let fs = ranks.at_address(ends.mds_addr, from).map(|(fs, _)| fs);
        // Of which file system it is may not be known.
        let systems: Vec<_> = match fs.and_then(|fs| ranks.system(fs)) {
            Some(system) => vec![system],
            None => ranks.systems().iter().collect(),
        };
        systems.iter().any(|system| {
            let history = system.history(mds);
            history.iter().any(|holder| holder.since.time > from && holder.since.time <= to)
        })
    }
}

/// A length of time in nanoseconds.
pub(super) fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
