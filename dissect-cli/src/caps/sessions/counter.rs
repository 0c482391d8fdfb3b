//! A rank counts what it sends to a client; what it counted and the capture does not have was never sent,
//! or was lost on the way.
//!
//! Counted are MClientCaps, MClientLease, MClientSnap and MClientQuota to the client. The count starts from
//! 0 with the session, and again with a rank that comes back; OPEN, FLUSHMSG and STALE tell it.
//!
//! Source: Ceph `src/mds/MDSRank.cc` (`send_message_client_counted`), `src/mds/SessionMap.h`
//! (`inc_push_seq`, `get_push_seq`), `src/mds/Server.cc`; measured on captures of 16.2.15 and 18.2.7, where
//! every FLUSHMSG told exactly the number of these messages before it.

use ceph_codec::message::client_session::SessionOp;

use super::{History, Note, What};
use crate::event::At;
use crate::place::Place;

/// How the span began in which messages were counted and not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Beginning {
    /// With the session: the rank had counted before the client was there.
    Session,
    /// With a client's telling its caps to a rank that came back.
    Reconnect,
    /// With the last count that was told.
    Count,
}

/// Messages that a rank counted and that were not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The message that told the count.
    pub at: At,
    /// What it does.
    pub op: SessionOp,
    /// The count.
    pub counted: u64,
    /// What it should be after all that was seen.
    pub expected: u64,
    /// Since when they are missing, at the earliest.
    pub since: Place,
    /// What was then.
    pub beginning: Beginning,
}

impl Unseen {
    /// How many messages were not seen.
    pub fn messages(&self) -> u64 {
        self.counted.saturating_sub(self.expected)
    }
}

/// Follows one count through the connections of a session.
struct Count {
    /// What the rank had counted when `seen` was 0; `None` where nothing was told yet.
    base: Option<u64>,
    /// Messages seen on earlier connections of the session.
    before: u64,
    /// Messages seen on this connection before the session began.
    not_of_it: u64,
    since: Place,
    beginning: Beginning,
}

impl Count {
    fn seen(&self, note: &Note) -> u64 {
        (self.before + note.counted).saturating_sub(self.not_of_it)
    }

    fn begin(&mut self, note: &Note, beginning: Beginning, base: Option<u64>) {
        let (since, not_of_it) = (note.at.place, note.counted);
        *self = Count { base, before: 0, not_of_it, since, beginning };
    }

    /// The rank tells its count.
    fn told(&mut self, note: &Note, op: SessionOp, counted: u64) -> Option<Unseen> {
        let seen = self.seen(note);
        let expected = self.base.map(|base| base + seen);
        // Where they open a session, some versions leave the count out.
        if op == SessionOp::OPEN && counted == 0 && expected != Some(0) {
            return None;
        }
        let unseen = expected.filter(|expected| counted > *expected).map(|expected| Unseen {
            at: note.at,
            op,
            counted,
            expected,
            since: self.since,
            beginning: self.beginning,
        });
        // What is missing is told once, and a count that fell is that of another session.
        self.base = counted.checked_sub(seen);
        if self.base.is_none() {
            self.begin(note, Beginning::Count, Some(counted));
        }
        (self.since, self.beginning) = (note.at.place, Beginning::Count);
        unseen
    }
}

/// What the rank counted and the capture does not have, in order.
pub(super) fn unseen(history: &History<'_>) -> Vec<Unseen> {
    let Some((_, first)) = history.legs.first() else { return Vec::new() };
    let mut count = Count {
        base: None,
        before: 0,
        not_of_it: 0,
        since: first.first,
        beginning: Beginning::Count,
    };
    let mut found = Vec::new();
    // A session may be there that nobody has told of, or that has not been seen to end.
    let mut may_exist = history.legs.first().is_some_and(|(link, _)| !link.from_start);
    for (link, leg) in &history.legs {
        if !link.resumed {
            // Nothing of the last connection is known to go on.
            (count.base, count.before, count.not_of_it) = (None, 0, 0);
            (count.since, count.beginning) = (leg.first, Beginning::Count);
        }
        for note in &leg.notes {
            match note.what {
                What::Reconnect { .. } => count.begin(note, Beginning::Reconnect, Some(0)),
                What::Session { op, seq, .. } => match op {
                    SessionOp::REQUEST_OPEN => {
                        let base = (!may_exist).then_some(0);
                        count.begin(note, Beginning::Session, base);
                        may_exist = true;
                    }
                    SessionOp::OPEN | SessionOp::FLUSHMSG | SessionOp::STALE => {
                        found.extend(count.told(note, op, seq));
                    }
                    SessionOp::CLOSE | SessionOp::REJECT => may_exist = false,
                    _ => {}
                },
            }
        }
        count.before += leg.counted;
    }
    found
}
