//! `export-without-import`: a rank gave a cap up, and the rank that took it never said so.
//!
//! The client keeps a placeholder made from the EXPORT's peer; without it, the cap would be gone. It comes
//! about when the importer dies between the exporter's EXPORT and its own IMPORT, or holds the IMPORT back.

use std::collections::HashMap;

use ceph_codec::types::Rank;

use super::{
    Aftermath, Evidence, FactValue, Finding, Known, Resolution, Rule, Severity, Shows,
    counted_not_seen, page,
};
use crate::caps::LoneExport;
use crate::caps::sessions::{Beginning, Return, Unseen};
use crate::event::CapEvent;
use crate::place::Place;
use crate::session::{Doubt, Ends};
use crate::stream::ConnId;

pub(super) const RULE: Rule = Rule {
    code: "export-without-import",
    title: "a rank exported a cap, and the importer never announced it",
    severities: &[Severity::Error, Severity::Warning],
    facts: &["cause", "unseen", "migration"],
    thresholds: &["--migration-timeout"],
    page: page!("export-without-import"),
    find,
};

/// What is known of a client's sessions with the importer, looked up once for all its caps.
struct Sessions {
    /// What was certainly not sent.
    unseen: Vec<Unseen>,
    returns: Vec<Return>,
}

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    let mut sessions: HashMap<(Option<u64>, ConnId, Rank), Sessions> = HashMap::new();
    for lone in known.migrations.lone_exports() {
        let Some(ends) = known.who.ends(lone.export.conn) else { continue };
        // The first one has its other half, and the second another rule.
        if known.story.oddities.is_repeated(&lone.export) {
            continue;
        }
        let key = (ends.client, ends.party, lone.peer.mds);
        let sessions = sessions.entry(key).or_insert_with(|| {
            let history = known.story.sessions.history(known.links, ends, lone.peer.mds);
            let mut unseen = history.unseen();
            unseen.retain(|unseen| {
                known.who.ends(unseen.at.conn).is_some_and(|ends| {
                    counted_not_seen::doubt(known, &history, unseen, &ends).is_none()
                })
            });
            Sessions { unseen, returns: history.returns() }
        });
        found.push(one(known, &lone, ends, sessions));
    }
}

fn one(known: &Known<'_>, lone: &LoneExport, ends: Ends, sessions: &Sessions) -> Finding {
    let (time, importer) = (lone.export.place.time, lone.peer.mds);
    // The IMPORT may have come first, so the time before counts as well as the time after.
    let doubt = known.links.doubt(&ends, importer, time, known.wait());
    // What the rank said later shows until when to look for the connection's end.
    let spoke = lone.mds_spoke.map_or(time, |spoke| spoke.place.time);
    let after = Aftermath::of(known, ends, importer, time, known.deadline(time).max(spoke));
    let returned = sessions.returns.iter().find(|back| back.told.at.place > lone.export.place);
    // A new connection on which no session is asked for takes an older one up again.
    let came_back = |spoke: CapEvent| {
        let link = known.links.link(spoke.conn);
        link.is_some_and(|link| link.opened.time > time && link.session_asked.is_none())
    };
    let not_told = returned.filter(|_| lone.reasserted.is_none());
    let before_return =
        |spoke: CapEvent| returned.is_none_or(|back| spoke.place < back.told.at.place);
    let resolution = match lone.mds_spoke {
        _ if lone.reasserted.is_some() => Resolution::Reconnect,
        Some(spoke) if before_return(spoke) && !came_back(spoke) => Resolution::CapInUse,
        Some(spoke) if came_back(spoke) => Resolution::Rejoin,
        Some(_) => Resolution::CapInUse,
        None if not_told.is_some() => Resolution::NotReasserted,
        // To give it on, the rank must have had it from the client.
        None if lone.moved_on.is_some() && after.lost().is_some() => Resolution::Rejoin,
        None if lone.moved_on.is_some() => Resolution::CapInUse,
        None => after.resolution().unwrap_or(match doubt {
            Some(Doubt::CaptureEnded { .. }) => Resolution::CaptureEnded,
            _ => Resolution::None,
        }),
    };
    // Where later words of the rank may be missing, it may have mended it.
    let unsure = || {
        known.links.between(ends, importer).any(|link| {
            let lost = link.mds.holes.iter().any(|hole| hole.after.time >= time);
            link.last.time >= time && (!link.mds.spoken || lost)
        })
    };
    let severity = match resolution {
        Resolution::None | Resolution::ConnectionLost | Resolution::CaptureEnded if !unsure() => {
            Severity::Error
        }
        _ => Severity::Warning,
    };
    let unseen = unseen_at(known, sessions, lone.export.place);
    // Maps tell it late, but before the client goes back.
    let until = returned.map_or(known.links.end(), |back| back.told.at.place);
    let ranks = known.story.sessions.ranks();
    let left = ranks.left_active(importer, lone.export.place, until);
    let reconnect = left.and_then(|left| ranks.back(importer, left, until));
    let cause = match (unseen, left) {
        (Some(unseen), _) if unseen.beginning == Beginning::Session => "lost-before-session",
        (Some(_), _) => "lost-in-session",
        (None, Some(_)) if after.lost().is_some() => "importer-lost",
        (None, _) if after.lost().is_some() => "connection-lost",
        _ => "unknown",
    };
    // It came back, and the client to it, on a connection that is not in the capture.
    let unmet = || {
        let (lost, _) = (after.lost()?, reconnect?);
        let mut links = known.links.between(ends, importer);
        let met = links.any(|link| link.opened.time > lost.time);
        (!met).then_some(Doubt::NoConnection { mds: importer })
    };
    let doubt = doubt.or_else(unmet);
    let mut evidence = vec![Evidence { shows: Shows::Export, place: lone.export.place }];
    evidence.extend(after.evidence());
    let mut shows = |shows, place: Option<Place>| {
        evidence.extend(place.map(|place| Evidence { shows, place }));
    };
    shows(Shows::Counter, unseen.map(|unseen| unseen.at.place));
    shows(Shows::RankLeft, left.filter(|_| cause == "importer-lost"));
    shows(Shows::RankReconnect, reconnect.filter(|_| cause == "importer-lost"));
    let told = |event: &CapEvent| lone.reasserted.is_some_and(|told| told.place == event.place);
    shows(Shows::ClientUsed, lone.client_used.filter(|event| !told(event)).map(|e| e.place));
    shows(Shows::Reasserted, lone.reasserted.map(|event| event.place));
    shows(Shows::NotReasserted, not_told.map(|back| back.told.at.place));
    shows(Shows::MdsSpoke, lone.mds_spoke.map(|event| event.place));
    shows(Shows::Import, lone.moved_on.map(|event| event.place));
    evidence.sort_by_key(|e| (e.place.file, e.place.frame));
    let finding = Finding {
        doubt,
        exporter: ends.mds,
        importer: Some(importer),
        resolution: Some(resolution),
        evidence,
        ..Finding::of_cap(RULE.code, severity, &lone.export, ends)
    };
    let messages = unseen.map_or(0, Unseen::messages);
    let migration = known.migration(lone.export.ino, lone.peer.cap_id, ends.client);
    finding
        .fact("cause", FactValue::Word(cause))
        .fact("unseen", FactValue::Number(messages))
        .fact("migration", migration)
}

/// What the importer counted and did not send around that moment.
fn unseen_at<'s>(known: &Known<'_>, sessions: &'s Sessions, at: Place) -> Option<&'s Unseen> {
    let (from, to) =
        (at.time.0.saturating_sub(known.wait()), at.time.0.saturating_add(known.wait()));
    let mut unseen = sessions.unseen.iter();
    unseen.find(|unseen| unseen.since.time.0 <= to && unseen.at.place.time.0 >= from)
}
