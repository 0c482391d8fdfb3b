//! What is wrong, by rule: one file a rule, one table for all.
//!
//! A rule looks at what the earlier stages know and answers findings, plain data. It reads no capture and
//! writes no text for people beyond the words of its facts.

mod export_to_nowhere;
mod export_without_import;
mod fact;
mod import_without_export;

use std::time::Duration;

use ceph_codec::types::{InodeNo, Rank};
use serde::Serialize;

pub use fact::{Fact, FactValue};

use crate::caps::{Migrations, Story};
use crate::event::{At, CapEvent, Peer};
use crate::names::Names;
use crate::place::{Place, Time};
use crate::session::{Doubt, Ends, Links, Who};
use crate::stream::End;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Went wrong, and was mended as far as the capture shows.
    Warning,
    /// Went wrong.
    Error,
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The capture shows it.
    Certain,
    /// The capture does not cover what would settle it.
    Undetermined,
}

/// How it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolution {
    /// Nothing more was seen.
    None,
    /// The rank spoke of the cap again after its connection to the client was lost: the client had
    /// re-asserted it.
    Rejoin,
    /// The rank spoke of the cap, on the connection on which it should have announced it.
    CapInUse,
    /// The session with the rank was closed or rejected.
    SessionClosed,
    /// The connection to the rank was lost, and the cap not heard of again.
    ConnectionLost,
    /// The capture ended before it could come.
    CaptureEnded,
}

/// What a packet shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shows {
    /// The EXPORT.
    Export,
    /// The IMPORT.
    Import,
    /// The end of the connection to the rank that should have spoken.
    ConnectionEnd,
    /// A new connection to that rank.
    NewConnection,
    /// The rank closed or rejected the session.
    SessionClosed,
    /// The rank spoke of the cap.
    MdsSpoke,
    /// The client used the cap.
    ClientUsed,
}

/// A packet that a finding rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What it shows.
    pub shows: Shows,
    /// Which one it is.
    pub place: Place,
}

/// The cap at the other side of a migration, as findings tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PeerCap {
    /// Its id.
    pub cap_id: u64,
    /// Its seq.
    pub seq: u32,
    /// Its mseq.
    pub mseq: u32,
    /// Its rank.
    pub mds: i32,
    /// Its flags: 1 auth, 2 release.
    pub flags: u8,
}

impl From<Peer> for PeerCap {
    fn from(peer: Peer) -> Self {
        PeerCap {
            cap_id: peer.cap_id(),
            seq: peer.seq().0,
            mseq: peer.mseq().0,
            mds: peer.mds().0,
            flags: peer.flags().0,
        }
    }
}

/// Something that is wrong, or worth knowing.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its rule's stable name.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What keeps it from being certain.
    pub doubt: Option<Doubt>,
    /// The message that gave rise to it.
    pub at: At,
    /// What that message says of a cap, if it is about one.
    pub cap: Option<CapEvent>,
    /// The inode that it is about, if it is about one.
    pub ino: Option<InodeNo>,
    /// That inode's path at the time, as far as it is known.
    pub path: Option<String>,
    /// Who is at the ends of that message's connection.
    pub ends: Ends,
    /// The rank that gave the cap up.
    pub exporter: Option<Rank>,
    /// The rank that took it, or should have.
    pub importer: Option<Rank>,
    /// How it came out; `None` where the rule does not ask.
    pub resolution: Option<Resolution>,
    /// The packets that it rests on, in the order of the capture.
    pub evidence: Vec<Evidence>,
    /// What the rule has to say beside that; all findings of a rule have the same facts, in the same order.
    pub facts: Vec<Fact>,
}

impl Finding {
    /// How sure it is.
    pub fn certainty(&self) -> Certainty {
        match self.doubt {
            None => Certainty::Certain,
            Some(_) => Certainty::Undetermined,
        }
    }

    /// Whether it alone makes a check fail.
    pub fn is_certain_fault(&self) -> bool {
        self.doubt.is_none() && self.severity >= Severity::Warning
    }

    /// A finding that says nothing yet but where: of a message on the connection between `ends`.
    fn new(code: &'static str, severity: Severity, at: At, ends: Ends) -> Finding {
        Finding {
            code,
            severity,
            doubt: None,
            at,
            cap: None,
            ino: None,
            path: None,
            ends,
            exporter: None,
            importer: None,
            resolution: None,
            evidence: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// A finding about a cap.
    fn of_cap(code: &'static str, severity: Severity, event: &CapEvent, ends: Ends) -> Finding {
        let (cap, ino) = (Some(*event), Some(event.ino));
        Finding { cap, ino, ..Finding::new(code, severity, event.at(), ends) }
    }

    /// Adds a fact.
    fn fact(mut self, name: &'static str, value: FactValue) -> Finding {
        self.facts.push(Fact { name, value });
        self
    }
}

/// What rules may be told.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long the other half of a migration may take.
    pub migration_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        // A thousand times what healthy clusters were seen to take.
        Settings { migration_timeout: Duration::from_secs(5) }
    }
}

/// Everything that a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// EXPORTs and IMPORTs, paired or not.
    pub migrations: &'a Migrations,
    /// What follows from the events in their order.
    pub story: &'a Story,
    /// Names of inodes, ranks and clients.
    pub names: &'a Names,
    /// Identities.
    pub who: &'a Who,
    /// Connections, and what of them was not seen.
    pub links: &'a Links,
    /// Thresholds.
    pub settings: &'a Settings,
}

impl Known<'_> {
    /// The moment before which the other half of a migration should have come.
    fn deadline(&self, of: Time) -> Time {
        Time(of.0.saturating_add(self.wait()))
    }

    /// How long it may take, in nanoseconds.
    fn wait(&self) -> i64 {
        i64::try_from(self.settings.migration_timeout.as_nanos()).unwrap_or(i64::MAX)
    }
}

/// A rule: its name, one line on what it says, and what it finds.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Stable name.
    pub code: &'static str,
    /// What it says, in one line.
    pub title: &'static str,
    find: fn(&Known<'_>, &mut Vec<Finding>),
}

/// All rules. A new one is its file and a line here.
pub const RULES: &[Rule] =
    &[export_without_import::RULE, import_without_export::RULE, export_to_nowhere::RULE];

/// What all rules find, in the order of the capture.
pub fn find(known: &Known<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for rule in RULES {
        (rule.find)(known, &mut found);
    }
    for finding in &mut found {
        // What is not certain is no error.
        if finding.doubt.is_some() {
            finding.severity = finding.severity.min(Severity::Warning);
        }
        let time = finding.at.place.time;
        finding.path = finding.ino.and_then(|ino| known.names.paths().path(ino, time));
    }
    found.sort_by_key(|f| (f.at.place.file, f.at.place.frame, f.at.offset));
    found
}

/// What became of the connections between a client and a rank after a message: the end of the one that was
/// open then, the one after it, and the session's end.
struct Aftermath {
    lost: Option<Place>,
    again: Option<Place>,
    closed: Option<Place>,
}

impl Aftermath {
    /// Looks at the time from `since` to `until`; a new connection may come as late as it likes.
    fn of(known: &Known<'_>, with: Ends, mds: Rank, since: Time, until: Time) -> Aftermath {
        let mut aftermath = Aftermath { lost: None, again: None, closed: None };
        let within = |place: &Place| place.time >= since && place.time <= until;
        for link in known.links.between(with, mds).filter(|l| l.last.time >= since) {
            if link.opened.time > since && aftermath.lost.is_some() {
                aftermath.again.get_or_insert(link.opened);
            }
            let ended = link.ended.filter(|(how, _)| *how != End::Evicted).map(|(_, place)| place);
            if let Some(place) = ended.filter(within) {
                aftermath.lost.get_or_insert(place);
            }
            if let Some(place) = link.closed.map(|(_, place)| place).filter(within) {
                aftermath.closed.get_or_insert(place);
            }
        }
        aftermath
    }

    /// How the rank fell silent, if it did.
    fn resolution(&self) -> Option<Resolution> {
        match self {
            Aftermath { closed: Some(_), .. } => Some(Resolution::SessionClosed),
            Aftermath { lost: Some(_), .. } => Some(Resolution::ConnectionLost),
            _ => None,
        }
    }

    fn evidence(&self) -> impl Iterator<Item = Evidence> {
        [
            (Shows::ConnectionEnd, self.lost),
            (Shows::NewConnection, self.again),
            (Shows::SessionClosed, self.closed),
        ]
        .into_iter()
        .filter_map(|(shows, place)| place.map(|place| Evidence { shows, place }))
    }
}
