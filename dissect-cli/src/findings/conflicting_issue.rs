//! `conflicting-issue`: two clients have bits of one inode that exclude each other.
//!
//! Either of them may then trust what it has cached while the other one changes it.

use super::known::nanos;
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::watch::Conflict;
use crate::place::Time;

pub(super) const RULE: Rule = Rule {
    code: "conflicting-issue",
    title: "two clients have bits that exclude each other",
    severities: &[Severity::Error, Severity::Warning],
    facts: &["bits", "other", "other's bits", "other's frame", "for"],
    thresholds: &["--migration-timeout"],
    page: page!("conflicting-issue"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    for conflict in known.story.watch.conflicts.open_ones(&known.story.replay) {
        found.extend(judge(known, &conflict));
    }
}

fn judge(known: &Known<'_>, conflict: &Conflict) -> Option<Finding> {
    let event = &conflict.event;
    let (at, since) = (event.at(), event.place.time);
    let (ends, other) = (known.who.ends(event.conn)?, known.who.ends(conflict.other)?);
    // What is on its way may still mend it: as long as halves of migrations may take.
    let until = Time(since.0.saturating_add(nanos(known.settings.migration_timeout)));
    let end = known.links.end();
    if end.time < until {
        return None;
    }
    // The other one may have given its bits back unseen, at any time since it got them, to any rank; and
    // whoever is gone has nothing.
    let mut holders = known.story.replay.caps_of(conflict.other, event.ino);
    let holder = holders.next()?;
    let other = crate::session::Ends { mds: holder.mds.or(other.mds), ..other };
    let from = conflict.since.time;
    if known.rank_changed(&ends, from, until) || known.rank_changed(&other, from, until) {
        return None;
    }
    let gone = |with: &crate::session::Ends| {
        with.mds.is_some_and(|mds| {
            let mut links = known.links.between(*with, mds);
            !links.any(|link| link.ended.is_none() && link.closed.is_none())
        })
    };
    if gone(&ends) || gone(&other) {
        return None;
    }
    let uncertain = |conn| {
        let session = known.story.replay.session(conn);
        session.is_none_or(|session| session.uncertain.is_some())
    };
    let doubt = known
        .unread(at.conn, &other, from, until)
        .or_else(|| known.unread(at.conn, &ends, since, until))
        .or_else(|| known.hole_elsewhere(&other, from, until));
    if doubt.is_none() && uncertain(event.conn) {
        return None;
    }
    let name = match other.client {
        Some(id) => format!("client.{id}"),
        None => other.client_addr.to_string(),
    };
    let finding = Finding { doubt, ..Finding::of_cap(RULE.code, Severity::Error, event, ends) };
    let finding = finding
        .fact("bits", FactValue::Caps(conflict.bits))
        .fact("other", FactValue::Text(name))
        .fact("other's bits", FactValue::Caps(conflict.other_bits))
        .fact("other's frame", FactValue::At(conflict.since))
        .fact("for", FactValue::Lasting(end.time.since(since)));
    Some(finding)
}
