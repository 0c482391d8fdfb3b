//! Who holds how many caps.

use serde::Serialize;

use super::{Parties, Scope};
use crate::caps::watch::{Holder, Selected};
use crate::place::Place;

/// Who holds how many caps.
#[derive(Clone, Debug, Serialize)]
pub struct TopReport {
    /// Nanoseconds between samples.
    pub interval_ns: i64,
    /// Clients at ranks; those that hold most, or held most, first.
    pub holders: Vec<HolderRow>,
}

/// The caps of a client from a rank.
#[derive(Clone, Debug, Serialize)]
pub struct HolderRow {
    /// Between whom.
    #[serde(flatten)]
    pub parties: Parties,
    /// How many it holds at the end.
    pub caps: u64,
    /// The most that it held.
    pub most: u64,
    /// When that was.
    pub most_at: Place,
    /// Caps that it got.
    pub acquired: u64,
    /// Caps that went.
    pub released: u64,
    /// How often the rank asked it to keep fewer.
    pub recalls: u64,
    /// What the last of these said that it may keep.
    pub keep: Option<u32>,
    /// How many it held, sampled from the first event of the capture on; the last one is from the end.
    pub samples: Vec<u32>,
}

impl Scope<'_> {
    /// Who holds how many caps, of those that are selected.
    pub fn top(&self, selected: &Selected) -> TopReport {
        let holders = &self.watch.holders;
        let now = |holder: &Holder| u32::try_from(holder.caps).unwrap_or(u32::MAX);
        let of = holders.iter().filter(|(seat, _)| selected.is_of(self.watch.seats.get(*seat)));
        let mut rows: Vec<HolderRow> = of
            .map(|(seat, holder)| HolderRow {
                parties: self.parties(seat),
                caps: holder.caps,
                most: holder.most.0,
                most_at: holder.most.1,
                acquired: holder.acquired,
                released: holder.released,
                recalls: holder.recalls,
                keep: holder.keep,
                samples: holder.samples().iter().copied().chain([now(holder)]).collect(),
            })
            .collect();
        rows.sort_by_key(|row| {
            std::cmp::Reverse((row.caps, row.most, std::cmp::Reverse(row.parties.client)))
        });
        TopReport { interval_ns: holders.interval(), holders: rows }
    }
}
