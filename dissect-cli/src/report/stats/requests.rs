//! How long clients waited for what they asked for, by operation.

use std::collections::HashMap;

use ceph_codec::message::client_request::RequestOp;
use serde::Serialize;

use crate::caps::watch::Latency;
use crate::place::Place;
use crate::report::watch::Scope;

/// Requests by operation.
#[derive(Clone, Debug, Serialize)]
pub struct RequestsReport {
    /// All together.
    pub all: OpRow,
    /// Each operation, most frequent first.
    pub ops: Vec<OpRow>,
    /// How often a request was sent again.
    pub sent_again: u64,
    /// How often a rank said that another one has to do it.
    pub forwarded: u64,
    /// Replies that are in `all` only, since there were too many operations.
    pub left_out: u64,
}

/// Requests of one operation.
#[derive(Clone, Debug, Serialize)]
pub struct OpRow {
    /// What was asked for; null for all.
    pub op: Option<String>,
    /// Its number.
    pub op_number: Option<u32>,
    /// First replies with an error.
    pub errors: u64,
    /// Requests without a reply, of sessions that have not ended.
    pub unanswered: u64,
    /// From the first sending to the first reply.
    pub reply: ResponseTimes,
    /// From the first sending to the safe reply, where an unsafe one went before.
    pub safe_reply: ResponseTimes,
}

/// How long something took; null where there is none.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ResponseTimes {
    /// How many.
    pub count: u64,
    /// The shortest.
    pub min_ns: Option<i64>,
    /// On average.
    pub mean_ns: Option<i64>,
    /// Half of them took no longer, to 1 %.
    pub p50_ns: Option<i64>,
    /// 99 of 100 took no longer.
    pub p99_ns: Option<i64>,
    /// The longest.
    pub max_ns: Option<i64>,
    /// Where that one began.
    pub max_at: Option<Place>,
}

impl ResponseTimes {
    fn of(latency: &Latency) -> ResponseTimes {
        let some = |value| (latency.count() > 0).then_some(value);
        ResponseTimes {
            count: latency.count(),
            min_ns: some(latency.min()),
            mean_ns: some(latency.mean()),
            p50_ns: some(latency.percentile(50.0)),
            p99_ns: some(latency.percentile(99.0)),
            max_ns: some(latency.max().0),
            max_at: (latency.count() > 0).then_some(latency.max().1),
        }
    }
}

impl Scope<'_> {
    /// How long clients waited for what they asked for.
    pub fn requests(&self) -> RequestsReport {
        let requests = &self.watch.requests;
        let mut open: HashMap<RequestOp, u64> = HashMap::new();
        for request in requests.open_ones(&self.watch.seats) {
            *open.entry(request.event.op).or_default() += 1;
        }
        let all = OpRow {
            op: None,
            op_number: None,
            errors: requests.ops().errors(),
            unanswered: open.values().sum(),
            reply: ResponseTimes::of(requests.stats().all()),
            safe_reply: ResponseTimes::of(requests.safe().all()),
        };
        let nothing = Latency::default();
        let row = |op: RequestOp, errors, unanswered, [reply, safe]: [&Latency; 2]| OpRow {
            op: Some(op.to_string()),
            op_number: Some(op.0),
            errors,
            unanswered,
            reply: ResponseTimes::of(reply),
            safe_reply: ResponseTimes::of(safe),
        };
        let mut ops: Vec<_> = requests
            .ops()
            .iter()
            .map(|(op, stats)| {
                let unanswered = open.remove(&op).unwrap_or(0);
                row(op, stats.errors, unanswered, [&stats.reply, &stats.safe])
            })
            .collect();
        ops.extend(open.into_iter().map(|(op, n)| row(op, 0, n, [&nothing, &nothing])));
        ops.sort_by_key(|row| (std::cmp::Reverse(row.reply.count), row.op_number));
        RequestsReport {
            all,
            ops,
            sent_again: requests.sent_again(),
            forwarded: requests.forwarded(),
            left_out: requests.ops().left_out(),
        }
    }
}
