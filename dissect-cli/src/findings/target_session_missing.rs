//! `target-session-missing`: an EXPORT names a rank with which the client has no session, and none is opened.
//!
//! The client has a placeholder of a cap from a rank that it cannot speak to.

use super::oddity::each;
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::replay::Oddity;
use crate::event::Peer;
use crate::session::{Doubt, Ends};

pub(super) const RULE: Rule = Rule {
    code: "target-session-missing",
    title: "a rank exported a cap to one with which the client has no session, and none was opened",
    severities: &[Severity::Warning],
    facts: &["target"],
    thresholds: &["--migration-timeout"],
    page: page!("target-session-missing"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    each(known, found, |odd, ends| {
        let (Oddity::TargetSessionMissing, Some(Peer::Importer(peer))) =
            (odd.oddity, odd.event.peer)
        else {
            return None;
        };
        let time = odd.event.place.time;
        let deadline = known.deadline(time);
        let history = known.story.sessions.history(known.links, ends, peer.mds);
        let asked = known.links.between(ends, peer.mds).any(|link| {
            link.session_asked.is_some_and(|place| place.time >= time && place.time <= deadline)
        });
        if asked || history.is_open(deadline) || deadline > known.links.end().time {
            return None;
        }
        // A session may be there on what is not in the capture: that the capture has connections to the rank
        // shows only with another client's.
        let own = || known.links.between(ends, peer.mds);
        let heard =
            known.links.iter().any(|link| link.ends.mds == Some(peer.mds) && link.mds.spoken);
        if !heard || own().any(|link| !link.from_start || !link.readable) {
            return None;
        }
        // Whether there is one is told by all that both said.
        let target = Ends { mds: Some(peer.mds), ..ends };
        let doubt = match own().map(|link| link.opened.time).min() {
            Some(from) => known.unread(odd.event.conn, &target, from, deadline),
            None => Some(Doubt::NoConnection { mds: peer.mds }),
        };
        let finding = Finding {
            doubt,
            exporter: ends.mds,
            importer: Some(peer.mds),
            ..Finding::of_cap(RULE.code, Severity::Warning, &odd.event, ends)
        };
        let target = u64::try_from(peer.mds.0).unwrap_or_default();
        Some(finding.fact("target", FactValue::Number(target)))
    });
}
