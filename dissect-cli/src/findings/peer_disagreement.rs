//! `peer-disagreement`: EXPORT and IMPORT of one migration do not say the same of it.
//!
//! They are made by two daemons from what the two told each other. A client takes each by its word: it drops
//! the exporter's cap by the id that the IMPORT names, and takes an IMPORT for outdated whose seq is not newer
//! than that of the placeholder which it made from the EXPORT.

use super::{Evidence, FactValue, Finding, Known, Rule, Severity, Shows, page};
use crate::caps::Disagreement;

pub(super) const RULE: Rule = Rule {
    code: "peer-disagreement",
    title: "the EXPORT and the IMPORT of one cap do not agree",
    severities: &[Severity::Error, Severity::Warning],
    facts: &["of", "export", "import"],
    thresholds: &[],
    page: page!("peer-disagreement"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    for pair in known.migrations.disagreeing() {
        let (Some(from), Some(to)) =
            (known.who.ends(pair.export.conn), known.who.ends(pair.import.conn))
        else {
            continue;
        };
        let mut evidence = vec![
            Evidence { shows: Shows::Export, place: pair.export.place },
            Evidence { shows: Shows::Import, place: pair.import.place },
        ];
        evidence.sort_by_key(|e| (e.place.file, e.place.frame));
        for what in pair.disagreements(from.mds) {
            let Said { of, export, import, severity } = said(what);
            let finding = Finding {
                exporter: from.mds,
                importer: to.mds,
                evidence: evidence.clone(),
                ..Finding::of_cap(RULE.code, severity, &pair.import, to)
            };
            found.push(finding.fact("of", of).fact("export", export).fact("import", import));
        }
    }
}

/// What each half says, and of what.
struct Said {
    of: FactValue,
    export: FactValue,
    import: FactValue,
    severity: Severity,
}

fn said(what: Disagreement) -> Said {
    let of = |word, export: u64, import: u64, severity| Said {
        of: FactValue::Word(word),
        export: FactValue::Number(export),
        import: FactValue::Number(import),
        severity,
    };
    // Errors are those that make the client take the IMPORT for older than it is.
    match what {
        Disagreement::ExporterCap { export, import } => {
            of("exporter's cap_id", export, import, Severity::Warning)
        }
        Disagreement::ExporterRank { export, import } => Said {
            of: FactValue::Word("exporter's rank"),
            export: FactValue::Text(export.to_string()),
            import: FactValue::Text(import.to_string()),
            severity: Severity::Warning,
        },
        Disagreement::ExporterMseq { export, import } => {
            of("exporter's mseq", export.0.into(), import.0.into(), Severity::Warning)
        }
        Disagreement::ImporterMseq { export, import } if export.is_after(import) => {
            of("importer's mseq", export.0.into(), import.0.into(), Severity::Error)
        }
        Disagreement::ImporterMseq { export, import } => {
            of("importer's mseq", export.0.into(), import.0.into(), Severity::Warning)
        }
        Disagreement::Moves { export, import } => {
            of("mseq from cap to cap", export.0.into(), import.0.into(), Severity::Warning)
        }
        Disagreement::Seq { export, import } => {
            of("importer's seq", export.0.into(), import.0.into(), Severity::Error)
        }
    }
}
