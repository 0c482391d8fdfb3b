//! Streams of bytes become messages: handshakes, frames, identities.
//!
//! [`Sessions`] drives the codec's framer for each direction of each connection, tells it what the other
//! direction said, and learns from the handshakes who is at the ends. What could not be read is remembered
//! as holes, so that later stages can say what they do not know.

mod conn;
mod direction;
mod ear;
mod half;
mod links;
mod spoken;
mod who;

use std::collections::BTreeMap;

use ceph_codec::message::MessageType;
use ceph_codec::msgr::{self, Agreement, Start};
use serde::Serialize;

use crate::hash::HashMap;
use crate::place::{Place, Time};
use crate::stream::{ByConn, ConnId, ConnInfo, Dir, Opening, StreamEvent, What};
use conn::SessionKey;
use ear::Ear;
use half::Half;

pub use conn::{Protection, Said, Skipped, Talk};
pub use direction::Direction;
pub use links::{Doubt, Heard, Hole, Link, Links, SessionEnd, Span, Trunk, Trunks};
pub use spoken::{Envelope, Spoken};
pub use who::{End, Ends, Who};

/// Nanoseconds after which all that waits is looked at, also in connections without a packet, 10 ms.
const SWEEP: i64 = 10_000_000;

/// Bounds of the session stage.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bounds of the framers: the longest frame that is looked at as a whole, 64 MiB. Beyond: passed over,
    /// [`Skipped::too_long`].
    pub framer: msgr::Limits,
    /// Holes listed per direction, 64. Beyond: merged into the last.
    pub max_holes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { framer: msgr::Limits::default(), max_holes: 64 }
    }
}

/// Messages seen, read or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub messages: u64,
    /// Bytes of their sections.
    pub bytes: u64,
}

/// Turns streams into messages.
pub struct Sessions {
    limits: Limits,
    wanted: fn(MessageType) -> bool,
    live: HashMap<ConnId, [Half; 2]>,
    /// Connections of which a direction waits for what the other one says.
    waiting: BTreeMap<ConnId, Opening>,
    /// When all of them were looked at.
    swept: Time,
    talks: ByConn<Talk>,
    who: Who,
    /// The last connection of each messenger session, by what the session calls itself.
    by_session: HashMap<SessionKey, ConnId>,
    tally: HashMap<MessageType, Tally>,
}

impl Sessions {
    /// Reads the messages for whose type `wanted` answers yes; of the others it reads the headers.
    pub fn new(wanted: fn(MessageType) -> bool) -> Self {
        Self::with_limits(wanted, Limits::default())
    }

    /// With other bounds.
    pub fn with_limits(wanted: fn(MessageType) -> bool, limits: Limits) -> Self {
        Sessions {
            limits,
            wanted,
            live: HashMap::default(),
            waiting: BTreeMap::new(),
            swept: Time::default(),
            talks: ByConn::default(),
            who: Who::default(),
            by_session: HashMap::default(),
            tally: HashMap::default(),
        }
    }

    /// Takes the next event of a stream; `out` gets what it completes.
    pub fn push(&mut self, event: &StreamEvent<'_>, out: &mut impl FnMut(Spoken<'_>, &mut Who)) {
        let side = event.dir as usize;
        let halves = self.live.entry(event.conn).or_insert_with(|| {
            let start = if event.opening.syn_seen { Start::Banner } else { Start::MidStream };
            if event.opening.syn_seen {
                self.talks.entry(event.conn).agreement = Agreement::opened_by(0);
            }
            self.who.add(event.conn, event.opening.a, event.opening.b);
            if event.opening.syn_seen {
                self.who.seen_from_start(event.conn);
            }
            if let Some(before) = event.opening.continues {
                resume(&mut self.talks, &mut self.who, before, event.conn);
                if let Some(key) = self.talks.entry(event.conn).session {
                    self.by_session.insert(key, event.conn);
                }
            }
            let mut halves =
                [Half::new(start, self.limits.framer), Half::new(start, self.limits.framer)];
            for (side, half) in halves.iter_mut().enumerate() {
                half.learn(self.talks.entry(event.conn).agreement.terms(side));
            }
            halves
        });
        // For as long as its connection is listened to.
        let mut talk = self.talks.take(event.conn).unwrap_or_default();
        let mut ear = Ear {
            conn: event.conn,
            dir: event.dir,
            // Not the packet that made a gap in front of these bytes certain, perhaps long after.
            place: event.seen,
            opening: event.opening,
            talk: &mut talk,
            talks: &self.talks,
            who: &mut self.who,
            by_session: &mut self.by_session,
            tally: &mut self.tally,
            wanted: self.wanted,
            max_holes: self.limits.max_holes,
            news: false,
            out,
        };
        stop_waiting(halves, event.place.time, &mut ear);
        match event.what {
            What::Bytes(bytes) => halves[side].bytes(event.seen, bytes, &mut ear),
            What::Gap(len) => {
                halves[side].halt(&mut ear);
                let (missing, header) = halves[side].gap(len);
                ear.gap(missing, header.map(|header| header.kind));
            }
            What::End(end) => {
                halves[side].finish(&mut ear);
                ear.place = event.seen;
                ear.end(end, halves[side].left());
            }
        }
        ear.messenger(halves[side].messenger());
        tell(halves, &mut ear);
        stop_waiting(halves, event.place.time, &mut ear);
        self.talks.put(event.conn, talk);
        if halves.iter().any(Half::is_waiting) {
            self.waiting.insert(event.conn, event.opening);
        } else if !self.waiting.is_empty() {
            self.waiting.remove(&event.conn);
        }
        if matches!(event.what, What::End(_)) && halves.iter().all(Half::is_over) {
            self.live.remove(&event.conn);
        }
    }

    /// The capture has come to `now`: what a connection without a packet waits for may have been waited for long
    /// enough. `out` gets what goes on.
    pub fn clock(&mut self, now: Place, out: &mut impl FnMut(Spoken<'_>, &mut Who)) {
        if self.waiting.is_empty() || (0..SWEEP).contains(&now.time.since(self.swept)) {
            return;
        }
        self.swept = now.time;
        let waiting: Vec<_> =
            self.waiting.iter().map(|(conn, opening)| (*conn, *opening)).collect();
        for (conn, opening) in waiting {
            let (dir, offset, what) = (Dir::AToB, 0, What::Bytes(&[]));
            let (place, seen) = (now, now);
            self.push(&StreamEvent { conn, opening, dir, place, seen, offset, what }, out);
        }
    }

    /// Whether one direction of a connection waits for the other, so that something may still be told that is older
    /// than the last packet.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Nothing more comes of this connection. Answers whether it may be one of Ceph's; if not, it is forgotten.
    pub fn close(&mut self, conn: ConnId) -> bool {
        // Of a direction that was never seen no end was told.
        self.live.remove(&conn);
        self.waiting.remove(&conn);
        let known = self.talks.get(conn).is_some_and(Talk::is_known);
        if !known {
            self.talks.remove(conn);
            self.who.forget(conn);
        }
        known
    }

    /// Identities.
    pub fn who(&self) -> &Who {
        &self.who
    }

    /// Identities, to add what later stages find out.
    pub fn who_mut(&mut self) -> &mut Who {
        &mut self.who
    }

    /// What the messenger saw of a connection; `None` if it never carried a byte, or is over and was not Ceph's.
    pub fn talk(&self, conn: ConnId) -> Option<&Talk> {
        self.talks.get(conn)
    }

    /// Messages by type.
    pub fn tally(&self) -> &HashMap<MessageType, Tally> {
        &self.tally
    }
}

impl Sessions {
    /// The connections between clients and metadata servers, for asking what of them was seen. `conns` are
    /// the stream stage's, `end` the capture's last packet.
    pub fn links(&self, conns: &ByConn<ConnInfo>, end: Place) -> Links {
        self.links_with(conns, end, |_| (None, None))
    }

    /// The same, where `on_conn` knows where a session was asked for on a connection, and where it ended.
    pub fn links_with(
        &self,
        conns: &ByConn<ConnInfo>,
        end: Place,
        on_conn: impl Fn(ConnId) -> (Option<Place>, Option<(SessionEnd, Place)>),
    ) -> Links {
        let links = conns.iter().filter_map(|(conn, info)| {
            let talk = self.talk(conn)?;
            let mds = self.who.mds_side(conn)?;
            let from_start = info.syn_seen;
            let heard = |dir| heard(talk, info, dir);
            let (session_asked, closed) = on_conn(conn);
            Some(Link {
                conn,
                ends: self.who.ends(conn)?,
                from_start,
                resumed: talk.resumed,
                opened: info.opened,
                last: info.last,
                ended: info.end(),
                readable: talk.protection() != Protection::Secure,
                mds: heard(mds),
                client: heard(mds.flip()),
                session_asked,
                closed: talk.reset.map(|place| (SessionEnd::Reset, place)).or(closed),
            })
        });
        Links::new(links.collect(), end)
    }

    /// The connections of metadata servers with each other.
    pub fn trunks(&self, conns: &ByConn<ConnInfo>, end: Place) -> Trunks {
        let trunks = conns.iter().filter_map(|(conn, info)| {
            let talk = self.talk(conn).filter(|_| self.who.is_among_ranks(conn))?;
            Some(Trunk {
                conn,
                ranks: self.who.ranks(conn, Dir::AToB),
                from_start: info.syn_seen,
                resumed: talk.resumed,
                opened: info.opened,
                ended: info.end(),
                readable: talk.protection() != Protection::Secure,
                heard: [heard(talk, info, Dir::AToB), heard(talk, info, Dir::BToA)],
            })
        });
        Trunks::new(trunks.collect(), end)
    }
}

/// What was heard in one direction may be what the other one waits for, and the other way round.
fn tell<F>(halves: &mut [Half; 2], ear: &mut Ear<'_, F>)
where
    F: FnMut(Spoken<'_>, &mut Who),
{
    while ear.turn() {
        let half = &mut halves[ear.dir as usize];
        half.learn(ear.terms());
        half.retry(ear);
    }
}

/// Lets a direction go on that waits for the other one, if that will say nothing any more.
fn stop_waiting<F>(halves: &mut [Half; 2], now: Time, ear: &mut Ear<'_, F>)
where
    F: FnMut(Spoken<'_>, &mut Who),
{
    let dir = ear.dir;
    for waits in [Dir::AToB, Dir::BToA] {
        let half = &mut halves[waits as usize];
        if half.is_waiting() {
            let past = ear.is_past_handshake(waits.flip());
            ear.dir = waits;
            half.stop_waiting(now, past, ear);
            tell(halves, ear);
        }
    }
    ear.dir = dir;
}

/// `conn` is the connection that was taken for ended: all that was agreed on stands.
fn resume(talks: &mut ByConn<Talk>, who: &mut Who, before: ConnId, conn: ConnId) {
    let Some(old) = talks.get_mut(before) else { return };
    old.continued = true;
    let old = old.clone();
    let talk = talks.entry(conn);
    for (said, old) in talk.said.iter_mut().zip(&old.said) {
        said.seq = old.seq;
    }
    let Talk { agreement, messenger, mode, session, connect_seq, .. } = old;
    *talk = Talk {
        agreement,
        messenger,
        mode,
        session,
        connect_seq,
        resumed: true,
        ..std::mem::take(talk)
    };
    who.resume(before, conn);
}

/// What one end of a connection said.
fn heard(talk: &Talk, info: &ConnInfo, dir: Dir) -> Heard {
    let said = talk.dir(dir);
    Heard {
        since: match info.syn_seen {
            true => info.opened,
            false => said.understood.unwrap_or(info.opened),
        },
        last: info.dir(dir).last,
        spoken: said.understood.is_some(),
        holes: said.holes_up_to(info.last).collect(),
    }
}
