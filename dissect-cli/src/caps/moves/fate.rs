//! What became of an export.

use serde::Serialize;

use super::{Export, Phase};
use crate::place::{Place, Time};
use crate::session::Trunks;

/// What became of an export, as far as the capture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is complete.
    Done,
    /// The exporter gave up before it sent the tree.
    Cancelled,
    /// The importer did not want it.
    Refused,
    /// The connection between the two was lost, or one of them went down, before it was complete.
    PeerLost,
    /// It is not complete.
    Open,
}

impl Fate {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Fate::Done => "done",
            Fate::Cancelled => "cancelled",
            Fate::Refused => "refused",
            Fate::PeerLost => "peer lost",
            Fate::Open => "open",
        }
    }
}

impl Export {
    /// What became of it, if what ends it may come so many nanoseconds after its last message.
    pub fn fate(&self, trunks: &Trunks, wait: i64) -> Fate {
        if self.at(Phase::Last).is_some() {
            return Fate::Done;
        }
        if self.at(Phase::Cancel).is_some() {
            return Fate::Cancelled;
        }
        if self.refused.is_some() {
            return Fate::Refused;
        }
        match self.peer_lost(trunks, wait) {
            Some(_) => Fate::PeerLost,
            None => Fate::Open,
        }
    }

    /// Where it shows within that time that one of the two cannot go on: the end of their connection, or a map.
    pub fn peer_lost(&self, trunks: &Trunks, wait: i64) -> Option<Place> {
        let until = Time(self.last.at.place.time.0.saturating_add(wait));
        let ended = trunks.lost(self.conn, self.last.at.place.time);
        let down = self.down.map(|(_, place)| place);
        let in_time = |place: &Place| place.time <= until;
        [ended, down].into_iter().flatten().filter(in_time).min_by_key(|place| place.time)
    }
}
