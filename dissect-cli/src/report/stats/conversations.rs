//! Connections: who spoke with whom, how much, and for how long.

use std::net::SocketAddr;

use serde::Serialize;

use super::Traffic;
use crate::caps::timeline::Filter;
use crate::dissect::Party;
use crate::place::Place;
use crate::report::{Connection, ConnectionEnd, Report};
use crate::session::{Protection, Tally, Who};
use crate::stream::{ConnId, Dir};

/// Connections.
#[derive(Clone, Debug, Serialize)]
pub struct ConversationsReport {
    /// Those that are selected, with most bytes first.
    pub conversations: Vec<ConversationRow>,
}

/// A connection.
#[derive(Clone, Debug, Serialize)]
pub struct ConversationRow {
    /// Its number.
    pub connection: ConnId,
    /// `v1` or `v2`; null where it was not recognised.
    pub messenger: Option<&'static str>,
    /// How it is protected.
    pub protection: Protection,
    /// It goes on with an earlier connection's session.
    pub resumed: bool,
    /// Its first packet.
    pub first: Place,
    /// Its last packet.
    pub last: Place,
    /// Nanoseconds between.
    pub duration_ns: i64,
    /// Who opened it, as far as that is known.
    pub a: ConversationEnd,
    /// The other end.
    pub b: ConversationEnd,
}

/// One end of a connection.
#[derive(Clone, Debug, Serialize)]
pub struct ConversationEnd {
    /// What it is: `client.4125`, `mds.0`; null where nobody said.
    pub name: Option<String>,
    /// Where it is.
    pub addr: SocketAddr,
    /// Messages that it sent within the selected time.
    pub messages: u64,
    /// Bytes of their sections.
    pub bytes: u64,
    /// Bytes of the stream that it sent, from the first packet to the last.
    pub stream_bytes: u64,
}

impl ConversationsReport {
    /// The connections of `report` that are selected: by their ends, and by time if any of it lies within.
    pub fn new(
        traffic: &Traffic,
        report: &Report,
        who: &Who,
        filter: &Filter,
    ) -> ConversationsReport {
        let said = traffic.by_conn();
        let is_selected = |c: &&Connection| {
            filter.is_between(Party::both(who, c.id, Dir::AToB).as_ref())
                && filter.since.is_none_or(|since| c.last.time >= since)
                && filter.until.is_none_or(|until| c.opened.time <= until)
        };
        let row = |c: &Connection| {
            let [a, b] = said.get(&c.id).copied().unwrap_or_default();
            ConversationRow {
                connection: c.id,
                messenger: c.messenger,
                protection: c.protection,
                resumed: c.resumed,
                first: c.opened,
                last: c.last,
                duration_ns: c.last.time.since(c.opened.time),
                a: end(&c.a, a),
                b: end(&c.b, b),
            }
        };
        let mut conversations: Vec<_> =
            report.connections.iter().filter(is_selected).map(row).collect();
        conversations.sort_by_key(|row| {
            let bytes = row.a.stream_bytes.saturating_add(row.b.stream_bytes);
            (std::cmp::Reverse(bytes), row.connection)
        });
        ConversationsReport { conversations }
    }
}

fn end(end: &ConnectionEnd, said: Tally) -> ConversationEnd {
    ConversationEnd {
        name: end.name.clone(),
        addr: end.addr,
        messages: said.messages,
        bytes: said.bytes,
        stream_bytes: end.bytes,
    }
}
