//! What rules answer.

use ceph_codec::types::{InodeNo, Rank};

use super::{Certainty, Evidence, Fact, FactValue, Resolution, Severity};
use crate::event::{At, CapEvent};
use crate::session::{Doubt, Ends};

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

    /// Whether its message went from one rank to another, so that no client is at its ends.
    pub fn is_among_ranks(&self) -> bool {
        let ranks = self.exporter.is_some() || self.importer.is_some();
        self.cap.is_none() && self.ends.client.is_none() && ranks
    }

    /// A finding that says nothing yet but where: of a message on the connection between `ends`.
    pub(super) fn new(code: &'static str, severity: Severity, at: At, ends: Ends) -> Finding {
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
    pub(super) fn of_cap(
        code: &'static str,
        severity: Severity,
        event: &CapEvent,
        ends: Ends,
    ) -> Finding {
        let (cap, ino) = (Some(*event), Some(event.ino));
        Finding { cap, ino, ..Finding::new(code, severity, event.at(), ends) }
    }

    /// Adds a fact.
    pub(super) fn fact(mut self, name: &'static str, value: FactValue) -> Finding {
        self.facts.push(Fact { name, value });
        self
    }
}
