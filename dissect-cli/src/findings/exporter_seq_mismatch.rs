//! `exporter-seq-mismatch`: an IMPORT knows the exporter's cap by another seq or mseq than the client.
//!
//! The importer has them from the exporter. Linux complains of this in its log and goes on.

use super::oddity::{each, view_doubt};
use super::{Evidence, FactValue, Finding, Known, Rule, Severity, Shows, page};
use crate::caps::replay::Oddity;

pub(super) const RULE: Rule = Rule {
    code: "exporter-seq-mismatch",
    title: "an IMPORT names another seq of the exporter's cap than the client has",
    severities: &[Severity::Warning, Severity::Info],
    facts: &["held_seq", "held_mseq"],
    thresholds: &[],
    page: page!("exporter-seq-mismatch"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    each(known, found, |odd, ends| {
        let Oddity::PeerMismatch { seq, mseq } = odd.oddity else { return None };
        let exporter = odd.event.peer.map(|peer| peer.mds());
        // What the importer knew of came later to the client, on the other connection.
        let severity = if odd.late.is_some() { Severity::Info } else { Severity::Warning };
        let mut evidence = vec![Evidence { shows: Shows::Import, place: odd.event.place }];
        evidence.extend(odd.late.map(|e| Evidence { shows: Shows::MdsSpoke, place: e.place }));
        let doubt = match odd.late {
            Some(_) => None,
            None => view_doubt(known, odd, ends, &[exporter, ends.mds]),
        };
        let finding = Finding {
            doubt,
            exporter,
            importer: ends.mds,
            evidence,
            ..Finding::of_cap(RULE.code, severity, &odd.event, ends)
        };
        let finding = finding.fact("held_seq", FactValue::Number(seq.0.into()));
        Some(finding.fact("held_mseq", FactValue::Number(mseq.0.into())))
    });
}
