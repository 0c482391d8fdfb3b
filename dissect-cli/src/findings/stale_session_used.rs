//! `stale-session-used`: a client goes on using a cap of a session that its rank had called stale.
//!
//! Its caps count for nothing until the session is renewed: the rank may have given them to others.

use ceph_codec::types::Caps;

use super::oddity::{each, view_doubt};
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::replay::Oddity;

pub(super) const RULE: Rule = Rule {
    code: "stale-session-used",
    title: "a client used a cap of a session that its rank had called stale",
    severities: &[Severity::Warning],
    facts: &["used"],
    thresholds: &[],
    page: page!("stale-session-used"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    each(known, found, |odd, ends| {
        if odd.oddity != Oddity::StaleSessionUsed {
            return None;
        }
        let finding = Finding {
            doubt: view_doubt(known, odd, ends, &[ends.mds]),
            ..Finding::of_cap(RULE.code, Severity::Warning, &odd.event, ends)
        };
        Some(finding.fact("used", FactValue::Caps(odd.event.caps.without(Caps::PIN))))
    });
}
