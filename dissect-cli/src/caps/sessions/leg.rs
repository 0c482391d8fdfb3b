//! What was said of a session on one connection.

use ceph_codec::message::client_session::SessionOp;

use crate::event::{At, SessionEvent};
use crate::place::Place;
use crate::stream::ConnId;

/// What was said of a session on one connection.
#[derive(Clone, Debug)]
pub struct Leg {
    /// The connection.
    pub conn: ConnId,
    /// The first message of any kind on it.
    pub first: Place,
    /// What was said, in the order of the capture; renewals are summed up.
    pub notes: Vec<Note>,
    /// Notes that were too many to keep.
    pub dropped: u64,
    /// Renewals of the session's caps.
    pub renewals: Renewals,
    /// Messages of the rank that its session counter counts: MClientCaps, leases, snaps, quotas.
    pub counted: u64,
    /// The first and the last of these.
    pub counted_at: Option<(Place, Place)>,
    /// The last word of the rank about caps, requests or anything that is counted.
    pub last_word: Option<Place>,
    /// The first such word behind the last reconnect on this connection.
    pub first_word_after: Option<Place>,
    /// The first reply behind it.
    pub first_reply_after: Option<Place>,
    /// What the rank asked back of the number of caps.
    pub recalls: Vec<Recall>,
    /// Caps that the client released in messages of their own.
    pub released: u64,
    /// The most caps that the client was seen to hold.
    pub most: Option<(u32, Place)>,
    /// How many it held last.
    pub held: Option<u32>,
}

/// Something that was said of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub at: At,
    /// What.
    pub what: What,
    /// How many counted messages of the rank were seen on the connection before.
    pub counted: u64,
}

/// What is said of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A MClientSession.
    Session {
        /// What it does.
        op: SessionOp,
        /// The session's counter, where the operation tells it.
        seq: u64,
        /// The client is told that it is blocklisted.
        blocklisted: bool,
    },
    /// The client tells its caps to a rank that came back.
    Reconnect {
        /// How many.
        caps: u32,
        /// Another message goes on with the list.
        more: bool,
    },
}

/// Renewals of a session's caps on one connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Renewals {
    /// Asked by the client.
    pub asked: u64,
    /// Answered by the rank.
    pub answered: u64,
    /// The last one that was asked for and is not answered.
    pub open: Option<Place>,
    /// The slowest answer, in nanoseconds, and where it came.
    pub slowest: Option<(i64, Place)>,
    /// The longest time between two answers, in nanoseconds, and where it ended.
    pub longest: Option<(i64, Place)>,
    /// The last answer.
    pub last: Option<Place>,
}

/// The rank asked the client to keep fewer caps; once more while it has not is the same recall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recall {
    /// The first message.
    pub at: At,
    /// The last one so far.
    pub last: Place,
    /// How many.
    pub times: u64,
    /// How many caps the client may keep; the least that was said.
    pub max_caps: u32,
    /// How many it had at the first message; `None` if not all of them are known.
    pub held: Option<u32>,
    /// The least that it had from then on.
    pub least: Option<u32>,
    /// How many it had last.
    pub now: Option<u32>,
    /// Caps that it released since.
    pub released: u64,
    /// Where it came down to what it may keep.
    pub followed: Option<Place>,
}

impl Renewals {
    fn ask(&mut self, place: Place) {
        self.asked += 1;
        self.open.get_or_insert(place);
    }

    fn answer(&mut self, place: Place) {
        self.answered += 1;
        let longest = |known: Option<(i64, Place)>, since: Place| {
            let took = place.time.since(since.time);
            Some((took, place))
                .filter(|_| known.is_none_or(|(longest, _)| took > longest))
                .or(known)
        };
        if let Some(asked) = self.open.take() {
            self.slowest = longest(self.slowest, asked);
        }
        if let Some(last) = self.last.replace(place) {
            self.longest = longest(self.longest, last);
        }
    }
}

impl Leg {
    pub(super) fn new(conn: ConnId, first: Place) -> Leg {
        Leg {
            conn,
            first,
            notes: Vec::new(),
            dropped: 0,
            renewals: Renewals::default(),
            counted: 0,
            counted_at: None,
            last_word: None,
            first_word_after: None,
            first_reply_after: None,
            recalls: Vec::new(),
            released: 0,
            most: None,
            held: None,
        }
    }

    pub(super) fn count(&mut self, place: Place) {
        self.counted += 1;
        let first = self.counted_at.map_or(place, |(first, _)| first);
        self.counted_at = Some((first, place));
    }

    pub(super) fn spoke(&mut self, place: Place) {
        self.last_word = Some(place);
        self.first_word_after.get_or_insert(place);
    }

    pub(super) fn served(&mut self, place: Place) {
        self.first_reply_after.get_or_insert(place);
    }

    pub(super) fn released(&mut self, caps: u64) {
        self.released += caps;
        if let Some(recall) = self.open_recall() {
            recall.released += caps;
        }
    }

    /// How many caps the client has now.
    pub(super) fn holds(&mut self, place: Place, held: Option<u32>) {
        if self.held == held {
            return;
        }
        self.held = held;
        if let Some(held) = held.filter(|held| self.most.is_none_or(|(most, _)| *held > most)) {
            self.most = Some((held, place));
        }
        if let Some(recall) = self.open_recall() {
            recall.now = held;
            recall.least = recall.least.min(held);
            if held.is_some_and(|held| held <= recall.max_caps) {
                recall.followed = Some(place);
            }
        }
    }

    fn open_recall(&mut self) -> Option<&mut Recall> {
        self.recalls.last_mut().filter(|recall| recall.followed.is_none())
    }

    /// Takes a MClientSession; answers what to note of it.
    pub(super) fn session(&mut self, event: &SessionEvent, held: Option<u32>) -> Option<What> {
        let SessionEvent { at, op, seq, max_caps, blocklisted } = *event;
        match op {
            SessionOp::REQUEST_RENEWCAPS => self.renewals.ask(at.place),
            SessionOp::RENEWCAPS => self.renewals.answer(at.place),
            SessionOp::RECALL_STATE => self.recall(at, max_caps, held),
            _ => return Some(What::Session { op, seq, blocklisted }),
        }
        None
    }

    fn recall(&mut self, at: At, max_caps: u32, held: Option<u32>) {
        if let Some(open) = self.open_recall() {
            open.last = at.place;
            open.times += 1;
            open.max_caps = open.max_caps.min(max_caps);
            return;
        }
        let followed = held.filter(|held| *held <= max_caps).map(|_| at.place);
        let (least, now) = (held, held);
        let (last, times, released) = (at.place, 1, 0);
        self.recalls.push(Recall {
            at,
            last,
            times,
            max_caps,
            held,
            least,
            now,
            released,
            followed,
        });
    }

    pub(super) fn note(&mut self, at: At, what: What) {
        if matches!(what, What::Reconnect { .. }) {
            (self.first_word_after, self.first_reply_after) = (None, None);
        }
        self.notes.push(Note { at, what, counted: self.counted });
    }

    pub(super) fn drop_note(&mut self) {
        self.dropped += 1;
    }
}
