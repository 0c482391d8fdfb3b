//! `migration-incomplete`: a tree was to move from one rank to another, and one of the two fell silent.
//!
//! The ranks tell each other each step of an export. What the importer has to answer, and what the exporter has
//! to finish, is looked for as long as both are there. A step that may last, since a tree has to be frozen or
//! clients have to be heard, is no finding.

use std::collections::BTreeMap;

use ceph_codec::message::MessageType;
use ceph_codec::types::Rank;

use super::{Evidence, FactValue, Finding, Known, Resolution, Rule, Severity, Shows, page};
use crate::caps::moves::{Export, Fate, Phase};
use crate::session::Doubt;

pub(super) const RULE: Rule = Rule {
    code: "migration-incomplete",
    title: "an export of a tree from rank to rank was begun and not completed",
    severities: &[Severity::Error, Severity::Warning, Severity::Info],
    facts: &["migration tid", "came to", "waits for", "inodes", "caps"],
    thresholds: &["--migration-timeout"],
    page: page!("migration-incomplete"),
    find,
};

/// What would complete an export, or end it.
const KINDS: &[MessageType] = &[
    MessageType::MDS_EXPORT_DIR_DISCOVER_ACK,
    MessageType::MDS_EXPORT_DIR_CANCEL,
    MessageType::MDS_EXPORT_DIR_PREP,
    MessageType::MDS_EXPORT_DIR_PREP_ACK,
    MessageType::MDS_EXPORT_DIR,
    MessageType::MDS_EXPORT_DIR_ACK,
    MessageType::MDS_EXPORT_DIR_FINISH,
];

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    let moves = &known.story.moves;
    for export in moves.exports() {
        match export.fate(known.trunks, known.wait()) {
            Fate::PeerLost => found.extend(lost(known, export)),
            Fate::Open if !export.came_to().may_last() => found.extend(silent(known, export)),
            _ => {}
        }
    }
    let mut untold: BTreeMap<u32, u64> = BTreeMap::new();
    for (_, cap) in moves.awaited().filter(|(_, cap)| cap.seen.is_none()) {
        let export = moves.exports().get(cap.export as usize);
        if export.is_some_and(|export| is_untold(known, export, cap.client)) {
            *untold.entry(cap.export).or_default() += 1;
        }
    }
    for (index, caps) in untold {
        let Some(export) = moves.exports().get(index as usize) else { continue };
        let told = told(known, export, Severity::Error, "EXPORT and IMPORT", caps);
        found.extend(told.map(|told| Finding { resolution: Some(Resolution::None), ..told }));
    }
}

/// One of the two went down before it was complete.
fn lost(known: &Known<'_>, export: &Export) -> Option<Finding> {
    let next = export.came_to().next()?;
    let finding = told(known, export, Severity::Info, next, export.caps.into())?;
    let mut evidence = finding.evidence.clone();
    let end = export.peer_lost(known.trunks, known.wait());
    // It may have come further unseen.
    let since = export.last.at.place.time;
    let until = end.map_or(known.deadline(since), |place| place.time);
    let doubt = [export.side.flip(), export.side]
        .into_iter()
        .find_map(|dir| known.trunks.unread(export.conn, dir, since, until, KINDS));
    evidence.extend(end.map(|place| Evidence { shows: Shows::ConnectionEnd, place }));
    evidence.sort_by_key(|e| (e.place.file, e.place.frame));
    Some(Finding { doubt, resolution: Some(Resolution::ConnectionLost), evidence, ..finding })
}

/// Both were there.
fn silent(known: &Known<'_>, export: &Export) -> Option<Finding> {
    let (came_to, since) = (export.came_to(), export.last.at.place.time);
    let next = came_to.next()?;
    let severity = match came_to {
        // The tree has left the one and is not with the other.
        Phase::Export | Phase::ExportAck | Phase::Finish => Severity::Error,
        _ => Severity::Warning,
    };
    // The exporter may have given up instead.
    let doubt = [export.side.flip(), export.side]
        .into_iter()
        .find_map(|dir| known.trunks.unread(export.conn, dir, since, known.deadline(since), KINDS));
    if matches!(doubt, Some(Doubt::CaptureEnded { .. })) {
        return None;
    }
    let finding = told(known, export, severity, next, export.caps.into())?;
    Some(Finding { doubt, resolution: Some(Resolution::None), ..finding })
}

fn told(
    known: &Known<'_>,
    export: &Export,
    severity: Severity,
    next: &'static str,
    caps: u64,
) -> Option<Finding> {
    let [exporter, importer] = export.ranks(known.who);
    let at = export.last.at;
    let finding = Finding {
        ino: Some(export.tree.ino),
        exporter,
        importer,
        ..Finding::new(RULE.code, severity, at, known.who.ends_among(export.conn, export.side)?)
    };
    Some(
        finding
            .fact("migration tid", FactValue::Number(export.tid))
            .fact("came to", FactValue::Word(export.came_to().name()))
            .fact("waits for", FactValue::Word(next))
            .fact("inodes", FactValue::Number(export.inodes.into()))
            .fact("caps", FactValue::Number(caps)),
    )
}

/// Whether neither rank told the client of a cap, of an export that is complete, although it had a session with
/// both and all that they said was read.
fn is_untold(known: &Known<'_>, export: &Export, client: i64) -> bool {
    let (Some(done), Ok(client)) = (export.at(Phase::Last), u64::try_from(client)) else {
        return false;
    };
    let said = |rank: Option<Rank>| {
        let Some(rank) = rank else { return false };
        let link = known
            .links
            .iter()
            .find(|link| link.ends.client == Some(client) && link.ends.mds == Some(rank));
        let Some(ends) = link.map(|link| link.ends) else { return false };
        let there = known.links.between(ends, rank).any(|link| {
            let until = link.ended.map(|(_, place)| place).or(link.closed.map(|(_, place)| place));
            link.opened.time <= done.time
                && until.is_none_or(|place| place.time > known.deadline(done.time))
        });
        there && known.links.doubt(&ends, rank, done.time, known.wait()).is_none()
    };
    export.ranks(known.who).into_iter().all(said)
}
