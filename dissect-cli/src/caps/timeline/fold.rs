//! From events in order to what every lane holds.

use std::collections::BTreeMap;

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, InodeNo, Seq};

use super::Views;
use super::answers::Answers;
use super::collect::{Kept, Parties, Window};
use super::notes::Note;
use super::{Cause, Client, Edge, Entry, Half, Holding, Lane, Migration, Outcome, Server, Span};
use super::{Timeline, pair};
use crate::caps::replay::{Branch, Held};
use crate::event::{CapEvent, Peer, Source};
use crate::place::Place;
use crate::session::Who;

/// The timeline of one inode. `notes` are those of all inodes, in order.
pub(super) fn timeline(
    ino: InodeNo,
    events: &[(Kept, Parties)],
    notes: &[Note],
    who: &Who,
) -> Timeline {
    let mut fold = Fold::new(events);
    let mut entry_of = vec![None; events.len()];
    let mut lane_of = vec![0; events.len()];
    let first = events.iter().map(|(kept, _)| kept.event.place).min().unwrap_or_default();
    let mut notes = notes.iter().filter(|note| note.place >= first).peekable();
    for (index, (kept, parties)) in events.iter().enumerate() {
        while let Some(note) = notes.next_if(|note| note.place < kept.event.place) {
            fold.note(note);
        }
        // `new` met every one of them.
        lane_of[index] = fold.find(parties.client, parties.server).unwrap_or(0);
        match kept.window {
            // A packet with an older time than one before it is out of the selection, not its past.
            Window::Before if fold.entries.is_empty() => fold.apply(lane_of[index], kept, None),
            Window::Within => {
                entry_of[index] = Some(fold.entries.len());
                fold.enter(lane_of[index], kept);
            }
            Window::Before | Window::After => {}
        }
    }
    notes.for_each(|note| fold.note(note));
    let half = |index: usize| {
        let (kept, _) = &events[index];
        Half { place: kept.event.place, lane: lane_of[index], entry: entry_of[index] }
    };
    let mut migrations = Vec::new();
    for link in pair::pair(events, who) {
        let (export, import) = (link.export.map(half), link.import.map(half));
        let shown = [export, import].into_iter().flatten().filter_map(|half| half.entry);
        for entry in shown {
            fold.entries[entry].migration = Some(migrations.len());
        }
        if export.and_then(|h| h.entry).or(import.and_then(|h| h.entry)).is_some() {
            migrations.push(Migration { export, import, state: link.state });
        }
    }
    let lanes = fold.lanes.into_iter().map(|(parties, state)| Lane {
        client: parties.client,
        server: parties.server,
        spans: state.spans,
    });
    let (path, names, entries) = (None, Vec::new(), fold.entries);
    Timeline { ino, path, names, lanes: lanes.collect(), entries, migrations, notes: fold.notes }
}

struct Fold {
    lanes: Vec<(Parties, State)>,
    entries: Vec<Entry>,
    notes: Vec<(usize, Note)>,
    answers: Answers,
    /// What the clients' views were last.
    views: BTreeMap<Client, Views>,
}

/// Where a lane stands.
#[derive(Default)]
struct State {
    spans: Vec<Span>,
    wanted: Option<Caps>,
    size: Option<(u64, u64)>,
}

impl State {
    fn now(&self) -> Holding {
        self.spans.last().map_or(Holding::Unknown, |span| span.holding)
    }

    fn set(&mut self, holding: Holding, edge: Edge) {
        if holding != self.now() {
            self.spans.push(Span { holding, began: Some(edge) });
        }
    }

    /// Takes what the client's view says: the cap before and behind, and whether its absence means anything.
    fn take(&mut self, before: Option<Held>, after: Option<Held>, known: bool, edge: Edge) {
        let holding = match (after, self.now()) {
            (Some(held), _) => Holding::of(&held),
            (None, Holding::Unknown) if before.is_none() && !known => return,
            (None, _) => Holding::Nothing,
        };
        self.set(holding, edge);
    }
}

impl Fold {
    /// Makes the lanes: one for each pair of parties that speak, and one for each that an EXPORT names.
    fn new(events: &[(Kept, Parties)]) -> Self {
        let mut first: BTreeMap<(Client, Server), Holding> = BTreeMap::new();
        let mut meet = |parties: Parties, held: Option<Held>, fresh: bool| {
            let holding = match held {
                Some(held) => Holding::of(&held),
                None if fresh => Holding::Nothing,
                None => Holding::Unknown,
            };
            first.entry((parties.client, parties.server)).or_insert(holding);
        };
        for (kept, parties) in events {
            let event = &kept.event;
            let known = kept.step.is_some_and(|step| step.known);
            // A cap that begins with seq 1 was not there before.
            let begins = matches!(event.op(), Some(CapOp::IMPORT)) && event.seq == Seq(1)
                || matches!(event.source, Source::ClientReply { .. }) && event.seq == Seq(1);
            meet(*parties, kept.step.and_then(|step| step.before), known || begins);
            if let Some((target, peer)) = importer(event, parties.client) {
                let other = kept.step.and_then(|step| step.other).and_then(|other| other.before);
                meet(target, other, peer.seq() == Seq(1));
            }
        }
        let lanes = first.into_iter().map(|((client, server), holding)| {
            let spans = vec![Span { holding, began: None }];
            (Parties { client, server }, State { spans, ..State::default() })
        });
        Fold {
            lanes: lanes.collect(),
            entries: Vec::new(),
            notes: Vec::new(),
            answers: Answers::default(),
            views: BTreeMap::new(),
        }
    }

    fn find(&self, client: Client, server: Server) -> Option<usize> {
        self.lanes.binary_search_by_key(&(client, server), |(p, _)| (p.client, p.server)).ok()
    }

    /// Makes an entry of an event.
    fn enter(&mut self, lane: usize, kept: &Kept) {
        let (index, event) = (self.entries.len(), &kept.event);
        let state = &self.lanes[lane].1;
        let before = state.now();
        let step = kept.step.as_ref();
        let giving_up = step.and_then(|step| step.after);
        let stale = step.is_some_and(|step| step.branch == Branch::ToldStale);
        let views = kept.views.map(|after| {
            let before = self.views.insert(self.lanes[lane].0.client, after);
            (before.unwrap_or_default(), after)
        });
        self.entries.push(Entry {
            event: *event,
            step: kept.step,
            views,
            lane,
            before,
            after: before,
            asked: giving_up.map_or(Caps::NONE, |held| held.implemented.without(held.issued)),
            wanted_before: state.wanted,
            size_before: state.size,
            stale,
            outcome: Outcome::NotAwaited,
            migration: None,
        });
        self.apply(lane, kept, Some(index));
        self.entries[index].after = self.lanes[lane].1.now();
        if !event.replayed {
            let client = self.lanes[lane].0.client;
            let from = match event.peer {
                Some(Peer::Exporter(peer)) => self.find(client, Server::Rank(peer.mds.0)),
                _ => None,
            };
            self.answers.follow(index, client, lane, from, &mut self.entries);
        }
    }

    /// What an event does to the lanes.
    fn apply(&mut self, lane: usize, kept: &Kept, entry: Option<usize>) {
        let (Some(step), event) = (kept.step.filter(|_| !kept.event.replayed), &kept.event) else {
            return;
        };
        let (own, others) = causes(event, step.after.is_some());
        let edge = |cause| Edge { place: event.place, cause, entry };
        let client = self.lanes[lane].0.client;
        if let Some(other) = step.other {
            if let Some(at) = self.find(client, Server::Rank(other.mds.0)) {
                self.lanes[at].1.take(other.before, other.after, false, edge(others));
            }
        } else if let Some(Peer::Exporter(peer)) = event.peer
            && let Some(at) = self.find(client, Server::Rank(peer.mds.0)).filter(|at| *at != lane)
            && self.lanes[at].1.now() == Holding::Unknown
        {
            // Whatever it was, the IMPORT took it.
            self.lanes[at].1.set(Holding::Nothing, edge(others));
        }
        let gives_away = matches!(event.op(), Some(CapOp::EXPORT));
        let state = &mut self.lanes[lane].1;
        state.take(step.before, step.after, step.known || gives_away, edge(own));
        let says = |op| {
            matches!(
                op,
                CapOp::GRANT | CapOp::REVOKE | CapOp::IMPORT | CapOp::UPDATE | CapOp::FLUSH
            )
        };
        if event.op().is_none_or(says) && event.source != Source::CapRelease {
            state.wanted = Some(event.wanted);
        }
        state.size = event.size.or(state.size);
    }

    /// Something that is about all inodes, if it is about a lane here.
    fn note(&mut self, note: &Note) {
        let concerns = |parties: &Parties| {
            note.client.is_none_or(|client| client == parties.client)
                && note.server == parties.server
        };
        let mut any = false;
        for (index, (parties, state)) in self.lanes.iter_mut().enumerate() {
            if !concerns(parties) {
                continue;
            }
            any = true;
            if note.what.ends_session() && state.now() != Holding::Unknown {
                let edge = Edge { place: note.place, cause: Cause::Closed, entry: None };
                state.set(Holding::Nothing, edge);
                self.answers.close(index);
            }
        }
        // Before the first entry there is no story yet that it could be part of.
        if any && !self.entries.is_empty() {
            self.notes.push((self.entries.len(), *note));
        }
    }
}

/// Why an event changes the cap of its own rank, and the other's.
fn causes(event: &CapEvent, holds: bool) -> (Cause, Cause) {
    match event.source {
        Source::ClientCaps(CapOp::IMPORT) => (Cause::Imported, Cause::Replaced),
        Source::ClientCaps(CapOp::EXPORT) => (Cause::Exported, Cause::Named),
        Source::ClientCaps(CapOp::REVOKE) => (Cause::Revoked, Cause::Revoked),
        Source::Reconnect => (Cause::Reasserted, Cause::Reasserted),
        Source::ClientReply { .. } | Source::ClientCaps(CapOp::GRANT) => {
            (Cause::Granted, Cause::Granted)
        }
        _ if holds => (Cause::Retained, Cause::Retained),
        _ => (Cause::Released, Cause::Released),
    }
}

/// The importer that an EXPORT names.
fn importer(event: &CapEvent, client: Client) -> Option<(Parties, Peer)> {
    match event.peer {
        Some(peer @ Peer::Importer(named)) if named.is_somewhere() => {
            Some((Parties { client, server: Server::Rank(named.mds.0) }, peer))
        }
        _ => None,
    }
}

/// Where a note stands in the order of a timeline.
pub(super) fn order(place: Place) -> (u32, u64) {
    (place.file, place.frame)
}
