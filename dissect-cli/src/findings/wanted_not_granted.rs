//! `wanted-not-granted`: a client waits for leave to write, and nothing shows why.

use super::known::nanos;
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::watch::Want;
use crate::place::Time;

pub(super) const RULE: Rule = Rule {
    code: "wanted-not-granted",
    title: "a client wants to write, and is not granted the bits; nobody else is seen to have the inode",
    severities: &[Severity::Warning],
    facts: &["bits", "for"],
    thresholds: &["--wanted-timeout"],
    page: page!("wanted-not-granted"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    let watch = &known.story.watch;
    for want in watch.wants.open_ones(&watch.seats) {
        found.extend(judge(known, &want));
    }
}

fn judge(known: &Known<'_>, want: &Want) -> Option<Finding> {
    let event = &want.event;
    let (at, since) = (event.at(), event.place.time);
    let ends = known.who.ends(event.conn)?;
    let end = known.links.end();
    let until = Time(since.0.saturating_add(nanos(known.settings.wanted_timeout)));
    if end.time < until || known.rank_changed(&ends, since, until) {
        return None;
    }
    // Reasons that are seen: the rank is read-only, somebody has the inode, something is asked back.
    let replay = &known.story.replay;
    let mine = replay.caps_of(event.conn, event.ino).next()?.conn;
    let watch = &known.story.watch;
    let asked = watch.revokes.open_ones(&watch.seats);
    if watch.is_read_only(want.seat)
        || replay.holders(event.ino).any(|holding| holding.conn != mine)
        || asked.iter().any(|revoke| revoke.event.ino == event.ino)
    {
        return None;
    }
    let finding = Finding {
        doubt: known
            .unread(at.conn, &ends, since, until)
            .or_else(|| known.hole_elsewhere(&ends, since, until)),
        ..Finding::of_cap(RULE.code, Severity::Warning, event, ends)
    };
    let finding = finding
        .fact("bits", FactValue::Caps(want.bits))
        .fact("for", FactValue::Lasting(end.time.since(since)));
    Some(finding)
}
