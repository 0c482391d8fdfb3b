//! The stages from capture to cap event, wired one behind the other.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use ceph_codec::Fault;
use ceph_codec::message::client_session::SessionOp;
use ceph_codec::message::{Header, Message, MessageType};

use crate::caps::{CapEvent, Direction, Migrations, Pair};
use crate::capture::Capture;
use crate::findings::{self, Finding, Known, Settings};
use crate::net::Net;
use crate::place::Place;
use crate::session::{Envelope, Links, SessionEnd, Sessions, Who};
use crate::stream::{ConnId, Dir, StreamEvent, Streams};

/// A message whose bytes arrived whole and could not be decoded.
#[derive(Clone, Copy, Debug)]
pub struct Undecoded {
    /// The packet that completed it.
    pub place: Place,
    /// Its connection.
    pub conn: ConnId,
    /// Its type.
    pub kind: MessageType,
    /// Version that its header says.
    pub version: u16,
    /// Why.
    pub fault: Fault,
}

/// Undecodable messages that are kept one by one, 100. Beyond: only counted.
const MAX_UNDECODED: usize = 100;

/// Everything that reading a capture yields, but for the events themselves.
pub struct Pipeline {
    /// Packets to segments.
    pub net: Net,
    /// Segments to streams.
    pub streams: Streams,
    /// Streams to messages.
    pub sessions: Sessions,
    /// Messages to events.
    pub caps: CapStage,
    last: Place,
}

/// Messages to cap events, and what is counted on the way.
#[derive(Debug, Default)]
pub struct CapStage {
    /// EXPORTs and their IMPORTs.
    pub migrations: Migrations,
    /// Cap events by operation, repeated deliveries not counted.
    pub ops: BTreeMap<u32, u64>,
    /// Cap events that the messenger had delivered before.
    pub replayed: u64,
    /// The first messages that could not be decoded.
    pub undecoded: Vec<Undecoded>,
    /// How many there were.
    pub undecoded_total: u64,
    /// Where a client asked for a session, or a server ended one.
    on_conn: HashMap<ConnId, OnConn>,
}

/// What was said of the session on one connection.
#[derive(Clone, Copy, Debug, Default)]
struct OnConn {
    asked: Option<Place>,
    closed: Option<(SessionEnd, Place)>,
}

/// What a consumer is told, in the order of the capture.
#[derive(Clone, Copy, Debug)]
pub enum Event<'e> {
    /// The first packet.
    Start(Place),
    /// Something happened to a capability.
    Cap(&'e CapEvent),
    /// An EXPORT and its IMPORT are both there; follows the later one.
    Pair(&'e Pair),
}

/// The messages that later stages know what to make of; of all others the header is enough.
fn wanted(kind: MessageType) -> bool {
    matches!(kind, MessageType::CLIENT_CAPS | MessageType::CLIENT_SESSION)
}

impl Default for Pipeline {
    fn default() -> Self {
        Pipeline {
            net: Net::new(),
            streams: Streams::new(),
            sessions: Sessions::new(wanted),
            caps: CapStage::default(),
            last: Place::default(),
        }
    }
}

impl Pipeline {
    /// Reads the capture to its end, or until `progress` breaks off: it is told after every packet how many
    /// bytes of the input were read. `sink` gets the events.
    pub fn run(
        &mut self,
        capture: &mut Capture,
        mut progress: impl FnMut(u64) -> ControlFlow<()>,
        sink: &mut impl FnMut(Event<'_>, &Who),
    ) {
        let mut on = true;
        while on && let Some(packet) = capture.next() {
            if self.last == Place::default() {
                sink(Event::Start(packet.place), self.sessions.who());
            }
            self.last = packet.place;
            let Pipeline { net, streams, sessions, caps, .. } = self;
            net.push(&packet, &mut |segment| {
                pass(streams, sessions, caps, sink, |streams, mut out| {
                    streams.push(&segment, &mut out)
                });
            });
            on = progress(capture.bytes_read()).is_continue();
        }
        self.finish(sink);
    }

    fn finish(&mut self, sink: &mut impl FnMut(Event<'_>, &Who)) {
        self.net.finish();
        let Pipeline { streams, sessions, caps, .. } = self;
        pass(streams, sessions, caps, sink, |streams, mut out| streams.finish(&mut out));
    }

    /// Identities.
    pub fn who(&self) -> &Who {
        self.sessions.who()
    }

    /// Connections between clients and metadata servers.
    pub fn links(&self) -> Links {
        let mut links = self.sessions.links(self.streams.conns(), self.last);
        for link in &mut links.links {
            if let Some(on) = self.caps.on_conn.get(&link.conn) {
                link.session_asked = on.asked;
                link.closed = link.closed.or(on.closed);
            }
        }
        links
    }

    /// What the rules say of all that was read.
    pub fn findings(&self, settings: &Settings) -> Vec<Finding> {
        let links = self.links();
        findings::find(&Known {
            migrations: &self.caps.migrations,
            who: self.who(),
            links: &links,
            settings,
        })
    }
}

/// One step of the stream stage, and what follows from it.
fn pass(
    streams: &mut Streams,
    sessions: &mut Sessions,
    caps: &mut CapStage,
    sink: &mut impl FnMut(Event<'_>, &Who),
    step: impl FnOnce(&mut Streams, &mut dyn FnMut(StreamEvent<'_>)),
) {
    step(streams, &mut |event| {
        sessions.push(&event, &mut |envelope, who| caps.push(&envelope, who, sink));
    });
}

impl CapStage {
    fn push(
        &mut self,
        envelope: &Envelope<'_>,
        who: &mut Who,
        sink: &mut impl FnMut(Event<'_>, &Who),
    ) {
        let Header { kind, version, .. } = envelope.header;
        match Message::decode(kind, version, envelope.sections) {
            Ok(Message::ClientCaps(caps)) => {
                self.cap(&CapEvent::new(envelope, &caps), envelope.dir, who, sink)
            }
            Ok(Message::ClientSession(session)) => {
                let op = session.head().op;
                let on = match op {
                    SessionOp::REQUEST_OPEN | SessionOp::CLOSE | SessionOp::REJECT
                        if !envelope.replayed =>
                    {
                        self.on_conn.entry(envelope.conn).or_default()
                    }
                    _ => return,
                };
                match op {
                    SessionOp::REQUEST_OPEN => _ = on.asked.get_or_insert(envelope.place),
                    SessionOp::CLOSE => {
                        _ = on.closed.get_or_insert((SessionEnd::Closed, envelope.place))
                    }
                    _ => _ = on.closed.get_or_insert((SessionEnd::Rejected, envelope.place)),
                }
            }
            Ok(_) => {}
            Err(fault) => {
                self.undecoded_total += 1;
                if self.undecoded.len() < MAX_UNDECODED {
                    let Envelope { place, conn, .. } = *envelope;
                    self.undecoded.push(Undecoded { place, conn, kind, version, fault });
                }
            }
        }
    }

    fn cap(
        &mut self,
        event: &CapEvent,
        dir: Dir,
        who: &mut Who,
        sink: &mut impl FnMut(Event<'_>, &Who),
    ) {
        // In a capture that begins in the middle, the operation alone tells which end is the server.
        let mds = match event.direction {
            Direction::MdsToClient => dir,
            Direction::ClientToMds => dir.flip(),
        };
        who.learn_kinds(event.conn, mds);
        if event.replayed {
            self.replayed += 1;
        } else {
            *self.ops.entry(event.op.0).or_default() += 1;
        }
        let pair = self.migrations.push(event, who);
        sink(Event::Cap(event), who);
        if let Some(pair) = pair {
            infer(&pair, who);
            sink(Event::Pair(&pair), who);
        }
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
