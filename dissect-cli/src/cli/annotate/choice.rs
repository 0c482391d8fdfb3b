//! Which findings and messages are selected.

use std::collections::{HashMap, HashSet};

use ceph_dissect::caps::timeline::Filter as Selection;
use ceph_dissect::dissect::{Detail, Dissector, Party};
use ceph_dissect::filter::Filter;
use ceph_dissect::findings::{Finding, Shows};
use ceph_dissect::names::Names;
use ceph_dissect::pipeline::Pipeline;
use ceph_dissect::place::{Place, Time};
use ceph_dissect::render::messages::Row;
use ceph_dissect::session::{Spoken, Who};

use super::super::chosen::needed;
use super::super::marks::{Key, Marks, of_finding, of_message};
use super::super::messages::is_about;

/// A finding at a packet, and what the packet shows of it; nothing where it gave rise to it.
type Found<'k> = (&'k Finding, Option<Shows>);

/// What is selected of a capture that was read once.
pub(super) struct Choice<'k> {
    selected: Selection,
    /// Only messages for which this holds.
    filter: Option<Filter>,
    /// Only messages that findings rest on.
    by_finding: bool,
    /// By file and frame: the selected findings that rest on the packet.
    at: HashMap<(u32, u64), Vec<Found<'k>>>,
    /// All findings, by the messages that gave rise to them.
    marks: Marks,
    /// Names of the files.
    files: Vec<String>,
    origin: Time,
    /// When the message before was seen.
    before: Option<Time>,
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
            filter: None,
            by_finding: !codes.is_empty(),
            at,
            marks: Marks::new(findings),
            files: Vec::new(),
            origin: Time::default(),
            before: None,
            names: known.names(),
            who: known.who(),
            dissector: Dissector::default(),
        }
    }

    /// Of messages only those for which a filter holds, in a capture of these files that begins then.
    pub(super) fn filter(&mut self, filter: Filter, files: Vec<String>, origin: Time) {
        (self.filter, self.files, self.origin) = (Some(filter), files, origin);
    }

    /// Of findings only those whose messages are among these.
    pub(super) fn retain(&mut self, met: &HashSet<Key>) {
        for found in self.at.values_mut() {
            found.retain(|(finding, _)| met.contains(&of_finding(finding)));
        }
        self.at.retain(|_, found| !found.is_empty());
    }

    /// The message, if it gave rise to a finding and the filter holds for it.
    pub(super) fn gave_rise(&mut self, spoken: &Spoken<'_>) -> Option<Key> {
        let before = self.before.replace(spoken.place.time);
        let is_met = !self.marks.of(spoken).is_empty() && self.is_met(spoken, before);
        is_met.then(|| of_message(spoken))
    }

    /// From the first message on again.
    pub(super) fn again(&mut self) {
        self.before = None;
    }

    /// How many packets findings rest on that are selected.
    pub(super) fn packets(&self) -> usize {
        self.at.len()
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
        let before = match spoken.header() {
            Some(_) => self.before.replace(place.time),
            None => return false,
        };
        let (from, until) = (self.selected.since, self.selected.until);
        let in_time = from.is_none_or(|from| place.time >= from)
            && until.is_none_or(|until| place.time <= until);
        if !in_time || self.by_finding && !self.is_found(spoken) {
            return false;
        }
        let parties = Party::both(self.who, spoken.conn, spoken.dir);
        self.selected.is_between(parties.as_ref())
            && (self.selected.wants_any_inode()
                || is_about(&self.selected, &self.dissector.dissect(spoken, Detail::Fields)))
            && self.is_met(spoken, before)
    }

    /// Whether the filter holds for a message.
    fn is_met(&mut self, spoken: &Spoken<'_>, before: Option<Time>) -> bool {
        let Some(filter) = &self.filter else { return true };
        let kind = spoken.header().map(|header| header.kind);
        let dissected = self.dissector.dissect(spoken, needed(filter.fields(), kind));
        filter.holds(&Row {
            dissected: &dissected,
            parties: Party::both(self.who, spoken.conn, spoken.dir),
            names: self.names,
            file: self.files.get(spoken.place.file as usize).map_or("", String::as_str),
            origin: self.origin,
            before,
            findings: self.marks.of(spoken),
        })
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
