//! `export-to-nowhere`: a rank gave a cap up and named no cap in its place.
//!
//! The importer had no session with this client, the cap could not be reconnected, or the message is older
//! than version 3 and cannot name one. The client is left without a cap for the inode.

use ceph_codec::types::Caps;

use super::{Evidence, FactValue, Finding, Known, Rule, Severity, Shows, page};

pub(super) const RULE: Rule = Rule {
    code: "export-to-nowhere",
    title: "a rank exported a cap and named no cap in its place",
    severities: &[Severity::Warning, Severity::Info],
    facts: &["version", "wanted", "flushing", "again"],
    thresholds: &["--migration-timeout"],
    page: page!("export-to-nowhere"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    for export in known.migrations.nowhere() {
        let Some(ends) = known.who.ends(export.conn) else { continue };
        let dropped = known.story.nowhere.of(export);
        let wanted = dropped.map_or(Caps::NONE, |d| d.wanted.without(Caps::PIN));
        let flushing = dropped.map_or(Caps::NONE, |d| d.flushing);
        let again = dropped.and_then(|d| d.again);
        let (time, deadline) = (export.place.time, known.deadline(export.place.time));
        // What it needed it has to get otherwise: with the IMPORT, or by asking.
        let needed = !wanted.is_empty() || !flushing.is_empty();
        let in_time = again.is_some_and(|event| event.place.time <= deadline);
        let lost = needed && !in_time && deadline <= known.links.end().time;
        let severity = if lost { Severity::Warning } else { Severity::Info };
        let doubt = || {
            known
                .unread(export.conn, &ends, time, deadline)
                .or_else(|| known.hole_elsewhere(&ends, time, deadline))
        };
        let finding = Finding {
            doubt: lost.then(doubt).flatten(),
            exporter: ends.mds,
            evidence: vec![Evidence { shows: Shows::Export, place: export.place }],
            ..Finding::of_cap(RULE.code, severity, export, ends)
        };
        let again = again.map_or(FactValue::Word("-"), |event| FactValue::At(event.place));
        found.push(
            finding
                .fact("version", FactValue::Number(u64::from(export.version)))
                .fact("wanted", FactValue::Caps(wanted))
                .fact("flushing", FactValue::Caps(flushing))
                .fact("again", again),
        );
    }
}
