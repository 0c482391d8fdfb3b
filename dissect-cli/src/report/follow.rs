//! Conversations: which connections they are made of, and what happened to these.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ceph_codec::types::EntityType;

use crate::dissect::Party;
use crate::pipeline::Pipeline;
use crate::place::Place;
use crate::session::Protection;
use crate::stream::{ConnId, Dir, End};

/// What one end of a conversation may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// Any of its kind: `mon`.
    Kind(EntityType),
    /// One of them: `client.4125`.
    Entity(EntityType, u64),
    /// Whoever has this address: `10.0.0.1:6800`.
    Socket(SocketAddr),
    /// Whoever is at this host: `10.0.0.1`.
    Host(IpAddr),
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Name, String> {
        if let Ok(socket) = text.parse() {
            return Ok(Name::Socket(socket));
        }
        if let Ok(host) = text.parse() {
            return Ok(Name::Host(host));
        }
        let kinds = [
            EntityType::CLIENT,
            EntityType::MDS,
            EntityType::MON,
            EntityType::OSD,
            EntityType::MGR,
        ];
        let (kind, number) = match text.split_once('.') {
            Some((kind, number)) => (kind, Some(number)),
            None => (text, None),
        };
        let kind = kinds.into_iter().find(|known| known.to_string() == kind);
        match (kind, number.map(str::parse)) {
            (Some(kind), None) => Ok(Name::Kind(kind)),
            (Some(kind), Some(Ok(number))) => Ok(Name::Entity(kind, number)),
            _ => {
                Err(format!("{text:?} is none of client.4125, mds.0, mon, 10.0.0.1, 10.0.0.1:6800"))
            }
        }
    }
}

impl Name {
    /// Whether this end is meant.
    pub fn is(&self, party: &Party) -> bool {
        match *self {
            Name::Kind(kind) => party.kind == Some(kind),
            Name::Entity(kind, number) => party.kind == Some(kind) && party.number == Some(number),
            Name::Socket(socket) => party.addr == socket,
            Name::Host(host) => party.addr.ip() == host,
        }
    }
}

/// The connections on which something of Ceph was recognised, with their ends, who opened them first.
fn known(pipeline: &Pipeline) -> impl Iterator<Item = (ConnId, [Party; 2])> {
    pipeline.front.streams.conns().iter().filter_map(|(conn, _)| {
        pipeline.front.sessions.talk(conn).filter(|talk| talk.messenger.is_some())?;
        Some((conn, Party::both(pipeline.who(), conn, Dir::AToB)?))
    })
}

/// All connections between two ends.
pub fn between(pipeline: &Pipeline, [one, other]: &[Name; 2]) -> BTreeSet<ConnId> {
    let is = |[a, b]: &[Party; 2]| one.is(a) && other.is(b) || one.is(b) && other.is(a);
    known(pipeline).filter(|(_, ends)| is(ends)).map(|(conn, _)| conn).collect()
}

/// Whether this is a connection on which something of Ceph was recognised.
pub fn is_known(pipeline: &Pipeline, conn: ConnId) -> bool {
    known(pipeline).any(|(known, _)| known == conn)
}

/// Between whom there are connections, those first that have most, and how many.
pub fn conversations(pipeline: &Pipeline) -> Vec<(String, usize)> {
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    for (_, [a, b]) in known(pipeline) {
        *all.entry(format!("{a},{b}")).or_default() += 1;
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    all
}

/// Something that happened to a connection.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Behind which packet.
    pub at: Place,
    /// To which one.
    pub conn: ConnId,
    /// Its ends, who opened it first; who said what could not be read first.
    pub ends: [Party; 2],
    /// What.
    pub what: MarkKind,
}

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// Its first packet.
    Opened {
        /// Its opening was seen.
        from_start: bool,
        /// It goes on with the session of an earlier one.
        resumed: bool,
        /// Nothing can be read on it.
        secure: bool,
    },
    /// The acceptor does not know the session any more.
    Reset,
    /// Something could not be read.
    Missing {
        /// So many bytes.
        bytes: u64,
        /// Up to there.
        until: Place,
    },
    /// It ended.
    Ended(End),
}

/// What happened to some connections, in the order of the capture.
pub fn marks(pipeline: &Pipeline, conns: &BTreeSet<ConnId>) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (conn, ends) in known(pipeline).filter(|(conn, _)| conns.contains(conn)) {
        let infos = pipeline.front.streams.conns();
        let Some(info) = infos.get(conn) else { continue };
        let Some(talk) = pipeline.front.sessions.talk(conn) else { continue };
        let mut add = |at, ends, what| marks.push(Mark { at, conn, ends, what });
        let secure = talk.protection() == Protection::Secure;
        let (from_start, resumed) = (info.syn_seen, talk.resumed);
        add(info.opened, ends, MarkKind::Opened { from_start, resumed, secure });
        if let Some(at) = talk.reset {
            add(at, ends, MarkKind::Reset);
        }
        for (dir, ends) in [(Dir::AToB, ends), (Dir::BToA, [ends[1], ends[0]])] {
            for hole in talk.dir(dir).holes_up_to(info.last) {
                let (bytes, until) = (hole.bytes, hole.after);
                add(hole.before, ends, MarkKind::Missing { bytes, until });
            }
        }
        if let Some((how, at)) = info.end() {
            add(at, ends, MarkKind::Ended(how));
        }
    }
    marks.sort_by_key(|mark| mark.at);
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_have_names() {
        let name = |text: &str| text.parse::<Name>();
        assert_eq!(name("client.4125"), Ok(Name::Entity(EntityType::CLIENT, 4125)));
        assert_eq!(name("mon"), Ok(Name::Kind(EntityType::MON)));
        assert_eq!(name("10.0.0.1"), Ok(Name::Host([10, 0, 0, 1].into())));
        assert_eq!(name("[::1]:6800"), Ok(Name::Socket("[::1]:6800".parse().unwrap())));
        for wrong in ["", "client.", "client.x", "mds.-1", "monk.1", "10.0.0.1:x"] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }
}
