//! Which findings and messages are selected.

use std::collections::HashMap;

use ceph_dissect::caps::timeline::Filter as Selection;
use ceph_dissect::dissect::{Detail, Dissector, Party};
use ceph_dissect::findings::{Finding, Shows};
use ceph_dissect::names::Names;
use ceph_dissect::pipeline::Pipeline;
use ceph_dissect::place::{Place, Time};
use ceph_dissect::render::messages::Row;
use ceph_dissect::session::{Spoken, Who};

use super::super::messages::is_about;

/// A finding at a packet, and what the packet shows of it; nothing where it gave rise to it.
type Found<'k> = (&'k Finding, Option<Shows>);

/// What is selected of a capture that was read once.
pub(super) struct Choice<'k> {
    selected: Selection,
    /// Only messages that findings rest on.
    by_finding: bool,
    /// By file and frame: the selected findings that rest on the packet.
    at: HashMap<(u32, u64), Vec<Found<'k>>>,
    names: &'k Names,
    who: &'k Who,
    dissector: Dissector,
}

impl<'k> Choice<'k> {
    /// Of messages and findings those that are `selected`; of findings, where there are any `codes`, those that
    /// have one of them.
    pub(super) fn new(
        selected: Selection,
        codes: &[String],
        findings: &'k [Finding],
        known: &'k Pipeline,
    ) -> Self {
        let mut at: HashMap<_, Vec<_>> = HashMap::new();
        let has_code =
            |finding: &&Finding| codes.is_empty() || codes.iter().any(|code| code == finding.code);
        let mut note = |place: Place, finding, shows| {
            let all = at.entry((place.file, place.frame)).or_default();
            all.push((finding, shows));
        };
        for finding in findings.iter().filter(has_code).filter(|f| picks(&selected, f)) {
            note(finding.at.place, finding, None);
            for evidence in &finding.evidence {
                note(evidence.place, finding, Some(evidence.shows));
            }
        }
        Choice {
            selected,
            by_finding: !codes.is_empty(),
            at,
            names: known.names(),
            who: known.who(),
            dissector: Dissector::default(),
        }
    }

    /// The packets on which selected findings rest.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        let time = Time::default();
        self.at.keys().map(move |(file, frame)| Place { file: *file, frame: *frame, time })
    }

    /// The selected findings that rest on a packet, and what it shows.
    pub(super) fn findings(&self, place: Place) -> impl Iterator<Item = Found<'k>> {
        self.at.get(&(place.file, place.frame)).into_iter().flatten().copied()
    }

    /// Whether a message is selected.
    pub(super) fn has(&mut self, spoken: &Spoken<'_>) -> bool {
        let place = spoken.place;
        let (from, until) = (self.selected.since, self.selected.until);
        let in_time = from.is_none_or(|from| place.time >= from)
            && until.is_none_or(|until| place.time <= until);
        if spoken.header().is_none() || !in_time || self.by_finding && !self.is_found(spoken) {
            return false;
        }
        let parties = Party::both(self.who, spoken.conn, spoken.dir);
        self.selected.is_between(parties.as_ref())
            && (self.selected.wants_any_inode()
                || is_about(&self.selected, &self.dissector.dissect(spoken, Detail::Fields)))
    }

    /// Whether a selected finding rests on the message.
    fn is_found(&self, spoken: &Spoken<'_>) -> bool {
        self.findings(spoken.place).any(|(finding, shows)| match shows {
            None => (finding.at.conn, finding.at.offset) == (spoken.conn, spoken.offset),
            Some(_) => true,
        })
    }

    /// The message as it is told.
    pub(super) fn row(&mut self, spoken: &Spoken<'_>, tell: impl FnOnce(&Row<'_>)) {
        let dissected = self.dissector.dissect(spoken, Detail::Summary);
        tell(&Row {
            dissected: &dissected,
            parties: Party::both(self.who, spoken.conn, spoken.dir),
            names: self.names,
            file: "",
            origin: Time::default(),
            before: None,
            findings: &[],
        });
    }
}

/// Whether a finding is selected.
fn picks(selected: &Selection, finding: &Finding) -> bool {
    let time = finding.at.place.time;
    let ranks = [finding.ends.mds, finding.exporter, finding.importer];
    let inode = || finding.ino.is_some_and(|ino| selected.wants(ino) == Some(true));
    let client = || finding.ends.client.is_some_and(|id| selected.clients.contains(&id));
    let rank = || ranks.into_iter().flatten().any(|rank| selected.ranks.contains(&rank));
    selected.since.is_none_or(|since| time >= since)
        && selected.until.is_none_or(|until| time <= until)
        && (selected.wants_any_inode() || inode())
        && (selected.clients.is_empty() || client())
        && (selected.ranks.is_empty() || rank())
}
