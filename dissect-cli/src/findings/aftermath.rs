//! What became of a session, as far as its connections show.

use ceph_codec::types::Rank;

use super::{Evidence, Known, Resolution, Shows};
use crate::place::{Place, Time};
use crate::session::Ends;
use crate::stream::End;

/// What became of the connections between a client and a rank after a message: the end of the one that was
/// open then, the one after it, and the session's end.
pub(super) struct Aftermath {
    lost: Option<Place>,
    again: Option<Place>,
    closed: Option<Place>,
}

impl Aftermath {
    /// Looks at the time from `since` to `until`; a new connection may come as late as it likes.
    pub(super) fn of(
        known: &Known<'_>,
        with: Ends,
        mds: Rank,
        since: Time,
        until: Time,
    ) -> Aftermath {
        let mut aftermath = Aftermath { lost: None, again: None, closed: None };
        let within = |place: &Place| place.time >= since && place.time <= until;
        for link in known.links.between(with, mds).filter(|l| l.last.time >= since) {
            if link.opened.time > since && aftermath.lost.is_some() {
                aftermath.again.get_or_insert(link.opened);
            }
            let ended = link.ended.filter(|(how, _)| *how != End::Evicted).map(|(_, place)| place);
            if let Some(place) = ended.filter(within) {
                aftermath.lost.get_or_insert(place);
            }
            if let Some(place) = link.closed.map(|(_, place)| place).filter(within) {
                aftermath.closed.get_or_insert(place);
            }
        }
        aftermath
    }

    /// Where the connection ended.
    pub(super) fn lost(&self) -> Option<Place> {
        self.lost
    }

    /// How the rank fell silent, if it did.
    pub(super) fn resolution(&self) -> Option<Resolution> {
        match self {
            Aftermath { closed: Some(_), .. } => Some(Resolution::SessionClosed),
            Aftermath { lost: Some(_), .. } => Some(Resolution::ConnectionLost),
            _ => None,
        }
    }

    pub(super) fn evidence(&self) -> impl Iterator<Item = Evidence> {
        [
            (Shows::ConnectionEnd, self.lost),
            (Shows::NewConnection, self.again),
            (Shows::SessionClosed, self.closed),
        ]
        .into_iter()
        .filter_map(|(shows, place)| place.map(|place| Evidence { shows, place }))
    }
}
