//! Clients' sessions with ranks, reconnects and connections, as plain data: what `sessions`, `reconnects` and
//! `connections` show.

use std::net::SocketAddr;

use ceph_codec::message::client_session::SessionOp;
use ceph_codec::types::Rank;
use serde::{Serialize, Serializer};

use super::watch::Parties;
use super::{Connection, Report};
use crate::caps::replay::{Exit, Lost};
use crate::caps::sessions::{History, Return, Unseen, What};
use crate::caps::timeline::Filter;
use crate::pipeline::Pipeline;
use crate::place::Place;
use crate::session::{Direction, Hole, Links};

/// All sessions.
#[derive(Clone, Debug, Serialize)]
pub struct SessionsReport {
    /// One for each client and rank, in the order of their first connections.
    pub sessions: Vec<SessionRow>,
}

/// All returns of clients to ranks that had been gone.
#[derive(Clone, Debug, Serialize)]
pub struct ReconnectsReport {
    /// In the order of the connections.
    pub reconnects: Vec<ReconnectRow>,
}

/// All connections.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectionsReport {
    /// Connections between clients and metadata servers, by how they are protected.
    pub serving: Protections,
    /// All others of Ceph.
    pub others: Protections,
    /// Each connection.
    pub connections: Vec<Connection>,
    /// What could not be read of connections between clients and metadata servers.
    pub holes: Vec<HoleRow>,
}

/// How many connections are protected how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Protections {
    /// msgr1: not encrypted.
    pub v1: u64,
    /// msgr2 in crc mode: not encrypted.
    pub v2_crc: u64,
    /// msgr2 in secure mode.
    pub v2_secure: u64,
    /// Not understood.
    pub unknown: u64,
}

/// The sessions of a client with a rank.
#[derive(Clone, Debug, Serialize)]
pub struct SessionRow {
    /// Whose.
    #[serde(flatten)]
    pub parties: Parties,
    /// Connections on which anything was said.
    pub connections: u64,
    /// The first one.
    pub since: Place,
    /// Where it stands when the capture ends: `open`, `stale`, `closed`, `rejected`, `asked`, `reconnecting`,
    /// `disconnected`, or null.
    pub state: Option<&'static str>,
    /// Since when.
    pub state_since: Option<Place>,
    /// What was said, renewals left out.
    pub log: Vec<SaidRow>,
    /// Renewals that the client asked for.
    pub renewals: u64,
    /// The slowest answer to one, in nanoseconds.
    pub slowest_renewal_ns: Option<i64>,
    /// Counted messages of the rank that were seen.
    pub counted_seen: u64,
    /// The last count that the rank told.
    pub counted: Option<u64>,
    /// Messages that it counted and that were not seen.
    pub unseen: u64,
    /// Caps held last, if all are known.
    pub caps: Option<u32>,
    /// The most that were held.
    pub most_caps: Option<u32>,
    /// Caps that the client released in messages of their own.
    pub released: u64,
    /// Recalls: how often the rank asked for fewer caps.
    pub recalls: u64,
    /// How many the client may keep, as the last recall says.
    pub max_caps: Option<u32>,
    /// The client has not come down to that.
    pub recall_open: bool,
}

/// Something that was said of a session.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SaidRow {
    /// Where.
    #[serde(flatten)]
    pub at: Place,
    /// `request_open`, `open`, `stale`, ..., or `reconnect`.
    #[serde(serialize_with = "said")]
    pub what: What,
    /// The count that it tells; of a reconnect, the number of caps.
    pub number: u64,
}

/// A client's return to a rank.
#[derive(Clone, Debug, Serialize)]
pub struct ReconnectRow {
    /// Who.
    #[serde(flatten)]
    pub parties: Parties,
    /// The rank's last word before.
    pub last_word: Option<Place>,
    /// Where the connection ended.
    pub lost: Option<Place>,
    /// A map told that the rank is not active any more.
    pub rank_left: Option<Place>,
    /// A map told that it waits for its clients.
    pub rank_reconnect: Option<Place>,
    /// The client told its caps.
    pub told: Place,
    /// How many.
    pub caps: u64,
    /// Caps that it held and did not tell.
    pub caps_lost: u64,
    /// Of these, those with state that was not written back, or that something wanted.
    pub caps_needed: u64,
    /// The rank opened the session.
    pub opened: Option<Place>,
    /// Instead, it closed or rejected it.
    pub denied: Option<Place>,
    /// The rank's first word about caps or requests.
    pub first_word: Option<Place>,
    /// Its first reply.
    pub first_reply: Option<Place>,
    /// From the connection's end, or the rank's last word where that is not known, to its first word behind, in
    /// nanoseconds.
    pub outage_ns: Option<i64>,
}

/// What could not be read.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct HoleRow {
    /// Whose conversation.
    #[serde(flatten)]
    pub parties: Parties,
    /// Who spoke.
    pub direction: Direction,
    /// Where.
    #[serde(flatten)]
    pub hole: Hole,
}

fn said<S: Serializer>(what: &What, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&word(what))
}

/// What it is called.
pub fn word(what: &What) -> String {
    match what {
        What::Session { op, .. } => op.to_string(),
        What::Reconnect { .. } => "reconnect".to_owned(),
    }
}

/// Whether these are asked for.
fn selected(filter: &Filter, client: Option<u64>, mds: Option<Rank>) -> bool {
    (filter.clients.is_empty() || client.is_some_and(|client| filter.clients.contains(&client)))
        && (filter.ranks.is_empty() || mds.is_some_and(|mds| filter.ranks.contains(&mds)))
}

fn parties(client: Option<u64>, addr: SocketAddr, mds: Option<Rank>) -> Parties {
    Parties { client, client_addr: Some(addr), mds: mds.map(|mds| mds.0) }
}

/// The histories that are asked for.
fn histories<'a>(pipeline: &'a Pipeline, links: &'a Links, filter: &Filter) -> Vec<History<'a>> {
    let mut all = pipeline.caps.story.sessions.histories(links);
    all.retain(|history| selected(filter, history.ends.client, history.ends.mds));
    all
}

/// Whether something that lasted from one moment to another was there in the time that is asked for.
fn overlaps(filter: &Filter, first: Place, last: Place) -> bool {
    filter.since.is_none_or(|since| last.time >= since)
        && filter.until.is_none_or(|until| first.time <= until)
}

impl SessionsReport {
    /// What a capture shows.
    pub fn new(pipeline: &Pipeline, filter: &Filter) -> SessionsReport {
        let links = pipeline.links();
        let histories = histories(pipeline, &links, filter);
        let heard = histories.iter().filter(|history| {
            history.notes().next().is_some() || history.legs.iter().any(|(_, leg)| leg.counted > 0)
        });
        let rows = heard.filter_map(|history| session(history, &links, filter));
        SessionsReport { sessions: rows.collect() }
    }
}

fn session(history: &History<'_>, links: &Links, filter: &Filter) -> Option<SessionRow> {
    let (first, _) = history.legs.first()?;
    let (last, last_leg) = history.legs.last()?;
    if !overlaps(filter, first.opened, last.last) {
        return None;
    }
    let legs = || history.legs.iter().map(|(_, leg)| *leg);
    let mut log: Vec<_> = history
        .notes()
        .map(|(_, note)| SaidRow {
            at: note.at.place,
            what: note.what,
            number: match note.what {
                What::Session { seq, .. } => seq,
                What::Reconnect { caps, .. } => caps.into(),
            },
        })
        .collect();
    let mut state = None;
    for row in &log {
        state = state_after(&row.what).map(|state| (state, row.at)).or(state);
    }
    // A connection that ended without a word takes no session with it: the client still has its caps, and the
    // rank may still have the session.
    let over = |state: &str| matches!(state, "closed" | "rejected");
    let ended = match history.ends.mds {
        Some(mds) => links.disconnected(history.ends, mds, links.end().time),
        None => last.ended.map(|(_, place)| place),
    };
    if let Some(place) = ended.filter(|_| state.is_none_or(|(state, _)| !over(state))) {
        state = Some(("disconnected", place));
    }
    let counted = log.iter().rev().find_map(|row| match row.what {
        What::Session { op, seq, .. } if tells_count(op) => Some(seq),
        _ => None,
    });
    let recalls = || legs().flat_map(|leg| &leg.recalls);
    let ends = history.ends;
    log.retain(|row| overlaps(filter, row.at, row.at));
    Some(SessionRow {
        parties: parties(ends.client, ends.client_addr, ends.mds),
        connections: history.legs.len() as u64,
        since: first.opened,
        state: state.map(|(state, _)| state),
        state_since: state.map(|(_, place)| place),
        log,
        renewals: legs().map(|leg| leg.renewals.asked).sum(),
        slowest_renewal_ns: legs().filter_map(|leg| leg.renewals.slowest).map(|(ns, _)| ns).max(),
        counted_seen: legs().map(|leg| leg.counted).sum(),
        counted,
        unseen: history.unseen().iter().map(Unseen::messages).sum(),
        caps: last_leg.held,
        most_caps: legs().filter_map(|leg| leg.most).map(|(most, _)| most).max(),
        released: legs().map(|leg| leg.released).sum(),
        recalls: recalls().map(|recall| recall.times).sum(),
        max_caps: recalls().last().map(|recall| recall.max_caps),
        recall_open: last_leg.recalls.last().is_some_and(|recall| recall.followed.is_none()),
    })
}

fn tells_count(op: SessionOp) -> bool {
    matches!(op, SessionOp::OPEN | SessionOp::FLUSHMSG | SessionOp::STALE)
}

fn state_after(what: &What) -> Option<&'static str> {
    Some(match what {
        What::Reconnect { .. } => "reconnecting",
        What::Session { op, .. } => match *op {
            SessionOp::REQUEST_OPEN => "asked",
            SessionOp::OPEN => "open",
            SessionOp::STALE => "stale",
            SessionOp::CLOSE => "closed",
            SessionOp::REJECT => "rejected",
            _ => return None,
        },
    })
}

impl ReconnectsReport {
    /// What a capture shows.
    pub fn new(pipeline: &Pipeline, filter: &Filter) -> ReconnectsReport {
        let links = pipeline.links();
        let mut reconnects = Vec::new();
        for history in histories(pipeline, &links, filter) {
            for back in history.returns() {
                let told = back.told.at.place;
                if overlaps(filter, told, told) {
                    reconnects.push(reconnect(pipeline, &history, &back));
                }
            }
        }
        reconnects.sort_by_key(|row| row.told);
        ReconnectsReport { reconnects }
    }
}

fn reconnect(pipeline: &Pipeline, history: &History<'_>, back: &Return) -> ReconnectRow {
    let story = &pipeline.caps.story;
    let lost: Vec<&Lost> = story
        .replay
        .lost()
        .iter()
        .filter(|lost| lost.at.conn == back.conn && lost.how == Exit::NotReasserted)
        .collect();
    let needed =
        lost.iter().filter(|lost| !lost.flushing.is_empty() || !lost.cap.wanted.is_empty());
    let ends = history.ends;
    let told = back.told.at.place;
    let since = back.lost.or(back.last_word);
    let ranks = story.sessions.ranks();
    let left = ends.mds.zip(since).and_then(|(mds, since)| ranks.left_active(mds, since, told));
    ReconnectRow {
        parties: parties(ends.client, ends.client_addr, ends.mds),
        last_word: back.last_word,
        lost: back.lost,
        rank_left: left,
        rank_reconnect: ends.mds.zip(left).and_then(|(mds, left)| ranks.back(mds, left, told)),
        told,
        caps: back.caps,
        caps_lost: lost.len() as u64,
        caps_needed: needed.count() as u64,
        opened: back.opened,
        denied: back.denied.map(|(_, place)| place),
        first_word: back.first_word,
        first_reply: back.first_reply,
        outage_ns: since.zip(back.first_word).map(|(gone, first)| first.time.since(gone.time)),
    }
}

impl Protections {
    fn add(&mut self, connection: &Connection) {
        use crate::session::Protection;
        let count = match (connection.protection, connection.messenger) {
            (Protection::Secure, _) => &mut self.v2_secure,
            (Protection::Crc, Some("v1")) => &mut self.v1,
            (Protection::Crc, _) => &mut self.v2_crc,
            (Protection::Unknown, _) => &mut self.unknown,
        };
        *count += 1;
    }

    /// Those that are not encrypted.
    pub fn plain(&self) -> u64 {
        self.v1 + self.v2_crc
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.plain() + self.v2_secure + self.unknown
    }
}

impl ConnectionsReport {
    /// What a capture shows, as far as `filter` selects its clients, ranks and time.
    pub fn new(pipeline: &Pipeline, report: &Report, filter: &Filter) -> ConnectionsReport {
        let mut connections = report.connections.clone();
        connections.retain(|c| overlaps(filter, c.opened, c.last) && is_of(filter, c));
        let (mut serving, mut others) = (Protections::default(), Protections::default());
        for connection in &connections {
            match connection.serves_clients() {
                true => serving.add(connection),
                false => others.add(connection),
            }
        }
        let links = pipeline.links();
        let mut holes = Vec::new();
        for link in links.iter() {
            let ends = link.ends;
            if !selected(filter, ends.client, ends.mds) {
                continue;
            }
            let parties = parties(ends.client, ends.client_addr, ends.mds);
            for direction in [Direction::MdsToClient, Direction::ClientToMds] {
                let of = link.heard(direction).holes.iter();
                let of = of.filter(|hole| overlaps(filter, hole.before, hole.after));
                holes.extend(of.map(|hole| HoleRow { parties, direction, hole: *hole }));
            }
        }
        holes.sort_by_key(|row| row.hole.before);
        ConnectionsReport { serving, others, connections, holes }
    }
}

/// Whether the clients and ranks that are asked for are at the ends of a connection.
fn is_of(filter: &Filter, connection: &Connection) -> bool {
    let names = [&connection.a, &connection.b].map(|end| end.name.as_deref());
    let named = |name: String| names.contains(&Some(name.as_str()));
    let client = |id: &u64| named(format!("client.{id}"));
    let rank = |mds: &Rank| named(format!("mds.{mds}"));
    (filter.clients.is_empty() || filter.clients.iter().any(client))
        && (filter.ranks.is_empty() || filter.ranks.iter().any(rank))
}
