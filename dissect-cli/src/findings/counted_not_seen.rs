//! `counted-not-seen`: a rank counted messages to a client that the capture does not have.
//!
//! A rank numbers what it sends to a client: caps, leases, snaps and quotas. Now and then it tells the
//! number. If nothing is missing in the capture and fewer came, they were never sent.

use super::table::inverted;
use super::{Evidence, FactValue, Finding, Known, Rule, Severity, Shows, page};
use crate::caps::sessions::{Beginning, History, Unseen};
use crate::session::{Direction, Doubt, Ends};

pub(super) const RULE: Rule = Rule {
    code: "counted-not-seen",
    title: "a rank counted messages to a client that were never seen",
    severities: &[Severity::Error],
    facts: &["unseen", "counted", "seen", "since", "behind"],
    thresholds: &[],
    page: page!("counted-not-seen"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    for history in known.story.sessions.histories(known.links) {
        for unseen in history.unseen() {
            let Some(ends) = known.who.ends(unseen.at.conn) else { continue };
            let finding = Finding {
                doubt: doubt(known, &history, &unseen, &ends),
                evidence: vec![Evidence { shows: Shows::Counter, place: unseen.at.place }],
                ..Finding::new(RULE.code, Severity::Error, unseen.at, ends)
            };
            found.push(
                finding
                    .fact("unseen", FactValue::Number(unseen.messages()))
                    .fact("counted", FactValue::Number(unseen.counted))
                    .fact("seen", FactValue::Number(unseen.expected))
                    .fact("since", FactValue::At(unseen.since))
                    .fact("behind", FactValue::Word(behind(unseen.beginning))),
            );
        }
    }
}

fn behind(beginning: Beginning) -> &'static str {
    match beginning {
        Beginning::Session => "request_open",
        Beginning::Reconnect => "reconnect",
        Beginning::Count => "last count",
    }
}

/// What keeps it from being said that these messages were not sent.
pub(super) fn doubt(
    known: &Known<'_>,
    history: &History<'_>,
    unseen: &Unseen,
    ends: &Ends,
) -> Option<Doubt> {
    let (from, to) = (unseen.since.time, unseen.at.place.time);
    let direction = Direction::MdsToClient;
    let covered = match ends.mds {
        Some(mds) => known.links.covered(ends, mds, direction, from, to),
        None => known.links.covered_on(unseen.at.conn, direction, from, to),
    };
    // Which messages count is told by what the client said then.
    let mut conns = history.legs.iter().map(|(link, _)| link.conn);
    covered.err().or_else(|| conns.find_map(|conn| inverted(known, conn, from, from)))
}
