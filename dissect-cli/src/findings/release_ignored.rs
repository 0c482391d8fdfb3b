//! `release-ignored`: a client drops a cap with an `issue_seq` older than the last issue, so that its rank
//! keeps it.

use super::oddity::{CROSSING, each, view_doubt};
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::replay::Oddity;

pub(super) const RULE: Rule = Rule {
    code: "release-ignored",
    title: "a client released a cap as of an older issue, so its rank keeps it",
    severities: &[Severity::Warning],
    facts: &["issue_seq", "last_issue"],
    thresholds: &["CROSSING"],
    page: page!("release-ignored"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    each(known, found, |odd, ends| {
        let Oddity::ReleaseIgnored { issued } = odd.oddity else { return None };
        let since = odd.step.before.map(|held| odd.event.place.time.since(held.issued_at.time));
        if since.is_some_and(|since| since < CROSSING) {
            return None;
        }
        let finding = Finding {
            doubt: view_doubt(known, odd, ends, &[ends.mds]),
            ..Finding::of_cap(RULE.code, Severity::Warning, &odd.event, ends)
        };
        let seq = FactValue::Number(odd.event.issue_seq.0.into());
        let finding = finding.fact("issue_seq", seq);
        Some(finding.fact("last_issue", FactValue::Number(issued.0.into())))
    });
}
