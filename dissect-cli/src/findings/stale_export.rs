//! `stale-export`: a rank gives a cap up that the client does not hold from it, and that nothing took away.

use super::oddity::{each, view_doubt};
use super::{FactValue, Finding, Known, Rule, Severity, page};
use crate::caps::replay::Oddity;

pub(super) const RULE: Rule = Rule {
    code: "stale-export",
    title: "a rank exported a cap that the client does not hold from it",
    severities: &[Severity::Warning],
    facts: &["held_cap"],
    thresholds: &[],
    page: page!("stale-export"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    each(known, found, |odd, ends| {
        let Oddity::StaleExport { held } = odd.oddity else { return None };
        // A cap that went away and came back may have overtaken the EXPORT with which it went.
        if odd.step.before.is_some_and(|held| held.mseq.is_after(odd.event.mseq)) {
            return None;
        }
        let importer = odd.event.peer.map(|peer| peer.mds()).filter(|mds| mds.0 >= 0);
        let mut ranks = vec![ends.mds];
        ranks.extend(importer.map(Some));
        let finding = Finding {
            doubt: view_doubt(known, odd, ends, &ranks),
            exporter: ends.mds,
            importer,
            ..Finding::of_cap(RULE.code, Severity::Warning, &odd.event, ends)
        };
        Some(finding.fact("held_cap", FactValue::Number(held.unwrap_or(0))))
    });
}
