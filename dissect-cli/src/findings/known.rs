//! What rules may look at.

use std::time::Duration;

use ceph_codec::types::{InodeNo, Rank};

use super::FactValue;
use crate::caps::moves::Phase;
use crate::caps::sessions::{Leg, What};
use crate::caps::{Migrations, Story};
use crate::capture::FileInfo;
use crate::event::Direction;
use crate::names::Names;
use crate::place::Time;
use crate::session::{Doubt, Ends, Link, Links, Trunks, Who};
use crate::stream::{ByConn, ConnId, ConnInfo};

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
            Some(export) => FactValue::Text(format!(
                "tid {}, seen up to {}",
                export.tid,
                export.came_to().name()
            )),
            None => FactValue::Word("-"),
        }
    }

    /// How long it may take, in nanoseconds.
    pub(super) fn wait(&self) -> i64 {
        nanos(self.settings.migration_timeout)
    }

    /// What keeps it from being said that all was read that client and rank said to each other, both ways,
    /// from one moment to another.
    pub(super) fn unread(&self, conn: ConnId, ends: &Ends, from: Time, to: Time) -> Option<Doubt> {
        [Direction::ClientToMds, Direction::MdsToClient].into_iter().find_map(|direction| {
            let read = match ends.mds {
                Some(mds) => self.links.covered(ends, mds, direction, from, to),
                None => self.links.covered_on(conn, direction, from, to),
            };
            read.err()
        })
    }

    /// Something that a client may have said to another rank than `ends`', or heard from it, meanwhile, and
    /// that was not read.
    pub(super) fn hole_elsewhere(&self, ends: &Ends, from: Time, to: Time) -> Option<Doubt> {
        let mut others = self.elsewhere(ends).filter_map(|link| Some((link, link.ends.mds?)));
        others.find_map(|(link, mds)| {
            [Direction::ClientToMds, Direction::MdsToClient].into_iter().find_map(|direction| {
                let mut holes = link.heard(direction).holes.iter();
                let hole = *holes.find(|h| h.before.time <= to && h.after.time >= from)?;
                Some(Doubt::Hole { mds, direction, hole })
            })
        })
    }

    /// The same, where also a connection of the client with another rank counts of which nothing was captured.
    pub(super) fn unread_elsewhere(&self, ends: &Ends, from: Time, to: Time) -> Option<Doubt> {
        let unheard = || {
            self.elsewhere(ends).find_map(|link| {
                let from = if link.from_start { from.max(link.opened.time) } else { from };
                let to = to.min(link.last.time);
                (from <= to).then(|| self.unread(link.conn, &link.ends, from, to)).flatten()
            })
        };
        let unseen = || Some(Doubt::NoConnection { mds: self.unseen_rank(ends, to)? });
        self.hole_elsewhere(ends, from, to).or_else(unheard).or_else(unseen)
    }

    /// Another rank than `ends`' with which the client may have had a session by a moment, of which nothing was seen.
    fn unseen_rank(&self, ends: &Ends, by: Time) -> Option<Rank> {
        let systems = self.names.ranks().systems();
        // Without a map there may be any.
        let guessed = systems.is_empty().then_some([Rank(0), Rank(1)]);
        let told = systems.iter().flat_map(|system| system.ranks().map(|(rank, _)| rank));
        let mut others =
            guessed.into_iter().flatten().chain(told).filter(|mds| Some(*mds) != ends.mds);
        others.find(|mds| {
            let mut links = self.elsewhere(ends).filter(|link| link.ends.mds == Some(*mds));
            !links.any(|l| l.opened.time <= by || l.from_start && !self.is_told_anew(l))
        })
    }

    /// Whether the client told its caps anew on this connection: it had a session with the rank before.
    pub(super) fn is_told_anew(&self, link: &Link) -> bool {
        let told = |leg: &Leg| leg.notes.iter().any(|n| matches!(n.what, What::Reconnect { .. }));
        self.story.sessions.leg(link.conn).is_some_and(told)
    }

    /// The client's connections with other ranks.
    fn elsewhere(&self, ends: &Ends) -> impl Iterator<Item = &Link> {
        self.links
            .iter()
            .filter(|link| link.ends.same_client(ends) == Some(true) && link.ends.mds != ends.mds)
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
