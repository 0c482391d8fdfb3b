//! What is remembered of a connection for good.

use super::{ConnId, Dir, End};
use crate::place::{Place, Time};
use serde::Serialize;
use std::net::SocketAddr;

/// A TCP connection: one life of a 4-tuple.
#[derive(Clone, Debug, Serialize)]
pub struct ConnInfo {
    /// Who opened it, if a SYN or its answer was seen; else who sent the first packet seen.
    pub a: SocketAddr,
    /// The other end.
    pub b: SocketAddr,
    /// True if its opening was seen.
    pub syn_seen: bool,
    /// Its first packet.
    pub opened: Place,
    /// Its last packet so far.
    pub last: Place,
    /// Packets of either direction.
    pub packets: u64,
    /// The first packet whose time is more than a second before that of the one in front of it: the clock was
    /// set back, or the capture's times are not to be trusted.
    #[serde(skip)]
    pub set_back: Option<Place>,
    /// The connection that this one goes on with: it did not end where it seemed to.
    #[serde(skip)]
    pub continues: Option<ConnId>,
    /// What a sent.
    pub a_to_b: DirInfo,
    /// What b sent.
    pub b_to_a: DirInfo,
}

/// One direction of a connection.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DirInfo {
    /// Its first packet; `None` if nothing of it was ever seen.
    pub first: Option<Place>,
    /// Its last packet so far.
    pub last: Option<Place>,
    /// Payload bytes handed on.
    pub bytes: u64,
    /// Segments that had a payload.
    pub segments: u64,
    /// Payload bytes that were seen before: retransmissions, and packets captured twice.
    pub duplicate_bytes: u64,
    /// Payload bytes dropped: from before the first one seen, or behind the end.
    pub dropped_bytes: u64,
    /// Bytes that were never captured.
    pub gap_bytes: u64,
    /// Number of gaps.
    pub gaps: u64,
    /// The gaps in order, at most [`super::Limits::max_gaps_kept`]: further ones are merged into
    /// the last.
    pub gap_list: Vec<GapInfo>,
    /// The first and the last packet with bytes that the other side had acknowledged in a packet before: the
    /// capture holds the directions in another order than the wire did.
    pub inverted: Option<Box<(Place, Place)>>,
    /// How it ended, and the packet that ended it: with the FIN, the RST, the new SYN, or the
    /// capture's last one.
    pub end: Option<(End, Place)>,
}

/// Bytes of a direction that were never captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GapInfo {
    /// The packet that carried the last bytes in front of the gap, or the direction's first one.
    pub before: Place,
    /// The packet that carried the first bytes behind it; of a gap known only from the other
    /// side's acknowledgement, or from the end, the packet at which it was declared.
    pub after: Place,
    /// Stream offset of its first byte.
    pub offset: u64,
    /// Its length in bytes; 0 if the sender's numbering jumped and the length is not known.
    pub len: u64,
    /// Gaps merged into this one beyond the first.
    pub merged: u64,
}

/// Between whom a connection is, and whether its beginning was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Who opened it, if a SYN or its answer was seen; else who sent the first packet seen.
    pub a: SocketAddr,
    /// The other end.
    pub b: SocketAddr,
    /// True if its opening was seen.
    pub syn_seen: bool,
    /// Its first packet seen.
    pub since: Place,
    /// The connection that this one goes on with: it did not end where it seemed to.
    pub continues: Option<ConnId>,
}

impl Opening {
    /// Sender of a direction.
    pub fn src(&self, dir: Dir) -> SocketAddr {
        match dir {
            Dir::AToB => self.a,
            Dir::BToA => self.b,
        }
    }
}

impl ConnInfo {
    /// Between whom it is.
    pub fn opening(&self) -> Opening {
        let ConnInfo { a, b, syn_seen, opened: since, continues, .. } = *self;
        Opening { a, b, syn_seen, since, continues }
    }

    /// One direction.
    pub fn dir(&self, dir: Dir) -> &DirInfo {
        match dir {
            Dir::AToB => &self.a_to_b,
            Dir::BToA => &self.b_to_a,
        }
    }

    /// Sender of a direction.
    pub fn src(&self, dir: Dir) -> SocketAddr {
        self.opening().src(dir)
    }

    /// How and where it ended, if it did so within the capture: at the end of the direction that ended
    /// first.
    pub fn end(&self) -> Option<(End, Place)> {
        let ends = [self.a_to_b.end, self.b_to_a.end].into_iter().flatten();
        ends.filter(|(how, _)| *how != End::CaptureEnd).min_by_key(|(_, place)| place.time)
    }

    /// Whether the order between its directions is in doubt somewhere between two moments: within a second of packets
    /// that were captured behind their acknowledgements.
    pub fn is_inverted(&self, from: Time, to: Time) -> bool {
        const AROUND: i64 = 1_000_000_000;
        let mut directions = [&self.a_to_b.inverted, &self.b_to_a.inverted].into_iter().flatten();
        directions.any(|inverted| {
            let (first, last) = **inverted;
            first.time.0.saturating_sub(AROUND) <= to.0
                && from.0 <= last.time.0.saturating_add(AROUND)
        })
    }

    /// True if every byte sent in `dir` from time `from` to time `to` was handed on: the direction
    /// was being seen by then, the connection still was at the end, and no gap lies between.
    ///
    /// A byte that the capture lost is known only from what comes behind it: were the very last
    /// ones before the end lost, nobody can tell. Behind the connection's last packet this is false,
    /// unless the capture ended and the connection was still open.
    pub fn covered(&self, dir: Dir, from: Time, to: Time) -> bool {
        let info = self.dir(dir);
        let Some(first) = info.first else { return false };
        let until = info.end.map_or(self.last.time, |(_, place)| place.time.max(self.last.time));
        first.time <= from
            && to <= until
            && !info.gap_list.iter().any(|gap| gap.before.time <= to && from <= gap.after.time)
    }

    /// True if nothing of it was handed on yet.
    pub(super) fn is_untold(&self) -> bool {
        [&self.a_to_b, &self.b_to_a]
            .iter()
            .all(|info| info.bytes == 0 && info.gaps == 0 && info.end.is_none())
    }

    /// It was opened by the other end than it seemed.
    pub(super) fn turn(&mut self) {
        std::mem::swap(&mut self.a, &mut self.b);
        std::mem::swap(&mut self.a_to_b, &mut self.b_to_a);
    }

    pub(super) fn dir_mut(&mut self, dir: Dir) -> &mut DirInfo {
        match dir {
            Dir::AToB => &mut self.a_to_b,
            Dir::BToA => &mut self.b_to_a,
        }
    }
}

impl DirInfo {
    pub(super) fn note_inverted(&mut self, place: Place) {
        self.inverted.get_or_insert_with(|| Box::new((place, place))).1 = place;
    }

    pub(super) fn note_gap(&mut self, gap: GapInfo, max_kept: usize) {
        self.gaps += 1;
        self.gap_bytes += gap.len;
        if self.gap_list.len() < max_kept.max(1) {
            self.gap_list.push(gap);
        } else if let Some(last) = self.gap_list.last_mut() {
            last.after = gap.after;
            last.len += gap.len;
            last.merged += 1;
        }
    }
}
