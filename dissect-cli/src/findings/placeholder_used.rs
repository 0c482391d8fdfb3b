//! `placeholder-used`: a client used a cap that it knows from an EXPORT only.

use std::collections::HashSet;

use super::oddity::{doubt_since, each};
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::replay::Oddity;

pub(super) const RULE: Rule = Rule {
    code: "placeholder-used",
    title: "a client used a cap between its EXPORT and its IMPORT",
    severities: &[Severity::Info],
    facts: &["since"],
    thresholds: &[],
    page: page!("placeholder-used"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    let mut told = HashSet::new();
    each(known, found, |odd, ends| {
        let (Oddity::PlaceholderUsed, Some(held)) = (odd.oddity, odd.step.before) else {
            return None;
        };
        // Once for each placeholder.
        if !told.insert((odd.event.conn, odd.event.ino, held.cap_id)) {
            return None;
        }
        let since = odd.event.place.time.since(held.since.time);
        // The IMPORT may have come unseen; or the client may have told the cap to a rank that came back.
        let (from, to) = (held.since.time, odd.event.place.time);
        let finding = Finding {
            doubt: doubt_since(known, odd, ends, held.since)
                .or_else(|| known.unread(odd.event.conn, &ends, from, to)),
            ..Finding::of_cap(RULE.code, Severity::Info, &odd.event, ends)
        };
        Some(finding.fact("since", FactValue::Lasting(since)))
    });
}
