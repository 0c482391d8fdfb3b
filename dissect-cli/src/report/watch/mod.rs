//! What is waited for, as plain data: what `revokes`, `flushes`, `latency`, `waits` show.

mod holders;
mod latency;
mod pingpong;
mod requests;
mod revokes;

use std::fmt;
use std::net::SocketAddr;

use ceph_codec::types::InodeNo;
use serde::{Serialize, Serializer};

pub use holders::{HolderRow, TopReport};
pub use latency::{Bucket, Kind, Latencies, LatencyReport, LatencyRow};
pub use pingpong::{MovesRow, PingPongReport, TurnsRow};
pub use requests::{BlockerRow, RequestRow, WaitRow, WaitsReport};
pub use revokes::{
    AnsweredRow, FlushCounts, FlushRow, FlushesReport, RevokeCounts, RevokeRow, RevokesReport,
    SafeRow,
};

use crate::caps::timeline::{Client, Server};
use crate::caps::watch::{SeatId, Watch};
use crate::names::Names;
use crate::place::{Place, Time};
use crate::session::Who;

/// What the rows of reports are made from.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// What was watched.
    pub watch: &'a Watch,
    /// Identities.
    pub who: &'a Who,
    /// Names of inodes.
    pub names: &'a Names,
    /// The first packet of the capture, from which relative times count.
    pub start: Time,
    /// The last one.
    pub end: Time,
}

/// A client at a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Parties {
    /// The client's global id.
    pub client: Option<u64>,
    /// Where it is.
    pub client_addr: Option<SocketAddr>,
    /// The rank.
    pub mds: Option<i32>,
}

impl Parties {
    /// What the client is called.
    pub fn client_name(&self) -> String {
        match (self.client, self.client_addr) {
            (Some(id), _) => format!("client.{id}"),
            (None, Some(addr)) => addr.to_string(),
            (None, None) => "?".to_owned(),
        }
    }

    /// What the rank is called.
    pub fn mds_name(&self) -> String {
        self.mds.map_or_else(|| "mds.?".to_owned(), |rank| format!("mds.{rank}"))
    }
}

impl Scope<'_> {
    fn parties(&self, seat: SeatId) -> Parties {
        let seat = self.watch.seats.get(seat);
        // More may be known by now than when it happened.
        let ends = self.who.ends(seat.conn);
        let client = match seat.client {
            Client::Id(id) => Some(id),
            _ => ends.and_then(|ends| ends.client),
        };
        let mds = match seat.server {
            Server::Rank(rank) => Some(rank),
            _ => ends.and_then(|ends| ends.mds).map(|rank| rank.0),
        };
        Parties { client, client_addr: ends.map(|ends| ends.client_addr), mds }
    }

    fn path(&self, ino: Option<InodeNo>, at: Place) -> Option<String> {
        self.names.paths().path(ino?, at.time)
    }
}

pub(super) fn shown<T: fmt::Display, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn shown_if<T: fmt::Display, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}
