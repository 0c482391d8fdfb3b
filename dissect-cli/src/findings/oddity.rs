//! What the rules on odd messages share.

use ceph_codec::types::Rank;

use super::table::inverted;
use super::{Finding, Known};
use crate::caps::Odd;
use crate::event::Direction;
use crate::place::{Place, Time};
use crate::session::{Doubt, Ends};

/// How long after a message of a rank its client may still speak as if it had not come, 10 s: what is on its
/// way in the other direction, and what waits in the client. Linux keeps releases for up to 5 s.
pub(super) const CROSSING: i64 = 10_000_000_000;

/// Makes findings of odd messages; `make` answers `None` for those of other kinds, or with a good reason.
pub(super) fn each(
    known: &Known<'_>,
    found: &mut Vec<Finding>,
    mut make: impl FnMut(&Odd, Ends) -> Option<Finding>,
) {
    for odd in known.story.oddities.kept() {
        if let Some(ends) = known.who.ends(odd.event.conn) {
            found.extend(make(odd, ends));
        }
    }
}

/// What keeps the client's view of a cap from being certain: it rests on all that these ranks and the client
/// said to each other from the beginning of their sessions to the message, and on the order of what both said since
/// the cap was last issued as a whole, or went.
pub(super) fn view_doubt(
    known: &Known<'_>,
    odd: &Odd,
    ends: Ends,
    ranks: &[Option<Rank>],
) -> Option<Doubt> {
    let at = odd.event.place.time;
    let seen = ranks.iter().find_map(|rank| {
        let Some(mds) = *rank else { return unnamed(known, odd) };
        let begin = match begin(known, ends, mds, at) {
            Ok(begin) => begin,
            Err(doubt) => return Some(doubt),
        };
        // Where its last connection ended, there may have been another one.
        if known.links.disconnected(ends, mds, at).is_some() {
            return Some(Doubt::NoConnection { mds });
        }
        [Direction::MdsToClient, Direction::ClientToMds]
            .into_iter()
            .find_map(|way| covered(known, ends, mds, way, begin, at))
    });
    let issued = odd.step.before.map(|held| held.issued_at);
    let since = issued.or_else(|| odd.step.gone.map(|gone| gone.at));
    seen.or_else(|| inverted(known, odd.event.conn, since?.time, at))
}

/// The same, where it rests on what the rank said since an earlier message.
pub(super) fn doubt_since(
    known: &Known<'_>,
    odd: &Odd,
    ends: Ends,
    earlier: Place,
) -> Option<Doubt> {
    let Some(mds) = ends.mds else { return unnamed(known, odd) };
    covered(known, ends, mds, Direction::MdsToClient, earlier.time, odd.event.place.time)
}

fn covered(
    known: &Known<'_>,
    with: Ends,
    mds: Rank,
    direction: Direction,
    from: Time,
    to: Time,
) -> Option<Doubt> {
    known.links.covered(&with, mds, direction, from, to).err()
}

fn unnamed(known: &Known<'_>, odd: &Odd) -> Option<Doubt> {
    let since = known.links.link(odd.event.conn).map_or(odd.event.place, |link| link.opened);
    Some(Doubt::RankUnknown { since })
}

/// When the session that is there at `at` began.
fn begin(known: &Known<'_>, with: Ends, mds: Rank, at: Time) -> Result<Time, Doubt> {
    let mut first = None;
    let mut asked = None;
    for link in known.links.between(with, mds).filter(|link| link.opened.time <= at) {
        first.get_or_insert(link);
        if link.session_asked.is_some() {
            asked = Some(link);
        }
    }
    match (asked, first) {
        (Some(link), _) => Ok(link.opened.time),
        // Opened by the rank. What the client tells anew it has of a session before.
        (None, Some(link)) if link.from_start && !link.resumed && !known.is_told_anew(link) => {
            Ok(link.opened.time)
        }
        (None, Some(link)) => Err(Doubt::SeenLate { mds, since: link.opened }),
        (None, None) => Err(Doubt::NoConnection { mds }),
    }
}
