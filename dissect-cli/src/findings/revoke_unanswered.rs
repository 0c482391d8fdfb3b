//! `revoke-unanswered`: a rank asked a client for bits back, and the client did not answer in time.
//!
//! Whoever wants what these bits stand for waits until they are given back, or until the rank evicts the
//! client.

use super::known::nanos;
use super::{Aftermath, FactValue, Finding, Known, Resolution, Rule, Severity, page};
use crate::caps::watch::{Request, Revoke, RevokeEnd, Settled};
use crate::place::Time;

pub(super) const RULE: Rule = Rule {
    code: "revoke-unanswered",
    title: "a client did not give back in time what a rank asked back",
    severities: &[Severity::Error, Severity::Warning],
    facts: &["bits", "seq", "for", "answer", "waits"],
    thresholds: &["--revoke-timeout"],
    page: page!("revoke-unanswered"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    let watch = &known.story.watch;
    let timeout = nanos(known.settings.revoke_timeout);
    let end = known.links.end();
    for revoke in watch.revokes.open_ones(&watch.seats) {
        if end.time.since(revoke.event.place.time) >= timeout {
            found.extend(judge(known, &revoke, None, timeout));
        }
    }
    for settled in watch.revokes.late(timeout, &watch.seats) {
        found.extend(judge(known, &settled.revoke, Some(&settled), timeout));
    }
}

fn judge(
    known: &Known<'_>,
    revoke: &Revoke,
    settled: Option<&Settled>,
    timeout: i64,
) -> Option<Finding> {
    let at = revoke.at();
    let ends = known.who.ends(at.conn)?;
    let since = at.place.time;
    let deadline = Time(since.0.saturating_add(timeout));
    // A rank that went away waits for nothing any more.
    if known.rank_changed(&ends, since, deadline) {
        return None;
    }
    let doubt = known.unread(at.conn, &ends, since, deadline);
    let until = settled.map_or(known.links.end(), |settled| settled.place);
    let after = ends.mds.map(|mds| Aftermath::of(known, ends, mds, since, until.time));
    let closed = after.as_ref().and_then(Aftermath::resolution);
    let resolution = match settled.map(|settled| settled.end) {
        Some(RevokeEnd::SessionOver) => Some(Resolution::SessionClosed),
        Some(_) => None,
        None => closed.filter(|closed| *closed == Resolution::SessionClosed),
    };
    let severity = match (settled, closed) {
        (None, None) => Severity::Error,
        _ => Severity::Warning,
    };
    let answer = match settled.map(|settled| settled.end) {
        Some(RevokeEnd::GivenUp) => "request",
        Some(RevokeEnd::Released) => "release",
        Some(end) if end.is_answer() => "update",
        _ => "none",
    };
    let finding = Finding {
        doubt,
        resolution,
        evidence: after.iter().flat_map(Aftermath::evidence).collect(),
        ..Finding::of_cap(RULE.code, severity, &revoke.event, ends)
    };
    let bits = revoke.asked.map_or(FactValue::Word("?"), FactValue::Caps);
    let finding = finding
        .fact("bits", bits)
        .fact("seq", FactValue::Number(revoke.event.seq.0.into()))
        .fact("for", FactValue::Lasting(until.time.since(since)))
        .fact("answer", FactValue::Word(answer))
        .fact("waits", waits(known, revoke));
    Some(finding)
}

/// The first request that waits, or waited, for these bits.
fn waits(known: &Known<'_>, revoke: &Revoke) -> FactValue {
    let watch = &known.story.watch;
    let (requests, seats) = (&watch.requests, &watch.seats);
    let waited = || {
        let waits = requests.waits().sorted().into_iter();
        waits.map(|(_, wait)| wait).find(|wait| wait.blocker.revoke.id == revoke.id)
    };
    let open = requests.waiting_for(revoke, seats).min_by_key(|request| request.event.at.place);
    let request: Option<&Request> = open.or_else(|| waited().map(|wait| &wait.request));
    match request {
        Some(Request { event, .. }) => {
            let client = known.who.ends(event.at.conn).and_then(|ends| ends.client);
            let client = client.map_or_else(|| "?".to_owned(), |id| id.to_string());
            let (op, tid, frame) = (event.op, event.tid, event.at.place.frame);
            FactValue::Text(format!("client.{client} {op} tid {tid}, frame {frame}"))
        }
        None => FactValue::Word("-"),
    }
}
