//! How long things took: all, and of each client at each rank.

use serde::Serialize;

use super::{Parties, Scope};
use crate::caps::watch::{Latency, SeatId, Stats};
use crate::place::Place;

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// From REVOKE to answer.
    Revoke,
    /// From the first sending of a flush to its acknowledgement.
    Flush,
    /// Between EXPORT and IMPORT, whichever came first.
    Migration,
    /// From a request to its first reply.
    Request,
    /// From a request to its safe reply, where an unsafe one went before.
    SafeReply,
}

/// All latencies.
#[derive(Clone, Debug, Serialize)]
pub struct LatencyReport {
    /// By kind.
    pub kinds: Vec<Latencies>,
    /// In how many migrations the IMPORT came first.
    pub import_first: u64,
}

/// Latencies of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Latencies {
    /// What was waited for.
    pub kind: Kind,
    /// All together.
    pub all: LatencyRow,
    /// Each client at each rank, by client and rank.
    pub parts: Vec<LatencyRow>,
}

/// Some latencies of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct LatencyRow {
    /// Between whom; all null for all.
    #[serde(flatten)]
    pub parties: Parties,
    /// How many.
    pub count: u64,
    /// Half of them took no longer, in nanoseconds, to 1 %; null if there are none.
    pub p50_ns: Option<i64>,
    /// 99 of 100 took no longer.
    pub p99_ns: Option<i64>,
    /// The longest.
    pub max_ns: Option<i64>,
    /// Where that one began.
    pub max_at: Option<Place>,
    /// How many took how long, by powers of two; those in which there are none are left out.
    pub histogram: Vec<Bucket>,
}

/// How many took that long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bucket {
    /// Microseconds, a power of two; they took as long as this up to twice as long. The lowest one, 1, has
    /// the shorter ones too.
    pub from_us: u64,
    /// How many.
    pub count: u64,
}

impl Scope<'_> {
    /// All latencies.
    pub fn latency(&self) -> LatencyReport {
        let watch = self.watch;
        let kinds = [
            (Kind::Revoke, watch.revokes.stats()),
            (Kind::Flush, watch.flushes.stats()),
            (Kind::Migration, watch.transfers.stats()),
            (Kind::Request, watch.requests.stats()),
            (Kind::SafeReply, watch.requests.safe()),
        ];
        LatencyReport {
            kinds: kinds.into_iter().map(|(kind, stats)| self.latencies(kind, stats)).collect(),
            import_first: watch.transfers.import_first(),
        }
    }

    fn latencies(&self, kind: Kind, stats: &Stats) -> Latencies {
        let part = |(seat, latency)| self.latency_row(Some(seat), latency);
        let mut parts: Vec<_> = stats.seats().map(part).collect();
        parts.sort_by_key(|row| (row.parties.client, row.parties.mds));
        Latencies { kind, all: self.latency_row(None, stats.all()), parts }
    }

    pub(super) fn latency_row(&self, seat: Option<SeatId>, latency: &Latency) -> LatencyRow {
        let nobody = Parties { client: None, client_addr: None, mds: None };
        let some = |value| (latency.count() > 0).then_some(value);
        let bucket = |(power, count): (usize, u64)| {
            (count > 0).then_some(Bucket { from_us: 1 << power, count })
        };
        LatencyRow {
            parties: seat.map_or(nobody, |seat| self.parties(seat)),
            count: latency.count(),
            p50_ns: some(latency.percentile(50.0)),
            p99_ns: some(latency.percentile(99.0)),
            max_ns: some(latency.max().0),
            max_at: (latency.count() > 0).then_some(latency.max().1),
            histogram: latency.powers().into_iter().enumerate().filter_map(bucket).collect(),
        }
    }
}
