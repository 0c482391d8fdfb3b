//! `reconnect-denied`: a client told its caps to a rank that came back, and was sent away.
//!
//! It loses all its caps of that rank, and what it had not written back with them. It comes about when the
//! client is later than the reconnect window, or blocklisted.

use ceph_codec::message::client_session::SessionOp;

use super::{Evidence, FactValue, Finding, Known, Rule, Severity, Shows, page};
use crate::caps::sessions::What;

pub(super) const RULE: Rule = Rule {
    code: "reconnect-denied",
    title: "a client told its caps to a rank that came back, and was sent away",
    severities: &[Severity::Error],
    facts: &["told", "answer", "after", "blocklisted"],
    thresholds: &[],
    page: page!("reconnect-denied"),
    find,
};

fn find(known: &Known<'_>, found: &mut Vec<Finding>) {
    for history in known.story.sessions.histories(known.links) {
        for back in history.returns() {
            let Some((op, place)) = back.denied else { continue };
            let Some(ends) = known.who.ends(back.conn) else { continue };
            let blocklisted = history.notes().any(|(link, note)| {
                let told = matches!(note.what, What::Session { blocklisted: true, .. });
                told && link.conn == back.conn
            });
            let word = match op {
                SessionOp::REJECT => "reject",
                _ => "close",
            };
            // It may have asked for that itself.
            let finding = Finding {
                doubt: known.unread(back.told.at.conn, &ends, back.told.at.place.time, place.time),
                evidence: vec![Evidence { shows: Shows::SessionClosed, place }],
                ..Finding::new(RULE.code, Severity::Error, back.told.at, ends)
            };
            let after = place.time.since(back.told.at.place.time);
            found.push(
                finding
                    .fact("told", FactValue::Number(back.caps))
                    .fact("answer", FactValue::Word(word))
                    .fact("after", FactValue::Lasting(after))
                    .fact("blocklisted", FactValue::Word(if blocklisted { "yes" } else { "no" })),
            );
        }
    }
}
