//! All that is known of a capture at its end, gathered for the renderers.

pub mod follow;
pub mod holders;
pub mod moves;
pub mod page;
pub mod sessions;
pub mod stats;
mod unmatched;
pub mod watch;

pub use unmatched::{Spoken, Unmatched};

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use ceph_codec::message::client_caps::CapOp;
use ceph_codec::msgr::Messenger;
use ceph_codec::types::{EntityType, Rank};
use serde::Serialize;

use crate::capture::{Capture, CaptureFault, FileInfo};
use crate::event::Undecoded;
use crate::findings::{Finding, Settings};
use crate::names::{self, Cluster, Ranks};
use crate::net::NetStats;
use crate::pipeline::Pipeline;
use crate::place::{Place, Time};
use crate::session::{Protection, Skipped, Who};
use crate::stream::{ConnId, Dir, End, StreamStats};

/// What is known.
#[derive(Debug)]
pub struct Report {
    /// The input files.
    pub files: Vec<FileInfo>,
    /// What was wrong with them.
    pub faults: Vec<CaptureFault>,
    /// How many faults there were, those included that are not listed.
    pub faults_total: u64,
    /// Reading was broken off.
    pub interrupted: bool,
    /// Packets to segments.
    pub net: NetStats,
    /// Segments to streams.
    pub stream: StreamStats,
    /// Connections that speak Ceph's messenger, or may.
    pub connections: Vec<Connection>,
    /// Connections on which nothing of Ceph was recognised.
    pub foreign: u64,
    /// Messages by type, most frequent first.
    pub messages: Vec<MessageCount>,
    /// MClientCaps by operation, in the order of their numbers.
    pub ops: Vec<(CapOp, u64)>,
    /// EXPORTs that found their IMPORT.
    pub pairs: u64,
    /// EXPORTs and IMPORTs that came when too many were waiting for their other half.
    pub not_followed: u64,
    /// MClientCaps that the messenger had delivered before.
    pub replayed: u64,
    /// The first messages that could not be decoded.
    pub undecoded: Vec<Undecoded>,
    /// How many there were.
    pub undecoded_total: u64,
    /// The clients that speak to metadata servers, or say what they are.
    pub clients: Vec<ClientInfo>,
    /// The clusters of which maps are there.
    pub clusters: Vec<Cluster>,
    /// The daemons behind the ranks, over time.
    pub ranks: Ranks,
    /// Names in directories that are known.
    pub dentries: u64,
    /// Those that were not remembered, since there was no room.
    pub dentries_not_kept: u64,
    /// What the rules say.
    pub findings: Vec<Finding>,
    /// What they would have told of, but that was beyond a bound.
    pub findings_left_out: u64,
}

/// A client.
#[derive(Clone, Debug)]
pub struct ClientInfo {
    /// Its global id.
    pub id: u64,
    /// The addresses from which it speaks to metadata servers.
    pub addrs: Vec<IpAddr>,
    /// The ranks to which it does.
    pub ranks: Vec<Rank>,
    /// What it says of itself.
    pub said: Option<names::Client>,
}

/// Messages of one type.
#[derive(Clone, Debug, Serialize)]
pub struct MessageCount {
    /// Its number.
    pub number: u16,
    /// Its name.
    pub name: String,
    /// How many.
    pub messages: u64,
    /// Bytes of their sections.
    pub bytes: u64,
}

/// One end of a connection.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectionEnd {
    /// Its address.
    pub addr: SocketAddr,
    /// What it is called: `client.4125`, `mds.0`; null where nobody said.
    pub name: Option<String>,
    /// Messages that it sent.
    pub messages: u64,
    /// Messages of it that arrived damaged.
    pub damaged: u64,
    /// Compressed frames that it sent; they are not read.
    pub compressed: u64,
    /// Bytes that it sent.
    pub bytes: u64,
    /// Gaps in what was captured of it.
    pub gaps: u64,
    /// Bytes of them.
    pub gap_bytes: u64,
    /// Stretches in which messages may be missing.
    pub holes: u64,
    /// Bytes that were passed over, by reason.
    pub skipped: Skipped,
}

/// A connection.
#[derive(Clone, Debug, Serialize)]
pub struct Connection {
    /// Number of the connection.
    pub id: ConnId,
    /// `v1` or `v2`; null where it was not recognised.
    pub messenger: Option<&'static str>,
    /// How frames are protected.
    pub protection: Protection,
    /// Its opening was seen.
    pub from_start: bool,
    /// No packet of one of its ends is in the capture.
    pub one_sided: bool,
    /// It goes on with an earlier connection's session.
    pub resumed: bool,
    /// Its first packet.
    pub opened: Place,
    /// Its last packet.
    pub last: Place,
    /// How it ended; null if it did not within the capture.
    pub ended: Option<End>,
    /// Who opened it, as far as that is known.
    pub a: ConnectionEnd,
    /// The other end.
    pub b: ConnectionEnd,
}

impl Connection {
    /// Whether everything sent on it, from where the capture begins, was read. One that never got past its
    /// handshake has nothing to read.
    pub fn is_complete(&self) -> bool {
        let whole = |end: &ConnectionEnd| {
            let Skipped { cut, damaged, unrecognised, too_long, encrypted, .. } = end.skipped;
            end.holes == 0
                && end.damaged == 0
                && (self.is_understood()
                    || cut + damaged + unrecognised + too_long + encrypted == 0)
        };
        self.protection != Protection::Secure && !self.one_sided && whole(&self.a) && whole(&self.b)
    }

    /// Whether messages were read on it.
    fn is_understood(&self) -> bool {
        self.protection == Protection::Crc
    }

    /// Compressed frames, which are not read.
    pub fn compressed(&self) -> u64 {
        self.a.compressed + self.b.compressed
    }

    /// Whether one end is a metadata server, and the other one not.
    pub fn serves_clients(&self) -> bool {
        let is_mds =
            |end: &ConnectionEnd| end.name.as_deref().is_some_and(|name| name.starts_with("mds."));
        let is_client = |end: &ConnectionEnd| {
            end.name.as_deref().is_some_and(|name| name.starts_with("client."))
        };
        is_mds(&self.a) && is_client(&self.b) || is_client(&self.a) && is_mds(&self.b)
    }
}

impl Report {
    /// Gathers what the stages know.
    pub fn new(
        capture: &Capture,
        pipeline: &Pipeline,
        settings: &Settings,
        interrupted: bool,
    ) -> Report {
        let (connections, foreign) = connections(pipeline);
        let mut messages: Vec<_> = pipeline
            .front
            .sessions
            .tally()
            .iter()
            .map(|(kind, tally)| MessageCount {
                number: kind.0,
                name: kind.to_string(),
                messages: tally.messages,
                bytes: tally.bytes,
            })
            .collect();
        messages.sort_by(|a, b| b.messages.cmp(&a.messages).then(a.number.cmp(&b.number)));
        let caps = &pipeline.caps;
        let counts = caps.reader.counts();
        Report {
            files: capture.files().to_vec(),
            faults: capture.faults().to_vec(),
            faults_total: capture.faults_total(),
            interrupted,
            net: *pipeline.front.net.stats(),
            stream: *pipeline.front.streams.stats(),
            connections,
            foreign,
            messages,
            ops: counts.ops.iter().collect(),
            pairs: caps.migrations.pairs(),
            not_followed: caps.migrations.not_followed(),
            replayed: counts.replayed,
            undecoded: counts.undecoded.clone(),
            undecoded_total: counts.undecoded_total,
            clients: clients(pipeline),
            clusters: pipeline.names().clusters().iter().copied().collect(),
            ranks: pipeline.names().ranks().clone(),
            dentries: pipeline.names().paths().len() as u64,
            dentries_not_kept: pipeline.names().paths().not_kept(),
            findings: pipeline.findings(capture.files(), settings),
            findings_left_out: caps.story.left_out(),
        }
    }

    /// What a client says of itself.
    pub fn said(&self, client: u64) -> Option<&names::Client> {
        let index = self.clients.binary_search_by_key(&client, |info| info.id).ok()?;
        self.clients.get(index)?.said.as_ref()
    }

    /// The name of the daemon that held a rank at a moment, of the file system that has a rank at `near`.
    pub fn daemon(&self, rank: Rank, near: SocketAddr, at: Time) -> Option<&str> {
        self.ranks.holder(rank, near, at).map(|holder| holder.name.as_str())
    }

    /// Packets of all files.
    pub fn packets(&self) -> u64 {
        self.files.iter().map(|file| file.packets).sum()
    }

    /// The first and the last moment of all files.
    pub fn span(&self) -> Option<(Time, Time)> {
        span(&self.files)
    }

    /// Connections between clients and metadata servers: how many were read, and how many are encrypted.
    pub fn serving(&self) -> (u64, u64) {
        let mut counts = (0, 0);
        for connection in self.connections.iter().filter(|c| c.serves_clients()) {
            match connection.protection {
                Protection::Secure => counts.1 += 1,
                Protection::Crc => counts.0 += 1,
                Protection::Unknown => {}
            }
        }
        counts
    }

    /// No connection between a client and a metadata server was read.
    pub fn is_blind(&self) -> bool {
        self.serving().0 == 0
    }

    /// Connections that cannot be read.
    pub fn encrypted(&self) -> impl Iterator<Item = &Connection> {
        self.connections.iter().filter(|c| c.protection == Protection::Secure)
    }
}

/// The first and the last moment of some files.
pub fn span(files: &[FileInfo]) -> Option<(Time, Time)> {
    let first = files.iter().filter_map(|file| file.first).min()?;
    let last = files.iter().filter_map(|file| file.last).max()?;
    Some((first, last))
}

fn connections(pipeline: &Pipeline) -> (Vec<Connection>, u64) {
    let mut known = Vec::new();
    let conns = pipeline.front.streams.conns();
    for (id, info) in conns.iter() {
        let talk = pipeline.front.sessions.talk(id).filter(|talk| talk.messenger.is_some());
        let Some(talk) = talk else { continue };
        let end = |dir: Dir| {
            let (sent, said) = (info.dir(dir), talk.dir(dir));
            ConnectionEnd {
                addr: info.src(dir),
                name: name(pipeline.who(), id, dir, info.src(dir)),
                messages: said.messages,
                damaged: said.damaged,
                compressed: said.compressed,
                bytes: sent.bytes,
                gaps: sent.gaps,
                gap_bytes: sent.gap_bytes,
                holes: said.holes_total(),
                skipped: said.skipped,
            }
        };
        known.push(Connection {
            id,
            messenger: talk.messenger.map(|messenger| match messenger {
                Messenger::V1 => "v1",
                Messenger::V2 => "v2",
            }),
            protection: talk.protection(),
            from_start: info.syn_seen,
            one_sided: info.a_to_b.first.is_none() || info.b_to_a.first.is_none(),
            resumed: talk.resumed,
            opened: info.opened,
            last: info.last,
            ended: info.end().map(|(how, _)| how),
            a: end(Dir::AToB),
            b: end(Dir::BToA),
        });
    }
    let foreign = (conns.numbers() - known.len()) as u64;
    (known, foreign)
}

fn name(who: &Who, conn: ConnId, dir: Dir, addr: SocketAddr) -> Option<String> {
    let end = who.sender(conn, dir);
    let kind = end.kind?;
    // A daemon is not known by its rank while it starts; its address may be, from elsewhere. A client that
    // nobody names on this connection may be named on another.
    let elsewhere = || match kind {
        EntityType::MDS => who.rank_at(addr).and_then(|rank| rank.0.try_into().ok()),
        EntityType::CLIENT => who.ends(conn).and_then(|ends| ends.client),
        _ => None,
    };
    Some(match end.number.or_else(elsewhere) {
        Some(number) => format!("{kind}.{number}"),
        None => format!("{kind}.?"),
    })
}

/// Every client that has a number, in the order of these.
fn clients(pipeline: &Pipeline) -> Vec<ClientInfo> {
    let mut infos: BTreeMap<u64, ClientInfo> = BTreeMap::new();
    let new = |id| ClientInfo { id, addrs: Vec::new(), ranks: Vec::new(), said: None };
    let conns = pipeline.front.streams.conns().iter().map(|(conn, _)| conn);
    for conn in conns.filter(|conn| pipeline.who().mds_side(*conn).is_some()) {
        let Some(ends) = pipeline.who().ends(conn) else { continue };
        let Some(id) = ends.client else { continue };
        let info = infos.entry(id).or_insert_with(|| new(id));
        if !info.addrs.contains(&ends.client_addr.ip()) {
            info.addrs.push(ends.client_addr.ip());
        }
        if let Some(rank) = ends.mds.filter(|rank| !info.ranks.contains(rank)) {
            info.ranks.push(rank);
            info.ranks.sort_unstable();
        }
    }
    for (id, said) in pipeline.names().clients().settled(pipeline.who()).iter() {
        infos.entry(id).or_insert_with(|| new(id)).said = Some(said.clone());
    }
    infos.into_values().collect()
}
