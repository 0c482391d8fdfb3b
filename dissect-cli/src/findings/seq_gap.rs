//! `seq-gap`: between two messages about a cap others are missing, or their count steps back.

use ceph_codec::message::client_caps::CapOp;

use super::oddity::{each, view_doubt};
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::replay::{Oddity, Origin};

pub(super) const RULE: Rule = Rule {
    code: "seq-gap",
    title: "messages about a cap are missing, or out of their order, by their count",
    severities: &[Severity::Warning],
    facts: &["seq", "held_seq"],
    thresholds: &[],
    page: page!("seq-gap"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    each(known, found, |odd, ends| {
        let Oddity::SeqGap { held } = odd.oddity else { return None };
        // An IMPORT that is not newer than what the rank has said since is one that came late.
        if odd.event.op() == Some(CapOp::IMPORT) && !odd.event.seq.is_after(held) {
            return None;
        }
        // Of a placeholder the IMPORT is missing, which another rule tells.
        let placeholder = odd.step.before.is_some_and(|held| held.origin == Origin::Placeholder);
        if placeholder && odd.event.seq.ahead_of(held) <= 2 {
            return None;
        }
        let finding = Finding {
            doubt: view_doubt(known, odd, ends, &[ends.mds]),
            ..Finding::of_cap(RULE.code, Severity::Warning, &odd.event, ends)
        };
        let finding = finding.fact("seq", FactValue::Number(odd.event.seq.0.into()));
        Some(finding.fact("held_seq", FactValue::Number(held.0.into())))
    });
}
