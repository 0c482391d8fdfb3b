//! Per inode: who held which capabilities from when to when, and what made it so.
//!
//! A [`Collector`] takes cap events in the order of the capture, keeps those that a [`Filter`] selects, and
//! makes [`Timelines`] of them when the capture has ended and everybody's name is known. All of it is plain
//! data; text is made by the renderers.
//!
//! What a client *holds* is what its replayed view says that it still uses. A REVOKE takes nothing by itself:
//! the bits are gone when the client's answer says so.

mod answers;
mod called;
mod collect;
mod fold;
mod notes;
mod pair;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use ceph_codec::types::{Caps, InodeNo};

use super::answers::Flushed;
use super::replay::{Branch, Held, Origin, Step, View};
use crate::event::CapEvent;
use crate::names::{Named, Names};
use crate::place::{Place, Time};

pub use called::Called;
pub use collect::{Collector, Filter, MAX_ENTRIES, parties};
pub use notes::{Note, What};

/// What became of the events of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timelines {
    /// What relative times count from.
    pub origin: Time,
    /// One for each inode, in the order in which they first appear.
    pub inodes: Vec<Timeline>,
    /// Where every event went.
    pub counts: Counts,
    /// The first event that found no room.
    pub dropped_from: Option<Place>,
    /// What happened to sessions, connections and ranks, of all inodes together, in the order of the capture.
    pub notes: Vec<Note>,
    /// Notes that found no room.
    pub notes_dropped: u64,
    /// What clients and servers are called.
    pub called: Called,
}

/// Where the events went; the parts sum up to `seen`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that were put in.
    pub seen: u64,
    /// Those that are entries of a timeline.
    pub entries: u64,
    /// Not selected by the filter.
    pub outside: u64,
    /// The filter asks for a client or a rank, and who was at the ends of the connection is not known.
    pub undecided: u64,
    /// Selected, but the room for entries was used up.
    pub dropped: u64,
}

/// All that happened to one inode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The inode.
    pub ino: InodeNo,
    /// Its path when the last of it happened, marked if it was gone by then.
    pub path: Option<String>,
    /// The names that it had while all of it happened.
    pub names: Vec<Named>,
    /// A lane for each client and server that had to do with it, clients together, ranks ascending.
    pub lanes: Vec<Lane>,
    /// What happened, in the order of the capture.
    pub entries: Vec<Entry>,
    /// The moves of caps between servers.
    pub migrations: Vec<Migration>,
    /// What happened to the sessions and ranks of the lanes, and the entry before which it did.
    pub notes: Vec<(usize, Note)>,
}

/// A client, as well as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Client {
    /// Its global id.
    Id(u64),
    /// Only its end of the connection.
    Addr(SocketAddr),
    /// Not even that.
    Conn(u32),
}

/// A metadata server, as well as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Server {
    /// Its rank.
    Rank(i32),
    /// Only its end of the connection.
    Addr(SocketAddr),
    /// Not even that.
    Conn(u32),
}

/// One client's cap from one server: what it held there from when to when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Who holds.
    pub client: Client,
    /// Who issued.
    pub server: Server,
    /// The holdings one after the other, without gap or overlap; the last one lasts to the end.
    pub spans: Vec<Span>,
}

/// A holding that did not change for a while. It ends where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// What was held.
    pub holding: Holding,
    /// How it began; `None` for what was so when the capture or the selection began.
    pub began: Option<Edge>,
}

/// What a client holds from a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// Not told by anything seen so far.
    Unknown,
    /// No cap.
    Nothing,
    /// A cap that the client made itself from an EXPORT, while the IMPORT is still to come.
    Placeholder {
        /// Its id, as the EXPORT names it.
        cap_id: u64,
        /// The bits that the exported cap had.
        caps: Caps,
    },
    /// A cap.
    Cap {
        /// Its id.
        cap_id: u64,
        /// What the client holds under it.
        caps: Caps,
    },
}

impl Holding {
    /// What a cap in the client's view is.
    fn of(held: &Held) -> Holding {
        let (cap_id, caps) = (held.cap_id, held.implemented);
        match held.origin {
            Origin::Placeholder => Holding::Placeholder { cap_id, caps },
            _ => Holding::Cap { cap_id, caps },
        }
    }

    /// Id of the cap, if there is one and it is known.
    pub fn cap_id(&self) -> Option<u64> {
        match *self {
            Holding::Unknown | Holding::Nothing => None,
            Holding::Placeholder { cap_id, .. } | Holding::Cap { cap_id, .. } => Some(cap_id),
        }
    }

    /// The bits held, none without a cap; `None` where they are not known.
    pub fn caps(&self) -> Option<Caps> {
        match *self {
            Holding::Unknown => None,
            Holding::Nothing => Some(Caps::NONE),
            Holding::Placeholder { caps, .. } | Holding::Cap { caps, .. } => Some(caps),
        }
    }
}

/// The moment at which a holding changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The packet that changed it.
    pub place: Place,
    /// How.
    pub cause: Cause,
    /// The entry that did, `None` if it lies before the selected time.
    pub entry: Option<usize>,
}

/// Why a holding changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The server granted bits.
    Granted,
    /// The server asked bits back, of a cap not known before.
    Revoked,
    /// The server took the cap over.
    Imported,
    /// The server gave the cap away.
    Exported,
    /// Another server's EXPORT named the cap.
    Named,
    /// Another server's IMPORT replaced the cap.
    Replaced,
    /// The client said what it retains.
    Retained,
    /// The client retained nothing.
    Released,
    /// The client told it to a server that came back.
    Reasserted,
    /// The session was closed, or refused.
    Closed,
}

/// What a client has of an inode from all servers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Views {
    /// As it is.
    pub now: View,
    /// As it would be for a client of another kind.
    pub other: Option<OtherView>,
}

/// What a client of another kind would have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherView {
    /// Its view.
    pub view: View,
    /// Which way its code goes.
    pub branch: Branch,
}

/// One event in its timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was seen.
    pub event: CapEvent,
    /// What it does to the client's view.
    pub step: Option<Step>,
    /// The client's view of the inode before and behind it; only if it was asked for.
    pub views: Option<(Views, Views)>,
    /// On which lane, an index into [`Timeline::lanes`].
    pub lane: usize,
    /// What the lane held until then.
    pub before: Holding,
    /// What it held from then on.
    pub after: Holding,
    /// Bits held that the server does not want the client to keep.
    pub asked: Caps,
    /// The wanted bits that the lane's last message named, if it had one and named any.
    pub wanted_before: Option<Caps>,
    /// Size and largest size that the lane's server said last.
    pub size_before: Option<(u64, u64)>,
    /// A message of the client that names a cap which is not its cap from this server any more.
    pub stale: bool,
    /// What it waited for.
    pub outcome: Outcome,
    /// The move that it belongs to, an index into [`Timeline::migrations`].
    pub migration: Option<usize>,
}

impl Entry {
    /// Bits held from here on and not before; none where either is unknown.
    pub fn gained(&self) -> Caps {
        match (self.before.caps(), self.after.caps()) {
            (Some(before), Some(after)) => after.without(before),
            _ => Caps::NONE,
        }
    }

    /// Bits held before and not from here on; none where either is unknown.
    pub fn lost(&self) -> Caps {
        match (self.before.caps(), self.after.caps()) {
            (Some(before), Some(after)) => before.without(after),
            _ => Caps::NONE,
        }
    }

    /// Whether it writes something back that the server has to acknowledge.
    pub fn is_flush(&self) -> bool {
        Flushed::written(&self.event).is_some()
    }
}

/// What became of something that asks for an answer: a REVOKE, or state written back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It asks for nothing.
    NotAwaited,
    /// No answer was seen.
    Open,
    /// Answered.
    Answered {
        /// By which entry.
        by: usize,
        /// After how many nanoseconds.
        after: i64,
    },
    /// Made pointless, by a later entry that grants the bits again, moves the cap, or repeats the flush.
    Overtaken {
        /// By which entry.
        by: usize,
    },
}

/// A cap moves: one server gives it up with an EXPORT, the other takes it over with an IMPORT. Either
/// message may arrive first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The exporter's message.
    pub export: Option<Half>,
    /// The importer's message.
    pub import: Option<Half>,
    /// Whether both are there.
    pub state: MigrationState,
}

/// One message of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Half {
    /// Its packet.
    pub place: Place,
    /// Its lane, an index into [`Timeline::lanes`].
    pub lane: usize,
    /// Its entry, an index into [`Timeline::entries`]; `None` if it lies outside the selected time.
    pub entry: Option<usize>,
}

/// How complete a migration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// Both messages were seen.
    Paired,
    /// The EXPORT names the importer's cap, and no IMPORT of it was seen.
    NoImport,
    /// No EXPORT was seen.
    NoExport,
    /// No EXPORT was seen, and none is due: the IMPORT asks the client to release the old cap, or hands over
    /// what the client had claimed at its reconnect.
    NotDue,
    /// The EXPORT names no importer.
    Nowhere,
    /// The EXPORT is of a version that cannot name the importer.
    Unnamed,
}

impl MigrationState {
    /// Whether a message is missing that ought to be there.
    pub fn is_unmatched(self) -> bool {
        matches!(self, MigrationState::NoImport | MigrationState::NoExport)
    }
}

impl Timeline {
    /// Takes over what the inode is called.
    fn called(&mut self, names: &Names) {
        let Some((first, last)) = self.extent() else { return };
        self.path = names.paths().shown(self.ino, last.time);
        self.names = names.paths().history(self.ino);
        self.names.retain(|named| {
            named.until.is_none_or(|until| until >= first.time)
                && named.from.is_none_or(|from| from <= last.time)
        });
    }

    /// The first and the last event.
    pub fn extent(&self) -> Option<(Place, Place)> {
        Some((self.entries.first()?.event.place, self.entries.last()?.event.place))
    }

    /// Migrations of which a message is missing.
    pub fn unmatched(&self) -> usize {
        self.migrations.iter().filter(|m| m.state.is_unmatched()).count()
    }

    /// Entries whose answer was not seen.
    pub fn open(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries.iter().enumerate().filter(|(_, entry)| entry.outcome == Outcome::Open)
    }
}

impl Timelines {
    /// At most `limit` inodes, as indices in order of appearance: those where a message is missing first,
    /// then those with unanswered questions, then those that moved, then the busiest.
    pub fn most_telling(&self, limit: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.inodes.len()).collect();
        if order.len() > limit {
            order.sort_by_key(|&i| {
                let t = &self.inodes[i];
                let key = (t.unmatched(), t.open().count(), t.migrations.len(), t.entries.len());
                std::cmp::Reverse(key)
            });
            order.truncate(limit);
            order.sort_unstable();
        }
        order
    }
}
