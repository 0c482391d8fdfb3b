//! `cap-id-changed`: a rank speaks of another cap than the one that the client holds from it.

use super::oddity::{each, view_doubt};
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::replay::Oddity;

pub(super) const RULE: Rule = Rule {
    code: "cap-id-changed",
    title: "a rank spoke of another cap than the one that the client holds from it",
    severities: &[Severity::Warning],
    facts: &["held_cap"],
    thresholds: &[],
    page: page!("cap-id-changed"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    each(known, found, |odd, ends| {
        let Oddity::CapIdChanged { held } = odd.oddity else { return None };
        let finding = Finding {
            doubt: view_doubt(known, odd, ends, &[ends.mds]),
            ..Finding::of_cap(RULE.code, Severity::Warning, &odd.event, ends)
        };
        Some(finding.fact("held_cap", FactValue::Number(held)))
    });
}
