//! `flush-unacked`: a client wrote state back, and no rank acknowledged it.
//!
//! Until then the client alone has it: should it crash, or its session end, it is lost.

use super::known::nanos;
use super::{Aftermath, FactValue, Finding, Known, Resolution, Rule, Severity, page};
use crate::caps::watch::{Flush, Over};
use crate::place::Time;

pub(super) const RULE: Rule = Rule {
    code: "flush-unacked",
    title: "a client wrote state back, and the rank did not acknowledge it in time",
    severities: &[Severity::Error, Severity::Warning],
    facts: &["bits", "tid", "sent", "for"],
    thresholds: &["--flush-timeout"],
    page: page!("flush-unacked"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    let watch = &known.story.watch;
    for flush in watch.flushes.open_ones(&watch.seats) {
        found.extend(judge(known, &flush));
    }
}

fn judge(known: &Known<'_>, flush: &Flush) -> Option<Finding> {
    let seats = &known.story.watch.seats;
    let seat = seats.get(flush.seat);
    let at = flush.event.at();
    let ends = known.who.ends(seat.conn)?;
    let timeout = nanos(known.settings.flush_timeout);
    let end = known.links.end();
    // A client that told a rank what it holds sends its flushes again.
    let over = flush.over(seats);
    let since = match over {
        Some((Over::Reconnected, place)) => flush.last.time.max(place.time),
        _ => flush.last.time,
    };
    let gone = over.filter(|(how, _)| *how != Over::Reconnected).map(|(_, place)| place);
    let until = gone.map_or(Time(since.0.saturating_add(timeout)), |place| place.time);
    if until > end.time || known.rank_changed(&ends, since, until) {
        return None;
    }
    // It may have been sent again, and acknowledged, elsewhere.
    let doubt = known
        .unread(at.conn, &ends, flush.last.time, until)
        .or_else(|| known.hole_elsewhere(&ends, flush.last.time, until));
    let after = ends.mds.map(|mds| Aftermath::of(known, ends, mds, since, until));
    let closed = after.as_ref().and_then(Aftermath::resolution);
    let resolution = match gone {
        Some(_) => Some(Resolution::SessionClosed),
        None => closed.filter(|closed| *closed == Resolution::SessionClosed),
    };
    let finding = Finding {
        doubt,
        resolution,
        evidence: after.iter().flat_map(Aftermath::evidence).collect(),
        ..Finding::of_cap(RULE.code, Severity::Error, &flush.event, ends)
    };
    let for_ns = gone.unwrap_or(end).time.since(at.place.time);
    let finding = finding
        .fact("bits", FactValue::Caps(flush.event.dirty))
        .fact("tid", FactValue::Number(flush.event.tid))
        .fact("sent", FactValue::Number(flush.sent.into()))
        .fact("for", FactValue::Lasting(for_ns));
    Some(finding)
}
