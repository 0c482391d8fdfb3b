//! `mseq-regression`: a message counts fewer moves of the cap than the client has seen.

use super::oddity::{each, view_doubt};
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::replay::Oddity;

pub(super) const RULE: Rule = Rule {
    code: "mseq-regression",
    title: "a rank counts fewer moves of a cap than the client has seen",
    severities: &[Severity::Warning],
    facts: &["held_mseq"],
    thresholds: &[],
    page: page!("mseq-regression"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    each(known, found, |odd, ends| {
        let Oddity::MseqRegression { held } = odd.oddity else { return None };
        let exporter = odd.event.peer.map(|peer| peer.mds());
        let mut ranks = vec![ends.mds];
        ranks.extend(exporter.map(Some));
        let finding = Finding {
            doubt: view_doubt(known, odd, ends, &ranks),
            exporter,
            importer: exporter.and(ends.mds),
            ..Finding::of_cap(RULE.code, Severity::Warning, &odd.event, ends)
        };
        Some(finding.fact("held_mseq", FactValue::Number(held.0.into())))
    });
}
