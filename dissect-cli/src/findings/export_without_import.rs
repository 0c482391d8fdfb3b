//! `export-without-import`: a rank gave a cap up, and the rank that took it never said so.
//!
//! The client keeps a placeholder made from the EXPORT's peer; without it, the cap would be gone. It comes
//! about when the importer dies between the exporter's EXPORT and its own IMPORT, or holds the IMPORT back.

use super::{Aftermath, Evidence, Finding, Known, Resolution, Rule, Severity, Shows, page};
use crate::event::CapEvent;
use crate::session::Doubt;

pub(super) const RULE: Rule = Rule {
    code: "export-without-import",
    title: "a rank exported a cap, and the importer never announced it",
    severities: &[Severity::Error, Severity::Warning],
    facts: &[],
    thresholds: &["--migration-timeout"],
    page: page!("export-without-import"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    for lone in known.migrations.lone_exports() {
        let Some(ends) = known.who.ends(lone.export.conn) else { continue };
        let time = lone.export.place.time;
        let importer = lone.peer.mds;
        // The IMPORT may have come first, so the time before counts as well as the time after.
        let doubt = known.links.doubt(&ends, importer, time, known.wait());
        // What the rank said later shows until when to look for the connection's end.
        let spoke = lone.mds_spoke.map_or(time, |spoke| spoke.place.time);
        let after = Aftermath::of(known, ends, importer, time, known.deadline(time).max(spoke));
        // A new connection on which no session is asked for takes an older one up again.
        let came_back = |spoke: CapEvent| {
            let link = known.links.link(spoke.conn);
            link.is_some_and(|link| link.opened.time > time && link.session_asked.is_none())
        };
        let resolution = match lone.mds_spoke {
            Some(spoke) if came_back(spoke) => Resolution::Rejoin,
            Some(_) => Resolution::CapInUse,
            None => after.resolution().unwrap_or(match doubt {
                Some(Doubt::CaptureEnded { .. }) => Resolution::CaptureEnded,
                _ => Resolution::None,
            }),
        };
        // Where later words of the rank may be missing, it may have mended it.
        let unsure = known.links.between(ends, importer).any(|link| {
            link.last.time >= time
                && (!link.mds.spoken || link.mds.holes.iter().any(|h| h.after.time >= time))
        });
        let severity = match resolution {
            Resolution::Rejoin | Resolution::CapInUse | Resolution::SessionClosed => {
                Severity::Warning
            }
            Resolution::None | Resolution::ConnectionLost | Resolution::CaptureEnded if unsure => {
                Severity::Warning
            }
            Resolution::None | Resolution::ConnectionLost | Resolution::CaptureEnded => {
                Severity::Error
            }
        };
        let mut evidence = vec![Evidence { shows: Shows::Export, place: lone.export.place }];
        evidence.extend(after.evidence());
        evidence.extend(
            lone.client_used.map(|e| Evidence { shows: Shows::ClientUsed, place: e.place }),
        );
        evidence
            .extend(lone.mds_spoke.map(|e| Evidence { shows: Shows::MdsSpoke, place: e.place }));
        evidence.sort_by_key(|e| (e.place.file, e.place.frame));
        found.push(Finding {
            doubt,
            exporter: ends.mds,
            importer: Some(importer),
            resolution: Some(resolution),
            evidence,
            ..Finding::of_cap(RULE.code, severity, &lone.export, ends)
        });
    }
}
