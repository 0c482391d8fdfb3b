//! `duplicate-migration`: the same EXPORT or IMPORT came twice, as two messages.
//!
//! What the messenger repeats after a broken connection is told apart before and does not count.

use super::oddity::{doubt_since, each};
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::replay::Oddity;
use crate::event::Peer;

pub(super) const RULE: Rule = Rule {
    code: "duplicate-migration",
    title: "the same EXPORT or IMPORT was sent twice",
    severities: &[Severity::Warning],
    facts: &["first"],
    thresholds: &[],
    page: page!("duplicate-migration"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    each(known, found, |odd, ends| {
        let Oddity::Repeated { first } = odd.oddity else { return None };
        let (exporter, importer) = match odd.event.peer {
            Some(Peer::Exporter(peer)) => (Some(peer.mds), ends.mds),
            Some(Peer::Importer(peer)) => (ends.mds, Some(peer.mds)),
            None => (ends.mds, None),
        };
        let finding = Finding {
            doubt: doubt_since(known, odd, ends, first),
            exporter,
            importer,
            ..Finding::of_cap(RULE.code, Severity::Warning, &odd.event, ends)
        };
        Some(finding.fact("first", FactValue::At(first)))
    });
}
