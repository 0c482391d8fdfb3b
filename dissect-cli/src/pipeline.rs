//! The stages from capture to cap event, wired one behind the other.

use std::ops::ControlFlow;

use ceph_codec::message::MessageType;
use ceph_codec::message::client_session::SessionOp;

use crate::caps::replay::Step;
use crate::caps::{Migrations, Pair, Story};
use crate::capture::{Capture, FileInfo, Packet};
use crate::event::{Event, InOrder, Reader, SessionEvent};
use crate::findings::{self, Finding, Known, Settings};
use crate::hash::HashMap;
use crate::names::Names;
use crate::net::Net;
use crate::place::Place;
use crate::session::{Links, SessionEnd, Sessions, Spoken, Trunks, Who};
use crate::stream::{ConnId, Streams};

/// The stages that every reading begins with: packets to what is said in them.
pub struct Front {
    /// Packets to segments.
    pub net: Net,
    /// Segments to streams.
    pub streams: Streams,
    /// Streams to messages.
    pub sessions: Sessions,
}

/// Everything that reading a capture yields, but for the events themselves.
pub struct Pipeline {
    /// Packets to messages.
    pub front: Front,
    /// Messages to events, and what follows from them.
    pub caps: CapStage,
    last: Place,
}

/// Messages to events, and what is made of these while they pass.
#[derive(Debug, Default)]
pub struct CapStage {
    /// Messages to events; names.
    pub reader: Reader,
    /// EXPORTs and their IMPORTs, in the order of the capture: what became of an EXPORT comes behind it.
    pub migrations: Migrations,
    /// The same as they are read, which is how it is learned early who is who.
    met: Migrations,
    /// What follows from the events in their order.
    pub story: Story,
    order: InOrder<Event>,
    /// Nobody wants the story.
    untold: bool,
    /// Where a client asked for a session, or a server ended one.
    on_conn: HashMap<ConnId, OnConn>,
}

/// What was said of the session on one connection.
#[derive(Clone, Copy, Debug, Default)]
struct OnConn {
    asked: Option<Place>,
    closed: Option<(SessionEnd, Place)>,
}

/// What is told of a capture that is read for its messages alone.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'e> {
    /// Something was said.
    Said(&'e Spoken<'e>),
    /// A packet was read. Whether something may still be told that is older.
    Packet(Place, bool),
}

/// What a consumer is told, in the order of the capture.
#[derive(Clone, Copy, Debug)]
pub enum News<'e> {
    /// The first packet.
    Start(Place),
    /// Something was said. Its events follow, maybe later: these are in the order of the capture, and this is
    /// not where a stream has gaps.
    Said(&'e Spoken<'e>),
    /// Something happened; if to a capability, with what that does to it, and with all that was gathered so
    /// far.
    Event(&'e Event, Option<&'e Step>, &'e Story),
    /// A packet was read. Whether something may still be told that is older.
    Packet(Place, bool),
}

impl Front {
    /// Reads the messages for whose type `wanted` answers yes; of the others it reads the headers.
    pub fn new(wanted: fn(MessageType) -> bool) -> Self {
        Front { net: Net::new(), streams: Streams::new(), sessions: Sessions::new(wanted) }
    }

    /// Takes the next packet; `out` gets what it completes.
    pub fn push(&mut self, packet: &Packet<'_>, out: &mut impl FnMut(Spoken<'_>, &mut Who)) {
        let Front { net, streams, sessions } = self;
        net.push(packet, &mut |segment| {
            streams.push(&segment, &mut |event| sessions.push(&event, out));
            streams.let_go(|conn| sessions.close(conn));
        });
        sessions.clock(packet.place, out);
    }

    /// To be called behind the last packet; `out` gets what had to wait for more.
    pub fn finish(&mut self, out: &mut impl FnMut(Spoken<'_>, &mut Who)) {
        let Front { net, streams, sessions } = self;
        net.finish();
        streams.finish(&mut |event| sessions.push(&event, out));
        streams.let_go(|conn| sessions.close(conn));
    }

    /// Reads the capture to its end, or until `progress` breaks off: it is told after every packet how many bytes
    /// of the input were read. `out` gets what is said.
    pub fn run(
        &mut self,
        capture: &mut Capture,
        mut progress: impl FnMut(u64) -> ControlFlow<()>,
        out: &mut impl FnMut(Heard<'_>),
    ) {
        let mut on = true;
        while on && let Some(packet) = capture.next() {
            self.push(&packet, &mut |spoken, _| out(Heard::Said(&spoken)));
            out(Heard::Packet(packet.place, self.is_holding()));
            on = progress(capture.bytes_read()).is_continue();
        }
        self.finish(&mut |spoken, _| out(Heard::Said(&spoken)));
    }

    /// Whether something may still come that is older than the last packet.
    pub fn is_holding(&self) -> bool {
        self.streams.is_holding() || self.sessions.is_waiting()
    }
}

impl Default for Pipeline {
    fn default() -> Self {
        Pipeline::new(Reader::wants)
    }
}

impl Pipeline {
    /// Reads the messages for whose type `wanted` answers yes; of the others it reads the headers. What
    /// events are made of should be [wanted](Reader::wants).
    pub fn new(wanted: fn(MessageType) -> bool) -> Self {
        Pipeline { front: Front::new(wanted), caps: CapStage::default(), last: Place::default() }
    }

    /// For events and names alone: the story stays empty, and what rules say of it means nothing.
    #[must_use]
    pub fn without_story(mut self) -> Self {
        self.caps.untold = true;
        self
    }

    /// Reads the capture to its end, or until `progress` breaks off: it is told after every packet how many
    /// bytes of the input were read. `sink` gets the events, and
    /// with each what is known by then of names and identities.
    pub fn run(
        &mut self,
        capture: &mut Capture,
        mut progress: impl FnMut(u64) -> ControlFlow<()>,
        sink: &mut impl FnMut(News<'_>, &Names, &Who),
    ) {
        let mut on = true;
        while on && let Some(packet) = capture.next() {
            self.push(&packet, sink);
            on = progress(capture.bytes_read()).is_continue();
        }
        self.finish(sink);
    }

    /// Takes the next packet, for whoever wants to look at what is known between packets.
    pub fn push(&mut self, packet: &Packet<'_>, sink: &mut impl FnMut(News<'_>, &Names, &Who)) {
        let Pipeline { front, caps, last } = self;
        if *last == Place::default() {
            sink(News::Start(packet.place), caps.reader.names(), front.sessions.who());
        }
        *last = packet.place;
        front.push(packet, &mut |spoken, who| caps.push(&spoken, who, sink));
        let holding = front.is_holding();
        caps.clock(packet.place, holding, front.sessions.who(), sink);
        sink(News::Packet(packet.place, holding), caps.reader.names(), front.sessions.who());
    }

    /// To be called behind the last packet: what had to wait for more goes on.
    pub fn finish(&mut self, sink: &mut impl FnMut(News<'_>, &Names, &Who)) {
        let Pipeline { front, caps, .. } = self;
        front.finish(&mut |spoken, who| caps.push(&spoken, who, sink));
        caps.finish(front.sessions.who(), sink);
    }

    /// What inodes, ranks and clients are called.
    pub fn names(&self) -> &Names {
        self.caps.reader.names()
    }

    /// Identities.
    pub fn who(&self) -> &Who {
        self.front.sessions.who()
    }

    /// Connections between clients and metadata servers.
    pub fn links(&self) -> Links {
        self.front.sessions.links_with(self.front.streams.conns(), self.last, |conn| {
            self.caps.on_conn.get(&conn).map_or((None, None), |on| (on.asked, on.closed))
        })
    }

    /// Connections of metadata servers with each other.
    pub fn trunks(&self) -> Trunks {
        self.front.sessions.trunks(self.front.streams.conns(), self.last)
    }

    /// What the rules say of all that was read, of these files.
    pub fn findings(&self, files: &[FileInfo], settings: &Settings) -> Vec<Finding> {
        let (links, trunks) = (self.links(), self.trunks());
        findings::find(&Known {
            migrations: &self.caps.migrations,
            conns: self.front.streams.conns(),
            story: &self.caps.story,
            names: self.caps.reader.names(),
            who: self.who(),
            links: &links,
            trunks: &trunks,
            files,
            settings,
        })
    }
}

impl CapStage {
    fn push(
        &mut self,
        spoken: &Spoken<'_>,
        who: &mut Who,
        sink: &mut impl FnMut(News<'_>, &Names, &Who),
    ) {
        let CapStage { reader, migrations, met, story, order, on_conn, untold } = self;
        sink(News::Said(spoken), reader.names(), who);
        let envelope = spoken.envelope();
        let Some(envelope) = envelope.as_ref().filter(|e| Reader::wants(e.header.kind)) else {
            return;
        };
        reader.push(envelope, who, &mut |event, names, who| {
            match event {
                // Who is who is learned as early as can be.
                Event::Cap(cap) => {
                    if let Some(pair) = met.push(cap, who) {
                        infer(&pair, who);
                    }
                }
                Event::Session(session) => note(on_conn, session),
                _ => {}
            }
            if order.is_clear() && is_named(event, who) {
                let step = match untold {
                    true => None,
                    false => in_turn(migrations, story, event, who),
                };
                sink(News::Event(event, step.as_ref(), story), names, who);
            } else {
                order.push(event.at().place, *event);
            }
        });
    }

    /// The capture has come to `now`; `gaps`: bytes from before may still come.
    fn clock(
        &mut self,
        now: Place,
        gaps: bool,
        who: &Who,
        sink: &mut impl FnMut(News<'_>, &Names, &Who),
    ) {
        self.order.clock(now.time, gaps);
        while let Some(event) = self.order.next(|event| is_named(event, who)) {
            self.late(&event, who, sink);
        }
    }

    fn finish(&mut self, who: &Who, sink: &mut impl FnMut(News<'_>, &Names, &Who)) {
        for event in self.order.drain() {
            self.late(&event, who, sink);
        }
    }

    /// It is the turn of an event that had to wait.
    fn late(&mut self, event: &Event, who: &Who, sink: &mut impl FnMut(News<'_>, &Names, &Who)) {
        let CapStage { reader, migrations, story, untold, .. } = self;
        let step = match untold {
            true => None,
            false => in_turn(migrations, story, event, who),
        };
        sink(News::Event(event, step.as_ref(), story), reader.names(), who);
    }
}

/// It is the event's turn in the order of the capture.
fn in_turn(
    migrations: &mut Migrations,
    story: &mut Story,
    event: &Event,
    who: &Who,
) -> Option<Step> {
    if let Event::Cap(cap) = event {
        migrations.push(cap, who);
    }
    story.push(event, who)
}

/// Whether it is known between which client and which rank it was.
fn is_named(event: &Event, who: &Who) -> bool {
    // Which ranks move something is asked of the whole story.
    matches!(event, Event::Rank(_) | Event::Move(_)) || who.are_both_named(event.conn())
}

fn note(on_conn: &mut HashMap<ConnId, OnConn>, session: &SessionEvent) {
    let SessionEvent { at, op, .. } = session;
    if at.replayed || !matches!(*op, SessionOp::REQUEST_OPEN | SessionOp::CLOSE | SessionOp::REJECT)
    {
        return;
    }
    let on = on_conn.entry(at.conn).or_default();
    match *op {
        SessionOp::REQUEST_OPEN => _ = on.asked.get_or_insert(at.place),
        SessionOp::CLOSE => _ = on.closed.get_or_insert((SessionEnd::Closed, at.place)),
        _ => _ = on.closed.get_or_insert((SessionEnd::Rejected, at.place)),
    }
}

/// The two halves of a migration name each other's rank, and go to one client.
fn infer(pair: &Pair, who: &mut Who) {
    for (conn, other) in [(pair.import.conn, pair.export), (pair.export.conn, pair.import)] {
        if let Some(peer) = other.peer {
            who.infer_rank(conn, peer.mds());
        }
    }
    who.infer_same_client(pair.export.conn, pair.import.conn);
}
