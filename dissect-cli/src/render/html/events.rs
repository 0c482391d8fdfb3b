//! Inodes, lanes, holdings, messages and migrations in columns.

use std::collections::HashMap;

use ceph_codec::message::MessageType;
use serde::{Serialize, Serializer};

use super::data::{Parties, Strings};
use super::words;
use crate::caps::timeline::{Entry, Half, Holding, Outcome, Timeline, Timelines};
use crate::event::{Answer, At, Direction, Peer};
use crate::place::Time;
use crate::report::page::{AskedRow, Key, Said, key};

/// Inodes; their lanes, messages and migrations follow each other in the other tables.
#[derive(Default, Serialize)]
pub(super) struct Inodes {
    ino: Vec<String>,
    path: Vec<Option<String>>,
    lanes: Vec<usize>,
    /// All messages; requests and their replies come last.
    events: Vec<usize>,
    /// How many of them are requests and replies.
    requests: Vec<usize>,
    migrations: Vec<usize>,
    /// Other names: inode, path, from, until.
    names: Vec<(usize, String, Option<i64>, Option<i64>)>,
}

/// Lanes: who holds from whom.
#[derive(Default, Serialize)]
pub(super) struct Lanes {
    client: Vec<usize>,
    server: Vec<usize>,
    spans: Vec<usize>,
}

/// What lanes hold: each until the next one begins.
#[derive(Default, Serialize)]
pub(super) struct Spans {
    /// Since the one before it in this table began; the first of a lane counts from 0, the beginning.
    time: Vec<i64>,
    /// 0 unknown, 1 nothing, 2 placeholder, 3 cap.
    kind: Vec<u8>,
    cap: Vec<Number>,
    caps: Vec<u32>,
    cause: Vec<i64>,
}

/// Messages. Those that few have are given as pairs of a message's number and the value.
#[derive(Default, Serialize)]
pub(super) struct Events {
    /// Since the message before it in this table.
    time: Vec<i64>,
    /// The same of frames.
    frame: Vec<i64>,
    file: Sparse<u32>,
    conn: Vec<u32>,
    /// Counted within the inode.
    lane: Vec<usize>,
    what: Vec<usize>,
    source: Vec<usize>,
    /// 0: from the client, 1: from the server.
    way: Vec<u8>,
    cap: Vec<Number>,
    seq: Vec<u32>,
    mseq: Vec<u32>,
    caps: Vec<u32>,
    wanted: Vec<u32>,
    version: Vec<u16>,
    branch: Vec<i64>,
    issue_seq: Sparse<u32>,
    dirty: Sparse<u32>,
    tid: Sparse<Number>,
    follows: Sparse<usize>,
    /// A number of the table `sizes`.
    size: Sparse<usize>,
    gained: Sparse<u32>,
    lost: Sparse<u32>,
    asked: Sparse<u32>,
    stale: Sparse<u8>,
    replayed: Sparse<u8>,
    oddity: Sparse<usize>,
    /// Cap, seq, mseq, rank, flags.
    peer: Sparse<(Number, u32, u32, i32, u8)>,
    /// What became of those that ask for an answer: 0 none seen, 1 answered, 2 overtaken; by which message,
    /// counted within the inode; after how long.
    outcome: Sparse<(u8, usize, i64)>,
    /// What a request asks for, what a reply says.
    told: Sparse<usize>,
    migration: Sparse<usize>,
    /// The message in full, a row of the table `messages`.
    message: Sparse<usize>,
    /// Size and largest size.
    sizes: Vec<(Number, Number)>,
}

/// Moves of caps: the EXPORT and the IMPORT, each with its lane, its time and its message, -1 where there is
/// none.
#[derive(Default, Serialize)]
pub(super) struct Migrations {
    state: Vec<u8>,
    export: Vec<Option<(i64, usize, i64)>>,
    import: Vec<Option<(i64, usize, i64)>>,
    /// The lane that an EXPORT names, where no IMPORT came from it.
    to: Vec<i64>,
}

/// Numbers of rows, each since the one before it, and their values.
#[derive(Serialize)]
pub(super) struct Sparse<T> {
    at: Vec<usize>,
    value: Vec<T>,
    #[serde(skip)]
    last: usize,
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Sparse { at: Vec::new(), value: Vec::new(), last: 0 }
    }
}

impl<T> Sparse<T> {
    fn put(&mut self, at: usize, value: T) {
        self.at.push(at - self.last);
        self.last = at;
        self.value.push(value);
    }
}

/// How times are written: since the page's origin, in microseconds if all are whole ones, else in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    origin: Time,
    /// Nanoseconds of one.
    pub(super) nanos: i64,
}

impl Unit {
    /// The one that fits what the timelines have.
    pub(super) fn fitting(origin: Time, timelines: &Timelines, asked: &[AskedRow]) -> Unit {
        let entries = timelines.inodes.iter().flat_map(|timeline| &timeline.entries);
        let notes = timelines.notes.iter().map(|note| note.place.time);
        let asked = asked.iter().map(|row| row.at.place.time);
        let mut times = entries.map(|entry| entry.event.place.time).chain(notes).chain(asked);
        let whole = times.all(|time| time.since(origin) % 1000 == 0);
        Unit { origin, nanos: if whole { 1000 } else { 1 } }
    }

    /// A time in it.
    pub(super) fn of(self, time: Time) -> i64 {
        time.since(self.origin) / self.nanos
    }
}

/// A number as the script can have it exactly: as text from 2^53 on.
#[derive(Clone, Copy)]
pub(super) struct Number(u64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 < 1 << 53 {
            true => serializer.serialize_u64(self.0),
            false => serializer.collect_str(&self.0),
        }
    }
}

/// All tables, while they are filled.
pub(super) struct Tables<'a> {
    unit: Unit,
    strings: &'a mut Strings,
    parties: &'a mut Parties,
    last: (i64, i64),
    size_of: HashMap<(u64, u64), usize>,
    messages: HashMap<Key, usize>,
    pub(super) inodes: Inodes,
    pub(super) lanes: Lanes,
    pub(super) spans: Spans,
    pub(super) events: Events,
    pub(super) migrations: Migrations,
}

impl<'a> Tables<'a> {
    pub(super) fn new(
        unit: Unit,
        strings: &'a mut Strings,
        parties: &'a mut Parties,
        messages: HashMap<Key, usize>,
    ) -> Self {
        Tables {
            unit,
            strings,
            parties,
            last: (0, 0),
            size_of: HashMap::new(),
            messages,
            inodes: Inodes::default(),
            lanes: Lanes::default(),
            spans: Spans::default(),
            events: Events::default(),
            migrations: Migrations::default(),
        }
    }

    /// Takes an inode, and what was asked of it.
    pub(super) fn push(&mut self, timeline: &Timeline, asked: &[AskedRow]) {
        let inode = self.inodes.ino.len();
        self.inodes.ino.push(timeline.ino.to_string());
        self.inodes.path.push(timeline.path.clone());
        self.inodes.lanes.push(timeline.lanes.len());
        self.inodes.events.push(timeline.entries.len() + asked.len());
        self.inodes.requests.push(asked.len());
        self.inodes.migrations.push(timeline.migrations.len());
        for named in &timeline.names {
            let time = |time: Option<Time>| time.map(|time| self.unit.of(time));
            let row = (inode, named.path.clone(), time(named.from), time(named.until));
            self.inodes.names.push(row);
        }
        for lane in &timeline.lanes {
            self.lanes.client.push(self.parties.client(lane.client));
            self.lanes.server.push(self.parties.server(lane.server));
            self.lanes.spans.push(lane.spans.len());
            let mut last = 0;
            for span in &lane.spans {
                let (kind, cap, caps) = match span.holding {
                    Holding::Unknown => (0, 0, 0),
                    Holding::Nothing => (1, 0, 0),
                    Holding::Placeholder { cap_id, caps } => (2, cap_id, caps.0),
                    Holding::Cap { cap_id, caps } => (3, cap_id, caps.0),
                };
                let time = span.began.map_or(0, |edge| self.unit.of(edge.place.time));
                let cause = span.began.map(|edge| words::cause(edge.cause));
                self.spans.time.push(time - last);
                last = time;
                self.spans.kind.push(kind);
                self.spans.cap.push(Number(cap));
                self.spans.caps.push(caps);
                self.spans.cause.push(cause.map_or(-1, |cause| self.strings.number(&cause) as i64));
            }
        }
        timeline.entries.iter().for_each(|entry| self.event(entry));
        asked.iter().for_each(|row| self.asked(row, timeline.entries.len()));
        for migration in &timeline.migrations {
            let half = |half: Half| {
                let entry = half.entry.map_or(-1, |entry| entry as i64);
                (self.unit.of(half.place.time), half.lane, entry)
            };
            self.migrations.state.push(words::state(migration.state));
            self.migrations.export.push(migration.export.map(half));
            self.migrations.import.push(migration.import.map(half));
            self.migrations.to.push(other_lane(timeline, migration.export, migration.import));
        }
    }

    fn event(&mut self, entry: &Entry) {
        let event = &entry.event;
        let row = self.begin(&event.at());
        self.outcome(row, entry.outcome, 0);
        let Tables { events, strings, .. } = self;
        events.lane.push(entry.lane);
        events.what.push(strings.number(&event.source));
        events.source.push(strings.number(&event.source.name()));
        events.way.push(words::way(event.direction));
        events.cap.push(Number(event.cap_id));
        events.seq.push(event.seq.0);
        events.mseq.push(event.mseq.0);
        events.caps.push(event.caps.0);
        events.wanted.push(event.wanted.0);
        events.version.push(event.version);
        let branch = entry.step.map(|step| words::branch(step.branch));
        events.branch.push(branch.map_or(-1, |branch| strings.number(&branch) as i64));
        if event.issue_seq.0 != 0 {
            events.issue_seq.put(row, event.issue_seq.0);
        }
        for (column, caps) in [
            (&mut events.dirty, event.dirty),
            (&mut events.gained, entry.gained()),
            (&mut events.lost, entry.lost()),
            (&mut events.asked, entry.asked),
        ] {
            if !caps.is_empty() {
                column.put(row, caps.0);
            }
        }
        if event.tid != 0 {
            events.tid.put(row, Number(event.tid));
        }
        if event.follows.0 != 0 {
            events.follows.put(row, strings.number(&event.follows));
        }
        if let Some((size, max)) = event.size.filter(|size| *size != (0, 0)) {
            let (sizes, known) = (&mut events.sizes, &mut self.size_of);
            let number = *known.entry((size, max)).or_insert_with(|| {
                sizes.push((Number(size), Number(max)));
                sizes.len() - 1
            });
            events.size.put(row, number);
        }
        if entry.stale {
            events.stale.put(row, 1);
        }
        if event.replayed {
            events.replayed.put(row, 1);
        }
        if let Some(oddity) = entry.step.and_then(|step| step.oddity) {
            events.oddity.put(row, strings.number(&words::oddity(oddity)));
        }
        if let Some(peer) = event.peer {
            let (seq, mseq, mds) = (peer.seq().0, peer.mseq().0, peer.mds().0);
            events.peer.put(row, (Number(peer.cap_id()), seq, mseq, mds, peer.flags().0));
        }
        if let Some(migration) = entry.migration {
            events.migration.put(row, migration);
        }
    }

    /// Begins a row with what is known of every message: where it was seen, and its fields if they are here.
    fn begin(&mut self, at: &At) -> usize {
        let (events, place) = (&mut self.events, at.place);
        let row = events.time.len();
        let now = (self.unit.of(place.time), place.frame as i64);
        events.time.push(now.0 - self.last.0);
        events.frame.push(now.1 - self.last.1);
        self.last = now;
        if place.file > 0 {
            events.file.put(row, place.file);
        }
        events.conn.push(at.conn.0);
        if let Some(message) = self.messages.get(&key(at)) {
            events.message.put(row, *message);
        }
        row
    }

    /// What became of a message. The one that did it counts from `base` in the inode.
    fn outcome(&mut self, row: usize, outcome: Outcome, base: usize) {
        let column = &mut self.events.outcome;
        match outcome {
            Outcome::NotAwaited => {}
            Outcome::Open => column.put(row, (0, 0, 0)),
            Outcome::Answered { by, after } => {
                column.put(row, (1, base + by, after / self.unit.nanos))
            }
            Outcome::Overtaken { by } => column.put(row, (2, base + by, 0)),
        }
    }

    /// A request or a reply: it has no cap of its own. Those of its inode begin at `base`.
    fn asked(&mut self, asked: &AskedRow, base: usize) {
        let row = self.begin(&asked.at);
        self.outcome(row, asked.outcome, base);
        let Tables { events, strings, .. } = self;
        let (kind, what, way) = match asked.said {
            Said::Asks { .. } => (MessageType::CLIENT_REQUEST, "request", Direction::ClientToMds),
            Said::Answers(Answer::Forward { .. }) => {
                (MessageType::CLIENT_REQUEST_FORWARD, "forward", Direction::MdsToClient)
            }
            Said::Answers(_) => (MessageType::CLIENT_REPLY, "reply", Direction::MdsToClient),
        };
        events.lane.push(asked.lane);
        events.what.push(strings.number(&what));
        events.source.push(strings.number(&kind));
        events.way.push(words::way(way));
        events.cap.push(Number(0));
        for column in [&mut events.seq, &mut events.mseq, &mut events.caps, &mut events.wanted] {
            column.push(0);
        }
        events.version.push(0);
        events.branch.push(-1);
        events.tid.put(row, Number(asked.tid));
        events.told.put(row, strings.number(&words::told(asked.said)));
    }
}

/// The lane at the other side of a migration of which one half is missing, -1 if there is none.
fn other_lane(timeline: &Timeline, export: Option<Half>, import: Option<Half>) -> i64 {
    let half = match (export, import) {
        (Some(half), None) | (None, Some(half)) => half,
        _ => return -1,
    };
    let peer = half.entry.and_then(|entry| timeline.entries.get(entry)?.event.peer);
    let rank = match peer {
        Some(Peer::Importer(peer)) if !peer.is_somewhere() => return -1,
        Some(peer) => peer.mds().0,
        None => return -1,
    };
    let client = timeline.lanes.get(half.lane).map(|lane| lane.client);
    let at = timeline.lanes.iter().position(|lane| {
        Some(lane.client) == client && lane.server == crate::caps::timeline::Server::Rank(rank)
    });
    at.map_or(-1, |lane| lane as i64)
}
