//! `export-to-nowhere`: a rank gave a cap up and named no cap in its place.
//!
//! The importer had no session with this client, the cap could not be reconnected, or the message is older
//! than version 3 and cannot name one. The client is left without a cap for the inode.

use super::{Evidence, Finding, Known, Rule, Severity, Shows};

pub(super) const RULE: Rule = Rule {
    code: "export-to-nowhere",
    title: "a rank exported a cap and named no cap in its place",
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    for export in known.migrations.nowhere() {
        let Some(ends) = known.who.ends(export.conn) else { continue };
        found.push(Finding {
            code: RULE.code,
            severity: Severity::Info,
            doubt: None,
            event: *export,
            ends,
            exporter: ends.mds,
            importer: None,
            resolution: None,
            evidence: vec![Evidence { shows: Shows::Export, place: export.place }],
        });
    }
}
