//! `import-without-export`: a rank took a cap over, and the rank that had it never said so.
//!
//! The IMPORT names the exporter's cap, so that the client can drop it by id. It comes about when the
//! exporter dies before its EXPORT. Two kinds of IMPORT have no EXPORT by design and are no finding: those
//! flagged RELEASE, and those of a rejoin.

use super::{Aftermath, Evidence, Finding, Known, Resolution, Rule, Severity, Shows, page};
use crate::session::Doubt;

pub(super) const RULE: Rule = Rule {
    code: "import-without-export",
    title: "a rank imported a cap, and the exporter never gave it up",
    severities: &[Severity::Error, Severity::Warning],
    facts: &["migration"],
    thresholds: &["--migration-timeout"],
    page: page!("import-without-export"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    for lone in known.migrations.lone_imports() {
        let Some(ends) = known.who.ends(lone.import.conn) else { continue };
        // The first one has its other half, and the second another rule.
        if known.story.oddities.is_repeated(&lone.import) {
            continue;
        }
        let time = lone.import.place.time;
        let exporter = lone.peer.mds;
        // The EXPORT may have come first, so the time before counts as well as the time after.
        let doubt = known.links.doubt(&ends, exporter, time, known.wait());
        let after = Aftermath::of(known, ends, exporter, time, known.deadline(time));
        let ranks = known.story.sessions.ranks();
        let left = after
            .lost()
            .and_then(|_| ranks.left_active(exporter, lone.import.place, known.links.end()));
        let resolution = match after.resolution() {
            Some(Resolution::ConnectionLost) if left.is_some() => Resolution::ExporterLost,
            Some(resolution) => resolution,
            None if matches!(doubt, Some(Doubt::CaptureEnded { .. })) => Resolution::CaptureEnded,
            None => Resolution::None,
        };
        let mut evidence = vec![Evidence { shows: Shows::Import, place: lone.import.place }];
        evidence.extend(after.evidence());
        evidence.extend(left.map(|place| Evidence { shows: Shows::RankLeft, place }));
        evidence.sort_by_key(|e| (e.place.file, e.place.frame));
        let severity = match resolution {
            // It was there and kept silent.
            Resolution::None => Severity::Error,
            _ => Severity::Warning,
        };
        let migration = known.migration(lone.import.ino, lone.import.cap_id, ends.client);
        let finding = Finding {
            doubt,
            exporter: Some(exporter),
            importer: ends.mds,
            resolution: Some(resolution),
            evidence,
            ..Finding::of_cap(RULE.code, severity, &lone.import, ends)
        };
        found.push(finding.fact("migration", migration));
    }
}
