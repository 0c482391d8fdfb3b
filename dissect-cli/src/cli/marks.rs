//! Which messages gave rise to findings.

use std::collections::HashMap;

use ceph_dissect::findings::Finding;
use ceph_dissect::session::Spoken;
use ceph_dissect::stream::ConnId;

/// A message: its connection, the packet that completed it, the offset of its first byte.
pub(super) type Key = (ConnId, u64, u64);

/// Codes of findings, by the message that gave rise to them.
#[derive(Debug, Default)]
pub(super) struct Marks(HashMap<Key, Vec<&'static str>>);

impl Marks {
    pub(super) fn new(findings: &[Finding]) -> Self {
        let mut marks = Marks::default();
        for finding in findings {
            let codes = marks.0.entry(of_finding(finding)).or_default();
            if !codes.contains(&finding.code) {
                codes.push(finding.code);
            }
        }
        marks
    }

    /// The findings that a message gave rise to.
    pub(super) fn of(&self, spoken: &Spoken<'_>) -> &[&'static str] {
        self.0.get(&of_message(spoken)).map_or(&[], Vec::as_slice)
    }
}

/// The message that gave rise to a finding.
pub(super) fn of_finding(finding: &Finding) -> Key {
    (finding.at.conn, finding.at.place.frame, finding.at.offset)
}

/// A message that was said.
pub(super) fn of_message(spoken: &Spoken<'_>) -> Key {
    (spoken.conn, spoken.place.frame, spoken.offset)
}
