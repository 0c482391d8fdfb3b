//! `stale-client-message`: a client speaks of a cap to a rank from which it does not hold it.

use super::oddity::{CROSSING, each, view_doubt};
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::replay::{Exit, Oddity};
use crate::place::Time;

pub(super) const RULE: Rule = Rule {
    code: "stale-client-message",
    title: "a client spoke of a cap that it does not hold from that rank any more",
    severities: &[Severity::Warning],
    facts: &["held_cap", "gone", "since"],
    thresholds: &["CROSSING"],
    page: page!("stale-client-message"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    each(known, found, |odd, ends| {
        let Oddity::StaleClientMessage { held } = odd.oddity else { return None };
        let gone = odd.step.gone.filter(|gone| gone.cap_id == odd.event.cap_id);
        // The last thing that happened to it, of which the client may not have known yet.
        let last = gone.map(|gone| gone.at).or(odd.step.before.map(|held| held.since));
        let since = last.map_or(0, |place| odd.event.place.time.since(place.time));
        if last.is_some() && since < CROSSING {
            return None;
        }
        let how = match gone.map(|gone| gone.how) {
            None => "not held",
            Some(Exit::Exported) => "exported",
            Some(Exit::Imported | Exit::ImportedReleasing) => "imported elsewhere",
            Some(Exit::Released) => "released",
            Some(Exit::SessionEnded) => "session ended",
            Some(Exit::NotReasserted) => "not re-asserted",
        };
        // Another rank may have told of the cap, in an EXPORT that was not seen.
        let at = odd.event.place.time;
        let elsewhere = || known.unread_elsewhere(&ends, Time(i64::MIN), at);
        let finding = Finding {
            doubt: view_doubt(known, odd, ends, &[ends.mds]).or_else(elsewhere),
            ..Finding::of_cap(RULE.code, Severity::Warning, &odd.event, ends)
        };
        let finding = finding.fact("held_cap", FactValue::Number(held.unwrap_or(0)));
        let finding = finding.fact("gone", FactValue::Word(how));
        Some(finding.fact("since", FactValue::Lasting(since)))
    });
}
