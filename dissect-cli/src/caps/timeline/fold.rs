//! From events in order to what every lane holds.

use std::collections::{BTreeMap, HashMap, VecDeque};

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::types::{Caps, InodeNo, Seq};

use super::collect::{Kept, Parties, Window};
use super::{
    Cause, Client, Edge, Entry, Half, Holding, Lane, Migration, Outcome, Server, Span, Timeline,
    flushes, pair,
};
use crate::event::{CapEvent, Peer, Source};
use crate::session::Who;

/// REVOKEs of a lane that wait for an answer; of more than that the oldest are left without.
const MAX_REVOKES: usize = 256;

/// The timeline of one inode.
pub(super) fn timeline(ino: InodeNo, events: &[(Kept, Parties)], who: &Who) -> Timeline {
    let mut fold = Fold::new(events);
    let mut entry_of = vec![None; events.len()];
    let mut lane_of = vec![0; events.len()];
    for (index, (kept, parties)) in events.iter().enumerate() {
        // `new` met every one of them.
        lane_of[index] = fold.find(parties.client, parties.server).unwrap_or(0);
        match kept.window {
            // A packet with an older time than one before it is out of the selection, not its past.
            Window::Before if fold.entries.is_empty() => {
                fold.step(lane_of[index], &kept.event, None)
            }
            Window::Within => {
                entry_of[index] = Some(fold.entries.len());
                fold.enter(lane_of[index], &kept.event);
            }
            Window::Before | Window::After => {}
        }
    }
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
    Timeline { ino, lanes: lanes.collect(), entries: fold.entries, migrations }
}

/// Whether a message of this kind tells what its lane holds.
pub(super) fn tells_holding(source: Source) -> bool {
    is_statement(source) || is_answer(source) || source.op() == Some(CapOp::EXPORT)
}

/// The server says what the client may have.
fn is_statement(source: Source) -> bool {
    matches!(source.op(), Some(CapOp::GRANT | CapOp::REVOKE | CapOp::IMPORT))
}

/// The client says what it retains.
fn is_answer(source: Source) -> bool {
    matches!(source.op(), Some(CapOp::UPDATE | CapOp::FLUSH))
}

struct Fold {
    lanes: Vec<(Parties, State)>,
    entries: Vec<Entry>,
    /// State written back, without acknowledgement: by client, tid, and whether it is a snapshot's.
    flushes: HashMap<(Client, u64, bool), Flush>,
}

/// Where a lane stands.
#[derive(Default)]
struct State {
    spans: Vec<Span>,
    /// What the server said last that the client may have.
    pending: Caps,
    /// Number of the server's last message on the cap.
    seq: Seq,
    /// Id of the cap that was here last and is gone.
    gone: Option<u64>,
    /// The newest REVOKEs without answer.
    revokes: VecDeque<Revoke>,
    wanted: Option<Caps>,
    size: Option<(u64, u64)>,
}

/// A REVOKE without answer.
struct Revoke {
    entry: usize,
    seq: Seq,
    /// The set that it left to the client.
    left: Caps,
    /// The bits it asked back, as far as known.
    asked: Caps,
}

struct Flush {
    entry: usize,
    lane: usize,
}

impl State {
    fn now(&self) -> Holding {
        self.spans.last().map_or(Holding::Unknown { cap_id: None }, |span| span.holding)
    }

    fn set(&mut self, holding: Holding, edge: Edge) {
        let now = self.now();
        if holding == now {
            return;
        }
        if now.cap_id().is_some() && holding.cap_id() != now.cap_id() {
            self.gone = now.cap_id();
        }
        self.spans.push(Span { holding, began: Some(edge) });
    }
}

impl Fold {
    /// Makes the lanes: one for each pair of parties that speak, and one for each that an EXPORT names.
    fn new(events: &[(Kept, Parties)]) -> Self {
        let mut first: BTreeMap<(Client, Server), Holding> = BTreeMap::new();
        let mut meet = |parties: Parties, fresh: bool| {
            let holding = if fresh { Holding::Nothing } else { Holding::Unknown { cap_id: None } };
            first.entry((parties.client, parties.server)).or_insert(holding);
        };
        for (kept, parties) in events {
            let event = &kept.event;
            // A cap that begins with seq 1 was not there before.
            meet(*parties, event.op() == Some(CapOp::IMPORT) && event.seq == Seq(1));
            if let Some((target, peer)) = importer(event, parties.client) {
                meet(target, peer.seq() == Seq(1));
            }
        }
        let lanes = first.into_iter().map(|((client, server), holding)| {
            let spans = vec![Span { holding, began: None }];
            (Parties { client, server }, State { spans, ..State::default() })
        });
        Fold { lanes: lanes.collect(), entries: Vec::new(), flushes: HashMap::new() }
    }

    fn find(&self, client: Client, server: Server) -> Option<usize> {
        self.lanes.binary_search_by_key(&(client, server), |(p, _)| (p.client, p.server)).ok()
    }

    /// Makes an entry of an event.
    fn enter(&mut self, lane: usize, event: &CapEvent) {
        let index = self.entries.len();
        let state = &self.lanes[lane].1;
        let before = state.now();
        self.entries.push(Entry {
            event: *event,
            lane,
            before,
            after: before,
            asked: Caps::NONE,
            wanted_before: state.wanted,
            size_before: state.size,
            stale: false,
            outcome: Outcome::NotAwaited,
            migration: None,
        });
        if !event.replayed {
            self.step(lane, event, Some(index));
            self.entries[index].after = self.lanes[lane].1.now();
            self.follow_flush(lane, event, index);
        }
    }

    /// What an event does to the lanes.
    fn step(&mut self, lane: usize, event: &CapEvent, entry: Option<usize>) {
        if event.replayed {
            return;
        }
        match event.op() {
            Some(CapOp::IMPORT) => {
                self.replace(lane, event, entry);
                self.state_bits(lane, event, Cause::Imported, entry);
            }
            Some(CapOp::GRANT) => self.state_bits(lane, event, Cause::Granted, entry),
            Some(CapOp::REVOKE) => self.revoke(lane, event, entry),
            Some(CapOp::EXPORT) => self.export(lane, event, entry),
            _ if is_answer(event.source) => self.answer(lane, event, entry),
            _ => {}
        }
        let state = &mut self.lanes[lane].1;
        if is_statement(event.source) || is_answer(event.source) {
            state.wanted = Some(event.wanted);
        }
        if is_statement(event.source) || event.op() == Some(CapOp::TRUNC) {
            state.size = event.size;
        }
    }

    /// The server says which bits the client may have from now on. Bits it has beyond these are its own
    /// until it says that they are gone.
    fn state_bits(&mut self, lane: usize, event: &CapEvent, cause: Cause, entry: Option<usize>) {
        let state = &mut self.lanes[lane].1;
        let now = state.now();
        let held = match now.caps().filter(|_| now.cap_id() == Some(event.cap_id)) {
            Some(held) => held,
            None => Caps::NONE,
        };
        state.set(
            Holding::Cap { cap_id: event.cap_id, caps: held | event.caps },
            edge(event, cause, entry),
        );
        (state.pending, state.seq) = (event.caps, event.seq);
        if let Some(entry) = entry {
            self.entries[entry].asked = held.without(event.caps);
        }
        let same_cap = now.cap_id() == Some(event.cap_id);
        self.overtake(lane, entry, |r| {
            !same_cap || (!r.asked.is_empty() && event.caps.contains(r.asked))
        });
    }

    fn revoke(&mut self, lane: usize, event: &CapEvent, entry: Option<usize>) {
        let state = &mut self.lanes[lane].1;
        let now = state.now();
        let known = now.caps().is_some() && now.cap_id() == Some(event.cap_id);
        if known {
            self.state_bits(lane, event, Cause::Granted, entry);
        } else {
            // What it takes away from is not known, so neither is what the client has until it answers.
            let unknown = Holding::Unknown { cap_id: Some(event.cap_id) };
            state.set(unknown, edge(event, Cause::Revoked, entry));
            (state.pending, state.seq) = (event.caps, event.seq);
            self.overtake(lane, entry, |_| {
                now.cap_id().is_some() && now.cap_id() != Some(event.cap_id)
            });
        }
        if let Some(entry) = entry {
            let asked = self.entries[entry].asked;
            self.entries[entry].outcome = Outcome::Open;
            let revokes = &mut self.lanes[lane].1.revokes;
            if revokes.len() == MAX_REVOKES {
                revokes.pop_front();
            }
            revokes.push_back(Revoke { entry, seq: event.seq, left: event.caps, asked });
        }
    }

    /// The client says what it retains.
    fn answer(&mut self, lane: usize, event: &CapEvent, entry: Option<usize>) {
        let state = &mut self.lanes[lane].1;
        let now = state.now();
        let ours = now.cap_id() == Some(event.cap_id);
        if !ours && state.gone == Some(event.cap_id) {
            if let Some(entry) = entry {
                self.entries[entry].stale = true;
            }
            return;
        }
        let mut caps = event.caps;
        // What the client may have as of the message that it answers.
        let mut pending = state.pending;
        if ours && state.seq.is_after(event.seq) {
            // It had not seen the server's newest message yet.
            caps |= state.pending;
        } else if ours && state.seq == event.seq {
            state.pending = state.pending & event.caps;
        } else {
            // It has seen one that was not seen here.
            pending = event.caps;
            (state.pending, state.seq) = (event.caps, event.seq);
        }
        let (holding, cause) = match caps.is_empty() {
            true => (Holding::Nothing, Cause::Released),
            false => (Holding::Cap { cap_id: event.cap_id, caps }, Cause::Retained),
        };
        state.set(holding, edge(event, cause, entry));
        let Some(by) = entry else { return };
        let entries = &mut self.entries;
        state.revokes.retain(|revoke| {
            let rest = event.caps.without(revoke.left);
            let kept = if revoke.asked.is_empty() { rest } else { rest & revoke.asked };
            let met = !revoke.seq.is_after(event.seq) && kept.without(pending).is_empty();
            if met {
                let after = event.place.time.since(entries[revoke.entry].event.place.time);
                entries[revoke.entry].outcome = Outcome::Answered { by, after };
            }
            !met
        });
    }

    /// The server gives the cap away; the client makes itself a placeholder of the importer's cap.
    fn export(&mut self, lane: usize, event: &CapEvent, entry: Option<usize>) {
        let (parties, state) = &mut self.lanes[lane];
        let client = parties.client;
        let now = state.now();
        let knows_other =
            now == Holding::Nothing || now.cap_id().is_some_and(|id| id != event.cap_id);
        if knows_other {
            // The IMPORT came first and has replaced the cap, or it is of a cap long gone.
            return;
        }
        state.set(Holding::Nothing, edge(event, Cause::Exported, entry));
        state.gone = Some(event.cap_id);
        self.overtake(lane, entry, |_| true);
        let Some((target, peer)) = importer(event, client) else { return };
        let Some(target) = self.find(target.client, target.server) else { return };
        let edge = edge(event, Cause::Named, entry);
        let state = &mut self.lanes[target].1;
        let placeholder = Holding::Placeholder { cap_id: peer.cap_id(), caps: now.caps() };
        match (state.now(), now.caps()) {
            (Holding::Nothing | Holding::Placeholder { .. }, _) => {
                state.set(placeholder, edge);
                (state.pending, state.seq) =
                    (now.caps().unwrap_or_default(), Seq(peer.seq().0.wrapping_sub(1)));
            }
            (Holding::Unknown { .. }, _) if peer.seq() == Seq(1) => state.set(placeholder, edge),
            // It had a cap there already, which gets the bits of the one that goes.
            (Holding::Cap { cap_id, caps }, Some(more))
                if cap_id == peer.cap_id() && peer.seq().is_after(state.seq) =>
            {
                state.set(Holding::Cap { cap_id, caps: caps | more }, edge);
            }
            _ => {}
        }
    }

    /// An IMPORT takes the exporter's cap away, should its EXPORT not have come yet.
    fn replace(&mut self, lane: usize, event: &CapEvent, entry: Option<usize>) {
        let Some(Peer::Exporter(peer)) = event.peer else { return };
        let client = self.lanes[lane].0.client;
        let Some(source) =
            self.find(client, Server::Rank(peer.mds.0)).filter(|source| *source != lane)
        else {
            return;
        };
        let state = &mut self.lanes[source].1;
        let same = match state.now() {
            Holding::Unknown { cap_id } => cap_id.is_none_or(|id| id == peer.cap_id),
            now => now.cap_id() == Some(peer.cap_id),
        };
        if same {
            state.set(Holding::Nothing, edge(event, Cause::Replaced, entry));
            state.gone = Some(peer.cap_id);
            self.overtake(source, entry, |_| true);
        }
    }

    fn overtake(&mut self, lane: usize, entry: Option<usize>, which: impl Fn(&Revoke) -> bool) {
        let entries = &mut self.entries;
        self.lanes[lane].1.revokes.retain(|revoke| {
            let overtaken = which(revoke);
            if let (true, Some(by)) = (overtaken, entry) {
                entries[revoke.entry].outcome = Outcome::Overtaken { by };
            }
            !overtaken
        });
    }

    fn follow_flush(&mut self, lane: usize, event: &CapEvent, index: usize) {
        let client = self.lanes[lane].0.client;
        if flushes(event) {
            let key = (client, event.tid, event.op() == Some(CapOp::FLUSHSNAP));
            if let Some(old) = self.flushes.insert(key, Flush { entry: index, lane }) {
                self.entries[old.entry].outcome = Outcome::Overtaken { by: index };
            }
            self.entries[index].outcome = Outcome::Open;
        }
        if matches!(event.op(), Some(CapOp::FLUSH_ACK | CapOp::FLUSHSNAP_ACK)) {
            let key = (client, event.tid, event.op() == Some(CapOp::FLUSHSNAP_ACK));
            if let Some(flush) = self.flushes.get(&key).filter(|flush| flush.lane == lane) {
                let flushed = &mut self.entries[flush.entry];
                let after = event.place.time.since(flushed.event.place.time);
                flushed.outcome = Outcome::Answered { by: index, after };
                self.flushes.remove(&key);
            }
        }
    }
}

fn edge(event: &CapEvent, cause: Cause, entry: Option<usize>) -> Edge {
    Edge { place: event.place, cause, entry }
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
