//! `message-after-export`: a rank speaks of a cap that it has given up.

use ceph_codec::message::client_caps::CapOp;

use super::oddity::{doubt_since, each};
use super::{Evidence, FactValue, Finding, Known, Rule, Severity, Shows, page};
use crate::caps::replay::Oddity;

pub(super) const RULE: Rule = Rule {
    code: "message-after-export",
    title: "a rank spoke of a cap that it had exported",
    severities: &[Severity::Warning],
    facts: &["since"],
    thresholds: &[],
    page: page!("message-after-export"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    each(known, found, |odd, ends| {
        let Oddity::AfterExport { export } = odd.oddity else { return None };
        // What a client flushed before may be acknowledged when its journal entry is safe.
        if matches!(odd.event.op(), Some(CapOp::FLUSH_ACK | CapOp::FLUSHSNAP_ACK)) {
            return None;
        }
        let since = odd.event.place.time.since(export.time);
        let finding = Finding {
            doubt: doubt_since(known, odd, ends, export),
            evidence: vec![
                Evidence { shows: Shows::Export, place: export },
                Evidence { shows: Shows::MdsSpoke, place: odd.event.place },
            ],
            ..Finding::of_cap(RULE.code, Severity::Warning, &odd.event, ends)
        };
        Some(finding.fact("since", FactValue::Lasting(since)))
    });
}
