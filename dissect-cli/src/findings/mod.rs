//! What is wrong, by rule: one file a rule, one table for all.
//!
//! A rule looks at what the earlier stages know and answers findings, plain data. It reads no capture and
//! writes no text for people beyond the words of its facts. Each has a page in the book.

mod aftermath;
mod evidence;
mod fact;
mod finding;
mod grade;
mod known;
mod oddity;
mod table;

mod cap_id_changed;
mod cap_lost_at_reconnect;
mod conflicting_issue;
mod counted_not_seen;
mod duplicate_migration;
mod export_to_nowhere;
mod export_without_import;
mod exporter_seq_mismatch;
mod flush_unacked;
mod import_without_export;
mod message_after_export;
mod migration_incomplete;
mod mseq_regression;
mod peer_disagreement;
mod ping_pong;
mod placeholder_used;
mod recall_not_followed;
mod reconnect_denied;
mod release_ignored;
mod revoke_unanswered;
mod seq_gap;
mod stale_client_message;
mod stale_export;
mod stale_session_used;
mod target_session_missing;
mod wanted_not_granted;

pub use evidence::{Evidence, PeerCap, Shows};
pub use fact::{Fact, FactValue};
pub use finding::Finding;
pub use grade::{Certainty, Resolution, Severity};
pub use known::{Known, Settings};
pub use table::{RULES, Rule, find, rule};

use aftermath::Aftermath;
use table::page;

#[cfg(test)]
mod tests;
