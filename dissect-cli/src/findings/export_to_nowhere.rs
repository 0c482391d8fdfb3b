//! `export-to-nowhere`: a rank gave a cap up and named no cap in its place.
//!
//! The importer had no session with this client, the cap could not be reconnected, or the message is older
//! than version 3 and cannot name one. The client is left without a cap for the inode.

use super::{Evidence, FactValue, Finding, Known, Rule, Severity, Shows, page};

pub(super) const RULE: Rule = Rule {
    code: "export-to-nowhere",
    title: "a rank exported a cap and named no cap in its place",
    severities: &[Severity::Info],
    facts: &["version"],
    thresholds: &[],
    page: page!("export-to-nowhere"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    for export in known.migrations.nowhere() {
        let Some(ends) = known.who.ends(export.conn) else { continue };
        let finding = Finding {
            exporter: ends.mds,
            evidence: vec![Evidence { shows: Shows::Export, place: export.place }],
            ..Finding::of_cap(RULE.code, Severity::Info, export, ends)
        };
        let version = FactValue::Number(u64::from(export.version));
        found.push(finding.fact("version", version));
    }
}
