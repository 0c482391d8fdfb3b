//! What the maps said of the ranks.

use std::collections::BTreeMap;

use ceph_codec::message::mds_map::MdsState;
use ceph_codec::types::Rank;

use crate::event::RankEvent;
use crate::names::FsIndex;
use crate::place::Place;

/// States kept of one rank, 65,536. Beyond: the first ones are.
const MAX_STATES: usize = 1 << 16;

/// Where each state was told first.
type States = Vec<(Place, Option<MdsState>)>;

/// States of the ranks over time, as the maps told them.
#[derive(Clone, Debug, Default)]
pub struct RankLog {
    ranks: BTreeMap<(Rank, FsIndex), States>,
}

impl RankLog {
    pub(super) fn push(&mut self, event: &RankEvent) {
        let states = self.ranks.entry((event.rank, event.fs)).or_default();
        let news = states.last().is_none_or(|(_, state)| *state != event.state);
        if news && states.len() < MAX_STATES {
            states.push((event.at.place, event.state));
        }
    }

    /// The states of a rank in the order in which they were told; `None`: nobody holds the rank. Where several
    /// file systems have such a rank, nothing is answered.
    pub fn states(&self, rank: Rank) -> &[(Place, Option<MdsState>)] {
        let mut of = self.ranks.range((rank, FsIndex(0))..=(rank, FsIndex(u16::MAX)));
        match (of.next(), of.next()) {
            (Some((_, states)), None) => states,
            _ => &[],
        }
    }

    /// Where a map first told that a rank that was active at `since` is it no more, up to `until`.
    pub fn left_active(&self, rank: Rank, since: Place, until: Place) -> Option<Place> {
        let mut left = None;
        for (place, state) in self.states(rank) {
            match *state == Some(MdsState::ACTIVE) {
                _ if *place > until => break,
                true if *place <= since => left = None,
                true => {}
                false if *place >= since => left = left.or(Some(*place)),
                false => {}
            }
        }
        left
    }

    /// Where a map told that a rank waits for its clients to tell their caps, between these places.
    pub fn back(&self, rank: Rank, since: Place, until: Place) -> Option<Place> {
        let mut states =
            self.states(rank).iter().filter(|(place, _)| *place >= since && *place <= until);
        states.find(|(_, told)| *told == Some(MdsState::RECONNECT)).map(|(place, _)| *place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::At;
    use crate::stream::ConnId;

    #[test]
    fn of_too_many_states_the_first_are_kept() {
        let mut log = RankLog::default();
        let mut push = |frame: u64| {
            let place = Place { frame, ..Place::default() };
            let at = At { place, conn: ConnId(0), offset: 0, replayed: false };
            let state = frame.is_multiple_of(2).then_some(MdsState::ACTIVE);
            let (fs, rank) = (FsIndex(0), Rank(0));
            log.push(&RankEvent { at, fs, rank, state, epoch: 1 });
        };
        (0..MAX_STATES as u64 + 3).for_each(&mut push);
        let states = log.states(Rank(0));
        assert_eq!(states.len(), MAX_STATES);
        assert_eq!(states.last().map(|(place, _)| place.frame), Some(MAX_STATES as u64 - 1));
    }
}
