//! Keeps what is selected until everybody's name is known.

use std::collections::{BTreeSet, HashMap};

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{InodeNo, Rank};

use super::notes::Notes;
use super::{Called, Client, Counts, Server, Timelines, Views, fold};
use crate::caps::replay::Step;
use crate::dissect::Party;
use crate::event::{CapEvent, Event};
use crate::names::{Glob, Names};
use crate::place::{Place, Time};
use crate::session::{Links, Who};
use crate::stream::ConnId;

/// How many events a [`Collector`] keeps unless told otherwise; about 700 bytes each.
pub const MAX_ENTRIES: usize = 1_000_000;

/// What is of interest; an empty set or `None` selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// These inodes.
    pub inodes: BTreeSet<InodeNo>,
    /// And those that have a path like one of these, or had it once.
    pub paths: Vec<Glob>,
    /// [`inodes`](Filter::inodes) has them all, and `paths` need not be looked at.
    pub settled: bool,
    /// These clients, by global id.
    pub clients: BTreeSet<u64>,
    /// These ranks, and the other half of every migration from or to them.
    pub ranks: BTreeSet<Rank>,
    /// From this moment on.
    pub since: Option<Time>,
    /// Up to and including this moment.
    pub until: Option<Time>,
}

/// Takes cap events and makes timelines of them.
///
/// Memory is bounded by the filter's selection and by the number of entries to keep; what finds no room is
/// counted in [`Timelines::counts`]. Of the time before [`Filter::since`] the last message that tells what a
/// lane holds is kept, and of all time the migrations, so that nothing looks unknown or unmatched only
/// because the selection cuts it off.
#[derive(Debug)]
pub struct Collector {
    filter: Filter,
    max_entries: usize,
    kept: HashMap<InodeNo, Inode>,
    len: usize,
    counts: Counts,
    origin: Option<Time>,
    dropped_from: Option<Place>,
    notes: Notes,
}

#[derive(Debug, Default)]
struct Inode {
    /// Number of its first event among all.
    first: u64,
    events: Vec<Kept>,
    /// By connection, the newest event before the selected time that tells what is held.
    before: HashMap<ConnId, Kept>,
}

/// An event that is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// Its number among all.
    number: u64,
    /// Where in time it lies.
    pub(super) window: Window,
    pub(super) event: CapEvent,
    /// What it does to the client's view.
    pub(super) step: Option<Step>,
    /// What that view is then.
    pub(super) views: Option<Views>,
}

/// Where an event lies in respect of the selected time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    Before,
    Within,
    After,
}

/// The ends of an event's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parties {
    pub(super) client: Client,
    pub(super) server: Server,
}

impl Parties {
    pub(super) fn of(conn: ConnId, who: &Who) -> Self {
        let Some(ends) = who.ends(conn) else {
            return Parties { client: Client::Conn(conn.0), server: Server::Conn(conn.0) };
        };
        Parties {
            client: match ends.client {
                Some(id) => Client::Id(id),
                None => Client::Addr(who.client_addr(conn).unwrap_or(ends.client_addr)),
            },
            server: ends.mds.map_or(Server::Addr(ends.mds_addr), |rank| Server::Rank(rank.0)),
        }
    }
}

/// Who is at the ends of a connection, as lanes and notes call them.
pub fn parties(conn: ConnId, who: &Who) -> (Client, Server) {
    let Parties { client, server } = Parties::of(conn, who);
    (client, server)
}

impl Filter {
    /// All names are known by now: finds the inodes that [`paths`](Filter::paths) means.
    pub fn settle(&mut self, names: &Names) {
        if !self.paths.is_empty() && !self.settled {
            let is = |path: &str| self.paths.iter().any(|glob| glob.matches(path));
            self.inodes.extend(names.paths().inodes(is));
            self.settled = true;
        }
    }

    /// Whether no inode is left out for its number or path.
    pub fn wants_any_inode(&self) -> bool {
        self.inodes.is_empty() && self.paths.is_empty()
    }

    /// Whether nobody is left out.
    fn wants_anybody(&self) -> bool {
        self.clients.is_empty() && self.ranks.is_empty()
    }

    /// Whether the inode is selected; `None` if that depends on names that may be learned yet.
    pub fn wants(&self, ino: InodeNo) -> Option<bool> {
        match self.inodes.contains(&ino) {
            true => Some(true),
            false if self.paths.is_empty() => Some(self.inodes.is_empty()),
            false => self.settled.then_some(false),
        }
    }

    /// The same, by the names that are known.
    fn wants_now(&self, ino: InodeNo, at: Time, names: &Names) -> bool {
        self.wants(ino).unwrap_or_else(|| {
            let path = names.paths().path(ino, at);
            path.is_some_and(|path| self.paths.iter().any(|glob| glob.matches(&path)))
        })
    }

    /// Whether a selected client and a selected rank are at the ends of a connection.
    pub fn is_between(&self, parties: Option<&[Party; 2]>) -> bool {
        let any =
            |is: &dyn Fn(&Party) -> bool| parties.is_some_and(|parties| parties.iter().any(is));
        let client = |party: &Party| party.client().is_some_and(|id| self.clients.contains(&id));
        let rank = |party: &Party| party.rank().is_some_and(|rank| self.ranks.contains(&rank));
        (self.clients.is_empty() || any(&client)) && (self.ranks.is_empty() || any(&rank))
    }

    /// Whether the event itself is selected, as far as is known who its parties are and what its inode is
    /// called.
    pub fn shows(&self, event: &CapEvent, names: &Names, who: &Who) -> bool {
        self.wants_now(event.ino, event.place.time, names)
            && self.window(event.place.time) == Window::Within
            && (self.wants_anybody()
                || self.selects(event, Parties::of(event.conn, who)) == Some(true))
    }

    fn window(&self, time: Time) -> Window {
        match (self.since, self.until) {
            (Some(since), _) if time < since => Window::Before,
            (_, Some(until)) if time > until => Window::After,
            _ => Window::Within,
        }
    }

    /// Whether the parties are selected; `None` while too little is known of them.
    fn selects(&self, event: &CapEvent, parties: Parties) -> Option<bool> {
        let client = match parties.client {
            _ if self.clients.is_empty() => Some(true),
            Client::Id(id) => Some(self.clients.contains(&id)),
            _ => None,
        };
        let peer = event.peer.is_some_and(|peer| self.ranks.contains(&peer.mds()));
        let server = match parties.server {
            _ if self.ranks.is_empty() || peer => Some(true),
            Server::Rank(rank) => Some(self.ranks.contains(&Rank(rank))),
            _ => None,
        };
        match (client, server) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }
}

impl Collector {
    /// A collector that keeps what `filter` selects, at most `max_entries` events.
    pub fn new(filter: Filter, max_entries: usize) -> Self {
        Collector {
            filter,
            max_entries,
            kept: HashMap::new(),
            len: 0,
            counts: Counts::default(),
            origin: None,
            dropped_from: None,
            notes: Notes::default(),
        }
    }

    /// Relative times count from here: the capture's first packet. Otherwise from the first event.
    pub fn starts_at(&mut self, origin: Time) {
        self.origin = Some(origin);
    }

    /// Takes the next event, with what it does to the client's view, and, if that is to be shown, with what
    /// the view is then. `who` may learn more until [`finish`](Collector::finish).
    pub fn push(
        &mut self,
        event: &Event,
        step: Option<&Step>,
        views: impl FnOnce(&CapEvent) -> Option<Views>,
        who: &Who,
    ) {
        match event {
            Event::Cap(event) => self.cap(event, step, views, who),
            _ => self.notes.push(event),
        }
    }

    fn cap(
        &mut self,
        event: &CapEvent,
        step: Option<&Step>,
        views: impl FnOnce(&CapEvent) -> Option<Views>,
        who: &Who,
    ) {
        let number = self.counts.seen;
        self.counts.seen += 1;
        self.origin.get_or_insert(event.place.time);
        let wanted = self.filter.wants(event.ino) != Some(false);
        if !wanted || self.filter.selects(event, Parties::of(event.conn, who)) == Some(false) {
            self.counts.outside += 1;
            return;
        }
        let migration = matches!(event.op(), Some(CapOp::EXPORT | CapOp::IMPORT));
        let window = self.filter.window(event.place.time);
        let kept = Kept { number, window, event: *event, step: step.copied(), views: views(event) };
        let replaces = kept.window == Window::Before && !migration;
        match kept.window {
            Window::Within => {}
            _ if migration || replaces => self.counts.outside += 1,
            _ => {
                self.counts.outside += 1;
                return;
            }
        }
        if replaces
            && let Some(old) =
                self.kept.get_mut(&event.ino).and_then(|i| i.before.get_mut(&event.conn))
        {
            *old = kept;
            return;
        }
        if self.len >= self.max_entries {
            self.dropped_from.get_or_insert(event.place);
            if kept.window == Window::Within {
                self.counts.dropped += 1;
            }
            return;
        }
        self.len += 1;
        let inode = self
            .kept
            .entry(event.ino)
            .or_insert_with(|| Inode { first: number, ..Inode::default() });
        match replaces {
            true => {
                inode.before.insert(event.conn, kept);
            }
            false => inode.events.push(kept),
        }
    }

    /// The timelines of all that was kept, with what is known by now of names and identities, and with what
    /// `links` says of the connections.
    pub fn finish(mut self, names: &Names, who: &Who, links: &Links) -> Timelines {
        self.filter.settle(names);
        let (mut notes, notes_dropped) = std::mem::take(&mut self.notes).finish(who, links);
        notes.retain(|note| self.filter.window(note.place.time) != Window::After);
        let mut inodes: Vec<(InodeNo, Inode)> = self.kept.drain().collect();
        inodes.sort_unstable_by_key(|(_, inode)| inode.first);
        let mut timelines = Timelines {
            origin: self.origin.unwrap_or_default(),
            inodes: Vec::with_capacity(inodes.len()),
            counts: self.counts,
            dropped_from: self.dropped_from,
            notes: Vec::new(),
            notes_dropped,
            called: Called::default(),
        };
        for (ino, inode) in inodes {
            if self.filter.wants(ino) != Some(true) {
                let within = inode.events.iter().filter(|kept| kept.window == Window::Within);
                timelines.counts.outside += within.count() as u64;
                continue;
            }
            let mut events: Vec<(Kept, Parties)> = inode
                .events
                .into_iter()
                .chain(inode.before.into_values())
                .map(|kept| (kept, Parties::of(kept.event.conn, who)))
                .filter(|(kept, parties)| self.filter.admits(kept, *parties, &mut timelines.counts))
                .collect();
            // What waited behind a gap came later than it was sent.
            events.sort_unstable_by_key(|(kept, _)| (fold::order(kept.event.place), kept.number));
            let named = self.filter.inodes.contains(&ino) && !events.is_empty();
            if named || events.iter().any(|(kept, _)| kept.window == Window::Within) {
                let mut timeline = fold::timeline(ino, &events, &notes, who);
                timeline.called(names);
                timelines.inodes.push(timeline);
            }
        }
        let entries = timelines.inodes.iter().flat_map(|timeline| &timeline.entries);
        timelines.called = Called::of(entries.map(|entry| &entry.event), who, names);
        timelines.notes = notes;
        timelines
    }
}

impl Filter {
    /// The last word on a kept event, when everybody's name is as well known as it will ever be.
    fn admits(&self, kept: &Kept, parties: Parties, counts: &mut Counts) -> bool {
        let verdict = self.selects(&kept.event, parties);
        if kept.window == Window::Within {
            match verdict {
                Some(true) => counts.entries += 1,
                Some(false) => counts.outside += 1,
                None => counts.undecided += 1,
            }
        }
        verdict == Some(true)
    }
}
