//! `cap-lost-at-reconnect`: a client held a cap, and did not tell it to the rank that came back.
//!
//! The rank forgets what it is not told. Clients drop caps that nobody uses before they go back, which does
//! no harm; one that is wanted, or whose state was being written back, is lost.

use super::{Evidence, FactValue, Finding, Known, Rule, Severity, Shows, page};
use crate::caps::replay::Exit;

pub(super) const RULE: Rule = Rule {
    code: "cap-lost-at-reconnect",
    title: "a client held a cap, and did not tell it to the rank that came back",
    severities: &[Severity::Warning, Severity::Info],
    facts: &["cap_id", "held", "wanted", "flushing"],
    thresholds: &[],
    page: page!("cap-lost-at-reconnect"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    let lost = known.story.replay.lost().iter();
    for lost in lost.filter(|lost| lost.how == Exit::NotReasserted && lost.known) {
        let Some(ends) = known.who.ends(lost.at.conn) else { continue };
        let needed = !lost.cap.wanted.is_empty() || !lost.flushing.is_empty();
        let severity = if needed { Severity::Warning } else { Severity::Info };
        // What the client said before may be missing: a release, or that it wants the cap no more.
        let (from, to) = (lost.cap.since.time, lost.at.place.time);
        let doubt = ends.mds.and_then(|mds| {
            use crate::session::Direction::{ClientToMds, MdsToClient};
            let covered = |direction| known.links.covered(&ends, mds, direction, from, to);
            covered(ClientToMds).and_then(|()| covered(MdsToClient)).err()
        });
        // Or another rank's IMPORT, with which the cap went.
        let doubt = doubt.or_else(|| known.unread_elsewhere(&ends, from, to));
        let finding = Finding {
            doubt,
            ino: Some(lost.ino),
            evidence: vec![Evidence { shows: Shows::NotReasserted, place: lost.at.place }],
            ..Finding::new(RULE.code, severity, lost.at, ends)
        };
        found.push(
            finding
                .fact("cap_id", FactValue::Number(lost.cap.cap_id))
                .fact("held", FactValue::Caps(lost.cap.issued))
                .fact("wanted", FactValue::Caps(lost.cap.wanted))
                .fact("flushing", FactValue::Caps(lost.flushing)),
        );
    }
}
