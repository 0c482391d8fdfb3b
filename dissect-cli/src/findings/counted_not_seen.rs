//! `counted-not-seen`: a rank counted messages to a client that the capture does not have.
//!
//! A rank numbers what it sends to a client: caps, leases, snaps and quotas. Now and then it tells the
//! number. If nothing is missing in the capture and fewer came, they were never sent.

use super::table::inverted;
use super::{Evidence, FactValue, Finding, Known, Rule, Severity, Shows, page};
use crate::caps::sessions::Beginning;
use crate::session::Direction;

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
            let (from, to) = (unseen.since.time, unseen.at.place.time);
            let direction = Direction::MdsToClient;
            let covered = match ends.mds {
                Some(mds) => known.links.covered(&ends, mds, direction, from, to),
                None => known.links.covered_on(unseen.at.conn, direction, from, to),
            };
            // Which messages count is told by what the client said then.
            let unordered = || {
                let conns = history.legs.iter().map(|(link, _)| link.conn);
                conns.filter_map(|conn| inverted(known, conn, from, from)).next()
            };
            let finding = Finding {
                doubt: covered.err().or_else(unordered),
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
