//! Messages by type, and between which kinds of ends they went.

use std::collections::{BTreeMap, HashMap};

use ceph_codec::message::MessageType;
use serde::Serialize;

use super::Traffic;
use crate::caps::timeline::Filter;
use crate::dissect::Party;
use crate::session::{Tally, Who};

/// Messages by type.
#[derive(Clone, Debug, Serialize)]
pub struct MessagesReport {
    /// How many there are.
    pub messages: u64,
    /// Bytes of their sections.
    pub bytes: u64,
    /// Messages that are not told apart, since there was no room.
    pub left_out: u64,
    /// Each type, most frequent first.
    pub types: Vec<MessageRow>,
}

/// Messages of one type.
#[derive(Clone, Debug, Serialize)]
pub struct MessageRow {
    /// Its name.
    #[serde(rename = "type")]
    pub name: String,
    /// Its number.
    #[serde(rename = "type_number")]
    pub number: u16,
    /// How many.
    pub messages: u64,
    /// Of a hundred messages.
    pub percent: f64,
    /// Bytes of their sections.
    pub bytes: u64,
    /// Between whom, most frequent first.
    pub flows: Vec<FlowRow>,
}

/// Messages of one type from one kind of end to another.
#[derive(Clone, Debug, Serialize)]
pub struct FlowRow {
    /// What sends: `client`, `mds`, `mon`; null where nobody said.
    pub from: Option<String>,
    /// What receives.
    pub to: Option<String>,
    /// How many.
    pub messages: u64,
    /// Bytes of their sections.
    pub bytes: u64,
}

impl MessagesReport {
    /// What was said on the connections that are selected.
    pub fn new(traffic: &Traffic, who: &Who, filter: &Filter) -> MessagesReport {
        type Flow = (Option<String>, Option<String>);
        let mut types: HashMap<MessageType, BTreeMap<Flow, Tally>> = HashMap::new();
        let mut total = Tally::default();
        for (conn, dir, kind, tally) in traffic.iter() {
            let parties = Party::both(who, conn, dir);
            if !filter.is_between(parties.as_ref()) {
                continue;
            }
            let name = |side: usize| {
                parties.and_then(|parties| parties[side].kind).map(|kind| kind.to_string())
            };
            let flow = types.entry(kind).or_default().entry((name(0), name(1))).or_default();
            for sum in [flow, &mut total] {
                sum.messages += tally.messages;
                sum.bytes += tally.bytes;
            }
        }
        let row = |(kind, flows): (MessageType, BTreeMap<Flow, Tally>)| {
            let messages = flows.values().map(|tally| tally.messages).sum();
            let mut flows: Vec<_> = flows
                .into_iter()
                .map(|((from, to), Tally { messages, bytes })| FlowRow {
                    from,
                    to,
                    messages,
                    bytes,
                })
                .collect();
            flows.sort_by_key(|flow| std::cmp::Reverse(flow.messages));
            MessageRow {
                name: kind.to_string(),
                number: kind.0,
                messages,
                percent: percent(messages, total.messages),
                bytes: flows.iter().map(|flow| flow.bytes).sum(),
                flows,
            }
        };
        let mut types: Vec<_> = types.into_iter().map(row).collect();
        types.sort_by_key(|row| (std::cmp::Reverse(row.messages), row.number));
        MessagesReport {
            messages: total.messages,
            bytes: total.bytes,
            left_out: traffic.left_out().messages,
            types,
        }
    }
}

/// Of a hundred, to a hundredth.
fn percent(part: u64, of: u64) -> f64 {
    (part as f64 / of.max(1) as f64 * 10_000.0).round() / 100.0
}
