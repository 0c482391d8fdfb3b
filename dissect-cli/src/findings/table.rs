//! The rules, and what they find together.

use super::{Finding, Known, Severity};
use crate::capture::misplaced;
use crate::place::Time;
use crate::session::Doubt;
use crate::stream::ConnId;

/// A rule: what it is called, what it says, and how it finds it.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Stable name.
    pub code: &'static str,
    /// What it says, in one line.
    pub title: &'static str,
    /// How bad it may be, the worst first. What is not certain is a warning at most.
    pub severities: &'static [Severity],
    /// Names of the facts that every finding of it has, in their order.
    pub facts: &'static [&'static str],
    /// Options of `check` that change what it finds, and names of bounds and constants that do: its page
    /// has to say how.
    pub thresholds: &'static [&'static str],
    /// Its page of the book, in Markdown.
    pub page: &'static str,
    pub(super) find: fn(&Known<'_>, &mut Vec<Finding>),
}

/// The page of the book that explains a finding. `pages` is a link to the book's, so that a published crate
/// has them too.
macro_rules! page {
    ($code:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/pages/", $code, ".md"))
    };
}
pub(super) use page;

/// All rules. A new one is its file, its page and a line here.
pub const RULES: &[Rule] = &[
    super::cap_lost_at_reconnect::RULE,
    super::conflicting_issue::RULE,
    super::counted_not_seen::RULE,
    super::export_to_nowhere::RULE,
    super::export_without_import::RULE,
    super::flush_unacked::RULE,
    super::import_without_export::RULE,
    super::peer_disagreement::RULE,
    super::ping_pong::RULE,
    super::reconnect_denied::RULE,
    super::revoke_unanswered::RULE,
    super::wanted_not_granted::RULE,
    super::migration_incomplete::RULE,
    super::exporter_seq_mismatch::RULE,
    super::mseq_regression::RULE,
    super::duplicate_migration::RULE,
    super::stale_export::RULE,
    super::seq_gap::RULE,
    super::stale_client_message::RULE,
    super::message_after_export::RULE,
    super::placeholder_used::RULE,
    super::cap_id_changed::RULE,
    super::release_ignored::RULE,
    super::recall_not_followed::RULE,
    super::stale_session_used::RULE,
    super::target_session_missing::RULE,
];

/// The rule with this code.
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// Rules that ask nothing of the order between the two directions of a connection.
const ORDER_FREE: [&str; 2] =
    [super::export_without_import::RULE.code, super::import_without_export::RULE.code];

/// What keeps an otherwise certain finding in doubt: that the capture's order is not the wire's, or its times are
/// not.
fn order(known: &Known<'_>, finding: &Finding) -> Option<Doubt> {
    let conn = known.conns.get(finding.at.conn)?;
    if let Some(since) = conn.set_back {
        return Some(Doubt::SetBack { since });
    }
    match ORDER_FREE.contains(&finding.code) {
        true => None,
        false => {
            let at = finding.at.place.time;
            inverted(known, finding.at.conn, at, at)
        }
    }
}

/// What keeps in doubt what came first on a connection, somewhere between two moments.
pub(super) fn inverted(known: &Known<'_>, conn: ConnId, from: Time, to: Time) -> Option<Doubt> {
    let conn = known.conns.get(conn).filter(|conn| conn.is_inverted(from, to))?;
    let inverted = [&conn.a_to_b.inverted, &conn.b_to_a.inverted].into_iter().flatten();
    inverted.map(|inverted| inverted.0).min().map(|since| Doubt::Inverted { since })
}

/// What keeps every finding in doubt: that numbers are those of several clusters, or that files are not read in
/// the order of time.
fn mixed(known: &Known<'_>) -> Option<Doubt> {
    let clusters = known.names.clusters().second();
    let clusters = clusters.map(|cluster| Doubt::Clusters { since: cluster.since });
    clusters.or_else(|| {
        misplaced(known.files).first().map(|file| Doubt::Misplaced { file: file.index })
    })
}

/// What all rules find, in the order of the capture.
pub fn find(known: &Known<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for rule in RULES {
        (rule.find)(known, &mut found);
    }
    let mixed = mixed(known);
    for finding in &mut found {
        // The files' order says more than that of their packets.
        finding.doubt = match finding.doubt {
            None | Some(Doubt::Inverted { .. }) => {
                mixed.or(finding.doubt).or_else(|| order(known, finding))
            }
            doubt => doubt,
        };
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
