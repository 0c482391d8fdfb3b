//! `recall-not-followed`: a rank asked a client to keep fewer caps, and the client kept them.

use super::known::nanos;
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::place::Time;

pub(super) const RULE: Rule = Rule {
    code: "recall-not-followed",
    title: "a rank asked a client to keep fewer caps, and the client did not come down to that in time",
    severities: &[Severity::Warning, Severity::Info],
    facts: &["may keep", "held", "least", "now", "released", "asked"],
    thresholds: &["--recall-timeout"],
    page: page!("recall-not-followed"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    let timeout = nanos(known.settings.recall_timeout);
    let end = known.links.end().time;
    for link in known.links.iter() {
        let Some(leg) = known.story.sessions.leg(link.conn) else { continue };
        for recall in &leg.recalls {
            let since = recall.at.place.time;
            let deadline = Time(since.0.saturating_add(timeout));
            let over = |place: crate::place::Place| place.time <= deadline;
            let (Some(held), Some(least), Some(now)) = (recall.held, recall.least, recall.now)
            else {
                continue;
            };
            if recall.followed.is_some_and(over)
                || deadline > end
                || link.ended.is_some_and(|(_, place)| over(place))
                || link.closed.is_some_and(|(_, place)| over(place))
            {
                continue;
            }
            // One that comes down slowly, or has its caps in use, is no fault.
            let severity = match least < held || recall.released > 0 {
                true => Severity::Info,
                false => Severity::Warning,
            };
            let finding = Finding {
                doubt: known.unread(recall.at.conn, &link.ends, link.opened.time, deadline),
                ..Finding::new(RULE.code, severity, recall.at, link.ends)
            };
            let number = |n: u32| FactValue::Number(n.into());
            found.push(
                finding
                    .fact("may keep", number(recall.max_caps))
                    .fact("held", number(held))
                    .fact("least", number(least))
                    .fact("now", number(now))
                    .fact("released", FactValue::Number(recall.released))
                    .fact("asked", FactValue::Number(recall.times)),
            );
        }
    }
}
